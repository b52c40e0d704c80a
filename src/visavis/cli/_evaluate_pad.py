"""``visavis evaluate-pad``."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from visavis._operating_point import require_model, shipped_operating_point
from visavis.cli._evaluate import _EXTRA, _LISTED, _progress, _require_outside, _stoppable
from visavis.cli._rates import shown_rate
from visavis.cli._report import Report, shown
from visavis.errors import EvaluationProblem
from visavis.face import DEFAULT_EMBEDDER, load_pipeline
from visavis.registry import ModelStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visavis._operating_point import OperatingPoint
    from visavis.evaluation import LeftOut, PadSystem
    from visavis.liveness import Challenge, Look

_NETWORKS = ("detect-short", "detect-full", "mesh")


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one measurement."""

    folder: Path
    out: Path
    seed: int
    force: bool


def run(request: Request, report: Report) -> int:
    """Measure, write the report, and say what came of it; return the exit code."""
    try:
        from visavis import evaluation
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise EvaluationProblem(
            "extra_missing",
            f"Measuring needs the package {error.name}, which is not installed.",
            'Run `pip install "visavis[evaluate]"`.',
        ) from error
    _require_outside(request.out, request.folder)
    presentations = evaluation.read_presentations(request.folder)
    work = evaluation.local()
    with (
        _stoppable(),
        evaluation.new_folder(request.out, force=request.force) as folder,
        _progress(report, work.name) as tell,
    ):
        found = evaluation.evaluate_pad(
            presentations,
            _system(),
            work=work,
            seed=request.seed,
            today=datetime.now(UTC).date(),
            command=_command(request),
            tell=tell,
        )
        tell("Drawing the report", 0, 0)
        evaluation.write(found, folder)
    _say(request, report, found.report, found.left_out)
    return 0


def _system() -> PadSystem:
    """Return what verifies when nothing was calibrated: the weights and thresholds that ship."""
    from visavis.evaluation import PadSystem

    store = ModelStore.default()
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    entries = [store.entry(name) for name in (*_NETWORKS, point.embedder)]
    require_model(point, entries[-1])
    faces = load_pipeline(store, point.embedder)
    return PadSystem(faces, functools.partial(_decide, point), point, entries)


def _decide(
    point: OperatingPoint, challenge: Challenge, looks: Sequence[Look], strictness: float
) -> None:
    from visavis.verification import require_live

    require_live(challenge, looks, point, strictness=strictness)


def _command(request: Request) -> str:
    """Return what was typed as the report shows it: without the folders around the data."""
    name = request.folder.resolve().name
    return shlex.join(["visavis", "evaluate-pad", name, "--seed", str(request.seed)])


def _say(
    request: Request, report: Report, found: dict[str, Any], left_out: tuple[LeftOut, ...]
) -> None:
    if report.as_json:
        report.json(_summary(request, found, left_out))
        return
    console = report.console
    report.good(f"Report in {request.out / 'report.html'}")
    data = found["data"]
    console.print(f"  {data['people']} people, {data['recordings']} recordings that count")
    _say_rates(report, found)
    for line in _lines(found):
        console.print(f"  {line}", markup=False)
    if left_out:
        console.print(f"  {len(left_out)} files or folders do not count, see left-out.csv:")
        for each in left_out[:_LISTED]:
            report.plain(f"    {shown(each.path)}: {each.reason}")
        if len(left_out) > _LISTED:
            console.print(f"    and {len(left_out) - _LISTED} more")
        console.print("  Keep that file to yourself: names of files may be names of people.")


def _say_rates(report: Report, found: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    table.add_column("presented", overflow="fold")
    for heading in ("of", "accepted", "suspected", "undecided", "error", "at most"):
        table.add_column(heading, justify="right", overflow="fold")
    for attack in _worst_first(found):
        table.add_row(shown(attack["class"]), *_counts(attack), *_rate(attack["apcer"]))
    honest = found["bona_fide"]
    if honest:
        table.add_row("honest people", *_counts(honest), *_rate(honest["bpcer"]))
    report.console.print(table)


def _worst_first(found: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(
        found["attacks"], key=lambda each: (-each["apcer"]["value"], -each["apcer"]["high"])
    )


def _counts(kind: dict[str, Any]) -> tuple[str, ...]:
    suspected, undecided = (sum(kind[name].values()) for name in ("suspected", "undecided"))
    return tuple(map(str, (kind["presentations"], kind["accepted"], suspected, undecided)))


def _rate(rate: dict[str, Any]) -> tuple[str, str]:
    return shown_rate(rate["value"]), shown_rate(rate["high"])


def _lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield what the table does not say, in sentences of one line each."""
    yield "Error: attacks accepted (APCER), honest people not let through (BPCER)."
    yield "At most: end of the 95 % interval, by person."
    at = found["at_target"]
    if at["reached"] in {"somewhere", "everywhere"} and at["bpcer"]:
        yield f"With at most 7 % of the worst class accepted, BPCER is {_of(at['bpcer'])}."
    elif at["reached"] == "never":
        yield "No strictness that was tried has at most 7 % of every class accepted."
    for missing, words in (("bona_fide", "honest people"), ("attacks", "attacks")):
        if not found[missing]:
            yield f"There are no recordings of {words} that can be told of: two people at least."
    for name in found["untold"]:
        yield f"Not told of, for recordings of two people are needed: {shown(name)}"
    if found["time"]:
        median, slow = (round(found["time"][name]) for name in ("median_ms", "p95_ms"))
        yield f"From last frame to decision: {median} ms, 95 in 100 within {slow} ms."
    yield "No laboratory has tested this, and simulated attacks are not real ones."


def _of(rate: dict[str, Any]) -> str:
    return f"{shown_rate(rate['value'])} ({rate['count']} of {rate['of']})"


def _summary(
    request: Request, found: dict[str, Any], left_out: tuple[LeftOut, ...]
) -> dict[str, Any]:
    """Return counts for programs; rates and intervals stand in report.json."""
    at = found["at_target"]
    return {
        "outcome": "done",
        "out": str(request.out),
        "people": found["data"]["people"],
        "recordings": found["data"]["recordings"],
        "left_out": [{"path": each.path, "reason": each.reason} for each in left_out],
        "bona_fide": _kind(found["bona_fide"]) if found["bona_fide"] else None,
        "attacks": [{"class": each["class"], **_kind(each)} for each in found["attacks"]],
        "untold": found["untold"],
        "worst": found["worst"],
        "at_target": {
            "reached": at["reached"],
            "attacks": _counted(at["apcer"]),
            "bona_fide": _counted(at["bpcer"]),
        },
    }


def _kind(kind: dict[str, Any]) -> dict[str, int]:
    return {
        "presentations": kind["presentations"],
        "people": kind["people"],
        "accepted": kind["accepted"],
        "suspected": sum(kind["suspected"].values()),
        "undecided": sum(kind["undecided"].values()),
    }


def _counted(rate: dict[str, Any] | None) -> dict[str, int] | None:
    return {"errors": rate["count"], "of": rate["of"]} if rate else None

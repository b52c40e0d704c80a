"""``visavis calibrate``: from what was measured to the threshold that is used."""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visavis._files import write_atomically
from visavis._operating_point import (
    LARGEST_TARGET,
    PROVISIONAL,
    OperatingPoint,
    as_file,
    require_model,
    shipped_operating_point,
)
from visavis.cli._home import open_home
from visavis.cli._measured import Calibrated, Evaluation, Rate, System, read_evaluation
from visavis.cli._rates import shown_rate
from visavis.cli._report import Report, shown
from visavis.errors import EvaluationProblem, FileProblem, InvalidArgument, ModelProblem
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

if TYPE_CHECKING:
    from visavis._toml import Table
    from visavis.home import Home

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one calibration.

    Attributes:
        target: false match rate, at most 1 in 100.
        out: write it there, and not into the home.
    """

    evaluation: Path
    target: float
    embedder: str | None
    accept_provisional: bool
    out: Path | None
    force: bool


def run(request: Request, folder: Path | None, report: Report) -> None:
    """Take the threshold for a target from an evaluation, and write its operating point."""
    if request.out is not None and folder is not None:
        raise InvalidArgument(
            "two_places", "Both --out and --home say where it goes.", "Leave one of them out."
        )
    if request.target > LARGEST_TARGET:
        raise InvalidArgument(
            "bad_target",
            f"A door that lets in more than {shown_rate(LARGEST_TARGET)} strangers checks nobody.",
            "Choose a smaller --target, such as 1e-4.",
        )
    evaluation = read_evaluation(request.evaluation)
    system = _system(evaluation, request.embedder)
    found = _for_target(system, request.target)
    point = _point(evaluation, system, found, accept_provisional=request.accept_provisional)
    require_model(point, ModelStore.default().entry(point.embedder))
    evidence = _evidence(evaluation, found)
    if request.out is None:
        home = open_home(folder)
        before = _embedder_of(home)
        path = _to_home(home, point, evidence, force=request.force)
    else:
        before, path = None, request.out
        _to_file(path, as_file(point, evidence), force=request.force)
    if report.as_json:
        report.json(_as_json(point, found, path))
    else:
        _say(report, point, found, path)
        if before not in {None, point.embedder}:
            report.console.print("→ Make new passes: those made with another embedder")
            report.console.print("  are rejected here from now on.")


def _system(evaluation: Evaluation, embedder: str | None) -> System:
    measured = {system.embedder: system for system in evaluation.systems}
    if embedder is None and len(measured) == 1:
        return evaluation.systems[0]
    if embedder in measured:
        return measured[embedder]
    names = ", ".join(measured)
    if embedder is None:
        raise InvalidArgument(
            "embedder_needed",
            f"Several embedders were evaluated: {names}.",
            "Choose one of them with --embedder.",
        )
    raise InvalidArgument(
        "embedder_not_evaluated",
        f"{embedder} was not evaluated, but {names}.",
        f"Run `visavis evaluate` with --embedder {embedder}.",
    )


def _for_target(system: System, target: float) -> Calibrated:
    for found in system.calibrated:
        if math.isclose(found.target, target):
            return found
    targets = ", ".join(shown_rate(found.target) for found in system.calibrated) or "none"
    raise EvaluationProblem(
        "target_not_evaluated",
        f"Nothing was calibrated for {shown_rate(target)}; the report has: {targets}.",
        f"Choose one of these, or run `visavis evaluate` with --target {target:g}.",
    )


def _point(
    evaluation: Evaluation, system: System, found: Calibrated, *, accept_provisional: bool
) -> OperatingPoint:
    if found.match is None:
        raise EvaluationProblem(
            "target_impossible",
            _sentence(found.why),
            "Evaluate more people, or choose a larger --target.",
        )
    if found.match > 1:
        raise EvaluationProblem(
            "nobody_would_match",
            "The threshold lies above 1: photos of two people are as alike as the same photo.",
            "Take out who takes part under two names, and run `visavis evaluate` again.",
        )
    if found.within is None:
        raise EvaluationProblem(
            "too_few_photos_each",
            "Whether all photos of a capture show one person was not measured.",
            "Evaluate people with at least three photos each.",
        )
    if found.status == PROVISIONAL and not accept_provisional:
        raise EvaluationProblem(
            "not_proven",
            _sentence(found.why),
            "Evaluate more people, or use it all the same with --accept-provisional.",
        )
    return OperatingPoint(
        id=_id(evaluation, system, found),
        status=found.status,
        embedder=system.embedder,
        preprocessing=system.preprocessing,
        model_sha256=system.model_sha256,
        fmr_target=found.target,
        match=found.match,
        same_capture=found.within,
    )


def _id(evaluation: Evaluation, system: System, found: Calibrated) -> str:
    name = re.sub(r"[^A-Za-z0-9._]+", "-", evaluation.data)[:_LONGEST_NAME].strip("-.") or "data"
    target = f"1in{round(1 / found.target)}"
    ending = f"-{PROVISIONAL}" if found.status == PROVISIONAL else ""
    return f"{system.embedder}/{name}-{target}-{evaluation.made_on}{ending}"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _evidence(evaluation: Evaluation, found: Calibrated) -> Table:
    """Return what a threshold stands on, without what is not known."""
    evidence: dict[str, Any] = {
        "data": evaluation.data,
        "data_sha256": evaluation.data_sha256,
        "people": evaluation.people,
        "photos": evaluation.photos,
        "folds": found.folds,
        "measured_on": evaluation.made_on,
        "visavis": evaluation.visavis,
        "report_sha256": evaluation.sha256,
        "why": found.why,
    }
    for name, rate in _rates(found).items():
        evidence[name] = {key: value for key, value in asdict(rate).items() if value is not None}
    if found.worst is not None:
        evidence["fmr_worst_group"] |= dict(zip(("column", "label"), found.worst, strict=True))
    return evidence


def _rates(found: Calibrated) -> dict[str, Rate]:
    rates = {"fmr": found.fmr, "fmr_worst_group": found.fmr_worst_group, "fnmr": found.fnmr}
    return {name: rate for name, rate in rates.items() if rate is not None}


def _embedder_of(home: Home) -> str | None:
    """Return the embedder that a home has decided with so far, if that can be told."""
    with contextlib.suppress(ModelProblem):
        return (home.operating_point or shipped_operating_point(DEFAULT_EMBEDDER)).embedder
    return None


def _to_home(home: Home, point: OperatingPoint, evidence: Table, *, force: bool) -> Path:
    try:
        return home.use_operating_point(point, evidence, replace=force)
    except FileProblem as error:
        raise _with_force(error) from error


def _to_file(path: Path, data: bytes, *, force: bool) -> None:
    try:
        write_atomically(path, data, mode=0o644, overwrite=force)
    except FileProblem as error:
        raise _with_force(error) from error


def _with_force(error: FileProblem) -> FileProblem:
    if error.reason != "file_exists":
        return error
    return FileProblem(error.reason, error.message, "Replace it with --force.")


def _as_json(point: OperatingPoint, found: Calibrated, path: Path) -> dict[str, object]:
    values: dict[str, object] = {
        "outcome": "done",
        "operating_point": point.id,
        "status": point.status,
        "why": found.why,
        "embedder": point.embedder,
        "fmr_target": point.fmr_target,
        "worst_group": None if found.worst is None else ": ".join(found.worst),
    }
    for name, rate in _rates(found).items():
        values |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
    return values | {"written": str(path)}


def _say(report: Report, point: OperatingPoint, found: Calibrated, path: Path) -> None:
    from rich.table import Table as Lines
    from rich.text import Text

    lines = Lines(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column()
    rates = _rates(found)
    rows = [
        ("aims at", f"false matches: {shown_rate(point.fmr_target)}, in the worst group"),
        ("false matches", _in_words(rates["fmr"])),
        ("missed", _in_words(rates["fnmr"])),
        ("status", shown(f"{point.status}. {_sentence(found.why)}")),
        ("written to", shown(path)),
    ]
    if found.worst is not None:
        column, label = map(shown, found.worst)
        worst = f"{label} ({column}): {_in_words(rates['fmr_worst_group'])}"
        rows.insert(2, ("worst group", worst))
    for name, text in rows:
        lines.add_row(f"  {name}", Text(text))
    report.good(f"Operating point {point.id}")
    report.console.print(lines)


def _in_words(rate: Rate) -> str:
    if rate.value is None:
        return "not measured"
    interval = f"at most {shown_rate(rate.high)}"
    if rate.low > 0:
        interval = f"{shown_rate(rate.low)} to {shown_rate(rate.high)}"
    of = f"{rate.errors:,} of {rate.comparisons:,}"
    return f"{shown_rate(rate.value)} ({of})\n95 %: {interval}"

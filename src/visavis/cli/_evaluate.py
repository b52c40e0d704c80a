"""``visavis evaluate``."""

from __future__ import annotations

import contextlib
import shlex
import signal
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from visavis.cli._rates import shown_rate
from visavis.cli._report import Report, shown
from visavis.errors import EvaluationProblem, InvalidArgument
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from visavis.evaluation import LeftOut, Work

_LISTED = 10
_EXTRA = {"jinja2", "matplotlib", "scipy", "threadpoolctl"}


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one evaluation.

    Attributes:
        embedders: their ids; none for the default one.
        targets: false match rates to calibrate for; none for the usual ones.
        enrolled: photos in an enrolled capture.
        verified: photos in a verified capture.
        dask: address of a scheduler.
    """

    folder: Path
    out: Path
    manifest: Path | None
    groups: Path | None
    embedders: tuple[str, ...]
    targets: tuple[float, ...]
    enrolled: int
    verified: int
    dask: str | None
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
    entries = [ModelStore.default().entry(each) for each in _embedders(request)]
    settings = evaluation.Settings(request.enrolled, request.verified, seed=request.seed)
    if request.targets:
        targets = sorted({*settings.targets, *request.targets}, reverse=True)
        settings = evaluation.Settings(
            request.enrolled, request.verified, tuple(targets), request.seed
        )
    _require_outside(request.out, request.folder)
    participants = evaluation.read_participants(
        request.folder, manifest=request.manifest, groups=request.groups
    )
    with (
        _stoppable(),
        evaluation.new_folder(request.out, force=request.force) as folder,
        _work(request.dask) as work,
        _progress(report, work.name) as tell,
    ):
        found = evaluation.evaluate(
            participants,
            entries,
            settings=settings,
            work=work,
            today=datetime.now(UTC).date(),
            command=_command(request),
            tell=tell,
        )
        tell("Drawing the report", 0, 0)
        evaluation.write(found, folder)
    _say(request, report, found.report, found.left_out)
    return 0


def _require_outside(out: Path, folder: Path) -> None:
    """Refuse to write among the participants: figures would be taken for photos next time."""
    if out.resolve().is_relative_to(folder.resolve()):
        raise InvalidArgument(
            "out_among_photos",
            f"{out} lies in the folder with the participants.",
            "Choose a folder outside it.",
        )


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Clean up as after ctrl-C when a terminal is closed, or a service ended, meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), _interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _embedders(request: Request) -> tuple[str, ...]:
    return tuple(dict.fromkeys(request.embedders)) or (DEFAULT_EMBEDDER,)


@contextlib.contextmanager
def _work(dask: str | None) -> Iterator[Work]:
    if dask is None:
        from visavis.evaluation import local

        yield local()
        return
    from visavis.evaluation._machines.dask_work import connect

    with connect(dask) as work:
        yield work


def _command(request: Request) -> str:
    """Return what was typed as the report shows it: without the folders around the data."""
    parts = ["visavis", "evaluate", request.folder.resolve().name]
    for name, file in (("--manifest", request.manifest), ("--groups", request.groups)):
        parts += [name, file.name] if file else []
    for embedder in request.embedders:
        parts += ["--embedder", embedder]
    for target in request.targets:
        parts += ["--target", f"{target:g}"]
    parts += ["--enrolled", str(request.enrolled), "--verified", str(request.verified)]
    return shlex.join([*parts, "--seed", str(request.seed)])


@contextlib.contextmanager
def _progress(report: Report, name: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar with the time left for each kind of work, unless the output is JSON."""
    if report.as_json:
        yield lambda _what, _done, _total: None
        return
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    console = report.messages
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=console.is_terminal) as progress:

        def tell(what: str, done: int, total: int) -> None:
            for earlier in tasks.keys() - {what}:  # is over
                progress.update(tasks[earlier], total=1, completed=1)
            if what not in tasks:
                tasks[what] = progress.add_task(f"{what}, {name}", total=total or None)
            progress.update(tasks[what], completed=done, total=total or None)

        yield tell
        for task in tasks.values():
            progress.update(task, total=1, completed=1)


def _say(
    request: Request, report: Report, found: dict[str, Any], left_out: tuple[LeftOut, ...]
) -> None:
    if report.as_json:
        report.json(_summary(request, found, left_out))
        return
    console = report.console
    report.good(f"Report in {request.out / 'report.html'}")
    data = found["data"]
    console.print(f"  {data['people']} people, {data['photos']} photos that count")
    for system in found["systems"]:
        _say_system(report, system)
    console.print("  Photos: enrolled-verified x attempts. At most: end of the 95 % interval.")
    if left_out:
        console.print(f"  {len(left_out)} files or lines do not count, see left-out.csv:")
        for each in left_out[:_LISTED]:
            report.plain(f"    {shown(each.path)}: {each.reason}")
        if len(left_out) > _LISTED:
            console.print(f"    and {len(left_out) - _LISTED} more")
        console.print("  Keep that file to yourself: names of files may be names of people.")
    console.print("→ `visavis calibrate` takes a threshold from it.", markup=False)


def _say_system(report: Report, system: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=system["embedder"], title_justify="left", box=SIMPLE_HEAD)
    for heading in ("photos", "at", "FMR", "at most", "FNMR", "at most"):
        table.add_column(heading, overflow="fold")
    for number, trial in enumerate(system["trials"]):
        tries = f" x {trial['attempts']}" if trial["attempts"] > 1 else ""
        name = f"{trial['enrolled']}-{trial['verified']}{tries}"
        for what, point in _points(trial, every=number == 0):
            table.add_row(name, what, *_rate(point["fmr"]), *_rate(point["fnmr"]))
    report.console.print(table)
    acquisition = system["acquisition"]
    lost = acquisition["fta"]
    report.console.print(
        f"  not acquired: {lost['errors']} of {lost['comparisons']} photos; "
        f"not enrolled: {acquisition['not_enrolled']} of {acquisition['people']} people"
    )


def _points(trial: dict[str, Any], *, every: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where the rates are told: at the threshold in use, and at some false match rates."""
    in_use = trial["at_operating_point"]
    if in_use:
        yield "operating point", in_use
    if every or not in_use:
        for point in trial["points"]:
            if point["shown"]:
                yield f"FMR {shown_rate(point['target'])}", point


def _rate(rate: dict[str, Any]) -> tuple[str, str]:
    if rate["value"] is None:
        return "unknown", ""
    return shown_rate(rate["value"]), shown_rate(rate["high"])


def _summary(
    request: Request, found: dict[str, Any], left_out: tuple[LeftOut, ...]
) -> dict[str, Any]:
    return {
        "outcome": "done",
        "out": str(request.out),
        "people": found["data"]["people"],
        "photos": found["data"]["photos"],
        "left_out": [{"path": each.path, "reason": each.reason} for each in left_out],
        "systems": [_system(system) for system in found["systems"]],
    }


def _system(system: dict[str, Any]) -> dict[str, Any]:
    """Return the rates at the threshold in use, and what came of calibrating."""
    rates = {"fta": system["acquisition"]["fta"], "fte": system["acquisition"]["fte"]}
    in_use = system["trials"][0]["at_operating_point"]
    if in_use:
        rates |= {"fmr": in_use["fmr"], "fnmr": in_use["fnmr"]}
    shown_rates: dict[str, Any] = {}
    for name, rate in rates.items():
        shown_rates |= {
            name: rate["value"],
            f"{name}_low": rate["low"],
            f"{name}_high": rate["high"],
        }
    statuses = {f"{each['target']:g}": each["status"] for each in system["calibration"]}
    return {"embedder": system["embedder"], **shown_rates, "calibration": statuses}

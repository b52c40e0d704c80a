"""Reading what ``visavis evaluate`` found: a damaged report gives an error, never a threshold."""

from __future__ import annotations

import hashlib
import math
import os
import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from visavis._files import read_bounded
from visavis._operating_point import PROVEN, PROVISIONAL
from visavis.cli._json_parts import Part, WrongError, parse
from visavis.errors import EvaluationProblem

__all__ = ["Calibrated", "Evaluation", "Rate", "System", "read_evaluation"]

SCHEMA: Final = "visavis-evaluation-1"
_FILE: Final = "report.json"
_LARGEST: Final = 64 * 1024 * 1024
_GRID: Final = 65536
"""Thresholds are whole multiples of 1 / 65536: what was counted is what will be decided."""

_NEXT: Final = 1 + 1 / _GRID
"""The threshold where even photos of two people that are the same do not match."""

_HALF: Final = 0.5
"""Share of false matches that no threshold lets pass, not even the lax one within a capture."""

_FEWEST_PEOPLE: Final = 10
"""Of smaller groups an evaluation tells nothing, and so it cannot prove anything with them."""


@dataclass(frozen=True, slots=True)
class Rate:
    """An error rate, with the ends of its 95 % interval."""

    errors: int
    comparisons: int
    value: float | None
    low: float
    high: float
    method: str


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was found for one target.

    Attributes:
        match: the threshold; None if the target is impossible, as the two rates then are. Above 1
            it is of no use, as nobody would match.
        within: the threshold within a capture; None if people had too few photos to measure it.
        worst: column and label of the worst group; None if nobody is worse than all together.
    """

    target: float
    status: str
    why: str
    match: float | None
    within: float | None
    folds: int
    worst: tuple[str, str] | None
    fmr: Rate | None
    fmr_worst_group: Rate | None
    fnmr: Rate | None


@dataclass(frozen=True, slots=True)
class System:
    """One embedder, and what was found for it."""

    embedder: str
    preprocessing: str
    model_sha256: str
    calibrated: tuple[Calibrated, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One report; ``sha256`` is that of its file."""

    data: str
    data_sha256: str
    people: int
    photos: int
    visavis: str
    made_on: date
    systems: tuple[System, ...]
    sha256: str


def read_evaluation(path: Path) -> Evaluation:
    """Read a report.

    Args:
        path: the folder that ``visavis evaluate`` made, or the ``report.json`` in it.

    Raises:
        EvaluationProblem: ``report_invalid``: something that is needed is missing, of the wrong
            kind, or contradicts something else.
        FileProblem: the file is missing or cannot be read.
    """
    if os.path.isdir(path):  # noqa: PTH112 - answers, whatever the name is
        path /= _FILE
    data = read_bounded(path, _LARGEST)
    try:
        return _evaluation(Part(parse(data), ""), hashlib.sha256(data).hexdigest())
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, WrongError) else "it is not JSON"
        raise EvaluationProblem(
            "report_invalid",
            f"{path} is damaged, or no report of an evaluation: {what}.",
            "Run `visavis evaluate` again, and change nothing in what it writes.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a report says of the same comparisons elsewhere: photo by photo, of everybody."""

    thresholds: list[float]
    fmr: list[float]
    points: list[tuple[float, float]]
    once: list[str]

    def fmr_from(self, threshold: float) -> float:
        """Return the false match rate at the first point of the curve from a threshold on.

        At the threshold itself it is no lower.
        """
        return self.fmr[min(bisect_left(self.thresholds, threshold), len(self.fmr) - 1)]


def _evaluation(report: Part, sha256: str) -> Evaluation:
    report.text("schema", re.escape(SCHEMA))
    made, data = report.part("made"), report.part("data")
    grouped = _told_apart(data.part("columns"))
    systems = tuple(_system(part, grouped=grouped) for part in report.parts("systems"))
    if not systems or len({system.embedder for system in systems}) != len(systems):
        raise report.wrong("systems is empty, or one is in it twice")
    return Evaluation(
        data=data.text("name"),
        data_sha256=data.text("sha256", r"[0-9a-f]{64}"),
        people=data.whole("people"),
        photos=data.whole("photos"),
        visavis=made.text("visavis"),
        made_on=date.fromisoformat(made.text("date", r"\d{4}-\d\d-\d\d")),
        systems=systems,
        sha256=sha256,
    )


def _told_apart(columns: Part) -> bool:
    """Return whether any column has two groups, so that one can be worse than another."""
    sizes = [
        [labels.part(label).whole("people") for label in labels.names()]
        for labels in map(columns.part, columns.names())
    ]
    return any(sum(size >= _FEWEST_PEOPLE for size in column) > 1 for column in sizes)


def _system(part: Part, *, grouped: bool) -> System:
    seen, entries = _seen(part), part.parts("calibration")
    return System(
        embedder=part.text("embedder"),
        preprocessing=part.text("preprocessing"),
        model_sha256=part.text("model_sha256", r"[0-9a-f]{64}"),
        calibrated=tuple(_calibrated(each, seen, grouped=grouped) for each in entries),
    )


def _seen(system: Part) -> _Seen:
    trials = system.parts("trials")
    if not trials:
        raise system.wrong("trials is empty")
    det, points = trials[0].part("det"), trials[0].parts("points")
    seen = _Seen(
        thresholds=det.numbers("threshold", -2, 2),
        fmr=det.numbers("fmr", 0, 1),
        points=[point for each in points if (point := _point(each)) is not None],
        once=[trial.text("name") for trial in trials if trial.whole("attempts") == 1],
    )
    falling = seen.fmr == sorted(seen.fmr, reverse=True)
    rising = seen.thresholds == sorted(set(seen.thresholds))
    if not seen.fmr or len(seen.fmr) != len(seen.thresholds) or not (rising and falling):
        raise det.wrong("there is no curve of rising thresholds and falling rates")
    if not points or any(seen.fmr_from(at) > _about(target) for target, at in seen.points):
        raise trials[0].wrong("points are missing, or contradict the curve")
    return seen


def _point(part: Part) -> tuple[float, float] | None:
    """Return a target and its threshold, or None beyond what the data can show."""
    target, shown = part.number("target", 0, 1), part.flag("shown")
    if not shown:
        part.number("least", 0, 1)
        return None
    return target, part.number("threshold", -2, 2)


def _about(target: float) -> float:
    """Return a target with what a float may have lost."""
    return target * (1 + 1e-9)


def _calibrated(part: Part, seen: _Seen, *, grouped: bool) -> Calibrated:
    status = part.text("status", "proven|provisional|impossible")
    target, why = part.number("target", 0, 1), part.text("why")
    if why.startswith("Not proven") != (status == PROVISIONAL):
        raise part.wrong(f"it is called {status}, and why says something else")
    if status == "impossible":
        return Calibrated(target, status, why, None, None, 0, None, None, None, None)
    worst = None if part.is_null("worst") else part.part("worst")
    found = Calibrated(
        target=target,
        status=status,
        why=why,
        match=_threshold(part, "match", _NEXT),
        within=None if part.is_null("same_capture") else _threshold(part, "same_capture", 1),
        folds=part.whole("folds"),
        worst=None if worst is None else (worst.text("column"), worst.text("label")),
        fmr=_rate(part.part("overall")),
        fmr_worst_group=None if worst is None else _rate(part.part("worst_group")),
        fnmr=_rate(part.part("fnmr")),
    )
    _agrees(part, found, seen)
    measured = [found.fmr, found.fmr_worst_group, *_others(part, seen)]
    shown = grouped and all(rate.high <= target for rate in measured if rate is not None)
    if status == PROVEN and not shown:
        raise part.wrong("it is called proven, and its own figures do not prove it")
    return found


def _agrees(part: Part, found: Calibrated, seen: _Seen) -> None:
    """Check thresholds against what the same report says of all comparisons.

    A threshold for the worst group and several trials is no lower than that for everybody.
    """
    assert found.match is not None  # noqa: S101 - asked only of what is not impossible
    least = [at for target, at in seen.points if _about(target) >= found.target]
    if found.match < max(least, default=-1) or seen.fmr_from(found.match) > _about(found.target):
        raise part.wrong("match contradicts the rates of all people together")
    if found.within is not None and seen.fmr_from(found.within) > _HALF:
        raise part.wrong("same_capture lets most photos of other people pass")


def _others(part: Part, seen: _Seen) -> list[Rate]:
    """Return the false match rates of the other trials."""
    trials = part.parts("trials")
    if [trial.text("name") for trial in trials] != seen.once[1:]:
        raise part.wrong("trials are not those that were measured")
    both = [(_rate(trial.part("fmr")), _rate(trial.part("fnmr"))) for trial in trials]
    return [fmr for fmr, _ in both]


def _threshold(part: Part, key: str, highest: float) -> float:
    value = part.number(key, -1, highest)
    # At the very lowest, everybody would match.
    if value == -1 or not (value * _GRID).is_integer():
        raise part.wrong(f"{key} is no threshold that was measured")
    return value


def _rate(part: Part) -> Rate:
    rate = Rate(
        part.whole("errors"),
        part.whole("comparisons"),
        None if part.is_null("value") else part.number("value", 0, 1),
        part.number("low", 0, 1),
        part.number("high", 0, 1),
        part.text("method", "bootstrap|rule of three|none"),
    )
    share = rate.errors / rate.comparisons if rate.comparisons else None
    if (share is None) != (rate.value is None) or (rate.method == "none") != (share is None):
        raise part.wrong("there is a rate of nothing")
    if share is not None and rate.value is not None and not math.isclose(share, rate.value):
        raise part.wrong("value is not the share of errors")
    if rate.errors > rate.comparisons or rate.low > rate.high:
        raise part.wrong("there are more errors than comparisons, or an interval is turned round")
    return rate

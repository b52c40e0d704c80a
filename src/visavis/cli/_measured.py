"""Reading what ``visavis evaluate`` found: a damaged report gives an error, never a threshold."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn

from visavis._files import read_bounded
from visavis.errors import EvaluationProblem

__all__ = ["Calibrated", "Evaluation", "Rate", "System", "read_evaluation"]

SCHEMA: Final = "visavis-evaluation-1"
_FILE: Final = "report.json"
_LARGEST: Final = 64 * 1024 * 1024
_GRID: Final = 65536
"""Thresholds are whole multiples of 1 / 65536: what was counted is what will be decided."""


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
        match: the threshold; None if the target is impossible, as the two rates then are.
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
        return _evaluation(_Part(_parse(data), ""), hashlib.sha256(data).hexdigest())
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, _WrongError) else "it is not JSON"
        raise EvaluationProblem(
            "report_invalid",
            f"{path} is damaged, or no report of an evaluation: {what}.",
            "Run `visavis evaluate` again, and change nothing in what it writes.",
        ) from error


class _WrongError(ValueError):
    pass


def _parse(data: bytes) -> Any:
    def refuse(name: str) -> NoReturn:
        raise _WrongError(f"{name} is no number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) != len(pairs):
            raise _WrongError("a name stands twice in one object")
        return values

    return json.loads(data.decode(), parse_constant=refuse, object_pairs_hook=unique)


class _Part:
    """One JSON object; every value is checked as it is taken."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise _WrongError(f"{where or 'the whole'} is no object")
        self._values, self._where = values, where

    def text(self, key: str, pattern: str = r"(?s).+") -> str:
        return str(self._take(key, lambda v: isinstance(v, str) and re.fullmatch(pattern, v)))

    def whole(self, key: str) -> int:
        return int(self._take(key, lambda v: type(v) is int and 0 <= v < 2**63))

    def number(self, key: str, low: float, high: float) -> float:
        return float(self._take(key, lambda v: type(v) in {int, float} and low <= v <= high))

    def is_null(self, key: str) -> bool:
        return self._take(key, lambda _: True) is None

    def part(self, key: str) -> _Part:
        return _Part(self._take(key, lambda _: True), f"{self._where}{key}: ")

    def parts(self, key: str) -> list[_Part]:
        values = self._take(key, lambda v: isinstance(v, list))
        return [_Part(value, f"{self._where}{key} {n}: ") for n, value in enumerate(values, 1)]

    def names(self, key: str) -> list[str]:
        return list(self._take(key, lambda v: isinstance(v, dict)))

    def wrong(self, what: str) -> _WrongError:
        return _WrongError(f"{self._where}{what}")

    def _take(self, key: str, is_right: Callable[[Any], object]) -> Any:
        if key not in self._values:
            raise self.wrong(f"{key} is missing")
        if not is_right(self._values[key]):
            raise self.wrong(f"{key} cannot be right")
        return self._values[key]


def _evaluation(report: _Part, sha256: str) -> Evaluation:
    report.text("schema", re.escape(SCHEMA))
    made, data = report.part("made"), report.part("data")
    grouped = bool(data.names("columns"))
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


def _system(part: _Part, *, grouped: bool) -> System:
    return System(
        embedder=part.text("embedder"),
        preprocessing=part.text("preprocessing"),
        model_sha256=part.text("model_sha256", r"[0-9a-f]{64}"),
        calibrated=tuple(_calibrated(each, grouped=grouped) for each in part.parts("calibration")),
    )


def _calibrated(part: _Part, *, grouped: bool) -> Calibrated:
    status = part.text("status", "proven|provisional|impossible")
    target, why = part.number("target", 0, 1), part.text("why")
    if status == "impossible":
        return Calibrated(target, status, why, None, None, 0, None, None, None, None)
    worst = None if part.is_null("worst") else part.part("worst")
    found = Calibrated(
        target=target,
        status=status,
        why=why,
        match=_threshold(part, "match"),
        within=None if part.is_null("same_capture") else _threshold(part, "same_capture"),
        folds=part.whole("folds"),
        worst=None if worst is None else (worst.text("column"), worst.text("label")),
        fmr=_rate(part.part("overall")),
        fmr_worst_group=None if worst is None else _rate(part.part("worst_group")),
        fnmr=_rate(part.part("fnmr")),
    )
    measured = [rate for rate in (found.fmr, found.fmr_worst_group) if rate is not None]
    shown = grouped and all(rate.high <= target for rate in measured)
    if status == "proven" and not shown:
        raise part.wrong("it is called proven, and its own figures do not prove it")
    return found


def _threshold(part: _Part, key: str) -> float:
    value = part.number(key, -1, 1)
    # At the very lowest, everybody would match.
    if value == -1 or not (value * _GRID).is_integer():
        raise part.wrong(f"{key} is no threshold that was measured")
    return value


def _rate(part: _Part) -> Rate:
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

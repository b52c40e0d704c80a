"""From a folder of participants to a report."""

from __future__ import annotations

import functools
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from visavis._operating_point import OperatingPoint, shipped_operating_point
from visavis.errors import ModelProblem
from visavis.evaluation._describe import describe
from visavis.evaluation._machines.work import Work
from visavis.evaluation._measure import System, Threshold
from visavis.evaluation._participants.examine import Loader, installed_pipeline
from visavis.evaluation._participants.people import LeftOut, Participants, check_enough
from visavis.evaluation._participants.reading import Readings, read_photos
from visavis.evaluation._settings import Settings
from visavis.registry import ModelEntry

__all__ = ["SCHEMA", "Evaluation", "Tell", "evaluate"]

SCHEMA: Final = "visavis-evaluation-1"

Tell = Callable[[str, int, int], None]
"""Told what goes on, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The report, and what the operator alone should see.

    Attributes:
        report: as docs/evaluation-report.schema.json says; nothing in it is about a person.
        left_out: files that do not count, by name.

    """

    report: dict[str, Any]
    left_out: tuple[LeftOut, ...]


def evaluate(  # noqa: PLR0913 - everything that a report depends on
    participants: Participants,
    entries: Sequence[ModelEntry],
    *,
    settings: Settings,
    work: Work,
    today: date,
    command: str,
    tell: Tell = lambda _what, _done, _total: None,
    load: Loader = installed_pipeline,
) -> Evaluation:
    """Measure the error rates of one or several embedders on the same photos.

    Args:
        participants: who takes part.
        entries: the embedders.
        settings: what to measure.
        work: threads or machines.
        today: date of the report.
        command: what was typed, for the report; without names of people.
        tell: told what goes on.
        load: makes the pipeline of an embedder.

    Raises:
        EvaluationProblem: too few people or photos; or the machines were lost.
        ModelProblem: weights are missing or altered.

    """
    systems, read = [], []
    for entry in entries:
        readings = _read(participants, entry, work, tell, load)
        read.append(readings)
        system = System(
            readings,
            participants,
            settings,
            _in_use(entry),
            work,
            functools.partial(tell, f"Comparing ({entry.id})"),
        )
        tell(f"Measuring ({entry.id})", 0, 0)
        systems.append(describe(system, entry))
    left_out = tuple(dict.fromkeys(participants.left_out + read[0].left_out))
    report = {
        "schema": SCHEMA,
        "made": _made(settings, today, command),
        "data": _data(participants, read[0], left_out),
        "systems": systems,
    }
    return Evaluation(report, left_out)


def _read(
    participants: Participants, entry: ModelEntry, work: Work, tell: Tell, load: Loader
) -> Readings:
    readings = read_photos(
        participants,
        embedder=entry.id,
        work=work,
        progress=functools.partial(tell, f"Reading photos ({entry.id})"),
        load=load,
    )
    usable = np.bincount(readings.person, minlength=len(participants.people))
    check_enough(usable.tolist(), readings.left_out)
    return readings


def _in_use(entry: ModelEntry) -> Threshold | None:
    """Return the shipped operating point, if there is one for these weights."""
    try:
        point: OperatingPoint = shipped_operating_point(entry.id)
    except ModelProblem:
        return None
    if point.model_sha256 != entry.sha256:
        return None
    return Threshold(point.id, point.status, point.match)


def _made(settings: Settings, today: date, command: str) -> dict[str, Any]:
    return {
        "visavis": version("visavis"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
        "date": today.isoformat(),
        "seed": settings.seed,
        "command": command,
    }


def _data(
    participants: Participants, readings: Readings, left_out: Sequence[LeftOut]
) -> dict[str, Any]:
    here = readings.photos > 0
    columns = {}
    for column in participants.columns:
        declared = np.array(participants.declared(column))[here]
        columns[column] = Counter(declared.tolist())
    return {
        "name": participants.name,
        "sha256": readings.digest,
        "people": int((readings.photos > 0).sum()),
        "photos": int(readings.photos.sum()),
        "left_out": dict(sorted(Counter(each.reason for each in left_out).items())),
        "columns": {
            column: {label: {"people": counts[label]} for label in sorted(counts) if label}
            for column, counts in columns.items()
        },
        "undeclared": {column: counts[""] for column, counts in columns.items()},
    }

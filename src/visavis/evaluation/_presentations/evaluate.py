"""From a folder of recordings to a report."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from visavis._operating_point import OperatingPoint
from visavis.camera import read_recording
from visavis.errors import EvaluationProblem
from visavis.evaluation._evaluate import Evaluation
from visavis.evaluation._machines.work import Work
from visavis.evaluation._participants.left_out import LeftOut, Notes, shown
from visavis.evaluation._presentations import PAD_SCHEMA
from visavis.evaluation._presentations.folder import (
    BONA_FIDE,
    FEWEST_PEOPLE,
    Presentation,
    Presentations,
)
from visavis.evaluation._presentations.judging import (
    ACCEPTED,
    SUSPECTED,
    Decide,
    Judged,
    Reader,
    Unread,
    judge,
)
from visavis.evaluation._presentations.rates import STRICTNESS, Shown, at_target, curve, worst
from visavis.face import FacePipeline
from visavis.registry import ModelEntry

__all__ = ["PadSystem", "evaluate_pad", "time_taken"]

_MILLISECONDS: Final = 1000
_SLOW: Final = 0.95


@dataclass(frozen=True, slots=True)
class PadSystem:
    """What is measured.

    Attributes:
        faces: looks at frames.
        decide: decides about what was seen, from several threads; at a strictness, 1 being the
            usual one. It raises SpoofSuspected or CannotDecide, or accepts.
        point: operating point by which the decision holds frames against each other.
        models: weights that are used.

    """

    faces: FacePipeline
    decide: Decide
    point: OperatingPoint
    models: Sequence[ModelEntry]


def evaluate_pad(  # noqa: PLR0913 - everything that a report depends on
    presentations: Presentations,
    system: PadSystem,
    *,
    work: Work,
    seed: int,
    today: date,
    command: str,
    tell: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
    read: Reader = read_recording,
) -> Evaluation:
    """Measure how often attacks are accepted, and honest people are not (ISO/IEC 30107-3).

    Of one recording that is there twice for the same class and person, the first counts. One that
    stands under two classes or two people counts for none, because nobody can know which is right.

    Args:
        presentations: the recordings.
        system: what decides.
        work: threads of this machine.
        seed: of the bootstrap.
        today: date of the report.
        command: what was typed, for the report; without names of people.
        tell: told what goes on, how much is done, and how much there is.
        read: reads a recording.

    Raises:
        EvaluationProblem: `no_presentations`, `one_person`: of what could be read.
        CameraProblem: `extra_missing`: what reads videos is not installed.
        ModelProblem: weights cannot be run.

    """
    progress = functools.partial(tell, "Watching recordings")
    judged, notes = _judge_all(presentations, system, work, read, progress)
    kinds = _by_kind(judged)
    people = len({each.person for each, _ in judged})
    left_out = tuple(sorted({*presentations.left_out, *notes.all()}, key=_place))
    _require_enough(kinds, people, left_out)
    told = {kind: shown for kind, shown in kinds.items() if shown.people >= FEWEST_PEOPLE}
    honest = told.get(BONA_FIDE)
    attacks = {
        name: told[number] for number, name in enumerate(presentations.classes) if number in told
    }
    untold = [
        name
        for number, name in enumerate(presentations.classes)
        if number not in told  # of one person, or nothing that could be read
    ]
    counted = [_attack(name, shown, seed) for name, shown in attacks.items()]
    report = {
        "schema": PAD_SCHEMA,
        "made": _made(seed, today, command, work),
        "data": {
            "name": presentations.name,
            "about": list(presentations.about),
            "sha256": _digest(judged),
            "people": people,
            "recordings": len(judged),
            "left_out": dict(sorted(Counter(each.reason for each in left_out).items())),
        },
        "system": _system(system),
        "bona_fide": None if honest is None else _honest(honest, seed),
        "attacks": counted,
        "untold": untold,
        "worst": (worst(counted) or {"class": None})["class"],
        "at_target": at_target(attacks, honest, seed),
        "curve": curve(attacks, honest),
        "time": time_taken([outcome for _, outcome in judged]),
    }
    return Evaluation(report, left_out)


_Pairs = list[tuple[Presentation, Judged]]


def _judge_all(
    presentations: Presentations,
    system: PadSystem,
    work: Work,
    read: Reader,
    progress: Callable[[int, int], None],
) -> tuple[_Pairs, Notes]:
    """Return what was decided about each recording that counts, and note the others."""
    notes = Notes(presentations.folder)
    judged: _Pairs = []
    total = len(presentations.recordings)
    progress(0, total)
    # A task gets a path: no more recordings are in memory than there are threads.
    found = work.run(
        judge,
        ((each.path,) for each in presentations.recordings),
        shared=(read, system.faces, system.decide, STRICTNESS),
    )
    for number, (each, outcome) in enumerate(
        zip(presentations.recordings, found, strict=True), start=1
    ):
        if isinstance(outcome, Unread):
            name = shown(each.path, presentations.folder)
            notes.say(name, outcome.reason, outcome.message)
        else:
            judged.append((each, outcome))
        progress(number, total)
    return _counting(judged, presentations, notes), notes


def _counting(judged: _Pairs, presentations: Presentations, notes: Notes) -> _Pairs:
    """Return recordings that are not there twice, and note the others."""
    kinds: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for each, outcome in judged:
        kinds[outcome.digest].add((each.attack, each.person))
    counting: _Pairs = []
    seen: set[str] = set()
    for each, outcome in judged:
        name = shown(each.path, presentations.folder)
        if len(kinds[outcome.digest]) > 1:
            what = "is also there for another class or person: probably a mistake"
            notes.add(name, "same_recording_elsewhere", what)
        elif outcome.digest in seen:
            notes.add(name, "same_recording_twice", "is there twice")
        else:
            seen.add(outcome.digest)
            counting.append((each, outcome))
    return counting


def _by_kind(judged: _Pairs) -> dict[int, Shown]:
    """Return presentations by the number of their class."""
    grouped: dict[int, _Pairs] = defaultdict(list)
    for each, outcome in judged:
        grouped[each.attack].append((each, outcome))
    return {
        kind: Shown(
            np.array([list(outcome.answers) for _, outcome in pairs], np.uint8),
            np.array([each.person for each, _ in pairs], np.int64),
            [outcome.reason for _, outcome in pairs],
        )
        for kind, pairs in grouped.items()
    }


def _require_enough(kinds: dict[int, Shown], people: int, left_out: Sequence[LeftOut]) -> None:
    why = Counter(each.reason for each in left_out)
    counted = ", ".join(f"{count} {reason}" for reason, count in sorted(why.items()))
    ending = f" (left out: {counted})." if why else "."
    if not kinds:
        raise EvaluationProblem(
            "no_presentations",
            f"None of the recordings can be read{ending}",
            "Look at one of them with the guide beside you: what a recording is made of.",
        )
    if people < FEWEST_PEOPLE or all(each.people < FEWEST_PEOPLE for each in kinds.values()):
        raise EvaluationProblem(
            "one_person",
            f"Recordings that can be read show one person only, in every class{ending}",
            "The numbers would be about them. Add recordings of other people.",
        )


def _attack(name: str, shown: Shown, seed: int) -> dict[str, Any]:
    return {"class": name, **shown.counts(seed), "apcer": shown.rate(ACCEPTED, seed)}


def _honest(shown: Shown, seed: int) -> dict[str, Any]:
    return {
        **shown.counts(seed),
        "taken_for_spoof": shown.rate(SUSPECTED, seed),
        "bpcer": shown.rate(ACCEPTED, seed, but=True),
    }


def _made(seed: int, today: date, command: str, work: Work) -> dict[str, Any]:
    return {
        "visavis": version("visavis"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
        "date": today.isoformat(),
        "seed": seed,
        "command": command,
        "cores": os.cpu_count() or 1,
        "threads": work.parallel,
    }


def _system(system: PadSystem) -> dict[str, Any]:
    point = system.point
    return {
        "embedder": point.embedder,
        "preprocessing": point.preprocessing,
        "operating_point": {"id": point.id, "status": point.status},
        "models": {entry.id: entry.sha256 for entry in system.models},
    }


def time_taken(judged: Sequence[Judged]) -> dict[str, Any] | None:
    """Return the median and the 95th percentile of the time from the last frame to a decision."""
    taken = [_MILLISECONDS * each.seconds for each in judged if each.seconds is not None]
    if not taken:
        return None
    median, slow = np.quantile(taken, (0.5, _SLOW), method="inverted_cdf")
    return {
        "recordings": len(taken),
        "median_ms": round(float(median), 1),
        "p95_ms": round(float(slow), 1),
    }


def _digest(judged: _Pairs) -> str:
    lines = "".join(f"{each}\n" for each in sorted(outcome.digest for _, outcome in judged))
    return hashlib.sha256(lines.encode()).hexdigest()


def _place(left: LeftOut) -> tuple[str, str]:
    return left.path, left.reason

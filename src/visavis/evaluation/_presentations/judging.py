"""One recording: what is seen in it, and what is decided at each strictness."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import overload

from visavis.camera import Recording
from visavis.errors import (
    CannotDecide,
    FileProblem,
    InvalidArgument,
    NotVerified,
    SpoofSuspected,
)
from visavis.evaluation._participants.examine import NOT_PHOTOS
from visavis.evaluation._participants.left_out import printable
from visavis.face import FacePipeline
from visavis.liveness import Challenge, Frame, Look, recorded
from visavis.liveness.capture import LiveCapture

__all__ = [
    "ACCEPTED",
    "SUSPECTED",
    "UNDECIDED",
    "Decide",
    "Judged",
    "Reader",
    "Unread",
    "judge",
]

ACCEPTED, SUSPECTED, UNDECIDED = range(3)

Reader = Callable[[Path], Recording]
"""Reads a recording; raises FileProblem or InvalidArgument for one that cannot be read."""

Decide = Callable[[Challenge, Sequence[Look], float], object]
"""Decides at a strictness, 1 being the usual one: raises SpoofSuspected or CannotDecide, or does
not. It is called from several threads."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided about one recording.

    Attributes:
        digest: of what was asked, and of every frame with its time; in hexadecimal.
        answers: one of `ACCEPTED`, `SUSPECTED`, `UNDECIDED` for each strictness.
        reason: why it was not accepted at the usual strictness; "" if it was.
        seconds: from the last frame to the decision; None if frames were too few to look at.

    """

    digest: str
    answers: bytes
    reason: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A recording that cannot be read.

    Attributes:
        reason: `lower_snake_case`.
        message: one sentence, for the operator only.

    """

    reason: str
    message: str = field(repr=False)


def judge(
    read: Reader, faces: FacePipeline, decide: Decide, strictness: Sequence[float], path: Path
) -> Judged | Unread:
    """Read a recording, look at every frame once, and decide at each strictness.

    A recording that is too short, or in which no face is seen, is a presentation about which
    nothing can be decided. One that is damaged is none.

    Args:
        read: reads it.
        faces: looks at frames; several threads may use it.
        decide: decides.
        strictness: factors, rising, with the usual one, 1, among them. Where two of them give one
            answer, those between are not asked for: being stricter never makes up for having been
            too strict before.
        path: of the recording.

    Raises:
        CameraProblem: `extra_missing`: what reads videos is not installed.
        ModelProblem: weights cannot be run.

    """
    try:
        recording = read(path)
        challenge = recorded(recording.tasks)
        frames = _Timed(recording.frames)
        digest = _digest(recording)
        try:
            capture = LiveCapture.of(challenge, frames, faces)
        except CannotDecide as problem:
            if problem.reason in NOT_PHOTOS:
                return _unread(problem)
            return Judged(digest, bytes([UNDECIDED]) * len(strictness), problem.reason, None)
    except (FileProblem, InvalidArgument) as problem:
        return _unread(problem)
    looks = capture.looks
    try:
        answer, reason = _answer(decide, challenge, looks, 1.0)
        seconds = time.perf_counter() - frames.last_taken
        answers = _spread(
            lambda factor: _answer(decide, challenge, looks, factor)[0], strictness, answer
        )
    finally:
        capture.erase()
    return Judged(digest, answers, reason, seconds)


def _spread(ask: Callable[[float], int], strictness: Sequence[float], usual: int) -> bytes:
    """Return the answers at all factors, asking only where they change."""
    known = {strictness.index(1.0): usual}
    for end in (0, len(strictness) - 1):
        if end not in known:
            known[end] = ask(strictness[end])
    spans = list(pairwise(sorted(known)))
    while spans:
        first, last = spans.pop()
        if known[first] == known[last]:
            known |= dict.fromkeys(range(first, last), known[first])
        elif last - first > 1:
            middle = (first + last) // 2
            known[middle] = ask(strictness[middle])
            spans += [(first, middle), (middle, last)]
    return bytes(known[place] for place in range(len(strictness)))


def _answer(
    decide: Decide, challenge: Challenge, looks: Sequence[Look], strictness: float
) -> tuple[int, str]:
    try:
        decide(challenge, looks, strictness)
    except SpoofSuspected as suspicion:
        return SUSPECTED, suspicion.reason
    except CannotDecide as doubt:
        return UNDECIDED, doubt.reason
    return ACCEPTED, ""


def _unread(problem: FileProblem | InvalidArgument | NotVerified) -> Unread:
    return Unread(NOT_PHOTOS.get(problem.reason, problem.reason), printable(problem.message))


def _digest(recording: Recording) -> str:
    steps = [
        [task.step.value, *([s.extent.value, s.hold, s.also and s.also.value] for s in task.stays)]
        for task in recording.tasks
    ]
    frames = [[frame.at, hashlib.sha256(frame.data).hexdigest()] for frame in recording.frames]
    return hashlib.sha256(json.dumps([steps, frames]).encode()).hexdigest()


class _Timed(Sequence[Frame]):
    """Frames, and when the last of them was handed out: those before were looked at in time."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames
        self.last_taken = 0.0

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Frame]: ...
    def __getitem__(self, place: int | slice) -> Frame | Sequence[Frame]:
        return self._frames[place]

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            self.last_taken = time.perf_counter()
            yield frame

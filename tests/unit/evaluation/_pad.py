"""Recordings for the fake pipeline, and a decision that can be foretold from what was asked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.unit.liveness.tasks import both, far

from visavis._operating_point import OperatingPoint
from visavis.camera import Recording
from visavis.errors import CannotDecide, FileProblem, SpoofSuspected
from visavis.evaluation import (
    Evaluation,
    LocalWork,
    PadSystem,
    evaluate_pad,
    read_presentations,
)
from visavis.evaluation._presentations.judging import ACCEPTED, SUSPECTED, UNDECIDED
from visavis.evaluation._presentations.rates import STRICTNESS, Shown
from visavis.face import FacePipeline, Photo, Seen
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, photo
from visavis.liveness import Challenge, Frame, Look, Step

UNSEEN = 5.0
"""Seconds to hold a step after which nothing can be decided, at any strictness."""

POINT = OperatingPoint("test", "provisional", "fake", "fake", "ab" * 32, 1e-4, 0.9, 0.5)
NAMES = ("secret-ann", "secret-ben", "secret-cleo", "secret-dora")


class OneLook(FacePipeline):
    """The fake pipeline, for pictures that come again and again: each is looked at once."""

    def __init__(self) -> None:
        super().__init__(FakeDetector(), FakeMesher(), FakeEmbedder())
        self._seen = functools.cache(super().look)

    def look(
        self,
        photo: Photo,
        *,
        embed_within: float | None = None,
        tint: bool = False,
        near: NDArray[np.float64] | None = None,  # noqa: ARG002 - nobody moves far
    ) -> Seen:
        seen = self._seen(Photo("frame", photo.data), embed_within=embed_within, tint=tint)
        assert seen.mesh is not None
        assert seen.row is not None
        return dataclasses.replace(seen, mesh=seen.mesh.copy(), row=seen.row.copy())


FACES = OneLook()


@functools.cache
def picture(seed: int = 0) -> bytes:
    return photo(1, face=48, seed=seed)


def recording(up_to: float, *, person: int = 0, number: int = 0, frames: int = 8) -> Recording:
    """Return one that is accepted up to a strictness; all others differ from it by their times."""
    tasks = (far(Step.TURN_LEFT, up_to), both(Step.LOOK_UP, Step.TURN_LEFT, 1.0, 1.0))
    start = 100.0 * person + number
    return Recording(tasks, tuple(Frame(picture(), start + place / 10) for place in range(frames)))


def decide(challenge: Challenge, looks: Sequence[Look], strictness: float) -> None:
    """Accept what was asked to hold its first step for longer than the strictness says."""
    assert looks
    hold = challenge.tasks[0].stays[0].hold
    if hold == UNSEEN:
        raise CannotDecide("no_turn", "Not seen.", "Again.")
    if strictness > hold:
        raise SpoofSuspected("flat", "Flat.")


class Shelf:
    """A folder of empty folders, and what each of them holds.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[Path, Recording] = {}

    def put(self, kind: str, person: int, *up_to: float) -> None:
        """Add recordings of one person: "bona-fide" or "attacks/CLASS"."""
        for value in up_to:
            made = recording(value, person=person, number=len(self.held))
            path = self.folder / kind / NAMES[person] / f"{len(self.held):03}"
            path.mkdir(parents=True)
            self.held[path] = made

    def read(self, path: Path) -> Recording:
        try:
            return self.held[path]
        except KeyError as error:
            raise FileProblem("file_missing", f"{path} is not there.", "Look.") from error

    def measured(
        self,
        *,
        seed: int = 0,
        tell: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
    ) -> Evaluation:
        """Return what comes of everything that is there."""
        return evaluate_pad(
            read_presentations(self.folder),
            PadSystem(FACES, decide, POINT, ()),
            work=LocalWork(2),
            seed=seed,
            today=date(2026, 1, 1),
            command="visavis evaluate-pad shelf",
            tell=tell,
            read=self.read,
        )

    def report(self) -> dict[str, Any]:
        return self.measured().report


def shown(*people: Sequence[float | None]) -> Shown:
    """Return presentations: for each, up to which strictness it is accepted; None: not decided."""
    values = [value for own in people for value in own]
    answers = [
        [
            UNDECIDED if value is None else ACCEPTED if step <= value else SUSPECTED
            for step in STRICTNESS
        ]
        for value in values
    ]
    reasons = ["no_turn" if value is None else "" if value >= 1 else "flat" for value in values]
    person = [number for number, own in enumerate(people) for _ in own]
    return Shown(np.array(answers, np.uint8), np.array(person, np.int64), reasons)

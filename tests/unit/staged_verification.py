"""People who answer challenges before a pipeline that reads what it is to see off each frame."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from tests.unit.liveness import heads
from tests.unit.liveness.tasks import between, goals, pose_of

from visavis.errors import CannotDecide
from visavis.face import FacePipeline, Photo, Seen
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher
from visavis.liveness import Challenge, Frame, LiveCapture, Task
from visavis.types import FloatArray

Person = Sequence[tuple[int, float]]
"""Which directions a face is made of, and how much of each: ``[(3, 0.8), (9, 0.6)]``."""

HOLDER: Person = [(3, 1.0)]
STRANGER: Person = [(9, 1.0)]
RELATIVE: Person = [(3, 0.8), (9, 0.6)]
"""A cosine of 0.8 with the holder."""
TWIN: Person = [(3, 0.87), (9, 0.493)]
"""A cosine of 0.87 with the holder."""

_MIDDLE = (0.0, 0.0, 65.0)
_WAY = 0.15  # seconds from frame to frame on the way to a step and back
_PARTS = (0.2, 0.6)  # of that way, where the frames are
_LATE = 0.6  # seconds until somebody notices that it is enough, and goes on
_REST = 0.6  # seconds in the middle
_MOST = 0.7
"""Seconds from frame to frame where nothing moves: just not an interruption, so that 60 frames are
enough for the longest challenge."""


@functools.cache
def _directions() -> FloatArray:
    drawn = np.random.default_rng(5).normal(size=(128, 16))
    return np.linalg.qr(drawn)[0].T.astype(np.float32)


def features(person: Person, noise: int | None = None) -> FloatArray:
    """Return features of unit length; with a seed, as one picture of several gives them."""
    row = sum(share * _directions()[number] for number, share in person)
    if noise is not None:
        row = row + 0.005 * np.random.default_rng(noise).normal(size=128)
    return np.asarray(row / np.linalg.norm(row), np.float32)


class Staged(FacePipeline):
    """Sees in a frame what the frame says. Photos go through the fake pipeline."""

    def __init__(self) -> None:
        super().__init__(FakeDetector(), FakeMesher(), FakeEmbedder())

    def look(
        self,
        photo: Photo,
        *,
        embed_within: float | None = None,
        tint: bool = False,  # noqa: ARG002 - nothing shines on anybody here
        near: NDArray[np.float64] | None = None,  # noqa: ARG002 - a frame says where somebody is
    ) -> Seen:
        try:
            told = json.loads(photo.data)
        except ValueError as error:
            raise CannotDecide("not_an_image", "No picture.", "Give one.") from error
        yaw, pitch, away = told["pose"]
        head = heads.print_of(heads.head()) if told["flat"] else heads.head()
        mesh = heads.seen(heads.turned(head, yaw, pitch), away, noise=0.3, seed=told["seed"])
        # A flat print of a head is seen as that head, turned.
        pose = heads.pose(heads.seen(heads.turned(heads.head(), yaw, pitch), away))
        frontal = embed_within is not None and max(abs(yaw), abs(pitch)) <= embed_within
        return Seen(
            size=(640, 480),
            digest=hashlib.blake2b(photo.data, digest_size=16).digest(),
            faces=told["faces"],
            box=(*mesh[:, :2].min(0), *mesh[:, :2].max(0)),
            mesh=mesh,
            pose=pose,
            light=100.0,
            sharpness=-0.3,
            row=features(told["person"], told["seed"]) if frontal else None,
        )


def frames(  # noqa: PLR0913 - everything that can be seen
    tasks: Sequence[Task],
    person: Callable[[int, int], Person] = lambda rest, frame: HOLDER,  # noqa: ARG005
    *,
    flat: bool = False,
    faces: int = 1,
    start: float = 0.0,
    settled: int = 2,
    most: float = _MOST,
) -> list[Frame]:
    """Return the frames of somebody who does what is asked.

    Args:
        tasks: what is asked.
        person: who is seen: by the number of the rest that is nearest, and that of the frame
            since the step before.
        flat: whether it is a print that is turned.
        faces: how many are seen.
        start: seconds, of the first frame.
        settled: how many frames there are before the first step begins.
        most: seconds from frame to frame, at most, where the head is held.

    """

    def still(seconds: float) -> list[float]:
        count = math.ceil(seconds / most - 1e-9)
        return [seconds / count] * count

    moments = [(0.2, _MIDDLE, 0)] * settled
    for number, task in enumerate(tasks):
        places = [pose_of(goal, home=_MIDDLE[2]) for goal in goals(task)]
        moments += [(_WAY, between(_MIDDLE, places[0], part), number) for part in _PARTS]
        for place, stay in zip(places, task.stays, strict=True):
            moments += [(_WAY, place, number)]
            moments += [(after, place, number) for after in still(stay.hold + _LATE)]
        # Going back.
        back = [between(_MIDDLE, places[-1], part) for part in (*_PARTS[::-1], 0)]
        moments += [(_WAY, place, number + 1) for place in back]
        moments += [(after, _MIDDLE, number + 1) for after in still(_REST)]
    at, found, since, before = start, [], 0, 0
    for seed, (after, pose, rest) in enumerate(moments):
        at, since, before = at + after, since + 1 if rest == before else 0, rest
        told = {
            "pose": pose,
            "person": list(person(rest, since)),
            "seed": seed,
            "flat": flat,
            "faces": faces,
        }
        found.append(Frame(json.dumps(told).encode(), at))
    return found


def capture(
    challenge: Challenge,
    person: Callable[[int, int], Person] = lambda rest, frame: HOLDER,  # noqa: ARG005
    *,
    flat: bool = False,
    faces: int = 1,
) -> LiveCapture:
    """Return what is seen of somebody who answers a challenge."""
    shown = frames(challenge.tasks, person, flat=flat, faces=faces, start=1000.0)
    return LiveCapture.of(challenge, shown, Staged())

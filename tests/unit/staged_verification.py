"""People who answer challenges before a pipeline that reads what it is to see off each frame."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Sequence

import numpy as np
from tests.unit.liveness import heads

from visavis.errors import CannotDecide
from visavis.face import FacePipeline, Photo, Seen
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher
from visavis.liveness import Challenge, Frame, LiveCapture, Step, Task
from visavis.liveness._movement import LONGEST_LAG, SHORTEST_LAG
from visavis.types import FloatArray

Person = Sequence[tuple[int, float]]
"""Which directions a face is made of, and how much of each: ``[(3, 0.8), (9, 0.6)]``."""

HOLDER: Person = [(3, 1.0)]
STRANGER: Person = [(9, 1.0)]
RELATIVE: Person = [(3, 0.8), (9, 0.6)]
"""A cosine of 0.8 with the holder."""
TWIN: Person = [(3, 0.87), (9, 0.493)]
"""A cosine of 0.87 with the holder."""

Pose = tuple[float, float, float]
"""Degrees of yaw and of pitch, and centimetres from the camera."""

_MIDDLE = (0.0, 0.0, 65.0)
_POSES = {
    Step.TURN_LEFT: (27.0, 0.0, 65.0),
    Step.TURN_RIGHT: (-27.0, 0.0, 65.0),
    Step.LOOK_UP: (0.0, -22.0, 65.0),
    Step.LOOK_DOWN: (0.0, 22.0, 65.0),
    Step.COME_CLOSER: (0.0, 0.0, 49.0),
}
_WAY = 0.15  # seconds from frame to frame on the way to a step and back
_MOST = 0.6  # seconds from frame to frame where a step is held


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


def _between(pose: Pose, part: float) -> Pose:
    yaw, pitch, away = (a + (b - a) * part for a, b in zip(_MIDDLE, pose, strict=True))
    return yaw, pitch, away


def frames(  # noqa: PLR0913 - everything that can be seen
    tasks: Sequence[Task],
    person: Callable[[int, int], Person] = lambda rest, frame: HOLDER,  # noqa: ARG005
    *,
    flat: bool = False,
    faces: int = 1,
    start: float = 0.0,
    settled: int = 2,
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

    """
    moments = [(0.2, _MIDDLE, 0)] * settled
    for number, task in enumerate(tasks):
        there = _POSES[task.step]
        way = [_between(there, part / 4) for part in (1, 2, 3)]
        # As late as most people, and seen from most of the way to most of the way back.
        stay = task.hold + (SHORTEST_LAG + LONGEST_LAG) / 2 - 0.18
        count = int(stay / _MOST) + 1
        held = [stay / count] * count
        moments += [(_WAY, pose, number) for pose in way]
        moments += [(_WAY, there, number), *((after, there, number) for after in held)]
        moments += [(_WAY, pose, number + 1) for pose in way[::-1]]
        moments += [(_WAY, _MIDDLE, number + 1)]
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

"""Is it one person from the first frame to the last, without a cut?

What is checked is the number of faces, and where the face is and how large from frame to frame.
Whether the frontal faces agree is decided where they are compared with the pass: there each
frontal face is held against all the others, with the measured value of the operating point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from visavis.errors import CannotDecide
from visavis.liveness._look import Look

__all__ = [
    "FASTEST_GROWTH",
    "FASTEST_MOVE",
    "LONGEST_GAP",
    "LONGEST_LOSS",
    "Box",
    "goes_on",
    "require_continuity",
    "require_one_face",
]

Box = tuple[float, float, float, float]

LONGEST_GAP = 1.2
"""Most seconds between two frames that were kept of many, where the head stays."""

LONGEST_LOSS = 0.75
"""Most seconds for which a face may be lost while it is watched. In one second two people can
change places."""

FASTEST_MOVE = 4.0
"""Most sizes of the face a second by which its middle may move. The face of a head that turns
about its neck, 8 to 12 cm behind it, at 200 degrees a second moves by 2 to 3. From geometry; no
trial yet."""

FASTEST_GROWTH = 3.0
"""Most factor a second by which a face may grow or shrink: from 80 to 27 cm. No trial yet."""

MOST_SEVERAL = 2
"""Most frames, none beside another, in which a second face may seem to be."""

_SLACK = 0.2
"""Sizes of the face, and the share of its size, by which boxes differ between two pictures of a
face that keeps still. A guess; no trial yet."""


def require_one_face(looks: Sequence[Look]) -> list[int]:
    """Refuse frames in which a second face stays, and return the places of those that show one.

    One frame alone with a second face is passed over: now and then the networks see a face in
    what is none. Nobody comes and goes in the moment between its neighbours.

    Args:
        looks: in the order in which the frames were taken.

    Raises:
        CannotDecide: `several_faces`.

    """
    several = [look.faces > 1 for look in looks]
    if sum(several) > MOST_SEVERAL or any(map(all, pairwise(several))):
        raise CannotDecide(
            "several_faces",
            "More than one face was seen during the movements.",
            "One person only, please.",
        )
    return [place for place, more in enumerate(several) if not more]


def require_continuity(looks: Sequence[Look]) -> None:
    """Refuse frames that do not show a face without interruption.

    Args:
        looks: of frames with at most one face, in the order in which they were taken.

    Raises:
        CannotDecide: `no_face`, `interrupted` (too long without a frame) or `jumped` (the face is
            suddenly elsewhere, or of another size).

    """
    boxes = [box for look in looks if look.faces == 1 and (box := look.box) is not None]
    if not looks or len(boxes) != len(looks):
        raise CannotDecide(
            "no_face",
            "The face was not seen all the time.",
            "Keep your face in the oval.",
        )
    times = [look.at for look in looks]
    if any(not 0 < later - earlier <= LONGEST_GAP for earlier, later in pairwise(times)):
        raise CannotDecide(
            "interrupted",
            "The camera was interrupted during the movements.",
            "Try again, with nothing else running on this device.",
        )
    for before, after in pairwise(zip(times, boxes, strict=True)):
        if not _continues(before[1], after[1], after[0] - before[0]):
            raise CannotDecide(
                "jumped",
                "The face was suddenly elsewhere in the picture.",
                "Move more slowly, and keep your face in the oval.",
            )


def goes_on(before: Look, after: Look) -> bool:
    """Return whether two frames that follow each other can be of one person who did not leave.

    Args:
        before: shows a face.
        after: shows a face, or nothing.
    """
    seconds = after.at - before.at
    if before.box is None or after.box is None:
        return seconds <= LONGEST_LOSS
    return seconds <= LONGEST_LOSS and _continues(before.box, after.box, seconds)


def _continues(before: Box, after: Box, seconds: float) -> bool:
    """Return whether a face can have gone from one box to another in so many seconds."""
    sizes = [math.sqrt(max(0.0, (box[2] - box[0]) * (box[3] - box[1]))) for box in (before, after)]
    if not min(sizes) > 0:
        return False
    moved = math.dist(_middle(before), _middle(after)) / min(sizes)
    growth = abs(math.log(sizes[1] / sizes[0]))
    return (
        moved <= FASTEST_MOVE * seconds + _SLACK
        and growth <= math.log(FASTEST_GROWTH) * seconds + _SLACK
    )


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

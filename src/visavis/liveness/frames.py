"""What a camera gave while a person did what was asked: pictures, each with its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from visavis.errors import CannotDecide, InvalidArgument

__all__ = ["LEAST_FRAMES", "LONGEST", "MOST_FRAMES", "Frame", "require_frames"]

LEAST_FRAMES = 8
"""Frames from which a movement can be told from two still pictures of it."""

MOST_FRAMES = 60
"""Most frames of one capture: ten seconds at six a second, which shows every human movement."""

LONGEST = 60.0
"""Most seconds between the first frame and the last: as long as a challenge is valid."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a capture.

    Attributes:
        data: the encoded picture (JPEG, PNG), as a camera or a browser gives it; never shown.
        at: seconds on the capture's own clock, which starts at any moment.

    """

    data: bytes = field(repr=False)
    at: float = field(repr=False)


def require_frames(frames: Sequence[Frame]) -> None:
    """Refuse frames that cannot be a capture, before any of them is looked at.

    Args:
        frames: in the order in which they were taken.

    Raises:
        CannotDecide: `too_few_frames`.
        InvalidArgument: `too_many_frames` or `frame_times`: a time is not a number, not later
            than the one before, or the whole lasts longer than a challenge is valid.

    """
    if len(frames) > MOST_FRAMES:
        raise InvalidArgument(
            "too_many_frames",
            f"{len(frames)} frames were given; the most is {MOST_FRAMES}.",
            "Leave out frames evenly: six a second are enough.",
        )
    if len(frames) < LEAST_FRAMES:
        raise CannotDecide(
            "too_few_frames",
            f"{len(frames)} frames were given; at least {LEAST_FRAMES} are needed.",
            "Try again, and stay in front of the camera until it is done.",
        )
    times = [frame.at for frame in frames]
    rising = all(later > earlier for earlier, later in pairwise(times))
    if not (all(map(math.isfinite, times)) and rising and times[-1] - times[0] <= LONGEST):
        raise InvalidArgument(
            "frame_times",
            "The times of the frames are not those of one capture.",
            f"Give seconds that rise from frame to frame, over {LONGEST:.0f} s at most.",
        )

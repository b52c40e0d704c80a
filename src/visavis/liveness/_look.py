"""What is seen in one frame: the measurements that everything after works with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, final

import numpy as np
from numpy.typing import NDArray

from visavis.face import FacePipeline, Photo
from visavis.face.pipeline import Patch, Pose
from visavis.liveness.frames import Frame
from visavis.types import FloatArray

__all__ = ["FRONTAL", "Look", "look", "looks"]

FRONTAL = 20.0
"""Most degrees of yaw and of pitch, as the camera sees them, at which a face may be compared: less
than photos may have. A camera above or below the eyes sees a straight look at an angle; what is a
movement and what is none is told from there, not from here."""


@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Look:
    """What is seen in one frame. Redacted: it says what a face looks like.

    Pixels are those of the picture looked at; a JPEG that is far larger than needed is decoded
    at a half, a quarter or an eighth of its size.

    Attributes:
        at: seconds on the capture's own clock.
        size: width and height of the picture, in pixels.
        faces: how many there are, of any size.
        box: of the largest face: left, top, right, bottom, in pixels; None without a face.
        mesh: shape (468, 3), in pixels, z negative towards the camera; None without a face.
        pose: in degrees, as the picture shows it: positive yaw is a turn to the right of the
            picture, which is the person's own left; positive pitch looks down.
        light: grey levels between the darkest and the brightest twentieth of the face, 0 to 255.
        sharpness: from -1 (nothing left to blur) to 0.
        row: features, unit length; only where they were asked for, of a frontal face that is
            good enough to compare.
        digest: of the pixels.
        patch: the middle of the face as the sensor gave it; None without a face.
        tint: of the skin and of what is around it, shape (2, 2): logarithms of red over green and
            of blue over green; None unless the screen shows colours, or where it cannot be told.

    """

    at: float
    size: tuple[int, int]
    faces: int
    box: tuple[float, float, float, float] | None
    mesh: NDArray[np.float64] | None
    pose: Pose | None
    light: float
    sharpness: float
    row: FloatArray | None
    digest: bytes
    patch: Patch | None = None
    tint: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        return "<Look: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A look cannot be copied or pickled.")


def look(  # noqa: PLR0913
    frame: Frame,
    faces: FacePipeline,
    *,
    name: str = "the frame",
    embed: bool = True,
    tint: bool = False,
    near: Look | None = None,
) -> Look:
    """Return what is seen in one frame, as soon as it is there.

    Args:
        frame: of a capture.
        faces: what finds and measures faces.
        name: what to call the frame in an error.
        embed: whether frontal faces are described in features too.
        tint: whether the colour of the light is measured too.
        near: the frame before, where the face is followed from; None if there was none.

    Raises:
        CannotDecide: the frame is not a picture that can be read.

    """
    seen = faces.look(
        Photo(name, frame.data),
        embed_within=FRONTAL if embed else None,
        tint=tint,
        near=None if near is None or near.mesh is None else near.mesh[:, :2] / near.size[0],
    )
    return Look(
        at=frame.at,
        size=seen.size,
        faces=seen.faces,
        box=seen.box,
        mesh=seen.mesh,
        pose=seen.pose,
        light=seen.light,
        sharpness=seen.sharpness,
        row=seen.row,
        digest=seen.digest,
        patch=seen.patch,
        tint=seen.tint,
    )


def looks(frames: Iterable[Frame], faces: FacePipeline) -> list[Look]:
    """Return what is seen in each frame, in their order.

    Frames are taken one at a time, so that after the last one only that one is left to do.

    Raises:
        CannotDecide: a frame is not a picture that can be read.

    """
    found: list[Look] = []
    near: Look | None = None
    for number, frame in enumerate(frames, 1):
        found.append(look(frame, faces, name=f"frame {number}", near=near))
        near = found[-1] if found[-1].faces else near
    return found

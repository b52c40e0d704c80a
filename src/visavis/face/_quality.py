"""Is this image of a face good enough to compare? Named components, one remedy.

After the components of ISO/IEC 29794-5 that a person in front of a camera can change. Nothing
here looks at who the person is, or at skin, expression or any other trait: light is judged by
the range of brightness within the face, which is as wide on dark skin as on fair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide
from visavis.face._detect import LEAST_SHARE
from visavis.face._pose import Pose

__all__ = ["COMPONENTS", "Component", "FaceView", "first_failure", "measured"]


@dataclass(frozen=True, slots=True)
class FaceView:
    """What the components look at.

    Attributes:
        scale: pixels of the photo behind one pixel of the chip, along a side.
        share: width of the face as a share of the photo's longer side.
        inside: share of the mesh points that lie within the photo, 0 to 1.
        pose: where the head points.
        chip: aligned face in grey, shape (side, side), 0 to 255, at the resolution that the
            photo really has: at most the embedder's, less for a small face.

    """

    scale: float
    share: float
    inside: float
    pose: Pose
    chip: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Component:
    """One reason why a face cannot be compared.

    Attributes:
        name: of the component, as in ISO/IEC 29794-5 where it has one.
        measure: gives a number from a view of a face; higher is better.
        least: the number from which the component is good enough.
        reason: error code.
        problem: what is wrong, after "In NAME ".
        remedy: the one thing to do.

    """

    name: str
    measure: Callable[[FaceView], float]
    least: float
    reason: str
    problem: str
    remedy: str


def measured(view: FaceView) -> tuple[float, ...]:
    """Return the value of every component, in the order of `COMPONENTS`."""
    return tuple(component.measure(view) for component in COMPONENTS)


def first_failure(quality: Sequence[float], *, name: str) -> CannotDecide | None:
    """Return the error of the first component that fails, in the order people should act.

    Args:
        quality: what `measured` returned.
        name: of the photo.

    """
    for component, value in zip(COMPONENTS, quality, strict=True):
        if not value >= component.least:
            return CannotDecide(
                component.reason, f"In {name} {component.problem}.", component.remedy
            )
    return None


def blur(grey: NDArray[np.float64]) -> float:
    """Return how little a picture changes when it is blurred once more, 0 (sharp) to 1.

    Source: Crete, Dolmiere, Ladret, Nicolas, "The blur effect: perception and estimation with
    a new no-reference perceptual blur metric", SPIE 6492, 2007, with their window of 9 pixels.

    Args:
        grey: shape (height, width), both above 9.

    """
    return max(_blur_down(grey), _blur_down(grey.T))


def _blur_down(grey: NDArray[np.float64]) -> float:
    window = 9
    sums = np.cumsum(np.concatenate([np.zeros((1, grey.shape[1])), grey]), axis=0)
    blurred = (sums[window:] - sums[:-window]) / window
    half = window // 2
    sharp_steps = np.abs(np.diff(grey[half:-half], axis=0))
    lost = np.clip(sharp_steps - np.abs(np.diff(blurred, axis=0)), 0, None)
    total = float(sharp_steps.sum())
    return 1.0 - float(lost.sum()) / total if total > 0 else 1.0


def _middle(view: FaceView) -> NDArray[np.float64]:
    """Return the inner part of the chip, which is face and hardly any background."""
    side = view.chip.shape[0]
    inner = slice(side // 7, side - side // 7)
    return view.chip[inner, inner]


_WHITE = 250  # brightness from which a camera has run out of range


def _dynamic_range(view: FaceView) -> float:
    dark, bright = np.percentile(_middle(view), [5, 95])
    return float(bright - dark)


COMPONENTS = (
    Component(
        "size",
        lambda view: view.scale,
        0.25,
        "face_too_small",
        "the face is too small to compare",
        "Come closer to the camera.",
    ),
    Component(
        "share",
        lambda view: view.share,
        LEAST_SHARE,
        "too_far_away",
        "the face is too small a part of the picture",
        "Come closer, or cut the photo to head and shoulders.",
    ),
    Component(
        "framing",
        lambda view: view.inside,
        0.75,
        "face_cut_off",
        "too much of the face is cut off",
        "Bring your whole face into the picture.",
    ),
    Component(
        "pose_yaw",
        lambda view: -abs(view.pose.yaw),
        -35.0,
        "turned_away",
        "the face is turned to the side",
        "Face the camera.",
    ),
    Component(
        "pose_pitch",
        lambda view: -abs(view.pose.pitch),
        -30.0,
        "tilted",
        "the face points up or down",
        "Hold the camera at eye level and look straight at it.",
    ),
    Component(
        "pose_roll",
        lambda view: -abs(view.pose.roll),
        -50.0,
        "sideways",
        "the face lies on its side",
        "Hold the camera upright, or turn the photo.",
    ),
    Component(
        "over_exposure",
        lambda view: -float((_middle(view) >= _WHITE).mean()),
        -0.3,
        "too_bright",
        "the face is washed out by too much light",
        "Turn away from the bright light.",
    ),
    Component(
        "illumination",
        _dynamic_range,
        12.0,
        "too_dark",
        "the face is too dark or too flatly lit to make out",
        "More light on your face, please.",
    ),
    Component(
        "sharpness",
        lambda view: -blur(view.chip),
        -0.65,
        "blurred",
        "the face is blurred",
        "Hold still, and wipe the lens.",
    ),
)
"""In the order in which people should act on them.

A face that is a smaller part of the picture than what is never overlooked cannot be compared:
there might be another one of its size.
The limits for size, light and sharpness lie where, on 400 photos made smaller, darker or blurred
(bench/quality.py), three to seven times as many genuine comparisons are missed as on the photos
as they are; of those none was turned away. Yaw and pitch keep a margin to the 45 degrees or so
from which profile views are found but no longer match, and roll to the 90 degrees of a photo that
lies on its side, on which the mesh is often misplaced.
"""

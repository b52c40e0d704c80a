"""Does every frame show a moment of its own, or is one shown twice?

A living face is never in the same place twice to a fraction of a pixel, and a camera never gives
the same noise twice. A recording that is played once, at whatever speed, is not found out here but
by when its steps come.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide
from visavis.liveness._grain import copied
from visavis.liveness._look import Look
from visavis.liveness._relief import eye_span

__all__ = ["LEAST_CHANGE", "SHORTEST_GAP", "require_freshness"]

LEAST_CHANGE = 1e-4
"""Least root mean square change of the mesh between two frames, as a share of what lies between
the eyes: a hundredth of a pixel in a large face. It finds frames that were copied and stored again
without loss, with a mark or a line of text on them. Honest synthetic films stayed above 2e-3."""

SHORTEST_GAP = 1 / 130
"""Least seconds between two frames: faster than any camera of a phone or a computer in use."""


def require_freshness(looks: Sequence[Look]) -> None:
    """Refuse frames that repeat, stand still, or follow each other faster than a camera's.

    Args:
        looks: in the order in which the frames were taken.

    Raises:
        CannotDecide: `repeated_frames` or `frames_too_fast`.

    """
    times = np.array([look.at for look in looks])
    if not (np.diff(times) >= SHORTEST_GAP).all():
        raise CannotDecide(
            "frames_too_fast",
            "The frames follow each other faster than those of a camera.",
            "Try again, straight from the camera.",
        )
    places = np.array([_in_place(look.mesh) for look in looks if look.mesh is not None])
    if (
        len({look.digest for look in looks}) < len(looks)
        or _any_still(places)
        or copied([look.patch for look in looks if look.patch is not None])
    ):
        raise CannotDecide(
            "repeated_frames",
            "The camera gave the same picture more than once.",
            "Try again, with more light and nothing else running on this device.",
        )


def _any_still(places: NDArray[np.float64]) -> bool:
    """Return whether any two of many meshes, shape (meshes, points, 2), are as good as one."""
    return any(
        bool((np.mean((places[:later] - each) ** 2, (1, 2)) < LEAST_CHANGE**2).any())
        for later, each in enumerate(places)
        if later
    )


def _in_place(mesh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points of a mesh in the picture, in units of what lies between the eyes."""
    return mesh[:, :2] / max(eye_span(mesh), 1.0)

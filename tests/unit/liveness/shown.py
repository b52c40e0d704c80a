"""What is seen of a head that is moved, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tests.unit.liveness import heads

from visavis.liveness._look import Look


def look(at: float, mesh: heads.Points, *, faces: int = 1, row: bool = True) -> Look:
    """Return the look of one frame with this mesh."""
    left, top = mesh[:, :2].min(0)
    right, bottom = mesh[:, :2].max(0)
    return Look(
        at=at,
        size=(640, 480),
        faces=faces,
        box=(left, top, right, bottom),
        mesh=mesh,
        pose=heads.pose(mesh),
        light=100.0,
        sharpness=-0.3,
        row=np.ones(128, np.float32) / np.sqrt(np.float32(128)) if row else None,
        digest=mesh.tobytes()[:16] + at.hex().encode(),
    )


def moved(
    poses: Sequence[tuple[float, float, float]], *, every: float = 0.2, noise: float = 0.3
) -> list[Look]:
    """Return looks of a head with these yaws, pitches and places away, in degrees and cm."""
    head = heads.head()
    return [
        look(
            number * every,
            heads.seen(heads.turned(head, yaw, pitch), away, noise=noise, seed=number),
        )
        for number, (yaw, pitch, away) in enumerate(poses)
    ]


STILL = [(0.0, 0.0, 55.0)] * 10

"""Runs the ``visavis`` command before a camera that sees a portrait, and watches what is written.

Started as a process of its own: ``python _filmed.py PORTRAIT PICTURES EVIDENCE ARGUMENT...``. After
so many pictures the camera stops. With LEAK in the environment, one of them goes to a file
of that name.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np

from visavis.camera import _live

portrait, pictures, *arguments = sys.argv[1:]
whole = cv2.imread(portrait)
assert whole is not None
seen = cv2.resize(whole, (960, 1200))[:720]


class Camera:
    """The portrait, with the noise of a camera."""

    def __init__(self, *_: object) -> None:
        self.left = int(pictures)
        self.noise = np.random.default_rng(1)

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def set(self, *_: object) -> bool:
        return True

    def grab(self) -> bool:
        return self.left > 0

    def retrieve(self) -> tuple[bool, np.ndarray]:
        self.left -= 1
        picture = cv2.add(seen, self.noise.integers(0, 4, seen.shape).astype(np.uint8))
        if leak := os.environ.get("LEAK"):
            cv2.imwrite(leak, picture)
        return True, picture

    def release(self) -> None:
        pass


if not arguments[-1].endswith(".avi"):
    cv2.VideoCapture = Camera  # type: ignore[assignment, misc]
setattr(_live, "_SILENCE", 0.5)  # noqa: B010 - a constant for everybody else
sys.argv[1:] = arguments
watched = Path(__file__).parents[1] / "boundary" / "_watched.py"
runpy.run_path(str(watched), run_name="__main__")

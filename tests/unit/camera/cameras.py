"""Cameras that OpenCV could have opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.camera.recordings import painted


class Built:
    """A camera with painted pictures, each with the next number.

    Args:
        pictures: how many it gives before it stops.
        opens: whether it can be opened.
        raises: whether OpenCV raises an error after them instead.
        hangs: whether it then answers no more.
    """

    def __init__(
        self, pictures: int = 1000, *, opens: bool = True, raises: bool = False, hangs: bool = False
    ) -> None:
        self.left, self.opens, self.raises, self.hangs = pictures, opens, raises, hangs
        self.taken = 0
        self.wishes: dict[int, float] = {}
        self.asked: list[int] = []
        self.released = threading.Event()
        self.woken = threading.Event()

    def __call__(self, number: int) -> Built:
        self.asked.append(number)
        return self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opens

    def set(self, what: int, value: float) -> bool:
        self.wishes[what] = value
        return False

    def grab(self) -> bool:
        if self.taken == self.left:
            if self.raises:
                raise cv2.error("gone")
            if self.hangs:
                self.woken.wait()
            return False
        self.taken += 1
        time.sleep(0.001)
        return True

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        return True, painted(self.taken % 128)

    def release(self) -> None:
        self.released.set()


def plugged(patch: pytest.MonkeyPatch, camera: Built, *, patience: float = 30.0) -> Built:
    """Let OpenCV find a camera, whose pictures are waited for so long."""
    patch.setattr(cv2, "VideoCapture", camera)
    patch.setattr("visavis.camera._live._OPENING", patience)
    patch.setattr("visavis.camera._live._SILENCE", patience)
    return camera


def ticking(step: float = 0.25) -> Iterator[float]:
    """Yield a time that rises with every look at it."""
    now = 1000.0
    while True:
        yield now
        now += step

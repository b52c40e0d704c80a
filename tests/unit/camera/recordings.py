"""Recordings on disk, of painted pictures without a face."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FORMAT = "visavis-recording-1"
STEPS = [
    ["turn-left", ["far", 0.4]],
    ["look-up", ["slight", 1], ["slight", 0.7, "turn-right"]],
]


_BITS = 7


def painted(number: int, *, size: tuple[int, int] = (140, 120)) -> NDArray[np.uint8]:
    """Return a picture of stripes, dark or bright, that say its number, up to 127."""
    bits = [number >> place & 1 for place in range(_BITS)]
    row = np.repeat(np.array([[40, 200][bit] for bit in bits], np.uint8), size[0] // _BITS)
    return np.tile(row[None, :, None], (size[1], 1, 3))


def number_of(data: bytes) -> int:
    """Return the number that a picture, of a video or not, was painted with."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    stripes = picture.mean((0, 2)).reshape(_BITS, -1).mean(1)
    return sum(int(grey > 120) << place for place, grey in enumerate(stripes))


def jpeg(number: int) -> bytes:
    return bytes(cv2.imencode(".jpg", painted(number))[1])


def described(path: Path, **values: Any) -> Path:
    """Write what lies beside a recording; a value of None leaves its name out."""
    said = {"format": FORMAT, "steps": STEPS} | values
    path.write_text(json.dumps({k: v for k, v in said.items() if v is not None}), "utf-8")
    return path


def folder(at: Path, count: int = 10, **values: Any) -> Path:
    """Write pictures with their times."""
    at.mkdir()
    for number in range(count):
        (at / f"{number:05}.jpg").write_bytes(jpeg(number))
    described(at / "challenge.json", **{"times": [number / 10 for number in range(count)]} | values)
    return at


def video(path: Path, count: int = 10, *, code: str = "MJPG", **values: Any) -> Path:
    """Film painted pictures, ten a second."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 10, (140, 120))
    assert writer.isOpened()
    for number in range(count):
        writer.write(painted(number))
    writer.release()
    described(path.with_suffix(".json"), **values)
    return path

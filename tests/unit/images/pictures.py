"""Pictures for tests: drawn, never photographed."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from visavis._images import Decoded, Problem, UnusablePicture, decode

STILL_FORMATS = (
    "JPEG",
    "PNG",
    "WEBP",
    "TIFF",
    "BMP",
    "GIF",
    "PPM",
    "HEIF",
    "AVIF",
    "JPEG2000",
)


def asymmetric(width: int = 96, height: int = 64) -> Image.Image:
    """Return a smooth picture that no turn or mirror leaves as it is."""
    x, y = np.linspace(0, 1, width), np.linspace(0, 1, height)
    values = np.stack(np.broadcast_arrays(x, y[:, None], 0.5 * x * y[:, None]), axis=-1)
    return Image.fromarray(np.rint(30 + 200 * values).astype(np.uint8))


def ramp() -> NDArray[np.uint8]:
    """Return grey values from 0 to 255, shape (64, 128), darker on the left."""
    return np.tile(np.repeat(np.arange(0, 256, 4, dtype=np.uint8), 2), (64, 1))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def with_orientation(image: Image.Image, kind: str, orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, kind, exif=exif, **options)


def read(data: bytes, wanted_side: int = 1000) -> Decoded:
    return decode(data, name="the photo", wanted_side=wanted_side)


def refusal(data: bytes) -> Problem:
    """Decode what must be refused, and return why."""
    with pytest.raises(UnusablePicture) as caught:
        read(data)
    assert "the photo" in caught.value.message
    return caught.value.problem


def values(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image, dtype=np.float64)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, 0 to 255."""
    assert one.size == other.size
    assert one.mode == other.mode
    return float(np.abs(values(one) - values(other)).mean())

"""A picture of a code made easier to read: less blur, more pixels, even light."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = ["evened", "sharpened"]

_NOISE: Final = 0.05
"""Power of noise to signal that sharpening allows for. With less it draws noise, with more it
leaves blur."""

_PATCH: Final = 8  # pixels along a side, within which light is taken to be the same
_PAPER: Final = 235.0  # what the lightest part of every neighbourhood becomes
_DARKEST: Final = 8.0  # no paper is darker; where there is none, nothing is made of it


def sharpened(grey: Image.Image, blur: float) -> Image.Image:
    """Undo a blur and double the size.

    A Wiener filter (Wiener 1949) for Gaussian blur. A lens out of focus and a hand that shakes
    blur in other shapes, which at this size hardly differ.

    Args:
        grey: mode L.
        blur: standard deviation in pixels.
    """
    values = np.asarray(grey, dtype=np.float32)
    passed = _gaussian(values.shape, blur)
    spectrum = np.fft.rfft2(values) * (passed * (1 + _NOISE) / (passed * passed + _NOISE))
    sharp = np.fft.irfft2(spectrum, values.shape)
    image = Image.fromarray(np.clip(sharp, 0, 255).astype(np.uint8))
    return image.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)


def evened(grey: Image.Image) -> Image.Image:
    """Make paper equally light everywhere, whatever light and shadow fall on it.

    Args:
        grey: mode L.
    """
    small = grey.resize(
        (max(1, grey.width // _PATCH), max(1, grey.height // _PATCH)), Image.Resampling.BOX
    )
    light = small.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.BoxBlur(5))
    paper = np.asarray(light.resize(grey.size, Image.Resampling.BILINEAR), dtype=np.float32)
    values = np.asarray(grey, dtype=np.float32) * (_PAPER / np.maximum(paper, _DARKEST))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _gaussian(shape: tuple[int, ...], blur: float) -> NDArray[np.float32]:
    """Return what a Gaussian blur leaves of each spatial frequency, 0 to 1."""
    down = np.fft.fftfreq(shape[0])[:, None]
    across = np.fft.rfftfreq(shape[1])[None]
    left = np.exp(-2 * (np.pi * blur) ** 2 * (down**2 + across**2))
    return left.astype(np.float32)

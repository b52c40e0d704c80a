"""Encoded picture to upright RGB image, with limits that hold before anything is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from visavis._images._problems import Problem, UnusablePicture
from visavis._images._quiet import QUIET

try:
    import pillow_heif
except ImportError:
    _READS_HEIF = False  # a HEIC photo is then an error that says so
else:
    _READS_HEIF = True
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

__all__ = ["MAX_BYTES", "MAX_PIXELS", "MIN_SIDE", "Decoded", "decode"]

MAX_BYTES: Final = 32 * 2**20
"""Largest encoded picture in bytes; a 50-megapixel phone JPEG has about 20 MB."""

MAX_PIXELS: Final = 64_000_000
"""Largest picture in pixels: the largest common phone cameras save 50 megapixels."""

MIN_SIDE: Final = 32
"""Shortest side in pixels: below it there is room for no face and no code."""

_FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "HEIF", "AVIF", "JPEG2000")
# These hold further images (depth, gain map) beside the one picture; the first is the picture.
_PRIMARY_FIRST = ("MPO", "HEIF", "AVIF")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
# By EXIF orientation. Pillow's own function also writes the metadata anew, which fails where some
# other field is odd.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BACKGROUND = (128, 128, 128)
# What Pillow's decoders raise on broken data, the assertions among them not least.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """An upright RGB image and how much smaller it is than the picture it came from.

    Attributes:
        image: mode RGB, EXIF orientation applied.
        reduction: picture pixels per image pixel along a side; 1.0 is full size.

    """

    image: Image.Image
    reduction: float


def decode(data: bytes, *, name: str, wanted_side: int) -> Decoded:
    """Decode one still picture.

    Args:
        data: the encoded picture.
        name: what to call the picture in an error.
        wanted_side: pixels that the longer side must keep if it has them. A larger JPEG is
            decoded at 1/2, 1/4 or 1/8 of its size, which is several times faster.

    Raises:
        UnusablePicture: for any reason there is.

    """
    if not data:
        raise UnusablePicture(Problem.EMPTY, f"{name} is empty.")
    if len(data) > MAX_BYTES:
        raise _too_large(name, f"{len(data) / 2**20:.0f} MiB", f"{MAX_BYTES // 2**20} MiB")
    # Pillow warns of odd but harmless metadata; its bomb warning is our own limit below.
    with QUIET:
        picture = _open(data, name)
        full_side = max(picture.size)
        try:
            picture.draft("RGB", _draft_size(picture.size, wanted_side))
            picture.load()
            turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
            image = _to_rgb(picture, name)
            if turn is not None:
                image = image.transpose(turn)
        except _BROKEN as error:
            raise _damaged(name) from error
    return Decoded(image, full_side / max(image.size))


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header only, and hold the limits against what it says."""
    try:
        picture = Image.open(io.BytesIO(data), formats=_formats())
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far over 100 megapixels", _PIXEL_LIMIT) from error
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise _not_a_picture(data, name) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large(name, f"{width * height / 1e6:.0f} megapixels", _PIXEL_LIMIT)
    if min(width, height) < MIN_SIDE:
        raise UnusablePicture(Problem.TOO_SMALL, f"{name} has only {width} x {height} pixels.")
    # To count all images takes minutes if there are many; to see that there is a second, nothing.
    if picture.format not in _PRIMARY_FIRST and _has_more(picture, name):
        raise UnusablePicture(Problem.SEVERAL, f"{name} is an animation or has several pages.")
    return picture


def _has_more(picture: Image.Image, name: str) -> bool:
    try:
        return bool(getattr(picture, "is_animated", False))
    except _BROKEN as error:
        raise _damaged(name) from error


_PIXEL_LIMIT = f"{MAX_PIXELS // 10**6} megapixels"


def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(known for known in _FORMATS if known in Image.OPEN)


def _draft_size(size: tuple[int, int], wanted_side: int) -> tuple[int, int]:
    shrink = min(1.0, wanted_side / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def _to_rgb(picture: Image.Image, name: str) -> Image.Image:
    """Turn any pixel mode into RGB; transparency shows mid-grey."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, whichever byte order
        values = np.asarray(picture, dtype=np.int32)
        image = Image.fromarray((np.clip(values, 0, 65535) >> 8).astype(np.uint8)).convert("RGB")
    elif picture.mode == "F":
        raise UnusablePicture(
            Problem.NO_BRIGHTNESS,
            f"{name} holds floating-point pixels, which have no fixed brightness.",
        )
    elif picture.has_transparency_data:
        image = Image.new("RGB", picture.size, _BACKGROUND)
        layer = picture.convert("RGBA")
        image.paste(layer, mask=layer.getchannel("A"))
    else:
        image = picture if picture.mode == "RGB" else picture.convert("RGB")
    return image


def _not_a_picture(data: bytes, name: str) -> UnusablePicture:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS and not _READS_HEIF:
        return UnusablePicture(
            Problem.HEIC_UNSUPPORTED,
            f"{name} is a HEIC photo, and HEIC support is not installed here.",
        )
    return UnusablePicture(
        Problem.NOT_A_PICTURE, f"{name} is not a photo in a format that can be read."
    )


def _damaged(name: str) -> UnusablePicture:
    return UnusablePicture(Problem.DAMAGED, f"{name} is damaged or cut off.")


def _too_large(name: str, size: str, limit: str) -> UnusablePicture:
    return UnusablePicture(Problem.TOO_LARGE, f"{name} has {size}; the limit is {limit}.")

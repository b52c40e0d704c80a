"""The one pass in a photograph or camera frame of its QR code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import zxingcpp
from PIL import Image

from visavis._images import Problem, UnusablePicture, decode
from visavis.carriers._enhance import evened, sharpened
from visavis.carriers._text import PREFIX, from_text
from visavis.errors import PassRejected

if TYPE_CHECKING:
    from visavis.passes import Pass

__all__ = ["from_picture"]

_MOST_PIXELS: Final = 1920 * 1080
"""A larger picture is made smaller first. A code on a quarter of it then still has more than five
pixels a module, and a picture made to keep the reader busy, full of what looks like the corner of
a code, keeps it busy for seconds and not minutes: the time grows with the square of the area."""

_LONGEST_SIDE: Final = 8000  # pixels of a strip; twice that is still a picture for every library
_WANTED_SIDE: Final = 2000  # pixels; the longer side of 4:3 and 16:9 pictures stays below

_ATTEMPTS: Final[tuple[Callable[[Image.Image], Image.Image], ...]] = (
    lambda grey: grey,
    lambda grey: sharpened(grey, 1.6),
    lambda grey: sharpened(evened(grey), 2.0),
)
"""Cheap first. Of 390 photographs like the hard ones of the project's tests, and harder, the first
reads 316, the second 64 more, and the third 2 more. They take 3, 50 and 60 ms a frame."""

_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_AGAIN: Final = "Take or copy the picture again."
_ANSWERS: Final = {
    Problem.EMPTY: ("picture_empty", _AGAIN),
    Problem.TOO_LARGE: ("picture_too_large", "Save a smaller copy; 2 megapixels are plenty."),
    Problem.TOO_SMALL: ("picture_too_small", "Use the picture as the camera saved it."),
    Problem.NOT_A_PICTURE: ("not_a_picture", "Use a JPEG, PNG, HEIC, WebP or TIFF picture."),
    Problem.DAMAGED: ("picture_damaged", _AGAIN),
    Problem.SEVERAL: ("picture_animated", "Use one still picture."),
    Problem.NO_BRIGHTNESS: ("picture_format", "Save the picture as JPEG or PNG."),
    Problem.HEIC_UNSUPPORTED: (
        "heic_unsupported",
        "Install it with `pip install pillow-heif`, or save the picture as JPEG.",
    ),
}


def from_picture(data: bytes, name: str) -> Pass:
    """Read the pass whose QR code is in a picture. Codes that are no pass are ignored.

    Args:
        data: an encoded picture (JPEG, PNG, HEIC, ...) of at most 32 MiB and 64 megapixels.
        name: what to call it in an error.

    Raises:
        PassRejected: ``no_code``, ``several_codes``; ``too_large``, ``truncated``, ``malformed``:
            the code is damaged; ``picture_empty``, ``picture_too_large``, ``picture_too_small``,
            ``not_a_picture``, ``picture_damaged``, ``picture_animated``, ``picture_format``,
            ``heic_unsupported``.
    """
    try:
        decoded = decode(data, name=name, wanted_side=_WANTED_SIDE)
    except UnusablePicture as error:
        reason, remedy = _ANSWERS[error.problem]
        raise PassRejected(reason, error.message, remedy) from error
    return from_text(_only_text(decoded.image, name))


def _only_text(image: Image.Image, name: str) -> str:
    grey = _reduced(image.convert("L"))
    for attempt in _ATTEMPTS:
        texts = _texts(attempt(grey))
        if len(texts) > 1:
            raise PassRejected(
                "several_codes",
                f"{name} shows the codes of {len(texts)} passes, and only one can be read.",
                "Show one code only.",
            )
        if texts:
            return texts.pop()
    raise PassRejected(
        "no_code",
        f"No code of a pass can be read in {name}.",
        "Come closer until the code fills the picture, hold it flat and still, with more light.",
    )


def _reduced(grey: Image.Image) -> Image.Image:
    area = _MOST_PIXELS / (grey.width * grey.height)
    shrink = min(area**0.5, _LONGEST_SIDE / max(grey.size))
    if shrink >= 1:
        return grey
    size = (max(1, int(grey.width * shrink)), max(1, int(grey.height * shrink)))
    return grey.resize(size, Image.Resampling.BOX)


def _texts(grey: Image.Image) -> set[str]:
    """Return what the codes of passes say; one that is there twice counts once."""
    found = zxingcpp.read_barcodes(grey, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    return {code.text for code in found if code.text.startswith(PREFIX)}

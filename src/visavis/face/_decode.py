"""A photo of a face as an upright RGB image, or what the person can do to get a better one."""

from __future__ import annotations

from typing import Final

from visavis import _images
from visavis._images import Decoded, Problem, UnusablePicture
from visavis.errors import CannotDecide

__all__ = ["Decoded", "decode"]

_AGAIN: Final = "Take or copy the photo again."
_ANSWERS: Final = {
    Problem.EMPTY: ("photo_empty", _AGAIN),
    Problem.TOO_LARGE: ("photo_too_large", "Save a smaller copy; 2 megapixels are plenty."),
    Problem.TOO_SMALL: ("photo_too_small", "Use a photo as the camera saved it."),
    Problem.NOT_A_PICTURE: ("not_a_photo", "Use a JPEG, PNG, HEIC, WebP or TIFF photo."),
    Problem.DAMAGED: ("photo_damaged", _AGAIN),
    Problem.SEVERAL: ("photo_animated", "Use one still photo."),
    Problem.NO_BRIGHTNESS: ("photo_format", "Save the photo as JPEG or PNG."),
    Problem.HEIC_UNSUPPORTED: (
        "heic_unsupported",
        "Install it with `pip install pillow-heif`, or save the photo as JPEG.",
    ),
}


def decode(data: bytes, *, name: str, wanted_side: int) -> Decoded:
    """Decode one still photo.

    Args:
        data: the encoded photo.
        name: what to call the photo in an error.
        wanted_side: pixels that the longer side must keep if it has them.

    Raises:
        CannotDecide: `photo_empty`, `photo_too_large`, `not_a_photo`, `photo_damaged`,
            `photo_too_small`, `photo_animated`, `photo_format`, `heic_unsupported`.

    """
    try:
        return _images.decode(data, name=name, wanted_side=wanted_side)
    except UnusablePicture as error:
        reason, remedy = _ANSWERS[error.problem]
        raise CannotDecide(reason, error.message, remedy) from error

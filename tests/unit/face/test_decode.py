"""What is wrong with a photo is said to the person in front of the camera."""

from __future__ import annotations

import pytest
from PIL import Image
from tests.unit.images.pictures import asymmetric, encoded

from visavis._images import MAX_BYTES, Problem
from visavis.errors import CannotDecide
from visavis.face._decode import _ANSWERS, decode

BAD = {
    "photo_empty": b"",
    "photo_too_large": bytes(MAX_BYTES + 1),
    "photo_too_small": encoded(Image.new("RGB", (31, 400))),
    "not_a_photo": b"hello",
    "photo_damaged": encoded(asymmetric(), "JPEG")[:-100],
    "photo_animated": encoded(
        asymmetric(), "GIF", save_all=True, append_images=[Image.new("RGB", (96, 64))]
    ),
    "photo_format": encoded(Image.new("F", (64, 64)), "TIFF"),
}


@pytest.mark.parametrize("reason", BAD)
def test_every_problem_is_an_answer_with_a_remedy(reason: str) -> None:
    with pytest.raises(CannotDecide) as caught:
        decode(BAD[reason], name="me.jpg", wanted_side=1000)
    assert caught.value.reason == reason
    assert caught.value.message.startswith("me.jpg ")
    assert caught.value.remedy.endswith(".")


def test_no_problem_is_without_an_answer() -> None:
    assert set(_ANSWERS) == set(Problem)
    assert {reason for reason, _ in _ANSWERS.values()} == {*BAD, "heic_unsupported"}


def test_a_photo_is_decoded() -> None:
    assert decode(encoded(asymmetric()), name="me.jpg", wanted_side=1000).image.size == (96, 64)

"""Pictures of codes: what is read, and what is said of all the others."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import segno
from PIL import Image
from tests.unit.carriers.made import made, presented, reason
from tests.unit.images.pictures import STILL_FORMATS, asymmetric, encoded, with_orientation

from visavis._images import MAX_BYTES, Problem, _decode
from visavis.carriers import code_picture, from_picture, to_text
from visavis.carriers._picture import _ANSWERS
from visavis.errors import PassRejected
from visavis.passes import Pass


def code(whole: Pass) -> Image.Image:
    return Image.open(io.BytesIO(code_picture(whole, ".png"))).convert("L")


def other_code(text: str, **options: Any) -> Image.Image:
    data = io.BytesIO()
    segno.make(text, **options).save(data, kind="png", scale=6, border=4)
    return Image.open(data).convert("L")


def beside(*images: Image.Image) -> bytes:
    canvas = Image.new("L", (sum(i.width for i in images), max(i.height for i in images)), 255)
    left = 0
    for image in images:
        canvas.paste(image, (left, 0))
        left += image.width
    return encoded(canvas)


def read(data: bytes) -> bytes:
    return from_picture(data, "code.jpg").encode()


def rejection(data: bytes) -> str:
    with pytest.raises(PassRejected) as caught:
        read(data)
    return reason(caught)


@pytest.mark.parametrize("kind", STILL_FORMATS)
def test_every_format_of_a_camera_is_read(kind: str) -> None:
    assert read(encoded(code(made()), kind)) == made().encode()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_and_mirror_is_read(orientation: int) -> None:
    data = with_orientation(code(presented()), "JPEG", orientation)
    assert read(data) == presented().encode()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    image = code(made())
    deep = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    data = encoded(deep if mode == "I;16" else image.convert(mode), "TIFF")
    assert read(data) == made().encode()


@pytest.mark.parametrize("ink", [(0, 0, 0), (200, 0, 0), (255, 255, 255)])
def test_a_code_on_nothing_is_read(ink: tuple[int, int, int]) -> None:
    mask = code(made()).point(lambda value: 255 - value)
    picture = Image.new("RGBA", mask.size, (*ink, 0))
    picture.putalpha(mask)
    assert read(encoded(picture)) == made().encode()


@pytest.mark.parametrize("colours", [((0, 60, 120), (250, 240, 200)), ((240, 240, 240), (0, 0, 0))])
def test_a_code_in_other_colours_is_read(colours: Any) -> None:
    ink, paper = (Image.new("RGB", code(made()).size, colour) for colour in colours)
    assert read(encoded(Image.composite(paper, ink, code(made())))) == made().encode()


@pytest.mark.parametrize("size", [(200, 200), (300, 140), (4000, 3000), (7000, 7000)])
def test_small_and_huge_pictures_are_read(size: tuple[int, int]) -> None:
    picture = Image.new("L", size, 255)
    side = min(size) // 93 * 93 or 93
    picture.paste(code(made()).resize((side, side), Image.Resampling.BOX))
    assert read(encoded(picture, compress_level=1)) == made().encode()


def test_other_codes_are_ignored() -> None:
    others = [
        other_code("HTTPS://EXAMPLE.ORG/"),
        other_code("VAV2:00", micro=False),
        other_code("vav1:00", micro=False),
        other_code(" " + to_text(made()), micro=False),
        other_code("VAV1", micro=True),
    ]
    assert read(beside(others[0], code(made()), *others[1:])) == made().encode()
    assert rejection(beside(*others)) == "no_code"


def test_two_passes_are_not_chosen_from() -> None:
    data = beside(code(made()), code(presented()))
    assert rejection(data) == "several_codes"
    with pytest.raises(PassRejected, match=r"^code\.jpg shows the codes of 2 passes"):
        read(data)
    assert rejection(beside(code(made()), other_code("VAV1:00", micro=False))) == "several_codes"


def test_one_pass_twice_is_one_pass() -> None:
    assert read(beside(code(made()), code(made()).rotate(90))) == made().encode()


@pytest.mark.parametrize("text", ["VAV1:ABCD", "VAV1:::::::", "VAV1:abc", "VAV1:0\n0"])
def test_a_code_that_is_no_text_form_is_malformed(text: str) -> None:
    assert rejection(encoded(other_code(text, micro=False))) == "malformed"


def test_half_a_code_is_no_code() -> None:
    half = code(made()).crop((0, 0, 744, 400))
    assert rejection(encoded(half)) == "no_code"


@pytest.mark.parametrize(
    "picture",
    [
        asymmetric(),
        Image.new("RGB", (32, 32)),
        Image.new("L", (2000, 32), 255),
        Image.new("1", (32, 2_000_000)),
        Image.fromarray(np.random.default_rng(3).integers(0, 256, (720, 1280), np.uint8)),
    ],
    ids=lambda picture: str(picture.size),
)
def test_a_picture_without_a_code_says_how_to_take_a_better_one(picture: Image.Image) -> None:
    data = encoded(picture)
    assert rejection(data) == "no_code"
    with pytest.raises(PassRejected) as caught:
        read(data)
    for help_ in ("closer", "flat", "light"):
        assert help_ in caught.value.remedy


BAD = {
    "picture_empty": b"",
    "picture_too_large": bytes(MAX_BYTES + 1),
    "picture_too_small": encoded(Image.new("RGB", (31, 400))),
    "not_a_picture": b"hello",
    "picture_damaged": encoded(asymmetric(), "JPEG")[:-100],
    "picture_animated": encoded(
        asymmetric(), "GIF", save_all=True, append_images=[Image.new("RGB", (96, 64))]
    ),
    "picture_format": encoded(Image.new("F", (64, 64)), "TIFF"),
}


@pytest.mark.parametrize("expected", BAD)
def test_a_picture_that_cannot_be_decoded_is_rejected(expected: str) -> None:
    assert rejection(BAD[expected]) == expected
    with pytest.raises(PassRejected, match=r"^code\.jpg "):
        read(BAD[expected])


def test_no_problem_of_a_picture_is_without_words() -> None:
    assert set(_ANSWERS) == set(Problem)
    assert {words for words, _ in _ANSWERS.values()} == {*BAD, "heic_unsupported"}


def test_heic_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(code(made()), "HEIF")
    monkeypatch.setattr(_decode, "_READS_HEIF", False)
    monkeypatch.delitem(Image.OPEN, "HEIF")
    assert rejection(data) == "heic_unsupported"


def test_a_picture_that_is_cut_off_anywhere_is_rejected() -> None:
    for kind in ("PNG", "JPEG"):
        data = encoded(code(made()), kind)
        found = {rejection(data[:length]) for length in range(0, len(data) - 64, len(data) // 40)}
        assert found <= {"picture_empty", "not_a_picture", "picture_damaged"}


def test_a_picture_made_to_keep_the_reader_busy_does_not() -> None:
    """Nothing but corners of codes: looked at in full size, it took half an hour."""
    finder = np.pad(np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True), 1)
    tile = np.tile(~finder, (875, 875))[:7000, :7000]
    assert rejection(encoded(Image.fromarray(tile))) == "no_code"

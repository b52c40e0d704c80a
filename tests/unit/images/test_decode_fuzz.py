"""Whatever the bytes are, decoding answers with an RGB picture or UnusablePicture."""

from __future__ import annotations

import functools
import io
import struct
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.images.pictures import asymmetric, encoded, read, refusal, with_orientation

from visavis._images import Problem, UnusablePicture

steady = settings(derandomize=True, database=None, deadline=None, max_examples=150)


@functools.cache
def seeds() -> dict[str, bytes]:
    picture = asymmetric(48, 40)
    deep = Image.fromarray(np.arange(1920, dtype=np.uint16).reshape(40, 48) * 34)
    photos = {
        kind: with_orientation(picture, kind, 6) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF")
    }
    return photos | {
        "AVIF": encoded(picture, "AVIF"),
        "GIF": encoded(picture, "GIF"),
        "JPEG2000": encoded(picture, "JPEG2000"),
        "MPO": encoded(picture, "MPO", save_all=True, append_images=[picture]),
        "palette": encoded(picture.convert("P"), "PNG", transparency=0),
        "deep": encoded(deep, "PNG"),
        "LZW": encoded(picture, "TIFF", compression="tiff_lzw"),
        "BMP": encoded(picture, "BMP"),
    }


def answer(data: bytes, wanted_side: int = 1000) -> str:
    try:
        image = read(data, wanted_side).image
    except UnusablePicture as refused:
        return refused.problem.name
    assert image.mode == "RGB"
    assert np.asarray(image).dtype == np.uint8
    return "read"


@steady
@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert answer(data) != "read"


@pytest.mark.parametrize("kind", seeds())
def test_the_seeds_themselves_are_read(kind: str) -> None:
    assert answer(seeds()[kind]) == "read"


edits = st.lists(
    st.tuples(
        st.integers(0, 2**20),
        st.sampled_from(["set", "insert", "delete", "cut"]),
        st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@steady
@given(edits=edits, wanted_side=st.integers(1, 1000))
@pytest.mark.parametrize("kind", seeds())
def test_any_change_of_a_photo_is_answered(
    kind: str, edits: list[tuple[int, str, bytes]], wanted_side: int
) -> None:
    data = bytearray(seeds()[kind])
    for place, edit, new in edits:
        # Half of the changes go to the first bytes, where the structure is.
        at = place % (max(1, len(data)) if place % 2 else min(200, max(1, len(data))))
        if edit == "cut":
            del data[at:]
        elif edit == "insert":
            data[at:at] = new
        else:
            data[at : at + len(new)] = new if edit == "set" else b""
    answer(bytes(data), wanted_side)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "MPO"])
def test_every_byte_of_the_head_can_be_anything(kind: str) -> None:
    whole = seeds()[kind]
    for place in range(min(len(whole), 160)):
        for value in (0x00, 0x01, 0x7F, 0xFF, whole[place] ^ 0x80):
            answer(whole[:place] + bytes([value]) + whole[place + 1 :])


@pytest.mark.parametrize("box", [b"iloc", b"av1C", b"iinf", b"pitm"])
def test_an_avif_without_one_of_its_parts_is_refused(box: bytes) -> None:
    assert refusal(seeds()["AVIF"].replace(box, b"free")) is Problem.NOT_A_PICTURE


def test_an_avif_without_its_pixels_is_refused() -> None:
    data = seeds()["AVIF"]
    pixels = data.index(b"mdat") + 4
    assert refusal(data[:pixels] + bytes(len(data) - pixels)) is Problem.DAMAGED


def test_a_tiff_with_a_second_page_that_is_none_is_refused() -> None:
    data = encoded(asymmetric(48, 40), "TIFF")
    tags = int.from_bytes(data[4:8], "little")
    pointer = tags + 2 + 12 * int.from_bytes(data[tags : tags + 2], "little")
    broken = data[:pointer] + b"\x02\0\0\0" + data[pointer + 4 :]
    assert refusal(broken) is Problem.SEVERAL


def test_a_heic_that_claims_more_than_its_pixels_is_refused() -> None:
    data = seeds()["HEIF"]
    size = data.index(b"ispe") + 8
    huge = struct.pack(">II", 7000, 7000)
    assert refusal(data[:size] + huge + data[size + 8 :]) in {
        Problem.DAMAGED,
        Problem.NOT_A_PICTURE,
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_odd_metadata_does_not_keep_a_photo_from_being_turned(kind: str) -> None:
    # The width as text, then the orientation.
    fields = struct.pack(">HHI4s", 0x100, 2, 2, b"x") + struct.pack(">HHIHH", 0x112, 3, 1, 6, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + fields + bytes(4)
    assert read(encoded(asymmetric(48, 40), kind, exif=exif)).image.size == (40, 48)


def odd() -> bytes:
    """Return a photo that Pillow warns of: its metadata end in the middle."""
    return encoded(asymmetric(), "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\x00")


def test_a_warning_is_neither_shown_nor_an_error() -> None:
    with pytest.warns(UserWarning, match="Corrupt EXIF"), Image.open(io.BytesIO(odd())) as photo:
        photo.getexif()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert answer(odd()) == "read"
    assert caught == []


def test_photos_in_parallel_leave_the_filters_of_the_process_alone() -> None:
    before = list(warnings.filters)
    # Photos of several sizes, so that they do not begin and end together.
    photos = [odd(), *(encoded(asymmetric(64 * n, 64 * n)) for n in range(1, 8))] * 20
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(answer, photos)) == {"read"}
    assert list(warnings.filters) == before

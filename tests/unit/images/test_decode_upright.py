from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from tests.unit.images.pictures import (
    asymmetric,
    difference,
    encoded,
    read,
    with_orientation,
)

# What a camera that is held so stores, for the picture to be upright when it is turned back.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(picture: Image.Image, orientation: int) -> Image.Image:
    step = _STORED[orientation]
    return picture if step is None else picture.transpose(step)


@pytest.mark.parametrize("orientation", _STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_orientation_gives_the_same_upright_picture(kind: str, orientation: int) -> None:
    upright = asymmetric()
    data = with_orientation(stored(upright, orientation), kind, orientation)
    assert difference(read(data).image, upright) < 4


@pytest.mark.parametrize("orientation", _STORED)
@pytest.mark.parametrize("shrink", [2, 4, 8])
def test_orientation_holds_when_a_jpeg_is_decoded_smaller(orientation: int, shrink: int) -> None:
    upright = asymmetric(768, 512)
    data = with_orientation(stored(upright, orientation), "JPEG", orientation)
    decoded = read(data, wanted_side=768 // shrink)
    assert decoded.reduction == shrink
    expected = upright.resize((768 // shrink, 512 // shrink), Image.Resampling.BOX)
    assert difference(decoded.image, expected) < 4


@pytest.mark.parametrize("orientation", _STORED)
@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
def test_orientation_holds_for_every_kind_of_pixel(mode: str, orientation: int) -> None:
    picture = asymmetric().convert(mode)
    data = with_orientation(stored(picture, orientation), "PNG", orientation)
    assert difference(read(data).image, picture.convert("RGB")) == 0


@pytest.mark.parametrize("orientation", _STORED)
def test_orientation_holds_for_sixteen_bits(orientation: int) -> None:
    grey = asymmetric().convert("L")
    deep = stored(grey, orientation).convert("I;16").point(lambda value: value * 256)
    data = with_orientation(deep, "PNG", orientation)
    assert difference(read(data).image, grey.convert("RGB")) < 1


@pytest.mark.parametrize("orientation", _STORED)
def test_a_heic_is_turned_once_and_not_twice(orientation: int) -> None:
    upright = asymmetric()
    picture = stored(upright, orientation)
    picture.getexif()[ExifTags.Base.Orientation] = orientation
    # The library writes the turn as a property of the picture, as phones do.
    data = encoded(picture, "HEIF", quality=95)
    assert (b"irot" in data or b"imir" in data) == (orientation > 1)
    assert difference(read(data).image, upright) < 4


@pytest.mark.parametrize("orientation", [0, 9, 77, 65535])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation: int) -> None:
    data = with_orientation(asymmetric(), "PNG", orientation)
    assert difference(read(data).image, asymmetric()) == 0


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
def test_only_jpeg_is_decoded_smaller(kind: str) -> None:
    decoded = read(encoded(asymmetric(800, 600), kind), wanted_side=100)
    assert decoded.image.size == (800, 600)
    assert decoded.reduction == 1.0


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(
    width=st.integers(32, 900),
    height=st.integers(32, 900),
    wanted=st.integers(1, 1000),
)
def test_a_smaller_jpeg_keeps_the_pixels_that_are_wanted(
    width: int, height: int, wanted: int
) -> None:
    decoded = read(encoded(Image.new("RGB", (width, height)), "JPEG"), wanted_side=wanted)
    longer, kept = max(width, height), max(decoded.image.size)
    assert kept >= min(wanted, longer)
    assert decoded.reduction == longer / kept
    assert decoded.reduction <= 8
    # As small as it may be: half of it would be too small, or no such step exists.
    assert kept / 2 < wanted or decoded.reduction > 7

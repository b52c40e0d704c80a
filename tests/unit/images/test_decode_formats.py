from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from tests.unit.images.pictures import (
    STILL_FORMATS,
    asymmetric,
    difference,
    encoded,
    ramp,
    read,
    refusal,
    values,
)

from visavis._images import Problem, _decode


def white_to_black(mode: str) -> Image.Image:
    return Image.fromarray(ramp()).convert(mode)


@pytest.mark.parametrize("kind", STILL_FORMATS)
def test_every_common_format_is_read(kind: str) -> None:
    decoded = read(encoded(asymmetric(), kind))
    assert decoded.image.mode == "RGB"
    assert decoded.reduction == 1.0
    # A GIF has 256 colours, and the lossy ones lose a little.
    assert difference(decoded.image, asymmetric()) < 10


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_is_read_in_every_common_compression(compression: str) -> None:
    data = encoded(asymmetric(), "TIFF", compression=compression)
    assert difference(read(data).image, asymmetric()) == 0


def test_progressive_jpeg_is_read() -> None:
    data = encoded(asymmetric(), "JPEG", progressive=True, quality=95)
    assert difference(read(data).image, asymmetric()) < 3


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB"])
def test_grey_pictures_stay_as_they_are(mode: str) -> None:
    picture = white_to_black(mode)
    assert difference(read(encoded(picture)).image, picture.convert("RGB")) == 0


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_not_inverted(kind: str) -> None:
    decoded = read(encoded(white_to_black("CMYK"), kind)).image
    assert difference(decoded, white_to_black("RGB")) < 3


def test_a_grey_jpeg_is_read() -> None:
    decoded = read(encoded(white_to_black("L"), "JPEG", quality=95)).image
    assert difference(decoded, white_to_black("RGB")) < 3


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_what_is_transparent_shows_mid_grey(mode: str, kind: str) -> None:
    picture = white_to_black("RGB").convert(mode)
    alpha = np.full((64, 128), 255, np.uint8)
    alpha[:32] = 0
    picture.putalpha(Image.fromarray(alpha))
    decoded = values(read(encoded(picture, kind)).image)
    assert (decoded[:32] == 128).all()
    assert (decoded[32:] == ramp()[32:, :, None]).all()


def test_what_is_half_transparent_is_mixed_with_mid_grey() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 128))
    assert np.abs(values(read(encoded(picture)).image) - 191.5).max() < 1


def test_a_palette_with_one_transparent_colour_shows_mid_grey_there() -> None:
    indices = np.zeros((64, 64), np.uint8)
    indices[32:] = 1
    picture = Image.fromarray(indices, "P")
    picture.putpalette([200, 0, 0, 0, 200, 0])
    decoded = values(read(encoded(picture, transparency=0)).image)
    assert (decoded[:32] == 128).all()
    assert (decoded[32:] == (0, 200, 0)).all()


def test_a_palette_with_transparencies_shows_them() -> None:
    indices = np.zeros((64, 64), np.uint8)
    indices[32:] = 1
    picture = Image.fromarray(indices, "P")
    picture.putpalette([200, 0, 0, 0, 200, 0])
    decoded = values(read(encoded(picture, transparency=b"\xff\x00")).image)
    assert (decoded[:32] == (200, 0, 0)).all()
    assert (decoded[32:] == 128).all()


def test_an_rgb_png_with_a_transparent_colour_shows_mid_grey_there() -> None:
    picture = Image.new("RGB", (64, 64), (10, 20, 30))
    data = encoded(picture, transparency=(10, 20, 30))
    assert (values(read(data).image) == 128).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000"])
def test_sixteen_bits_of_grey_look_like_eight(kind: str) -> None:
    picture = Image.fromarray(ramp().astype(np.uint16) * 257)
    decoded = read(encoded(picture, kind)).image
    assert difference(decoded, white_to_black("RGB")) < 1


def test_sixteen_bits_of_grey_in_the_other_byte_order_look_like_eight() -> None:
    picture = Image.fromarray((ramp().astype(np.uint16) * 257).astype(">u2"))
    assert picture.mode == "I;16B"
    decoded = read(encoded(picture, "TIFF")).image
    assert difference(decoded, white_to_black("RGB")) == 0


def test_sixteen_bits_of_netpbm_grey_look_like_eight() -> None:
    data = b"P5 128 64 65535\n" + (ramp().astype(">u2") * 257).tobytes()
    assert difference(read(data).image, white_to_black("RGB")) == 0


def test_pixels_without_a_fixed_brightness_are_refused() -> None:
    picture = Image.fromarray(ramp().astype(np.float32))
    assert refusal(encoded(picture, "TIFF")) is Problem.NO_BRIGHTNESS


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_what_moves_or_has_pages_is_refused(kind: str) -> None:
    pages = [asymmetric(), Image.new("RGB", (96, 64), (200, 0, 0))]
    data = encoded(pages[0], kind, save_all=True, append_images=pages[1:])
    assert refusal(data) is Problem.SEVERAL


def test_the_photo_of_a_jpeg_with_more_pictures_is_the_first() -> None:
    extra = Image.new("RGB", (96, 64), (200, 0, 0))
    data = encoded(asymmetric(), "MPO", save_all=True, append_images=[extra], quality=95)
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.format == "MPO"
    assert difference(read(data).image, asymmetric()) < 3


@pytest.mark.parametrize("primary", [0, 1])
def test_the_photo_of_a_heic_with_more_pictures_is_the_primary_one(primary: int) -> None:
    pictures = [asymmetric(), asymmetric().transpose(Image.Transpose.ROTATE_180)]
    heif = pillow_heif.from_pillow(pictures[0])
    heif.add_from_pillow(pictures[1])
    data = io.BytesIO()
    heif.save(data, quality=95, primary_index=primary)
    assert difference(read(data.getvalue()).image, pictures[primary]) < 3


def test_the_photo_of_a_heic_is_never_its_thumbnail() -> None:
    data = io.BytesIO()
    pillow_heif.from_pillow(asymmetric(960, 640)).save(data, thumbnails=[320])
    assert read(data.getvalue(), wanted_side=100).image.size == (960, 640)


def test_heic_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(asymmetric(), "HEIF")
    monkeypatch.setattr(_decode, "_READS_HEIF", False)
    monkeypatch.delitem(Image.OPEN, "HEIF")
    assert refusal(data) is Problem.HEIC_UNSUPPORTED
    with pytest.raises(Exception, match="HEIC support is not installed"):
        read(data)


def test_damaged_heic_with_its_library_does_not_ask_to_install_it() -> None:
    assert refusal(encoded(asymmetric(), "HEIF")[:40]) is Problem.NOT_A_PICTURE


@pytest.mark.parametrize("kind", ["ICO", "PCX", "TGA", "SGI", "PDF", "EPS"])
def test_formats_that_no_camera_writes_are_not_read(kind: str) -> None:
    assert refusal(encoded(asymmetric(), kind)) is Problem.NOT_A_PICTURE

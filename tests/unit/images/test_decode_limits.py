from __future__ import annotations

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile
from tests.unit.images.pictures import STILL_FORMATS, asymmetric, encoded, read, refusal

from visavis._images import MAX_BYTES, Problem, UnusablePicture, decode
from visavis._images._decode import MAX_PIXELS, MIN_SIDE


def claiming(width: int, height: int) -> bytes:
    """Return a small valid PNG whose header claims another size."""
    data = bytearray(encoded(Image.new("L", (64, 64))))
    header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
    data[12:33] = header + struct.pack(">I", zlib.crc32(header))
    return bytes(data)


def claiming_jpeg(width: int, height: int) -> bytes:
    data = bytearray(encoded(Image.new("L", (64, 64)), "JPEG"))
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def claiming_gif(width: int, height: int) -> bytes:
    data = encoded(Image.new("L", (64, 64)), "GIF")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def claiming_bmp(width: int, height: int) -> bytes:
    data = encoded(Image.new("L", (64, 64)), "BMP")
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


BOMBS = [
    claiming(10_000, 10_000),
    claiming(65_535, 65_535),
    claiming(2**31 - 1, 2**31 - 1),
    claiming(8000, 8001),
    claiming_jpeg(10_000, 10_000),
    claiming_jpeg(65_000, 65_000),
    claiming_gif(10_000, 10_000),
    claiming_bmp(10_000, 10_000),
    b"P5 10000 10000 255\n",
    b"P6 100000 100000 255\n",
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_refused_before_its_pixels_are_decoded(
    bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(_: ImageFile.ImageFile) -> None:
        raise AssertionError("the pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    tracemalloc.start()
    try:
        assert refusal(bomb) is Problem.TOO_LARGE
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**20


def test_a_photo_of_the_most_pixels_is_not_refused_for_them() -> None:
    assert MAX_PIXELS == 8000 * 8000
    assert refusal(claiming(8000, 8000)) is Problem.DAMAGED


def test_more_bytes_than_the_limit_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise AssertionError("the photo was opened")

    monkeypatch.setattr(Image, "open", explode)
    too_many = encoded(asymmetric()) + bytes(MAX_BYTES)
    with pytest.raises(UnusablePicture, match="32 MiB") as caught:
        read(too_many)
    assert caught.value.problem is Problem.TOO_LARGE


def test_as_many_bytes_as_the_limit_are_read() -> None:
    photo = encoded(asymmetric())
    assert read(photo + bytes(MAX_BYTES - len(photo))).image.size == (96, 64)


@pytest.mark.parametrize("size", [(1, 1), (MIN_SIDE - 1, 500), (500, MIN_SIDE - 1)])
def test_a_photo_without_room_for_a_face_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(UnusablePicture, match=f"{size[0]} x {size[1]}") as caught:
        read(encoded(Image.new("RGB", size)))
    assert caught.value.problem is Problem.TOO_SMALL


def test_the_smallest_photo_is_read() -> None:
    assert read(encoded(Image.new("RGB", (MIN_SIDE, MIN_SIDE)))).image.size == (32, 32)


def test_nothing_is_refused() -> None:
    assert refusal(b"") is Problem.EMPTY


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"hello, this is not a photo\n" * 50,
        b"<svg/>",
        b"%PDF-1.7",
        b"\xff\xd8\xff",
        bytes(99),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    assert refusal(data) is Problem.NOT_A_PICTURE


def test_random_bytes_are_refused() -> None:
    random = np.random.default_rng(5)
    assert {refusal(random.bytes(size)) for size in range(1, 3000, 37)} == {Problem.NOT_A_PICTURE}


@pytest.mark.parametrize("kind", STILL_FORMATS)
def test_a_photo_that_is_cut_off_is_refused_wherever_it_ends(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    whole = encoded(Image.fromarray(noise), kind)
    # A last marker or checksum may be missing: the picture is then all there.
    for length in range(1, len(whole) - 64, max(1, len(whole) // 40)):
        assert refusal(whole[:length]) in {Problem.NOT_A_PICTURE, Problem.DAMAGED}


@pytest.mark.parametrize(
    ("kind", "length"), [("PNG", 33), ("JPEG", 20), ("BMP", 54), ("TIFF", 8), ("WEBP", 30)]
)
def test_a_header_alone_is_refused(kind: str, length: int) -> None:
    problem = refusal(encoded(asymmetric(), kind)[:length])
    assert problem in {Problem.NOT_A_PICTURE, Problem.DAMAGED}


def test_an_error_carries_the_name_and_nothing_of_the_photo() -> None:
    data = encoded(asymmetric(), "JPEG")[:-100]
    with pytest.raises(UnusablePicture) as caught:
        decode(data, name="me.jpg", wanted_side=100)
    assert caught.value.args == ("me.jpg is damaged or cut off.",)


def pages(count: int) -> bytes:
    """Return a TIFF with many pages, each a table of nine tags and no pixels of its own."""
    tags = [(256, 64), (257, 64), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 64)]
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in [*tags, (279, 4096)])
    length = len(fields) + 6
    tables = (
        struct.pack("<H", 9) + fields + struct.pack("<I", 8 + length * page if page < count else 0)
        for page in range(1, count + 1)
    )
    return b"II*\0" + struct.pack("<I", 8) + b"".join(tables)


def test_pages_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few megabytes of them took minutes: the time grows with the square of the number."""
    looked_at = []
    setup = Image.OPEN["TIFF"][0]._setup  # type: ignore[attr-defined]

    def counting(photo: Image.Image) -> None:
        looked_at.append(photo)
        setup(photo)

    monkeypatch.setattr(Image.OPEN["TIFF"][0], "_setup", counting)
    assert refusal(pages(500)) is Problem.SEVERAL
    assert len(looked_at) < 5

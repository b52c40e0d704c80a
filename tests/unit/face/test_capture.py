from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from visavis._images import MAX_BYTES
from visavis.errors import CannotDecide, FileProblem, InvalidArgument
from visavis.face import Capture, Photo
from visavis.face.capture import MAX_PHOTOS


def test_bytes_get_names_by_their_place() -> None:
    capture = Capture([b"one", Photo("me.jpg", b"two"), b"three"])
    assert [photo.name for photo in capture.photos] == ["photo 1", "me.jpg", "photo 3"]
    assert [photo.data for photo in capture.photos] == [b"one", b"two", b"three"]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_what_is_like_bytes_is_copied(kind: type) -> None:
    source = bytearray(b"one")
    capture = Capture([kind(source)])
    source[:] = b"two"
    assert capture.photos[0].data == b"one"
    assert isinstance(capture.photos[0].data, bytes)


def test_photos_can_come_from_a_generator() -> None:
    assert len(Capture(b"x" for _ in range(3)).photos) == 3


@pytest.mark.parametrize("make", [lambda: Capture([]), Capture.read])
def test_no_photo_is_refused(make: type) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make()
    assert caught.value.reason == "no_photo"


@pytest.mark.parametrize("one", [b"x", bytearray(b"x"), memoryview(b"x"), "x", Photo("x", b"x")])
def test_one_photo_that_is_not_in_a_list_is_refused(one: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Capture(one)
    assert caught.value.reason == "not_a_list"


def test_as_many_photos_as_the_limit_are_taken() -> None:
    assert len(Capture([b"x"] * MAX_PHOTOS).photos) == 20


def test_more_photos_than_the_limit_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="21 photos") as caught:
        Capture([b"x"] * (MAX_PHOTOS + 1))
    assert caught.value.reason == "too_many_photos"


def test_too_many_files_are_refused_before_one_is_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Capture.read(*[tmp_path / "missing.jpg"] * (MAX_PHOTOS + 1))
    assert caught.value.reason == "too_many_photos"


def test_files_are_named_without_their_folder(tmp_path: Path) -> None:
    file = tmp_path / "me.jpg"
    file.write_bytes(b"photo")
    capture = Capture.read(file, str(file))
    assert [(photo.name, photo.data) for photo in capture.photos] == [("me.jpg", b"photo")] * 2


def test_a_missing_file_and_a_folder_are_file_problems(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.jpg", tmp_path):
        with pytest.raises(FileProblem):
            Capture.read(path)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.jpg"
    with file.open("wb") as opened:
        opened.truncate(MAX_BYTES + 1)
    with pytest.raises(CannotDecide, match=r"huge\.jpg is larger than 32 MiB") as caught:
        Capture.read(file)
    assert caught.value.reason == "photo_too_large"


def test_nothing_of_the_photos_is_shown() -> None:
    capture = Capture([Photo("me.jpg", b"\x01secret")])
    for shown in (repr(capture), str(capture), f"{capture}", repr(capture.photos)):
        assert "secret" not in shown
    assert repr(capture) == "<Capture: 1 photo(s), redacted>"
    assert repr(capture.photos[0]) == "Photo(name='me.jpg')"

"""Which recordings there are: layouts that are right, half right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from visavis.errors import EvaluationProblem, FileProblem
from visavis.evaluation import read_presentations
from visavis.evaluation._presentations.folder import BONA_FIDE, LONGEST_ABOUT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people: three recordings as they are, and two attacks."""
    top = tmp_path / "set"
    for name in (
        "bona-fide/ann/1",
        "bona-fide/ann/2",
        "bona-fide/ben/1",
        "attacks/mask/ann/1",
    ):
        (top / name).mkdir(parents=True)
    screen = top / "attacks/screen/ben"
    screen.mkdir(parents=True)
    (screen / "film.MP4").touch()
    (screen / "film.json").touch()
    return top


def test_recordings_are_found_by_class_and_person(folder: Path) -> None:
    found = read_presentations(folder)
    assert (found.name, found.classes, found.people) == ("set", ("mask", "screen"), 2)
    ann, ben = (found.recordings[place].person for place in (0, 2))
    assert ann != ben
    told = [
        (str(each.path.relative_to(folder)), each.attack, each.person) for each in found.recordings
    ]
    assert told == [
        ("bona-fide/ann/1", BONA_FIDE, ann),
        ("bona-fide/ann/2", BONA_FIDE, ann),
        ("bona-fide/ben/1", BONA_FIDE, ben),
        ("attacks/mask/ann/1", 0, ann),
        ("attacks/screen/ben/film.MP4", 1, ben),
    ]
    assert found.left_out == ()


def test_what_is_out_of_place_is_left_out(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "stray.mp4").touch()
    (folder / "attacks/stray.mp4").touch()
    (folder / "attacks/mask/stray.mp4").touch()
    (folder / "bona-fide/ann/photo.gif").touch()
    (folder / "bona-fide/cleo").mkdir()
    for harmless in ("README.md", "attacks/notes.txt", ".hidden", "bona-fide/ann/.DS_Store"):
        (folder / harmless).touch()
    found = read_presentations(folder)
    assert len(found.recordings) == 5
    assert [(each.path, each.reason) for each in found.left_out] == [
        ("attacks/mask/stray.mp4", "belongs_to_nobody"),
        ("attacks/stray.mp4", "belongs_to_nobody"),
        ("bona-fide/ann/photo.gif", "not_a_recording"),
        ("bona-fide/cleo", "no_recordings"),
        ("more", "belongs_to_nobody"),
        ("stray.mp4", "belongs_to_nobody"),
    ]


def test_either_half_may_be_missing(folder: Path) -> None:
    (folder / "attacks").rename(folder.parent / "attacks")
    assert read_presentations(folder).classes == ()
    (folder / "bona-fide").rename(folder.parent / "bona-fide")
    (folder.parent / "attacks").rename(folder / "attacks")
    assert read_presentations(folder).people == 2


def _nothing(top: Path) -> None:
    (top / "bona-fide").rename(top.parent / "a")
    (top / "attacks").rename(top.parent / "b")


def _one(top: Path) -> None:
    (top / "bona-fide/ben").rename(top.parent / "a")
    (top / "attacks/screen").rename(top.parent / "b")


def _about(data: bytes) -> Callable[[Path], None]:
    def change(top: Path) -> None:
        (top / "about.txt").write_bytes(data)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_nothing, "no_presentations"),
        (_one, "one_person"),
        (_about(b"\xff\xfe\0"), "about_not_text"),
        (_about(b"x" * (LONGEST_ABOUT + 1)), "about_too_long"),
        (_about(b"x" * (LONGEST_ABOUT * 5)), "about_too_long"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    folder: Path, change: Callable[[Path], None], reason: str
) -> None:
    change(folder)
    with pytest.raises(EvaluationProblem) as refused:
        read_presentations(folder)
    assert refused.value.reason == reason
    assert refused.value.remedy.endswith(".")


def test_a_folder_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(FileProblem, match="does not exist"):
        read_presentations(folder / "nowhere")
    with pytest.raises(FileProblem, match="not a folder"):
        read_presentations(folder / "attacks/screen/ben/film.json")


def test_a_description_is_read_in_paragraphs(folder: Path) -> None:
    text = "Drawn by a\r\nprogram.\r\n\r\n\r\n\tNobody \x1b[31mreal\u202e.  \n" + "é" * 1900
    (folder / "about.txt").write_bytes(text.encode())
    first, second = read_presentations(folder).about
    assert first == "Drawn by a program."
    assert second.startswith("Nobody \ufffd[31mreal\ufffd. éé")


def test_nobody_is_named_by_what_was_found(folder: Path) -> None:
    found = read_presentations(folder)
    assert "ann" not in repr(found) + repr(found.recordings[0]) + repr(found.left_out)

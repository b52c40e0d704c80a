"""Which recordings there are, and what each of them presents: from the folders they lie in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis._files import read_bounded
from visavis.errors import EvaluationProblem, FileProblem
from visavis.evaluation._page.wording import plain as one_line
from visavis.evaluation._participants.left_out import LeftOut, Notes, printable
from visavis.evaluation._participants.tables import plain

__all__ = ["BONA_FIDE", "FEWEST_PEOPLE", "Presentation", "Presentations", "read_presentations"]

BONA_FIDE: Final = -1
"""In place of the number of a class: nobody attacks, somebody is there."""

FEWEST_PEOPLE: Final = 2
"""Counts of fewer would be about one person, not about the system."""

LONGEST_ABOUT: Final = 2000
"""Characters of a description: enough for what was recorded how, and by whom."""

_HONEST: Final = "bona-fide"
_ATTACKS: Final = "attacks"
_ABOUT: Final = "about.txt"
_ABOUT_BYTES: Final = 4 * LONGEST_ABOUT + 4
_VIDEOS: Final = frozenset({".avi", ".mjpeg", ".mkv", ".mov", ".mp4", ".webm"})
_BESIDE: Final = frozenset({".csv", ".json", ".md", ".txt"})
_HIDDEN: Final = frozenset({"__macosx", "desktop.ini", "thumbs.db"})
_LAYOUT: Final = (
    "Lay recordings out as FOLDER/bona-fide/PERSON/RECORDING and"
    " FOLDER/attacks/CLASS/PERSON/RECORDING."
)


@dataclass(frozen=True, slots=True, repr=False)
class Presentation:
    """One recording, not looked into yet.

    Attributes:
        path: of a folder of pictures, or a video.
        attack: number of its class, or `BONA_FIDE`.
        person: number of who is seen or shown. The names themselves are not kept.

    """

    path: Path
    attack: int
    person: int

    def __repr__(self) -> str:
        return "<Presentation: redacted>"


@dataclass(frozen=True, slots=True, repr=False)
class Presentations:
    """Everything that was recorded for one test.

    Attributes:
        name: of the folder.
        about: what somebody wrote about the data, paragraph by paragraph.
        classes: of attacks, in the order of their names.
        people: how many there are.
        recordings: in the order of their folders.
        left_out: what is no recording, for the operator only.
        folder: where it all lies, to show paths relative to it.

    """

    name: str
    about: tuple[str, ...]
    classes: tuple[str, ...]
    people: int
    recordings: tuple[Presentation, ...]
    left_out: tuple[LeftOut, ...]
    folder: Path

    def __repr__(self) -> str:
        return "<Presentations: redacted>"


def read_presentations(folder: Path) -> Presentations:
    """Find out which recordings there are, without opening any.

    Args:
        folder: with ``bona-fide/PERSON/RECORDING`` and ``attacks/CLASS/PERSON/RECORDING``, and
            perhaps ``about.txt``, which says what the data are.

    Raises:
        FileProblem: the folder, or a folder in it, is missing or cannot be read.
        EvaluationProblem: `no_presentations`, `one_person`, `about_too_long`, `about_not_text`.

    """
    notes = Notes(folder)
    top = _entries(folder)
    found = [(BONA_FIDE, *each) for each in _of_people(folder, _HONEST, notes)]
    classes: dict[str, int] = {}
    for entry in _entries(folder / _ATTACKS, missing=True):
        if not _is_folder(entry):
            _note(entry, notes, "belongs_to_nobody", "lies in no class of attacks")
            continue
        number = classes.setdefault(plain(entry.name), len(classes))
        found += [(number, *each) for each in _of_people(folder, f"{_ATTACKS}/{entry.name}", notes)]
    for entry in top:
        if entry.name not in {_HONEST, _ATTACKS}:
            _note(entry, notes, "belongs_to_nobody", f"is neither {_HONEST} nor {_ATTACKS}")
    numbers: dict[str, int] = {}
    recordings = tuple(
        Presentation(path, attack, numbers.setdefault(person, len(numbers)))
        for attack, person, path in found
    )
    _require_enough(len(recordings), len(numbers))
    name = printable(Path(os.path.abspath(folder)).name)  # noqa: PTH100 - what a link is called
    return Presentations(
        name, _about(folder), tuple(classes), len(numbers), recordings, notes.all(), folder
    )


def _require_enough(recordings: int, people: int) -> None:
    if not recordings:
        raise EvaluationProblem("no_presentations", "There are no recordings.", _LAYOUT)
    if people < FEWEST_PEOPLE:
        raise EvaluationProblem(
            "one_person",
            "All recordings are of one person, so that the numbers would be about them.",
            "Add recordings of other people: as many people as you can.",
        )


def _of_people(folder: Path, inside: str, notes: Notes) -> list[tuple[str, Path]]:
    """Return the recordings in the folders of people, each with the name of the person."""
    found: list[tuple[str, Path]] = []
    for entry in _entries(folder / inside, missing=True):
        if not _is_folder(entry):
            _note(entry, notes, "belongs_to_nobody", "lies in no person's folder")
            continue
        person, before = plain(entry.name), len(found)
        for file in _entries(Path(entry.path)):
            if _is_folder(file) or Path(file.name).suffix.casefold() in _VIDEOS:
                found.append((person, Path(file.path)))
            else:
                _note(file, notes, "not_a_recording", "is neither a folder nor a video")
        if len(found) == before:
            notes.add(Path(entry.path), "no_recordings", "has no recordings")
    return found


def _entries(folder: Path, *, missing: bool = False) -> list[os.DirEntry[str]]:
    """Return what is in a folder, but for what is hidden.

    Args:
        folder: any.
        missing: whether it may be missing, and is empty then.

    """
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not _is_hidden(entry.name)]
    except FileNotFoundError as error:
        if missing:
            return []
        raise FileProblem(
            "folder_missing", f"{folder} does not exist.", "Check the name."
        ) from error
    except NotADirectoryError as error:
        raise FileProblem("not_a_folder", f"{folder} is not a folder.", _LAYOUT) from error
    except (OSError, ValueError) as error:
        raise FileProblem(
            "folder_unreadable",
            f"The folder {folder} cannot be read.",
            "Check the name and who may read it.",
        ) from error
    return sorted(kept, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a place that may not be read
        return False


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _HIDDEN


def _note(entry: os.DirEntry[str], notes: Notes, reason: str, what: str) -> None:
    """Note what is in no place for it, unless it is text that may lie anywhere."""
    if _is_folder(entry) or Path(entry.name).suffix.casefold() not in _BESIDE:
        notes.add(Path(entry.path), reason, what)


def _about(folder: Path) -> tuple[str, ...]:
    path = folder / _ABOUT
    if not os.path.lexists(path):
        return ()
    try:
        text = read_bounded(path, _ABOUT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationProblem(
            "about_not_text", f"{_ABOUT} is not UTF-8 text.", "Save it as plain text in UTF-8."
        ) from error
    except FileProblem as problem:
        if problem.reason == "file_too_large":
            raise _too_long() from problem
        raise
    if len(text) > LONGEST_ABOUT:
        raise _too_long()
    lines = "\n".join(line.strip() for line in text.splitlines())
    return tuple(filter(None, map(one_line, lines.split("\n\n"))))


def _too_long() -> EvaluationProblem:
    return EvaluationProblem(
        "about_too_long",
        f"{_ABOUT} has more than {LONGEST_ABOUT} characters.",
        "Say in a few sentences what was recorded, how, and by whom.",
    )

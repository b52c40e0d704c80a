"""Which photos are whose: from a folder for each person, or from a list of files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from visavis.errors import EvaluationProblem, FileProblem
from visavis.evaluation._participants.left_out import Notes, printable
from visavis.evaluation._participants.tables import plain, read_table

__all__ = ["in_folder", "in_manifest"]

_HIDDEN: Final = frozenset({"__macosx", "desktop.ini", "thumbs.db"})
_ABOUT: Final = frozenset({"copying", "licence", "license", "notice", "readme"})
_TEXT: Final = frozenset(
    {".csv", ".html", ".json", ".md", ".pdf", ".rst", ".toml", ".tsv", ".txt", ".xml", ".yml"}
)


def in_folder(folder: Path, notes: Notes) -> dict[str, list[Path]]:
    """Return the files of each person: all that lies at any depth in one folder of `folder`.

    Hidden files are passed over, and so are texts beside the folders of the people. Links are
    followed, but no folder is entered twice for one person, and none leads back to all people.

    Raises:
        FileProblem: `folder_missing`, `not_a_folder`, `folder_unreadable`.

    """
    entries, root = _opened(folder)
    found: dict[str, list[Path]] = defaultdict(list)
    for entry in entries:
        if _is(entry.is_dir):
            files = _below(entry.path, {root}, notes)
            if not files:
                notes.add(Path(entry.path), "no_photos", "has no files")
            found[plain(entry.name)] += files
        elif not _is_text(entry.name):
            notes.add(Path(entry.path), "belongs_to_nobody", "lies in no person's folder")
    return found


def in_manifest(manifest: Path, folder: Path, notes: Notes) -> dict[str, list[Path]]:
    """Return the files of each person, as the columns `file` and `person` of a CSV file say.

    Paths are relative to the manifest's folder, or else to `folder`.

    Raises:
        FileProblem: the manifest or the folder cannot be read.
        EvaluationProblem: `contradictory_manifest`, or as `read_table` says.

    """
    _opened(folder)
    table = read_table(manifest, needs=("file", "person"))
    found: dict[str, list[Path]] = defaultdict(list)
    owners: dict[str, tuple[str, int]] = {}
    for number, cells in table.lines:
        file, person = cells.get("file"), plain(cells.get("person", ""))
        if not file or not person:
            line = f"{table.name}, line {number}"
            notes.add(line, "incomplete_line", "does not name both a file and a person")
            continue
        files = found[person]
        path = _existing(file, manifest.parent, folder)
        if path is None:
            notes.add(printable(file), "file_missing", f"is in {table.name}, but is no file")
            continue
        owner = owners.setdefault(os.path.normpath(path), (person, number))
        if owner == (person, number):
            files.append(path)
        elif owner[0] != person:
            raise EvaluationProblem(
                "contradictory_manifest",
                f"Lines {owner[1]} and {number} of {table.name} give one file to two people.",
                "Name every file once, with the one person whom it shows.",
            )
    return found


def _existing(file: str, *places: Path) -> Path | None:
    paths = (place / file for place in places)
    return next(filter(os.path.isfile, paths), None)


def _below(top: str, seen: set[tuple[int, int]], notes: Notes) -> list[Path]:
    files, folders = [], [top]
    while folders:
        here = folders.pop()
        try:
            identity = _identity(here)
            entries = [] if identity in seen else _entries(here)
        except OSError:
            notes.add(Path(here), "folder_unreadable", "cannot be opened")
            continue
        seen.add(identity)
        for entry in entries:
            if _is(entry.is_dir):
                folders.append(entry.path)
            elif _is(entry.is_file):
                files.append(Path(entry.path))
            else:
                notes.add(Path(entry.path), "not_a_file", "is not an ordinary file")
    return files


def _opened(folder: Path) -> tuple[list[os.DirEntry[str]], tuple[int, int]]:
    try:
        return _entries(folder), _identity(folder)
    except (OSError, ValueError) as error:
        raise _folder_problem(folder, error) from error


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        kept = (entry for entry in entries if not _is_hidden(entry.name))
        return sorted(kept, key=lambda entry: entry.name)


def _identity(folder: Path | str) -> tuple[int, int]:
    about = os.stat(folder)  # noqa: PTH116 - the same for a path and for text
    return about.st_dev, about.st_ino


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # a link to itself, or into a place that may not be read
        return False


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _HIDDEN


def _is_text(name: str) -> bool:
    stem, suffix = os.path.splitext(name.casefold())  # noqa: PTH122
    return suffix in _TEXT or stem in _ABOUT


def _folder_problem(folder: Path, error: OSError | ValueError) -> FileProblem:
    if isinstance(error, FileNotFoundError):
        return FileProblem("folder_missing", f"{folder} does not exist.", "Check the name.")
    if isinstance(error, NotADirectoryError):
        return FileProblem(
            "not_a_folder",
            f"{folder} is not a folder.",
            "Name a folder that holds a folder of photos for each person.",
        )
    return FileProblem(
        "folder_unreadable",
        f"The folder {folder} cannot be read.",
        "Check the name and who may read it.",
    )

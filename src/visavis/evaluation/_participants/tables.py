"""CSV files written by people: with commas, semicolons or tabs, with or without a BOM."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis._files import read_bounded
from visavis.errors import EvaluationProblem

__all__ = ["Table", "plain", "read_table"]

_MAX_BYTES: Final = 64 * 2**20
_SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A table of text.

    Attributes:
        name: of its file, without the folder.
        columns: their names, in the order of the file.
        lines: number of the line in the file, and its cells by column; empty ones are absent.

    """

    name: str
    columns: tuple[str, ...]
    lines: tuple[tuple[int, dict[str, str]], ...]


def plain(text: str) -> str:
    """Return a name or label as it is compared: no space around it, one form of each letter."""
    return unicodedata.normalize("NFC", text.strip())


def read_table(path: Path, *, needs: tuple[str, ...]) -> Table:
    """Read a CSV file whose first line names its columns.

    Args:
        path: UTF-8, at most 64 MiB; separated by commas, semicolons or tabs.
        needs: columns that must be there, in lower case; in the file they may have any case.

    Raises:
        FileProblem: the file is missing, too large or cannot be read.
        EvaluationProblem: `not_utf8`, `table_damaged`, `column_missing`, `column_twice`,
            `column_without_name`, `line_too_long`.

    """
    lines = _lines(_text(path), path.name)
    _, header = next(lines, (0, []))
    columns = [_column(cell, needs) for cell in header]
    _check(columns, needs, path.name)
    # A last separator makes a column without a name. That is harmless as long as it is empty.
    table = []
    for number, row in lines:
        cells = {place: cell.strip() for place, cell in enumerate(row) if cell.strip()}
        for place in cells:
            if place >= len(columns):
                raise _problem(
                    "line_too_long",
                    f"Line {number} of {path.name} has more cells than the first line has columns.",
                    "Put text with a separator in it in double quotes.",
                )
            if not columns[place]:
                raise _problem(
                    "column_without_name",
                    f"A column of {path.name} has no name, but line {number} has text in it.",
                    "Give every column a name in the first line.",
                )
        if cells:
            table.append((number, {columns[place]: cell for place, cell in cells.items()}))
    return Table(path.name, tuple(column for column in columns if column), tuple(table))


def _text(path: Path) -> str:
    try:
        text = read_bounded(path, _MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path.name) from error
    if "\0" in text:  # UTF-16, mostly
        raise _not_utf8(path.name)
    return text


def _lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of every line that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _problem(
            "table_damaged",
            f"Line {reader.line_num} of {name} cannot be read as CSV.",
            "Look for a double quote that is not closed.",
        ) from error


def _column(cell: str, needs: tuple[str, ...]) -> str:
    name = plain(cell)
    return name.casefold() if name.casefold() in needs else name


def _check(columns: list[str], needs: tuple[str, ...], name: str) -> None:
    for needed in needs:
        if needed not in columns:
            raise _problem(
                "column_missing",
                f"{name} has no column {needed}.",
                f"Name the columns in its first line; {' and '.join(needs)} must be there.",
            )
    counts = Counter(column.casefold() for column in columns if column)
    for column, count in counts.items():
        if count > 1:
            raise _problem(
                "column_twice",
                f"{name} has the column {column} {count} times.",
                "Give every column a name of its own.",
            )


def _not_utf8(name: str) -> EvaluationProblem:
    return _problem("not_utf8", f"{name} is not UTF-8 text.", "Save it as CSV in UTF-8.")


def _problem(reason: str, message: str, remedy: str) -> EvaluationProblem:
    return EvaluationProblem(reason, message, remedy)

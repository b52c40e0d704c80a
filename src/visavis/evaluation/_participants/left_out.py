"""Files and lines that do not count, and why: for the operator, and never for a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LeftOut", "Notes", "printable", "shown"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One file, folder or line that does not count.

    Attributes:
        path: relative to the folder of participants where it lies in it.
        reason: `lower_snake_case`; the one part that may be counted in a report.
        message: one sentence with the path.

    """

    path: str = field(repr=False)
    reason: str
    message: str = field(repr=False)


class Notes:
    """What was left out so far.

    Args:
        folder: of participants; paths are shown relative to it.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: list[LeftOut] = []

    def add(self, path: Path | str, reason: str, what: str) -> None:
        """Note that `path` was left out; `what` ends a sentence that begins with it."""
        name = path if isinstance(path, str) else shown(path, self._folder)
        self.say(name, reason, f"{name} {what}.")

    def say(self, path: str, reason: str, message: str) -> None:
        """Note that `path` was left out, with a whole sentence."""
        self._taken.append(LeftOut(path, reason, message))

    def all(self) -> tuple[LeftOut, ...]:
        """Return what was left out, sorted by path."""
        return tuple(sorted(self._taken, key=lambda left: (left.path, left.reason)))


def shown(path: Path, folder: Path) -> str:
    """Return a path relative to a folder, if it lies in it, as text that can be printed."""
    inside = path.relative_to(folder) if path.is_relative_to(folder) else path
    return printable(inside.as_posix())


def printable(name: str) -> str:
    """Return a file name as text. It may hold bytes that are none."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

"""Keys are changed by one process at a time."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from visavis._files import write_problem
from visavis.home import _problems as problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visavis.home._layout import Layout

__all__ = ["STAGED", "changing", "move", "remove"]

STAGED: Final = ".new"
"""Ends the name of a file that is about to replace another one."""


@contextmanager
def changing(layout: Layout) -> Iterator[None]:
    """Keep others from changing the keys. The lock ends with the process, however it ends.

    Raises:
        HomeProblem: ``home_busy``.
        FileProblem: ``cannot_write``.
    """
    try:
        descriptor = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise write_problem(error, layout.lock) from error
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise problem.busy(layout.folder) from error
        _clear(layout)
        yield
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Rename a file, replacing another one, so that it survives a power cut.

    Raises:
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    try:
        source.replace(target)
        if os.name == "posix":
            descriptor = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise write_problem(error, target) from error


def remove(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        FileProblem: ``cannot_write``.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise write_problem(error, path) from error


def _clear(layout: Layout) -> None:
    """Remove what a change of passphrase that was interrupted has left."""
    for folder in (layout.folder, layout.former):
        for path in folder.glob(f"*.key{STAGED}"):
            remove(path)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

"""Reading and writing files so that a failure says what to do and leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from visavis.errors import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def sha256(data: bytes) -> str:
    """Return the SHA-256 of the data in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def full(path: Path) -> FileProblem:
    """Return the error for a disk without room."""
    return FileProblem(
        "disk_full",
        f"There is no room left to write in {path}.",
        "Free some space, or set VISAVIS_MODELS to a folder on another disk.",
    )


def refused(path: Path) -> FileProblem:
    """Return the error for a place where this user may not read or write."""
    return FileProblem(
        "not_permitted",
        f"The folder {path} or something in it may not be read or written.",
        "Change its permissions, or set VISAVIS_MODELS to a folder of your own.",
    )


@contextlib.contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn an ``OSError`` inside the block into a ``FileProblem`` about ``path``."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(path) from error
        if error.errno in _REFUSED:
            raise refused(path) from error
        raise FileProblem(
            "storage_failed",
            f"Reading or writing {path} failed: {error.strerror or 'unknown reason'}.",
            "Check that the folder exists and that its disk works.",
        ) from error


def private_folder(path: Path) -> None:
    """Make a folder that only this user can enter, unless it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a temporary folder on the same disk as ``folder``, removed however the block ends."""
    private_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".staging-") as temporary:
        yield Path(temporary)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file that only this user can read, and wait until it is on the disk."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def move_into(staged: Path, target: Path) -> None:
    """Put a written file in its place: whoever looks sees the old file or the new one."""
    private_folder(target.parent)
    staged.replace(target)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Files are read up to a limit and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from typing import TYPE_CHECKING, Final

from visavis.errors import FileProblem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_bounded", "write_atomically", "write_problem"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
# What a file system without hard links answers (FAT and exFAT on a memory stick, some shares).
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
)
_CHUNK: Final = 1 << 20


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a regular file of at most ``limit`` bytes.

    Devices, pipes and folders are refused, and never more than ``limit`` + 1 bytes are read.

    Raises:
        FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``, ``file_too_large``.
    """
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise _read_problem(error, path) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _not_a_file(path)
        data = _read_up_to(descriptor, limit + 1)
    except OSError as error:
        raise _read_problem(error, path) from error
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise FileProblem(
            "file_too_large",
            f"{path} is larger than the {limit} bytes allowed here.",
            "Choose a smaller file.",
        )
    return data


def write_atomically(
    path: Path, data: bytes, *, mode: int = 0o600, overwrite: bool = False
) -> None:
    """Write a file so that it has all of ``data`` or does not change, even after a power cut.

    The data goes to a temporary file in the same folder, reaches the disk, and only then gets
    its name. The temporary file is removed whatever happens.

    Args:
        path: the file to write; its folder must exist.
        data: everything that the file will hold.
        mode: permission bits of the new file.
        overwrite: replace a file that is there already.

    Raises:
        FileProblem: ``file_exists``, ``not_a_file``, ``folder_missing``, ``cannot_write``,
            ``disk_full``.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".visavis-", dir=path.parent)
    except (OSError, ValueError) as error:
        raise write_problem(error, path) from error
    try:
        try:
            _fill(descriptor, data, mode, temporary)
        finally:
            os.close(descriptor)
        if overwrite:
            os.replace(temporary, path)  # noqa: PTH105 - tests put a failing disk in its place
        else:
            _name_new(temporary, path)
        _sync_folder(path.parent)
    except (OSError, ValueError) as error:
        raise write_problem(error, path) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108


def write_problem(error: OSError | ValueError, path: Path) -> FileProblem:
    """Translate what the system answered to an attempt to write ``path``."""
    if isinstance(error, FileExistsError):
        return FileProblem(
            "file_exists", f"{path} exists already.", "Choose another name, or allow replacing it."
        )
    if isinstance(error, IsADirectoryError):
        return _not_a_file(path)
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    # In /proc, and where a name is odd, "not found" does not mean that there is no folder.
    if missing and not os.path.isdir(path.parent):  # noqa: PTH112
        return FileProblem(
            "folder_missing", f"The folder of {path} does not exist.", "Create the folder first."
        )
    if isinstance(error, OSError) and error.errno in _FULL:
        return FileProblem(
            "disk_full", f"There is no room left to write {path}.", "Free some space and try again."
        )
    return FileProblem(
        "cannot_write", f"{path} cannot be written.", "Check the name and who may write there."
    )


def _read_problem(error: OSError | ValueError, path: Path) -> FileProblem:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return FileProblem("file_missing", f"{path} does not exist.", "Check the name.")
    # Windows answers "permission denied" when a folder is opened.
    if isinstance(error, IsADirectoryError) or os.path.isdir(path):  # noqa: PTH112
        return _not_a_file(path)
    return FileProblem(
        "file_unreadable", f"{path} cannot be read.", "Check the name and who may read it."
    )


def _not_a_file(path: Path) -> FileProblem:
    return FileProblem("not_a_file", f"{path} is not an ordinary file.", "Choose a file.")


def _read_up_to(descriptor: int, count: int) -> bytes:
    parts = []
    while count > 0 and (part := os.read(descriptor, min(count, _CHUNK))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _fill(descriptor: int, data: bytes, mode: int, name: str) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.chmod(name, mode)  # noqa: PTH101
    os.fsync(descriptor)


def _name_new(temporary: str, path: Path) -> None:
    """Give the file its name unless something has that name already."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    # Without links the name is first reserved by an empty file, then replaced.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system can promise that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot sync a folder; the file itself is already safe.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Taking one file out of a wheel or a source archive, without unpacking the rest."""

from __future__ import annotations

import errno
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from visavis.errors import InvalidArgument, ModelProblem
from visavis.registry import _files

LARGEST_MEMBER: Final = 64 * 1024 * 1024
"""Bytes; the largest file that ``extract`` returns. dlib's network has 22 million."""

_FURTHEST: Final = 1024 * 1024 * 1024  # bytes of an unpacked source archive that are looked at

_DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,  # a zip of a version that Python does not know
    RuntimeError,  # an encrypted zip
)
_NOT_THE_DISK: Final = (None, errno.EINVAL)  # what a damaged archive asks of a healthy file


def extract(archive: Path, path_inside: str) -> bytes:
    """Return one regular file of a wheel (``.whl``, ``.zip``) or source archive (``.tar.gz``).

    Nothing is written: no name in the archive becomes a name on the disk.

    Args:
        archive: the archive.
        path_inside: the file's whole path in the archive, with forward slashes.

    Raises:
        InvalidArgument: ``path_not_allowed`` for an absolute path or one with ``..``.
        ModelProblem: ``archive_damaged``; ``archive_incomplete`` when it has no such file;
            ``archive_too_large`` when the file has more than ``LARGEST_MEMBER`` bytes.
        FileProblem: the archive cannot be read.
    """
    parts = PurePosixPath(path_inside).parts
    if not parts or parts[0] == "/" or ".." in parts or "\\" in path_inside:
        raise InvalidArgument(
            "path_not_allowed",
            f"{path_inside!r} is not a path inside an archive.",
            "Give the path as the archive lists it, with forward slashes and without '..'.",
        )
    take = _from_zip if archive.suffix in {".whl", ".zip"} else _from_tar
    with _files.storage(archive):
        try:
            return take(archive, path_inside)
        except _DAMAGED as error:
            raise _damaged(archive) from error
        except OSError as error:
            if error.errno in _NOT_THE_DISK:
                raise _damaged(archive) from error
            raise


def _from_zip(archive: Path, path_inside: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        try:
            member = opened.getinfo(path_inside)
        except KeyError:
            raise _incomplete(archive, path_inside) from None
        _check_size(member.file_size, path_inside)
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise _damaged(archive)
        with opened.open(member) as file:
            return _exactly(file.read(member.file_size + 1), member.file_size, archive)


def _from_tar(archive: Path, path_inside: str) -> bytes:
    with tarfile.open(archive, "r|gz") as opened:
        for member in opened:
            if member.offset > _FURTHEST:
                raise _too_large(archive.name)
            file = opened.extractfile(member) if member.isreg() else None
            if member.name == path_inside and file is not None:
                _check_size(member.size, path_inside)
                return _exactly(file.read(), member.size, archive)
    raise _incomplete(archive, path_inside)


def _check_size(size: int, name: str) -> None:
    if size > LARGEST_MEMBER:
        raise _too_large(name)


def _exactly(data: bytes, size: int, archive: Path) -> bytes:
    if len(data) != size:
        raise _damaged(archive)
    return data


def _damaged(archive: Path) -> ModelProblem:
    return ModelProblem(
        "archive_damaged",
        f"The archive {archive.name} is damaged.",
        "Run `visavis models fetch` again to download it anew.",
    )


def _incomplete(archive: Path, path_inside: str) -> ModelProblem:
    return ModelProblem(
        "archive_incomplete",
        f"The archive {archive.name} has no file {path_inside}.",
        "Update visavis: its manifest does not fit this archive.",
    )


def _too_large(name: str) -> ModelProblem:
    return ModelProblem(
        "archive_too_large",
        f"{name} is larger than anything that visavis reads from an archive.",
        "Do not use this archive: it is not the one that visavis expects.",
    )

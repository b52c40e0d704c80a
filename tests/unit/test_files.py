from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from visavis._files import read_bounded, write_atomically
from visavis.errors import FileProblem


def _failing(number: int, text: str = "simulated") -> object:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, text)

    return fail


def _write_reason(path: Path, *, overwrite: bool = False) -> str:
    with pytest.raises(FileProblem) as caught:
        write_atomically(path, b"new", overwrite=overwrite)
    return caught.value.reason


def _read_reason(path: Path, limit: int = 100) -> str:
    with pytest.raises(FileProblem) as caught:
        read_bounded(path, limit)
    return caught.value.reason


@pytest.mark.parametrize("data", [b"", b"x", bytes(3_000_000)])
@pytest.mark.parametrize("overwrite", [False, True])
def test_everything_is_written(tmp_path: Path, data: bytes, overwrite: bool) -> None:
    path = tmp_path / "file"
    write_atomically(path, data, overwrite=overwrite)
    assert path.read_bytes() == data
    assert read_bounded(path, len(data)) == data
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_permissions_do_not_depend_on_the_umask(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "file", b"x", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("x" * 255), b"x")
    assert _write_reason(tmp_path / ("x" * 256)) == "cannot_write"
    assert len(list(tmp_path.iterdir())) == 1


def test_writing_in_small_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:3]))
        write_atomically(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_nothing_is_replaced_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    assert _write_reason(path) == "file_exists"
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new", overwrite=True)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_leads_nowhere_counts_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.symlink_to(tmp_path / "elsewhere")
    assert _write_reason(path) == "file_exists"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("step", ["write", "fsync", "link", "replace", "chmod"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "cannot_write"),
        (errno.EROFS, "cannot_write"),
    ],
)
def test_a_failure_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, reason: str
) -> None:
    path = tmp_path / "file"
    overwrite = step == "replace"
    if overwrite:
        path.write_bytes(b"old")
    before = {entry: entry.read_bytes() for entry in tmp_path.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(os, step, _failing(number))
        assert _write_reason(path, overwrite=overwrite) == reason
    assert {entry: entry.read_bytes() for entry in tmp_path.iterdir()} == before


def test_an_interruption_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(tmp_path / "file", b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "file"
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", _failing(number))
        write_atomically(path, b"x")
        assert path.read_bytes() == b"x"
        assert _write_reason(path) == "file_exists"
        path.unlink()
        patch.setattr(os, "replace", _failing(errno.ENOSPC))
        assert _write_reason(path) == "disk_full"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_folder_that_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", _failing(number))
        assert _write_reason(tmp_path / "file") == "cannot_write"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    assert _write_reason(tmp_path / "missing" / "file") == "folder_missing"
    assert _write_reason(file / "file") == "folder_missing"
    assert _write_reason(tmp_path / "fi\0le") == "cannot_write"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert _write_reason(folder, overwrite=True) == "not_a_file"
    assert sorted(tmp_path.iterdir()) == [file, folder]


def test_the_limit_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    assert read_bounded(path, 100) == bytes(100)
    assert _read_reason(path, 99) == "file_too_large"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert _read_reason(tmp_path / "missing") == "file_missing"
    assert _read_reason(file / "below") == "file_missing"
    assert _read_reason(tmp_path) == "not_a_file"
    assert _read_reason(pipe) == "not_a_file"
    assert _read_reason(Path("/dev/zero")) == "not_a_file"
    assert _read_reason(tmp_path / "fi\0le") == "file_unreadable"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    for step, number in (("open", errno.EACCES), ("read", errno.EIO)):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, _failing(number))
            assert _read_reason(path) == "file_unreadable"


def test_problems_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        read_bounded(tmp_path / "missing", 1)
    assert caught.value.message.endswith(".")
    assert caught.value.remedy.endswith(".")

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from visavis.errors import FileProblem, PassRejected
from visavis.passes import Pass

MakePass = Callable[..., Pass]


def test_written_and_read(make_pass: MakePass, tmp_path: Path) -> None:
    sealed = make_pass()
    path = tmp_path / "holder.pass"
    sealed.write(path)
    assert path.read_bytes() == sealed.sealed
    assert Pass.read(path).sealed == sealed.sealed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_pass_is_replaced_only_when_told(make_pass: MakePass, tmp_path: Path) -> None:
    path = tmp_path / "holder.pass"
    old, new = make_pass(), make_pass()
    old.write(path)
    with pytest.raises(FileProblem) as caught:
        new.write(path)
    assert caught.value.reason == "file_exists"
    assert Pass.read(path).sealed == old.sealed
    new.write(path, overwrite=True)
    assert Pass.read(path).sealed == new.sealed
    assert list(tmp_path.iterdir()) == [path]


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.pass"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PassRejected) as caught:
        Pass.read(path)
    assert caught.value.reason == "too_large"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "missing.pass", "file_missing"),
        (tmp_path, "not_a_file"),
        (Path("/dev/zero"), "not_a_file"),
    ):
        with pytest.raises(FileProblem) as caught:
            Pass.read(path)
        assert caught.value.reason == reason


def test_an_empty_file_is_an_empty_pass(tmp_path: Path) -> None:
    path = tmp_path / "empty.pass"
    path.touch()
    with pytest.raises(PassRejected) as caught:
        _ = Pass.read(path).verifier_id
    assert caught.value.reason == "empty"

from __future__ import annotations

import dataclasses
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from visavis.errors import FileProblem, ModelProblem, VisavisError
from visavis.registry import ModelStore, Package, _files, _manifest, fetch

LeftOver = Callable[[Path], list[str]]


def states(store: ModelStore) -> dict[str, str]:
    return {entry.id: state for entry, state in store.status()}


def change_manifest(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    entries = tuple(dataclasses.replace(e, **changes) for e in _manifest.shipped())
    monkeypatch.setattr(_manifest, "shipped", lambda: entries)


def test_everything_missing_is_fetched(tiny_store: ModelStore, left_over: LeftOver) -> None:
    steps: list[str] = []
    fetched = fetch(tiny_store, on_step=steps.append)
    assert [entry.id for entry in fetched] == ["first", "second"]
    assert states(tiny_store) == {"first": "ready", "second": "ready"}
    assert tiny_store.load("first") == b"converted first weights"
    assert steps[0] == "Downloading tinyweights 1.0"
    assert steps[-1] == "Ready: second"
    assert left_over(tiny_store.folder) == []
    licences = (tiny_store.folder / "LICENCES.txt").read_text(encoding="utf-8")
    assert "CC0-1.0, https://example.org/licence" in licences
    if os.name == "posix":
        assert stat.S_IMODE(tiny_store.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((tiny_store.folder / "first.onnx").stat().st_mode) == 0o600


def test_what_is_ready_is_not_fetched_again(
    tiny_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(tiny_store)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert fetch(tiny_store) == ()


def test_only_what_is_altered_is_fetched(tiny_store: ModelStore) -> None:
    fetch(tiny_store)
    (tiny_store.folder / "second.onnx").write_bytes(b"altered")
    untouched = (tiny_store.folder / "first.onnx").stat().st_mtime_ns
    assert [entry.id for entry in fetch(tiny_store)] == ["second"]
    assert states(tiny_store)["second"] == "ready"
    assert (tiny_store.folder / "first.onnx").stat().st_mtime_ns == untouched


def test_a_given_folder_is_enough(
    tiny_store: ModelStore, offered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert len(fetch(tiny_store, find_links=offered)) == 2


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("module", "name"), [(_files, "move_into"), (os, "fsync"), (subprocess, "run")]
)
def test_an_interruption_leaves_the_old_files_and_nothing_else(
    tiny_store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    left_over: LeftOver,
    module: object,
    name: str,
) -> None:
    tiny_store.folder.mkdir()
    for file in ("first.onnx", "second.onnx"):
        (tiny_store.folder / file).write_bytes(b"old")
    monkeypatch.setattr(module, name, interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(tiny_store)
    assert [p.read_bytes() for p in sorted(tiny_store.folder.glob("*.onnx"))] == [b"old", b"old"]
    assert left_over(tiny_store.folder) == []


def test_an_interruption_between_two_moves_leaves_whole_files(
    tiny_store: ModelStore, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    move = _files.move_into

    def once(staged: Path, target: Path) -> None:
        if target.name == "second.onnx":
            raise KeyboardInterrupt
        move(staged, target)

    monkeypatch.setattr(_files, "move_into", once)
    with pytest.raises(KeyboardInterrupt):
        fetch(tiny_store)
    assert states(tiny_store) == {"first": "ready", "second": "missing"}
    assert left_over(tiny_store.folder) == []


def test_an_altered_download_leaves_the_old_files(
    tiny_store: ModelStore, package: Package, offered: Path, left_over: LeftOver
) -> None:
    tiny_store.folder.mkdir()
    (tiny_store.folder / "first.onnx").write_bytes(b"old")
    (offered / package.archive).write_bytes(b"altered")
    with pytest.raises(ModelProblem) as caught:
        fetch(tiny_store)
    assert caught.value.reason == "archive_altered"
    assert (tiny_store.folder / "first.onnx").read_bytes() == b"old"
    assert left_over(tiny_store.folder) == []


def test_a_file_that_is_not_the_pinned_one_is_refused(
    tiny_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _manifest.shipped()[0].source
    assert source is not None
    change_manifest(monkeypatch, source=dataclasses.replace(source, sha256="0" * 64))
    with pytest.raises(ModelProblem) as caught:
        fetch(tiny_store)
    assert caught.value.reason == "weights_altered"
    assert set(states(tiny_store).values()) == {"missing"}


def test_a_conversion_that_differs_is_refused(
    tiny_store: ModelStore, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    change_manifest(monkeypatch, sha256="0" * 64)
    with pytest.raises(ModelProblem) as caught:
        fetch(tiny_store)
    assert caught.value.reason == "conversion_differs"
    assert list(tiny_store.folder.glob("*.onnx")) == []
    assert left_over(tiny_store.folder) == []


@pytest.mark.parametrize("name", ["onnx", "tflite"])
def test_without_the_extra_nothing_is_downloaded(
    tiny_store: ModelStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ModelProblem) as caught:
        fetch(tiny_store)
    assert caught.value.reason == "importers_missing"
    assert "pip install 'visavis[models]'" in caught.value.remedy


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EROFS, "not_permitted"),
        (errno.EACCES, "not_permitted"),
        (errno.EIO, "storage_failed"),
    ],
)
def test_a_disk_that_does_not_take_it_is_told(
    tiny_store: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    left_over: LeftOver,
    number: int,
    reason: str,
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileProblem) as caught:
        fetch(tiny_store)
    assert caught.value.reason == reason
    assert caught.value.remedy
    assert left_over(tiny_store.folder) == []


def test_a_store_in_no_folder_is_a_file_problem(tiny_store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VisavisError):
        fetch(ModelStore(tmp_path / "file" / "models"))
    assert set(states(tiny_store).values()) == {"missing"}

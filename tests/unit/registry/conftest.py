"""Small stand-ins for what the registry handles: archives, a manifest, an embedder."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from visavis.registry import ModelEntry, ModelStore, Package, Source, Task, _fetch, _manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENTS = {"tinyweights/first.bin": b"first weights", "tinyweights/second.bin": b"second weights"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def record(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip is set to, and nothing else: no network, no user configuration."""
    folder = tmp_path / "offered"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


@pytest.fixture
def package(offered: Path) -> Package:
    """A wheel of a few hundred bytes with two files of weights, in the offered folder."""
    archive = offered / "tinyweights-1.0-py3-none-any.whl"
    info = "tinyweights-1.0.dist-info"
    files = dict(CONTENTS)
    files[f"{info}/METADATA"] = b"Metadata-Version: 2.1\nName: tinyweights\nVersion: 1.0\n"
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    lines = "".join(record(name, data) for name, data in files.items())
    files[f"{info}/RECORD"] = f"{lines}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return Package("tinyweights", "1.0", archive.name, sha256(archive.read_bytes()))


def converted(weights: bytes) -> bytes:
    return b"converted " + weights


@pytest.fixture
def tiny_store(package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """A store, not yet made, whose manifest names the two files in the small wheel."""
    monkeypatch.setitem(sys.modules, "tiny_importer", SimpleNamespace(to_onnx=converted))
    monkeypatch.setattr(_fetch, "_IMPORTERS", {"tflite": "tiny_importer"})
    entries = tuple(
        ModelEntry(
            id=name,
            task=Task.DETECT,
            file=f"{name}.onnx",
            sha256=sha256(converted(CONTENTS[path])),
            licence="CC0-1.0",
            licence_url="https://example.org/licence",
            training_faces="none",
            source=Source(package, path, sha256(CONTENTS[path]), "tflite"),
            embedder=None,
        )
        for name, path in zip(("first", "second"), CONTENTS, strict=True)
    )
    monkeypatch.setattr(_manifest, "shipped", lambda: entries)
    return ModelStore(tmp_path / "models")


@pytest.fixture
def left_over() -> Callable[[Path], list[str]]:
    """Return what a folder holds besides finished files."""

    def names(folder: Path) -> list[str]:
        return [path.name for path in folder.rglob(".*")] if folder.exists() else []

    return names

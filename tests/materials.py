"""Fetch what the tests need and no run-time package ships: ``python tests/materials.py``.

Portraits published with face_recognition and scikit-image, and the original weights files,
each checked against its SHA-256. Does nothing when everything is there.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis.registry import ModelStore, Package, download, extract

_ROOT: Final = Path(__file__).resolve().parent.parent

_FACE_RECOGNITION: Final = Package(
    name="face-recognition",
    version="1.3.0",
    archive="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
)
# A wheel of one platform, only to be taken apart: the source archive needs a compiler.
_SCIKIT_IMAGE: Final = Package(
    name="scikit-image",
    version="0.26.0",
    archive="scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    sha256="74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
)
_PORTRAITS_INSIDE: Final = "face_recognition-1.3.0/tests/test_images"
_PORTRAIT_HASHES: Final = {
    "32bit.png": "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627",
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    "obama_partial_face.jpg": "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    "obama_partial_face2.jpg": "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
}

ASTRONAUT: Final = "astronaut.png"
"""Eileen Collins, NASA, public domain; one face, 512 x 512."""

PORTRAITS: Final = tuple(_PORTRAIT_HASHES)
"""The portraits of face_recognition: Joe Biden, and Barack Obama in the other six."""

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
        _Material(name, _FACE_RECOGNITION, f"{_PORTRAITS_INSIDE}/{name}", sha256)
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
    astronaut = _Material(
        ASTRONAUT,
        _SCIKIT_IMAGE,
        "skimage/data/astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    )
    return (*portraits, *weights, astronaut)


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

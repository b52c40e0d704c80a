"""Official portraits of public office-holders, published in a source package, pinned by hash."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from visavis._files import read_bounded, write_atomically, write_problem
from visavis.errors import FileProblem, ModelProblem
from visavis.registry import Package, download, extract

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HASHES", "INSIDE", "PACKAGE", "fetch_portraits"]

PACKAGE: Final = Package(
    name="face-recognition",
    version="1.3.0",
    archive="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
)
INSIDE: Final = "face_recognition-1.3.0/tests/test_images"
HASHES: Final = {
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
}

_LARGEST: Final = 1 << 20


def fetch_portraits(on_step: Callable[[str], None]) -> dict[str, bytes]:
    """Return the portraits by file name, from the cache or else from the package index.

    Raises:
        ModelProblem: they cannot be fetched, or are not the pinned ones.
        FileProblem: the cache cannot be written.

    """
    folder = Path(platformdirs.user_cache_dir("visavis")) / "portraits"
    found = {name: _cached(folder / name, digest) for name, digest in HASHES.items()}
    if not all(found.values()):
        on_step(f"Downloading {PACKAGE.name} {PACKAGE.version} for its portraits")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_problem(error, folder) from error
        with tempfile.TemporaryDirectory() as temporary:
            archive = download(PACKAGE, Path(temporary))
            for name, digest in HASHES.items():
                found[name] = _checked(extract(archive, f"{INSIDE}/{name}"), digest, name)
                write_atomically(folder / name, found[name] or b"", overwrite=True)
    return {name: data for name, data in found.items() if data is not None}


def _cached(file: Path, digest: str) -> bytes | None:
    try:
        data = read_bounded(file, _LARGEST)
    except FileProblem:
        return None  # what is missing or cannot be read is fetched again
    return data if hashlib.sha256(data).hexdigest() == digest else None


def _checked(data: bytes, digest: str, name: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelProblem(
            "portrait_altered",
            f"The portrait {name} is not the one that was pinned.",
            "Check where your package index gets its packages from.",
        )
    return data

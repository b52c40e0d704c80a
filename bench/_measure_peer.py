"""The peer: face_recognition, in an environment and a process of its own."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench._measure import SetUpError

__all__ = ["COLD", "Peer", "environment"]

_ROOT = Path(__file__).resolve().parent.parent
_LOCK = _ROOT / "requirements" / "peer.txt"
_FOLDER = _ROOT / ".venv-peer"
_WORKER = _ROOT / "bench" / "peer" / "worker.py"
COLD = _ROOT / "bench" / "peer" / "cold_peer.py"


def environment() -> Path:
    """Make the peer's environment from its lock if need be, and return its interpreter.

    Raises:
        SetUpError: it cannot be made.

    """
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    python = _FOLDER / inside
    stamp = _FOLDER / "peer.sha256"
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if python.exists() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return python
    print("Making .venv-peer with face_recognition; this takes a minute.", file=sys.stderr)
    if _FOLDER.exists():
        shutil.rmtree(_FOLDER)
    _run([sys.executable, "-m", "venv", str(_FOLDER)])
    lock = _LOCK.read_text(encoding="utf-8")
    # Two of the packages are source archives: what builds them has to be there first.
    _install(python, _pinned(lock, "setuptools"))
    _install(python, lock)
    _run([str(python), "-W", "ignore", "-c", "import face_recognition"])
    stamp.write_text(wanted, encoding="ascii")
    return python


def _pinned(lock: str, package: str) -> str:
    """Return what a lock says of one package: its line and the hashes that follow."""
    found = re.search(rf"^{package}==.*\n(?:[ \t].*\n?)*", lock, re.MULTILINE)
    if not found:
        raise SetUpError(f"requirements/peer.txt does not name {package}.")
    return found[0]


def _install(python: Path, lock: str) -> None:
    options = ["--quiet", "--require-hashes", "--no-deps", "--no-build-isolation", "--use-pep517"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lock.txt"
        file.write_text(lock, encoding="utf-8")
        _run([str(python), "-m", "pip", "install", *options, "-r", str(file)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise SetUpError(f"The peer's environment could not be made: {lines[-1]}")


class Peer:
    """A worker process that answers one request at a time.

    Raises:
        SetUpError: the worker ended.

    """

    def __init__(self, python: Path) -> None:
        self.python = python
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send a request and return the answer."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        line = ""
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            pass
        if not line:
            raise SetUpError(f"The peer's process ended instead of answering {do!r}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def encodings(self, photo: Path) -> dict[str, list[float] | None]:
        """Return the peer's 128 numbers for a photo, or None where it finds no face.

        As `alone` by face_encodings, and as `located` with the boxes of face_locations.
        """
        return self.ask("encode", photo=str(photo))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

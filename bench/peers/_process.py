"""Peers run in an environment of their own, each in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench._measure import SetUpError

__all__ = ["COLD", "DLIB", "OPENCV", "Peer", "environment"]

_ROOT = Path(__file__).resolve().parents[2]
_LOCK = _ROOT / "requirements" / "peer.txt"
_FOLDER = _ROOT / ".venv-peer"
_PYTHON = _FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
_STAMP = _FOLDER / "peer.sha256"
COLD = Path(__file__).resolve().parent / "cold_peer.py"
DLIB = "bench.peers.dlib_peer"
OPENCV = "bench.peers.opencv_peer"


def _interpreter() -> Path | None:
    """Return the interpreter of the peers' environment if it is there and as the lock says."""
    made = _STAMP.read_text(encoding="ascii") if _PYTHON.exists() and _STAMP.is_file() else ""
    return _PYTHON if made == _wanted() else None


def _wanted() -> str:
    return hashlib.sha256(_LOCK.read_bytes()).hexdigest()


def environment() -> Path:
    """Make the peers' environment from its lock if need be, and return its interpreter.

    Raises:
        SetUpError: it cannot be made.

    """
    ready = _interpreter()
    if ready:
        return ready
    print("Making .venv-peer with the peers; this takes a minute.", file=sys.stderr)
    if _FOLDER.exists():
        shutil.rmtree(_FOLDER)
    _run([sys.executable, "-m", "venv", str(_FOLDER)])
    lock = _LOCK.read_text(encoding="utf-8")
    # Two of the packages are source archives: what builds them has to be there first.
    _install(_pinned(lock, "setuptools"))
    _install(lock)
    _run([str(_PYTHON), "-W", "ignore", "-c", "import cv2, face_recognition"])
    _STAMP.write_text(_wanted(), encoding="ascii")
    return _PYTHON


def _pinned(lock: str, package: str) -> str:
    """Return what a lock says of one package: its line and the hashes that follow."""
    found = re.search(rf"^{package}==.*\n(?:[ \t].*\n?)*", lock, re.MULTILINE)
    if not found:
        raise SetUpError(f"requirements/peer.txt does not name {package}.")
    return found[0]


def _install(lock: str) -> None:
    options = ["--quiet", "--require-hashes", "--no-deps", "--no-build-isolation", "--use-pep517"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lock.txt"
        file.write_text(lock, encoding="utf-8")
        _run([str(_PYTHON), "-m", "pip", "install", *options, "-r", str(file)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise SetUpError(f"The peers' environment could not be made: {lines[-1]}")


class Peer:
    """A process that answers one request at a time, whoever asks.

    Args:
        module: what to run, `DLIB` or `OPENCV`.
        *arguments: of the module.
        python: interpreter that has what the module needs; that of the peers' environment.

    Raises:
        SetUpError: the process ended.

    """

    def __init__(self, module: str, *arguments: str, python: Path | None = None) -> None:
        self.python = python or environment()
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [str(self.python), "-W", "ignore", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """Send a request and return the answer."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        line = ""
        with self._asking, contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise SetUpError(f"The peer's process ended instead of answering {do!r}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def encode(self, photo: bytes, **options: object) -> dict[str, Any]:
        """Return what the peer makes of a photo: `features`, or None and the `reason`."""
        return self.ask("encode", data=base64.b64encode(photo).decode("ascii"), **options)

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

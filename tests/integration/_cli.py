"""Running the command as people do, on a machine of its own; and what holds for every output."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from rich.cells import cell_len

from visavis import cli
from visavis.home import Home
from visavis.registry import ModelStore

MODELS = ModelStore.default().folder
"""The real weights; found before any test has a home folder of its own."""

WIDTH = 80
_NEVER = ("Traceback", "score", "distance", "confidence", "similarity", "a fault in visavis")
_TIMES = {"elapsed_ms", "enrolment_ms"}
# What measures is asked for rates: each is about very many comparisons of people who take part in
# a test, and none about one comparison. They go by these names, and by no others; a threshold is
# no rate.
_MEASURES = {"evaluate", "calibrate"}
_RATES = re.compile(r"(?:fmr|fnmr|fta|fte|eer)(?:_target|(?:_worst_group)?(?:_low|_high)?)")
# A number between 0 and 1 that stands alone, as a score would; "0.1.0" and "CC0-1.0" do not.
_FRACTION = re.compile(r"(?<![\w.-])[01]?\.[0-9]+(?![\w.])")


@dataclass(frozen=True)
class Result:
    """What came of one command. Making one checks what no command may ever print."""

    arguments: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def __post_init__(self) -> None:
        said = self.stdout + self.stderr
        for word in _NEVER:
            assert word.lower() not in said.lower(), said
        if "--json" in itertools.takewhile(lambda argument: argument != "--", self.arguments):
            names = {name for name, _ in _floats(self.json())}
            if self.arguments[0] in _MEASURES:
                names = {name for name in names if not _RATES.fullmatch(name)}
            assert not names, said
            return
        assert not _FRACTION.search(said), said
        if "--show-completion" not in self.arguments:
            assert max(map(cell_len, said.splitlines()), default=0) <= WIDTH, said

    def json(self) -> dict[str, Any]:
        """Return the one JSON object that is all of standard output."""
        assert self.stdout.endswith("\n")
        assert self.stdout.count("\n") == 1
        value = json.loads(self.stdout)
        assert isinstance(value, dict)
        return value

    def refusal(self) -> str:
        """Return the message and the remedy, after checking that both are there."""
        found = re.search(r"✗ (.+)\n→ (.+)\n\Z", self.stderr, re.DOTALL)
        assert found, self.stderr
        assert self.stdout == ""
        for part in found.groups():
            assert part.rstrip().endswith("."), part
        return " ".join(self.stderr.split())


class Machine:
    """A home folder, a cache and a working folder of its own, and the real weights.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys"
        self.work = folder / "work"
        self.work.mkdir()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "COLUMNS": str(WIDTH),
            "VISAVIS_HOME": str(self.keys),
            "VISAVIS_MODELS": str(MODELS),
            "TMPDIR": str(folder),
            **{f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "DATA", "CONFIG")},
        }

    @property
    def home(self) -> Home:
        """The keys of this machine."""
        return Home.open(self.keys)

    def file(self, name: str, data: bytes) -> str:
        """Put a file into the working folder and return its name."""
        (self.work / name).write_bytes(data)
        return name

    def tree(self) -> dict[str, bytes | None]:
        """Return every file and folder with its content, to see that nothing was changed.

        But for the attempts, which are counted in a file of their own, with tests of their own.
        """
        return {
            str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.folder.rglob("*"))
            if path.name != "attempts.db"
        }

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run the command in a process of its own, with nobody to answer questions."""
        done = subprocess.run(
            [sys.executable, "-m", "visavis", *arguments],
            cwd=self.work,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Result(arguments, done.returncode, done.stdout, done.stderr)

    def call(self, *arguments: str, **environment: str) -> Result:
        """Run the command in this process: for what another process adds nothing to."""
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(sys, "argv", ["visavis", *arguments]))
            stack.enter_context(
                mock.patch.dict(os.environ, self.environment | environment, clear=True)
            )
            stack.enter_context(contextlib.chdir(self.work))
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                stack.enter_context(mock.patch.object(sys, name, stream))
            code = _exit_code()
        said = []
        for stream in streams[1:]:
            stream.seek(0)
            said.append(stream.read())
        return Result(arguments, code, *said)

    def answer(self, typed: bytes | signal.Signals, *arguments: str) -> Result:
        """Run the command at a terminal and, when it asks, type something or send a signal."""
        ours, terminal = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "visavis", *arguments],
            cwd=self.work,
            env=self.environment,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(terminal)
        patience = threading.Timer(30, process.kill)
        patience.start()
        assert process.stderr
        asked = b""
        while not asked.endswith(b"[y/N] ") and (byte := process.stderr.read(1)):
            asked += byte
        if isinstance(typed, signal.Signals):
            process.send_signal(typed)
        else:
            os.write(ours, typed)
        stdout, stderr = process.communicate()
        patience.cancel()
        os.close(ours)
        return Result(
            arguments, process.returncode, stdout.decode(), (asked + b"\n" + stderr).decode()
        )


def _exit_code() -> int:
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def _floats(value: object, key: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _floats(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _floats(item)
    elif isinstance(value, float) and key not in _TIMES:
        yield key, value

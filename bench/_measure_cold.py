"""Whole processes from start to answer: time and peak memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from bench._measure import Budget, Figures, Row, SetUpError, interleave, paired_row
from bench._measure_setting import Setting
from bench.peers._process import COLD
from tests import materials

__all__ = ["cold_rows"]

_BENCH = Path(__file__).resolve().parent
_WRAPPER = _BENCH / "_measure_process.py"
_PHOTO = "obama.jpg"
_SECTION = "whole process, cold, one photo"
_LEAST = 7


def cold_rows(setting: Setting, folder: Path) -> list[Row]:
    """Measure both processes.

    Args:
        setting: what to measure.
        folder: temporary; the sealed pass is put there for the command to read.

    """
    sealed = folder / "measurement.pass"
    setting.passes["obama"].write(sealed)
    photo = str(materials.path(_PHOTO))
    home = str(setting.home.folder)
    script = str(Path(sys.executable).with_name("visavis"))
    command = [script, "verify", str(sealed), photo, "--home", home]
    peer = [str(setting.peer.python), "-W", "ignore", str(COLD), photo]
    pairs = interleave(
        "whole processes",
        max(_LEAST, setting.repetitions),
        partial(_run, peer, _npy(setting.references["obama"])),
        partial(_run, command, b""),
    )
    time_budget = Budget("under 0.8 s and faster", below=0.8, ratio=1.0)
    memory_budget = Budget("under 300 MB", below=300.0)
    keys, what = ("seconds", "seconds"), f"time, visavis verify {_PHOTO}"
    return [
        paired_row(pairs, (_SECTION, what, "s"), keys, budget=time_budget),
        paired_row(
            pairs,
            (_SECTION, "peak memory", "MB"),
            ("bytes", "bytes"),
            scale=1e-6,
            budget=memory_budget,
        ),
    ]


def _npy(reference: list[float]) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array(reference))
    return file.getvalue()


def _run(command: list[str], given: bytes) -> Figures:
    wrapped = [sys.executable, "-I", "-S", str(_WRAPPER), *command]
    done = subprocess.run(wrapped, input=given, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    if answer["code"]:
        said = str(answer["error"]).strip().splitlines() or ["nothing"]
        name = Path(command[0]).name
        raise SetUpError(f"{name} ended with code {answer['code']} and said: {said[-1]}")
    return {"seconds": float(answer["seconds"]), "bytes": float(answer["bytes"])}

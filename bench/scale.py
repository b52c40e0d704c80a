"""What an evaluation costs as it grows: comparisons of synthetic templates, all measures.

    python bench/scale.py

Each size runs in a process of its own, so that its memory can be seen. The people are random
directions; their rates mean nothing.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from visavis.evaluation._describe import describe
from visavis.evaluation._machines.work import local
from visavis.evaluation._measure import System
from visavis.evaluation._participants.people import Participant, Participants
from visavis.evaluation._participants.reading import Readings
from visavis.evaluation._settings import Settings
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

PHOTOS = 5
SIZES = (283, 895, 2829, 10_000)
"""People: 10^6, 10^7, 10^8 and 1.25 * 10^9 comparisons."""

DIMENSION = 128


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    table = Table("people", "comparisons", "compared", "a comparison", "all measures", "memory")
    for people in track(SIZES, "Measuring", console=Console(stderr=True)):
        command = [sys.executable, str(Path(__file__)), str(people)]
        found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        table.add_row(
            f"{people:,}",
            f"{found['comparisons']:,}",
            f"{found['compared']:.2f} s",
            f"{1e9 * found['compared'] / found['comparisons']:.1f} ns",
            f"{found['all']:.1f} s",
            f"{found['memory'] / 1e6:.2f} GB",
        )
    Console().print(table)


def measure(people: int) -> dict[str, float]:
    """Measure one size; seconds, and kilobytes at the most."""
    readings, participants = synthetic(people)
    began = time.perf_counter()
    system = System(readings, participants, Settings(), None, local(), lambda _done, _all: None)
    compared = time.perf_counter() - began
    report = describe(system, ModelStore.default().entry(DEFAULT_EMBEDDER))
    trials = report["trials"]
    return {
        "comparisons": sum(trial["genuine"] + trial["impostor"] for trial in trials),
        "compared": compared,
        "all": time.perf_counter() - began,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def synthetic(people: int) -> tuple[Readings, Participants]:
    """Return features of random people, half of each of two groups."""
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(people, DIMENSION)).astype(np.float32), PHOTOS, axis=0)
    rows += rng.normal(scale=0.6, size=rows.shape).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    person = np.repeat(np.arange(people, dtype=np.int32), PHOTOS)
    labels = ({"half": "one"}, {"half": "other"})
    everybody = tuple(Participant((), labels[number % 2]) for number in range(people))
    readings = Readings(
        embedder=DEFAULT_EMBEDDER,
        preprocessing="none",
        rows=rows,
        person=person,
        quality=rng.random((len(rows), 1)).astype(np.float32),
        components=("sharpness",),
        photos=np.full(people, PHOTOS, np.int32),
        failures={},
        left_out=(),
        digest="",
    )
    return readings, Participants("synthetic", everybody, ("half",), ())


if __name__ == "__main__":
    main()

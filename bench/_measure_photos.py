"""Verifying photos while everything is loaded: one at a time by stage, and two at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from bench._measure import Budget, Figures, Pairs, Row, interleave, paired_row
from bench._measure_setting import PORTRAITS, Setting, described, person_in, verify
from tests import materials

from visavis import Verifier, verification
from visavis.face import pipeline

__all__ = ["one_photo_rows", "opening_row", "two_photo_rows"]

_TWO = (("obama.jpg", "obama3.jpg"), ("biden.jpg", "biden.jpg"))
_RUNS = 4
"""Runs of visavis in one batch; the peer takes longer for its one."""

_MS = 1000.0
_OPEN_RUNS = 20
_Result = TypeVar("_Result")


class _Stopwatch:
    """Adds up the seconds that functions take while they are watched."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def watch(self, stage: str, function: Callable[..., _Result]) -> Callable[..., _Result]:
        def watched(*arguments: object, **named: object) -> _Result:
            start = time.perf_counter()
            result = function(*arguments, **named)
            self.seconds[stage] += time.perf_counter() - start  # type: ignore[assignment]
            return result

        return watched


@contextmanager
def _watched(verifier: Verifier) -> Iterator[_Stopwatch]:
    """Time the stages of the very code that verifies, instead of a copy of it."""
    watch, faces = _Stopwatch(), verifier._faces
    stages = (
        (verification, "open_pass", "open"),
        (verification, "check", "open"),
        (pipeline, "decode", "decode"),
        (faces._detector, "detect", "detect"),
        (faces._mesher, "mesh", "mesh"),
        (faces._embedder, "embed", "embed"),
    )
    with ExitStack() as stack:
        for where, name, stage in stages:
            timed = watch.watch(stage, getattr(where, name))
            stack.enter_context(patch.object(where, name, timed))
        yield watch


def one_photo_rows(setting: Setting) -> list[Row]:
    """Measure one photo at a time, by stage."""
    verifier = Verifier.from_home(setting.home)
    rows = []
    for name in PORTRAITS:
        photos = (materials.path(name),)
        pairs = interleave(
            f"{name}, by stage",
            setting.repetitions,
            partial(_peer, setting, photos),
            partial(_by_stage, setting, verifier, photos),
        )
        rows += _stage_rows(pairs, f"verify {described(name)}")
    return rows


def two_photo_rows(setting: Setting) -> list[Row]:
    """Measure a capture of two photos, which visavis spreads over the cores."""
    verifier = Verifier.from_home(setting.home)
    rows = []
    for names in _TWO:
        photos = tuple(materials.path(name) for name in names)
        pairs = interleave(
            " and ".join(names),
            setting.repetitions,
            partial(_peer, setting, photos),
            partial(_whole, setting, verifier, photos),
        )
        row = ("verify two photos, per photo", " and ".join(names), "ms")
        budget = Budget("15 times faster", ratio=15.0)
        rows.append(paired_row(pairs, row, ("total", "total"), scale=_MS, budget=budget))
    return rows


def opening_row(setting: Setting) -> Row:
    """Measure unsealing a pass and checking it, which the peer has no counterpart of."""
    verifier = Verifier.from_home(setting.home)
    photos = (materials.path("biden.jpg"),)
    pairs: Pairs = []
    with _watched(verifier) as watch:
        for _ in range(_OPEN_RUNS + 1):
            watch.seconds.clear()
            verify(verifier, setting.passes["biden"], photos)
            pairs.append(({}, dict(watch.seconds)))
    return paired_row(
        pairs[1:],
        ("pass", "open: unseal, verify, check", "ms"),
        (None, "open"),
        scale=_MS,
        budget=Budget("under 2 ms", below=2.0),
    )


def _peer(setting: Setting, photos: tuple[Path, ...]) -> Figures:
    stages: Figures = setting.peer.ask(
        "verify",
        photos=[str(photo) for photo in photos],
        reference=setting.references[person_in(photos[0].name)],
    )
    return {**stages, "total": sum(stages.values()) / len(photos)}


def _whole(setting: Setting, verifier: Verifier, photos: tuple[Path, ...]) -> Figures:
    presented = setting.passes[person_in(photos[0].name)]
    start = time.perf_counter()
    for _ in range(_RUNS):
        verify(verifier, presented, photos)
    return {"total": (time.perf_counter() - start) / _RUNS / len(photos)}


def _by_stage(setting: Setting, verifier: Verifier, photos: tuple[Path, ...]) -> Figures:
    with _watched(verifier) as watch:
        total = _whole(setting, verifier, photos)["total"]
    stages = {stage: seconds / _RUNS for stage, seconds in watch.seconds.items()}
    rest = total - sum(stages.values())
    encode = stages["mesh"] + rest + stages["embed"]
    return {**stages, "rest": rest, "encode": encode, "total": total}


def _stage_rows(pairs: Pairs, section: str) -> list[Row]:
    lines = (
        ("open the pass", None, "open"),
        ("decode", "decode", "decode"),
        ("detect (peer: HOG)", "detect", "detect"),
        ("landmarks and encoding", "encode", "encode"),
        ("  mesh", None, "mesh"),
        ("  quality, align, compare", None, "rest"),
        ("  embed, with mirror image", None, "embed"),
        ("whole", "total", "total"),
    )
    return [
        paired_row(pairs, (section, what, "ms"), (theirs, ours), scale=_MS)
        for what, theirs, ours in lines
    ]

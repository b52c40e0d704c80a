"""bench/peers: distances in the counting core, and one protocol for everything measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from bench._measure import SetUpError
from bench.peers import _systems
from bench.peers._distances import ACCEPTED, every_distance, unit_rows, with_angle
from bench.peers._process import Peer
from bench.peers._protocol import measure, measured
from bench.peers._systems import PeerFaces, System
from bench.peers._table import as_json, as_table
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis._operating_point import shipped_operating_point
from visavis.evaluation._comparisons.comparing import GRID, Outcome, compare
from visavis.evaluation._comparisons.counts import Curve
from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._participants.people import read_participants
from visavis.evaluation._participants.reading import Readings
from visavis.face import Photo
from visavis.face.fake import photo
from visavis.types import FloatArray

WORK = LocalWork(2)


def faces(people: int, photos: int, *, seed: int = 0) -> tuple[FloatArray, Any]:
    """Draw rows about as long, and about as far apart, as those of dlib are."""
    dice = np.random.default_rng(seed)
    centres = dice.normal(0, 0.06, (people, 1, 128)) + dice.normal(0, 0.09, 128)
    rows = centres + dice.normal(0, 0.025, (people, photos, 128))
    person = np.repeat(np.arange(people, dtype=np.int32), photos)
    return rows.reshape(-1, 128).astype(np.float32), person


def outcome_of(rows: Any, person: Any, tolerance: float) -> Outcome:
    people = int(person.max()) + 1
    trial = every_distance(rows, person, people, tolerance=tolerance)
    return compare(trial, WORK, floor=-GRID)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    tolerance=st.sampled_from([0.3, 0.6, 1.1287]),
    people=st.integers(2, 9),
)
def test_every_distance_falls_into_the_bin_that_whole_numbers_give(
    seed: int, tolerance: float, people: int
) -> None:
    rows, person = faces(people, 3, seed=seed)
    outcome = outcome_of(rows, person, tolerance)
    whole = np.rint(rows.astype(float) * 2**22 / tolerance).astype(np.int64)
    bins: dict[bool, list[int]] = {True: [], False: []}
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            apart = int(((whole[i] - whole[j]) ** 2).sum())
            score_bin = ((2**45 - apart) * GRID) >> 45
            bins[bool(person[i] == person[j])].append(max(score_bin, -GRID))
    assert sorted(outcome.genuine[:, 0].tolist()) == sorted(bins[True])
    counts = np.bincount(np.array(bins[False]) + GRID, minlength=2 * GRID + 1)
    assert (outcome.histogram == counts).all()
    assert sorted(outcome.close[:, 0].tolist()) == sorted(bins[False])


def test_as_many_are_accepted_as_by_the_distance_itself() -> None:
    rows, person = faces(40, 5)
    trial = every_distance(rows, person, 40, tolerance=0.9)
    curve = Curve(trial, compare(trial, WORK, floor=-GRID))
    i, j = np.triu_indices(len(rows), 1)
    accepted = np.linalg.norm((rows[i] - rows[j]).astype(float), axis=1) <= 0.9
    same = person[i] == person[j]
    assert curve.false_matches(ACCEPTED) == (accepted & ~same).sum() > 0
    assert curve.false_non_matches(ACCEPTED) == (~accepted & same).sum()


def test_as_many_are_accepted_as_by_the_cosine_itself() -> None:
    rows, person = faces(40, 5)
    rows -= rows.mean(0)
    curve_rows, limit = unit_rows(rows), 0.25
    trial = every_distance(curve_rows, person, 40, tolerance=with_angle(limit))
    curve = Curve(trial, compare(trial, WORK, floor=-GRID))
    i, j = np.triu_indices(len(rows), 1)
    accepted = (curve_rows @ curve_rows.T)[i, j] >= limit
    same = person[i] == person[j]
    assert curve.false_matches(ACCEPTED) == (accepted & ~same).sum() > 0
    assert curve.false_non_matches(ACCEPTED) == (~accepted & same).sum()


def test_features_too_long_for_exact_sums_are_refused() -> None:
    rows, person = faces(2, 2)
    with pytest.raises(ValueError, match="tolerances"):
        every_distance(rows, person, 2, tolerance=0.1)


def test_a_failure_counts_as_one_and_as_every_comparison_that_it_prevents() -> None:
    rows, person = faces(20, 5)
    kept = np.ones(100, bool)
    kept[[0, 1, 37]] = False
    figures = measured(_system(), _readings(rows[kept], person[kept], [5] * 20), WORK)
    i, j = np.triu_indices(97, 1)
    same = person[kept][i] == person[kept][j]
    missed = np.linalg.norm(rows[kept][i] - rows[kept][j], axis=1) > 0.6
    assert (figures.fta.errors, figures.fta.comparisons) == (3, 100)
    assert figures.genuine == same.sum() == 200 - 7 - 4
    assert figures.usual.fnmr.errors == (same & missed).sum()
    assert figures.usual.refused.errors == figures.usual.fnmr.errors + 11
    assert figures.usual.refused.comparisons == 200
    assert figures.usual.fmr.errors == (~same & ~missed).sum()
    assert figures.points[1e-4] is None
    point = figures.points[1e-3]
    assert point is not None
    assert point.fmr.errors <= 4


def test_nothing_to_compare_is_said() -> None:
    rows, person = faces(2, 1)
    with pytest.raises(SetUpError, match="Too few photos gave anything with a peer"):
        measured(_system(), _readings(rows, person, [1, 1]), WORK)


def test_a_peer_reads_the_same_photos_as_visavis_does(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    participants = read_participants(folder)
    figures = measure(_system(), participants, WORK)
    # Three photos each; the copy and the text do not count, and a face not found does.
    assert (figures.fta.errors, figures.fta.comparisons) == (1, 36)
    assert figures.genuine == 11 * 3 + 1
    shown = as_table([(_system(), figures)])
    assert "| failures to acquire | 2.8 % (" in shown
    assert "| FNMR at FMR 0.0001 | too few to show |" in shown
    written = json.dumps(as_json([(_system(), figures)], participants))
    assert "person" not in written
    assert ".png" not in written


def test_a_peer_that_gives_something_else_is_said() -> None:
    class Odd:
        def encode(self, _data: bytes) -> dict[str, Any]:
            return {"features": [1.0, 2.0]}

    pipeline = PeerFaces(cast("Peer", Odd()), "odd").load("odd")
    with pytest.raises(SetUpError, match="odd gave something else than 128 numbers"):
        pipeline.examine(Photo("a", photo(1)))


def test_the_threshold_of_visavis_is_that_of_its_operating_point() -> None:
    system = _systems._visavis()
    point = shipped_operating_point("dlib-resnet29-v1")
    assert 0 <= system.threshold - point.match * GRID < 1


class Stub:
    """A peer that knows the colours of `visavis.face.fake`, and finds no face in the dark."""

    def encode(self, data: bytes) -> dict[str, Any]:
        number = PHOTOS.index(data)
        if number == 0:
            return {"features": None, "reason": "no_face"}
        rows, _ = faces(12, 3)
        return {"features": rows[number].tolist()}


PHOTOS = [photo(number // 3, seed=number) for number in range(36)]


def _folder(root: Path) -> Path:
    folder = root / "people"
    for number, data in enumerate(PHOTOS):
        file = folder / f"person {number // 3}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / "person 1" / "copy.png").write_bytes(PHOTOS[4])
    (folder / "person 1" / "notes.png").write_text("not a photo", encoding="utf-8")
    return folder


def _system() -> System:
    return System(
        "a peer",
        "distance 0.6",
        ACCEPTED,
        PeerFaces(cast("Peer", Stub()), "a peer").load,
        lambda readings, people: every_distance(
            readings.rows, readings.person, people, tolerance=0.6
        ),
        {},
    )


def _readings(rows: FloatArray, person: Any, photos: list[int]) -> Readings:
    return Readings(
        embedder="",
        preprocessing="",
        rows=rows,
        person=person,
        quality=np.zeros((len(rows), 0), np.float32),
        components=(),
        photos=np.array(photos, np.int32),
        failures={},
        left_out=(),
        digest="",
    )

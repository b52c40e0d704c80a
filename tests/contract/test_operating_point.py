"""What ships as a threshold was measured with the model that ships."""

from __future__ import annotations

import tomllib
from pathlib import Path

import visavis
from visavis._operating_point import shipped_operating_point
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

FILE = Path(visavis.__file__).parent / "operating_points" / f"{DEFAULT_EMBEDDER}.toml"


def test_it_names_the_model_that_is_loaded() -> None:
    entry = ModelStore(Path("none")).entry(DEFAULT_EMBEDDER)
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    assert entry.embedder is not None
    assert point.model_sha256 == entry.sha256
    assert point.preprocessing == entry.embedder.preprocessing


def test_it_says_that_it_is_provisional_and_what_it_stands_on() -> None:
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    assert point.status == "provisional"
    assert "provisional" in point.id
    assert point.fmr_target == 1e-4
    evidence = tomllib.loads(FILE.read_text(encoding="utf-8"))["evidence"]
    for name in ("one_photo_each", "three_photos_each"):
        measured = evidence[name]
        assert measured["impostor_comparisons"] > 10_000
        # What was counted is what the target allows.
        assert measured["false_matches"] <= point.fmr_target * measured["impostor_comparisons"]


def test_its_threshold_is_not_shown() -> None:
    shown = repr(shipped_operating_point(DEFAULT_EMBEDDER))
    assert "0.94" not in shown
    assert "match" not in shown

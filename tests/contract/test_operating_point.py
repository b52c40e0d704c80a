"""What ships as a threshold was measured with the model that ships."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

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
    assert evidence["people"] > 0
    for measured in _false_matches(evidence):
        assert measured["comparisons"] > 10_000
        # What was counted is what the target allows, give or take what chance allows.
        assert measured["low"] <= point.fmr_target


def _false_matches(evidence: dict[str, Any]) -> list[dict[str, float]]:
    """Return what was counted, as `visavis calibrate` writes it, or an older script did."""
    if "fmr" in evidence:
        assert re.fullmatch(r"[0-9a-f]{64}", evidence["data_sha256"])
        assert re.fullmatch(r"[0-9a-f]{64}", evidence["report_sha256"])
        return [evidence["fmr"], evidence.get("fmr_worst_group", evidence["fmr"])]
    each = [evidence[name] for name in ("one_photo_each", "three_photos_each")]
    return [{"comparisons": one["impostor_comparisons"], "low": one["fmr"]} for one in each]


def test_its_threshold_is_not_shown() -> None:
    shown = repr(shipped_operating_point(DEFAULT_EMBEDDER))
    assert "0.94" not in shown
    assert "match" not in shown

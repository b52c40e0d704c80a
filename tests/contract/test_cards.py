"""What the pages say of error rates is what the report of the operating point that ships says."""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from bench import cards

import visavis
from visavis._operating_point import shipped_operating_point
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDER = cards.REPORT.parent
GRID = 65536


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return cards.report()


@pytest.fixture(scope="module")
def system(report: dict[str, Any]) -> dict[str, Any]:
    (only,) = report["systems"]
    return dict(only)


@pytest.mark.parametrize("name", cards.CARDS)
def test_the_table_of_a_card_is_made_from_the_report(name: str, report: dict[str, Any]) -> None:
    card = (DOCS / name).read_text(encoding="utf-8")
    table = cards.CARDS[name](report)
    assert len(table.splitlines()) > 10
    assert card == cards.renewed(card, table), "run `python bench/cards.py`"


def test_a_table_changes_with_the_report(report: dict[str, Any]) -> None:
    other = json.loads(json.dumps(report))
    cards_before = [table(report) for table in cards.CARDS.values()]
    for each in other["systems"][0]["calibration"]:
        if each["target"] == cards.TARGET:
            each["overall"] |= {"errors": 99, "value": 99 / each["overall"]["comparisons"]}
    for before, table in zip(cards_before, cards.CARDS.values(), strict=True):
        assert table(other) != before


def test_the_report_is_one(report: dict[str, Any]) -> None:
    schema = json.loads((DOCS / "evaluation-report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)


def test_the_report_is_of_the_operating_point_and_the_model_that_ship(
    system: dict[str, Any],
) -> None:
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    in_use, found = system["operating_point"], cards.calibrated(system)
    assert system["model_sha256"] == ModelStore(Path("none")).entry(DEFAULT_EMBEDDER).sha256
    assert (in_use["id"], in_use["match"]) == (point.id, point.match)
    assert found["status"] == in_use["status"] == point.status
    # Rates are counted on a grid: thresholds between two of its lines decide alike there.
    assert math.ceil(point.match * GRID) == round(found["match"] * GRID)


def test_the_operating_point_names_the_report_if_it_was_calibrated_from_one() -> None:
    shipped = Path(visavis.__file__).parent / "operating_points" / f"{DEFAULT_EMBEDDER}.toml"
    evidence = tomllib.loads(shipped.read_text(encoding="utf-8"))["evidence"]
    here = hashlib.sha256(cards.REPORT.read_bytes()).hexdigest()
    assert evidence.get("report_sha256", here) == here
    assert (evidence["people"], evidence["photos"]) == (40, 400)


def test_the_pages_say_the_same_in_words(system: dict[str, Any]) -> None:
    trials = {each["name"]: each["at_operating_point"] for each in system["trials"]}
    judged = cards.calibrated(system)
    single, several = trials["1-1"]["fnmr"]["value"], trials["3-3"]["fnmr"]["value"]
    overall = judged["overall"]["value"]
    readme = _words("README.md")
    assert f"misses {single:.1%} of genuine" in readme.replace(" %", "%")
    assert f"each, {several:.1%} with three and three" in readme.replace(" %", "%")
    assert f"false match rate is 1 in {round(1 / overall, -1):,.0f}" in readme
    claims = _words("docs/claims.md").replace(" %", "%")
    assert f"{single:.1%} missed with one photo each, {several:.1%} with three" in claims
    assert 3 < overall / cards.TARGET < 4
    assert "three to four times as many strangers" in _words("docs/system-card.md")
    adr = _words("docs/adr/0004-one-threshold.md").replace(" %", "%")
    assert f"judged by others it is {overall / cards.TARGET:.1f} times that" in adr
    one, three = trials["1-1"]["fmr"]["errors"], trials["3-3"]["fmr"]["errors"]
    assert f"| one photo each | 78,000 | {one} | {single:.1%} |" in adr
    assert f"| 54,600, correlated | {three} | {several:.2%} |" in adr
    errors, missed = judged["overall"]["errors"], judged["fnmr"]["value"]
    assert f"(0006-evidence.md)) | 78,000 | {errors} | {missed:.1%} |" in adr


def test_the_report_holds_no_name_and_no_face(report: dict[str, Any]) -> None:
    assert {path.suffix for path in FOLDER.rglob("*") if path.is_file()} == {
        ".json",
        ".html",
        ".svg",
    }
    assert report["data"]["columns"] == {}
    for path in FOLDER.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bs\d\d?\b|<img|<image|data:image|\.pgm|\.jpe?g|/home/", text), path


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / page).read_text(encoding="utf-8"))

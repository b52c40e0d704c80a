"""What the pages say of error rates is what the reports in the repository say."""

from __future__ import annotations

import copy
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
from tests.synthetic.camera.attacks import ATTACKS

import visavis
from visavis._operating_point import shipped_operating_point
from visavis.evaluation._presentations.rates import STRICTNESS
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDERS = (cards.REPORT.parent, cards.LIVENESS.parent)
GRID = 65536


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return cards.report()


@pytest.fixture(scope="module")
def system(report: dict[str, Any]) -> dict[str, Any]:
    (only,) = report["systems"]
    return dict(only)


@pytest.fixture(scope="module")
def presentations() -> dict[str, Any]:
    return cards.report(cards.LIVENESS)


@pytest.mark.parametrize("name", cards.CARDS)
def test_the_table_of_a_card_is_made_from_the_report(name: str) -> None:
    card = cards.CARDS[name]
    page = (DOCS / name).read_text(encoding="utf-8")
    found = cards.report(card.source)
    assert len(card.table(found).splitlines()) > 10
    assert page == card.renewed(page, found), "run `python bench/cards.py`"


@pytest.mark.parametrize("name", ["model-card.md", "system-card.md"])
def test_a_table_changes_with_the_report(name: str, report: dict[str, Any]) -> None:
    other = copy.deepcopy(report)
    for each in other["systems"][0]["calibration"]:
        if each["target"] == cards.TARGET:
            each["overall"] |= {"errors": 99, "value": 99 / each["overall"]["comparisons"]}
    table = cards.CARDS[name].table
    assert table(other) != table(report)


def test_every_class_of_attack_and_all_that_befell_honest_people_is_in_the_table(
    presentations: dict[str, Any],
) -> None:
    report = copy.deepcopy(presentations)
    for place, attack in enumerate(report["attacks"]):
        attack |= {"accepted": 0, "presentations": 700 + place, "people": 31 + place}
        attack["apcer"] |= _rate(0, 700 + place)
    chosen = report["attacks"][3]
    chosen |= {"accepted": 123, "suspected": {"flat": 4, "other_movement": 5}, "undecided": {}}
    chosen["apcer"] |= _rate(123, 703)
    report["worst"] = chosen["class"]
    honest = report["bona_fide"]
    honest["taken_for_spoof"] |= _rate(41, 900)
    honest["nonresponse"] |= _rate(52, 900)
    honest["bpcer"] |= _rate(93, 900)
    report["at_target"] |= {"reached": "somewhere", "strictness": 2.0**0.25}
    report["at_target"]["bpcer"] = _rate(211, 900)
    report["time"] |= {"recordings": 8_400, "median_ms": 61.4, "p95_ms": 99.6}
    lines = cards.CARDS["liveness.md"].table(report).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("|---")) + 1
    worst = f"| **`{chosen['class']}`, the worst** | 123 | 703 | 34 | 17 % | 8.7 to 35 % | 9 | 0 |"
    assert lines[first] == worst
    for place, attack in enumerate(report["attacks"]):
        if attack is not chosen:
            row = f"| `{attack['class']}` | 0 | {700 + place} | {31 + place} | 0 % | "
            assert sum(line.startswith(row) for line in lines) == 1
    rest = "\n".join(lines)
    assert "| taken for a spoof | 41 | 900 | 4.6 % | 2.2 to 9.2 % |" in rest
    assert "(BPNRR) | 52 | 900 | 5.8 % | 2.8 to 12 % |" in rest
    assert "(BPCER)** | 93 | 900 | 10 % | 5.1 to 21 % |" in rest
    assert "at 1.19 times the strictness in use: " in rest
    assert "(BPCER at APCER 7 %) | 211 | 900 | 23 % | 11 to 47 % |" in rest
    assert "61 ms at the median of 8,400 recordings, at most 100 ms in 95 of 100" in rest


@pytest.mark.parametrize(
    ("reached", "strictness", "words"),
    [
        ("everywhere", STRICTNESS[0], "at 0.25 times the strictness in use, the laxest that was"),
        ("never", None, "no strictness that was tried leaves no class with more than 7 % accepted"),
    ],
)
def test_a_target_that_says_nothing_is_told_as_that(
    presentations: dict[str, Any], reached: str, strictness: float | None, words: str
) -> None:
    report = copy.deepcopy(presentations)
    report["at_target"] |= {"reached": reached, "strictness": strictness}
    if strictness is None:
        report["at_target"] |= {"class": None, "apcer": None, "bpcer": None}
    (row,) = (
        line
        for line in cards.CARDS["liveness.md"].table(report).splitlines()
        if "(BPCER at APCER 7 %)" in line
    )
    assert words in row
    assert row.endswith("| - | - | - | - |") is (strictness is None)


def test_the_report_on_presentations_is_one(presentations: dict[str, Any]) -> None:
    schema = json.loads((DOCS / "pad-report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(presentations)


def test_the_report_on_presentations_is_of_what_ships(presentations: dict[str, Any]) -> None:
    system, store = presentations["system"], ModelStore(Path("none"))
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    assert system["operating_point"] == {"id": point.id, "status": point.status}
    assert (system["embedder"], system["preprocessing"]) == (point.embedder, point.preprocessing)
    assert system["models"] == {name: store.entry(name).sha256 for name in system["models"]}
    assert set(system["models"]) > {DEFAULT_EMBEDDER, "mesh"}


def test_every_class_that_can_be_simulated_is_in_the_report_and_none_is_left_untold(
    presentations: dict[str, Any],
) -> None:
    assert {attack["class"] for attack in presentations["attacks"]} == set(ATTACKS)
    assert presentations["untold"] == []
    assert presentations["data"]["left_out"] == {}
    assert presentations["bona_fide"] is not None


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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_report_holds_no_name_and_no_face(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".html", ".svg"}
    name = re.compile(r"\bs\d\d?\b|person-\d|<img|<image|data:image|\.pgm|\.jpe?g|/home/|/tmp/")
    for path in files:
        assert not name.search(path.read_text(encoding="utf-8")), path


def test_the_report_of_the_operating_point_holds_no_label(report: dict[str, Any]) -> None:
    assert report["data"]["columns"] == {}


def _rate(count: int, of: int) -> dict[str, Any]:
    value = count / of
    method = "bootstrap" if count else "rule of three"
    ends = {"low": value / 2, "high": value * 2} if count else {"low": 0.0, "high": 0.1}
    return {"count": count, "of": of, "value": value, "method": method, **ends}


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / page).read_text(encoding="utf-8"))

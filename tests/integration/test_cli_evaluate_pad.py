"""``visavis evaluate-pad`` on painted recordings, and on folders that are no use."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from tests.integration._cli import Machine

from visavis.face.fake import photo

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/pad-report.schema.json").read_text(encoding="utf-8"))
PEOPLE = ("secret-ann", "secret-ben")
STEPS = [
    ["turn-left", ["far", 0.7]],
    ["look-up", ["slight", 1.1], ["slight", 0.7, "turn-left"]],
]
NOBODY = photo(face=40)
"""Grey, without a face: about it nothing can be decided."""


def film(folder: Path, number: int, frames: int = 8) -> None:
    """Write one recording; all differ by their times."""
    folder.mkdir(parents=True)
    times = [number + place / 10 for place in range(frames)]
    values = {"format": "visavis-recording-1", "steps": STEPS, "times": times}
    (folder / "challenge.json").write_text(json.dumps(values), encoding="utf-8")
    for place in range(frames):
        (folder / f"{place:03}.png").write_bytes(NOBODY)


@pytest.fixture
def folder(bare: Machine) -> str:
    """Two people, twice themselves and twice as a mask; and a film that cannot be read."""
    top = bare.work / "films"
    for number in range(8):
        kind = ("bona-fide", "attacks/paper_mask")[number // 4]
        film(top / kind / PEOPLE[number % 2] / f"{number}", number)
    (top / "attacks/paper_mask" / PEOPLE[0] / "broken").mkdir()
    (top / "about.txt").write_text("Painted, and nobody in it.", encoding="utf-8")
    return top.name


def test_it_writes_a_report_a_page_and_figures(bare: Machine, folder: str) -> None:
    done = bare.run("evaluate-pad", folder, "--out", "report")
    assert done.code == 0, done.stderr
    assert "2 people, 8 recordings" in done.stdout
    assert "paper_mask" in done.stdout
    assert "No laboratory has tested this" in done.stdout
    assert f"attacks/paper_mask/{PEOPLE[0]}/broken: file_missing" in done.stdout
    out = bare.work / "report"
    assert {path.name for path in out.iterdir()} == {
        "report.json",
        "report.html",
        "figures",
        "left-out.csv",
    }
    assert (out / "left-out.csv").stat().st_mode & 0o777 == 0o600
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    (mask,) = report["attacks"]
    assert (mask["class"], mask["presentations"], mask["accepted"]) == ("paper_mask", 4, 0)
    assert sum(mask["undecided"].values()) == 4
    assert report["bona_fide"]["bpcer"]["value"] == report["bona_fide"]["nonresponse"]["value"] == 1
    assert set(report["system"]["models"]) == {
        "detect-short",
        "detect-full",
        "mesh",
        "dlib-resnet29-v1",
    }
    assert report["made"]["command"] == "visavis evaluate-pad films --seed 0"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Painted, and nobody in it." in page
    assert "secret" not in page + json.dumps(report)


def test_json(bare: Machine, folder: str) -> None:
    done = bare.call("evaluate-pad", folder, "--out", "report", "--json")
    assert done.code == 0, done.stderr
    said = done.json()
    assert (said["outcome"], said["people"], said["recordings"]) == ("done", 2, 8)
    nothing = {"presentations": 4, "people": 2, "accepted": 0, "suspected": 0, "undecided": 4}
    assert said["bona_fide"] == nothing
    assert said["attacks"] == [{"class": "paper_mask", **nothing}]
    assert said["worst"] == "paper_mask"
    assert said["at_target"] == {
        "reached": "everywhere",
        "attacks": {"errors": 0, "of": 4},
        "bona_fide": {"errors": 4, "of": 4},
    }
    path = f"attacks/paper_mask/{PEOPLE[0]}/broken"
    assert said["left_out"] == [{"path": path, "reason": "file_missing"}]
    refused = bare.call("evaluate-pad", folder, "--out", "report")
    assert refused.code == 2
    assert "exists already" in refused.refusal()


def test_folders_that_are_no_use_are_refused(bare: Machine, folder: str) -> None:
    top = bare.work / folder
    for name in ("one", "unread", "long"):
        shutil.copytree(top, bare.work / name)
    (bare.work / "empty").mkdir()
    shutil.rmtree(bare.work / "one/bona-fide" / PEOPLE[1])
    shutil.rmtree(bare.work / "one/attacks/paper_mask" / PEOPLE[1])
    for path in (bare.work / "unread").rglob("challenge.json"):
        path.write_text("{}", encoding="utf-8")
    (bare.work / "long/about.txt").write_text("long " * 1000, encoding="utf-8")
    before = bare.tree()
    for name, out, reason in (
        ("nothing", "report", "folder_missing"),
        ("empty", "report", "no_presentations"),
        ("one", "report", "one_person"),
        ("unread", "report", "no_presentations"),
        ("long", "report", "about_too_long"),
        (folder, f"{folder}/report", "out_among_photos"),
        (folder, "nowhere/report", "folder_missing"),
    ):
        refused = bare.call("evaluate-pad", name, "--out", out, "--json")
        assert (refused.code != 0, refused.json()["reason"]) == (True, reason)
    said = bare.call("evaluate-pad", "one", "--out", "report")
    assert "one person" in said.refusal()
    assert bare.tree() == before


def test_without_weights_it_says_so_and_leaves_nothing(bare: Machine, folder: str) -> None:
    before = bare.tree()
    empty = {"VISAVIS_MODELS": str(bare.folder / "no-models")}
    refused = bare.call("evaluate-pad", folder, "--out", "report", "--json", **empty)
    assert (refused.code, refused.json()["reason"]) == (1, "model_missing")
    assert bare.tree() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_nothing(bare: Machine, folder: str, how: signal.Signals) -> None:
    for number in range(150):
        film(bare.work / folder / "bona-fide" / PEOPLE[0] / f"more-{number}", 10 + number, 20)
    before = {name: data for name, data in bare.tree().items() if name.startswith("work")}
    process = subprocess.Popen(
        [sys.executable, "-m", "visavis", "evaluate-pad", folder, "--out", "report"],
        cwd=bare.work,
        env=bare.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):
        if list(bare.work.glob(".visavis-*")) or process.poll() is not None:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(process.pid, how)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1, said
    assert b"Nothing was left half done." in said
    assert b"Traceback" not in said
    assert {name: data for name, data in bare.tree().items() if name.startswith("work")} == before

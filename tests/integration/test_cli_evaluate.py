"""``visavis evaluate`` on a folder of real photographs, and on folders that are no use."""

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
from tests import materials
from tests.integration._cli import Machine
from tests.synthetic.ten import FILES, NAMES, write_ten

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/evaluation-report.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten people with two photos each, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("people") / "faces"
    write_ten(folder)
    (folder / NAMES[1] / "notes.txt").write_text("no photo", encoding="utf-8")
    return folder


@pytest.fixture
def folder(bare: Machine, people: Path) -> str:
    """Return a copy of `people`, where the command is run."""
    shutil.copytree(people, bare.work / "faces")
    return "faces"


def test_it_writes_a_report_a_page_and_figures(bare: Machine, folder: str) -> None:
    done = bare.run("evaluate", folder, "--out", "report")
    assert done.code == 0, done.stderr
    assert "10 people, 20 photos" in done.stdout
    assert f"{NAMES[1]}/notes.txt: not_an_image" in done.stdout
    out = bare.work / "report"
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    (system,) = report["systems"]
    acquisition = system["acquisition"]
    assert (acquisition["photos"], acquisition["failures"]) == (20, 0)
    trial = system["trials"][0]
    assert (trial["genuine"], trial["impostor"]) == (10, 45 * 2 * 2)
    assert {path.name for path in out.iterdir()} == {
        "report.json",
        "report.html",
        "figures",
        "left-out.csv",
    }
    assert {path.suffix for path in (out / "figures").iterdir()} == {".svg", ".png"}
    assert (out / "left-out.csv").stat().st_mode & 0o777 == 0o600
    shown = (out / "report.html").read_text(encoding="utf-8")
    for name in (*NAMES, *FILES):
        assert name not in shown + json.dumps(report)


def test_json(bare: Machine, folder: str) -> None:
    done = bare.call("evaluate", folder, "--out", "report", "--json")
    assert done.code == 0, done.stderr
    said = done.json()
    assert (said["outcome"], said["people"], said["photos"]) == ("done", 10, 20)
    assert said["left_out"] == [{"path": f"{NAMES[1]}/notes.txt", "reason": "not_an_image"}]
    (system,) = said["systems"]
    assert 0 <= system["fmr"] <= 1
    assert 0 <= system["fnmr"] <= 1
    assert set(system["calibration"].values()) == {"impossible"}


def test_a_folder_is_replaced_only_if_it_is_an_evaluation(bare: Machine, folder: str) -> None:
    assert bare.call("evaluate", folder, "--out", "report").code == 0
    before = bare.tree()
    refused = bare.call("evaluate", folder, "--out", "report")
    assert refused.code == 2
    assert "exists already" in refused.refusal()
    assert bare.tree() == before
    assert bare.call("evaluate", folder, "--out", "report", "--force").code == 0
    (bare.work / "report" / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused = bare.call("evaluate", folder, "--out", "report", "--force")
    assert "other things" in refused.refusal()
    assert (bare.work / "report" / "thesis.txt").exists()
    assert (bare.work / "report" / "report.json").exists()


@pytest.mark.parametrize("out", [f"faces/{NAMES[1]}/notes.txt", "nowhere/report", "faces"])
def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    bare: Machine, folder: str, out: str
) -> None:
    before = bare.tree()
    refused = bare.call("evaluate", folder, "--out", out)
    assert refused.code == 2, refused.stderr
    refused.refusal()
    assert bare.tree() == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_read_only_place_is_refused(bare: Machine, folder: str) -> None:
    refused = bare.call("evaluate", folder, "--out", "/proc/self/report")
    assert refused.code in {1, 2}
    refused.refusal()


def test_bad_folders(bare: Machine, folder: str) -> None:
    (bare.work / "empty").mkdir()
    for name in ("one", "each", "nine", "damaged"):
        shutil.copytree(bare.work / folder, bare.work / name)
    for name in NAMES[1:]:
        shutil.rmtree(bare.work / "one" / name)
    shutil.rmtree(bare.work / "nine" / NAMES[4])
    for name in NAMES:
        (bare.work / "each" / name / FILES[1]).unlink()
    (bare.work / "each" / NAMES[1] / "notes.txt").unlink()
    # Ten people by their files, but one photo of one of them is of no use.
    (bare.work / "damaged" / NAMES[7] / FILES[0]).write_bytes(b"no photo")
    for name, reason in (
        ("empty", "no_participants"),
        ("one", "one_person"),
        ("each", "one_photo_each"),
        ("nine", "too_few_people"),
        ("damaged", "too_few_people"),
        ("nothing", "folder_missing"),
    ):
        refused = bare.call("evaluate", name, "--out", "report", "--json")
        assert (refused.code != 0, refused.json()["reason"]) == (True, reason)
    unknown = bare.call("evaluate", folder, "--out", "report", "--embedder", "no-such", "--json")
    assert unknown.json()["reason"] == "model_unknown"
    mesh = bare.call("evaluate", folder, "--out", "report", "--embedder", "mesh", "--json")
    assert mesh.json()["reason"] == "not_an_embedder"
    gone = bare.call("evaluate", folder, "--out", "r", "--dask", "127.0.0.1:9", "--json")
    assert gone.json()["outcome"] == "error"
    assert not (bare.work / "report").exists()
    assert not list(bare.work.glob(".visavis*"))


def test_ctrl_c_leaves_nothing(bare: Machine, folder: str) -> None:
    # Enough copies that it is still reading when it is stopped; all different to the last byte.
    for number in range(60):
        data = (materials.folder() / "obama.jpg").read_bytes() + number.to_bytes(2, "big")
        (bare.work / folder / NAMES[0] / f"{number}.jpg").write_bytes(data)
    before = {name: data for name, data in bare.tree().items() if name.startswith("work")}
    process = subprocess.Popen(
        [sys.executable, "-m", "visavis", "evaluate", folder, "--out", "report"],
        cwd=bare.work,
        env=bare.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):
        if list(bare.work.glob(".visavis-*")):
            break
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1, said
    assert b"Nothing was left half done." in said
    assert b"Traceback" not in said
    assert {name: data for name, data in bare.tree().items() if name.startswith("work")} == before

"""``models``, ``doctor`` and ``demo`` at the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests import materials
from tests.integration._cli import MODELS, Machine

from visavis.cli._portraits import HASHES

NAMES = ["detect-short", "detect-full", "mesh", "dlib-resnet29-v1"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the weights that may be spoilt."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for file in MODELS.iterdir():
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    return folder


def test_good_weights_are_listed_verified_and_not_fetched_again(bare: Machine) -> None:
    before = {file: file.stat().st_mtime_ns for file in MODELS.iterdir()}
    listed = bare.call("models", "list", "--json")
    assert [model["state"] for model in listed.json()["models"]] == ["ready"] * len(NAMES)
    words = bare.call("models", "list")
    assert words.code == 0
    assert all(name in words.stdout for name in NAMES)
    assert "training faces" in words.stdout
    verified = bare.call("models", "verify", "--json")
    assert verified.code == 0
    assert verified.json()["models"] == dict.fromkeys(NAMES, "ready")
    fetched = bare.run("models", "fetch", "--json")
    assert (fetched.code, fetched.json()["fetched"]) == (0, [])
    assert {file: file.stat().st_mtime_ns for file in MODELS.iterdir()} == before


def test_altered_weights_are_found_and_never_used(machine: Machine, same: str, copy: Path) -> None:
    spoilt = copy / "mesh.onnx"
    data = bytearray(spoilt.read_bytes())
    data[len(data) // 2] ^= 1
    spoilt.write_bytes(data)
    checked = machine.run("models", "verify", VISAVIS_MODELS=str(copy))
    assert checked.code == 1
    assert "✗ altered  mesh" in checked.stdout
    assert "visavis models fetch" in checked.stderr
    states = machine.call("models", "verify", "--json", VISAVIS_MODELS=str(copy))
    assert states.code == 1
    assert states.json()["models"] == {**dict.fromkeys(NAMES, "ready"), "mesh": "altered"}
    refused = machine.run("verify", "made.pass", same, VISAVIS_MODELS=str(copy))
    assert refused.code == 1
    assert "visavis models fetch" in refused.refusal()
    as_json = machine.call("verify", "made.pass", same, "--json", VISAVIS_MODELS=str(copy))
    assert (as_json.code, as_json.json()["reason"]) == (1, "model_altered")


def test_missing_weights_say_how_to_get_them(machine: Machine, same: str, tmp_path: Path) -> None:
    empty = str(tmp_path / "none")
    for command in (
        ("verify", "made.pass", same),
        ("enroll", same, "--out", str(tmp_path / "new.pass"), "--i-consent"),
    ):
        result = machine.call(*command, VISAVIS_MODELS=empty)
        assert result.code == 1
        assert "Run `visavis models fetch`." in result.refusal()
    assert not list(tmp_path.iterdir())


MANIFESTS = {
    "no TOML": b"[model\n",
    "not UTF-8": b"\xff\xfe\x00",
    "empty": b"",
    "a trait from a face": b'[model]\nid = "mood"\ntask = "emotion"\n',
    "too much": b"# more\n" * 20_000,
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_model_with_a_bad_manifest_is_not_added(bare: Machine, kind: str, copy: Path) -> None:
    weights = bare.file("own.onnx", b"no network")
    manifest = bare.file("own.toml", MANIFESTS[kind])
    command = ("models", "add", weights, "--manifest", manifest)
    before = bare.tree()
    result = bare.call(*command, VISAVIS_MODELS=str(copy))
    assert result.code in {1, 2}
    result.refusal()
    as_json = bare.call(*command, "--json", VISAVIS_MODELS=str(copy))
    assert (as_json.code, as_json.json()["outcome"]) == (result.code, "error")
    assert bare.tree() == before


def findings(machine: Machine, **environment: str) -> tuple[int, dict[str, str]]:
    result = machine.run("doctor", "--json", **environment)
    return result.code, {each["name"]: each["state"] for each in result.json()["findings"]}


def test_doctor_is_content_with_a_good_machine(machine: Machine) -> None:
    code, states = findings(machine)
    assert code == 0
    assert set(states.values()) == {"ok"}
    assert {*NAMES, "self-test", "keys"} <= set(states)
    assert machine.call("doctor").code == 0


def test_doctor_only_notes_that_there_are_no_keys(bare: Machine) -> None:
    code, states = findings(bare)
    assert code == 0
    assert states.pop("keys") == "missing"
    assert set(states.values()) == {"ok"}
    assert "visavis init" in bare.call("doctor").stdout


def test_doctor_finds_missing_weights_and_what_is_no_folder(machine: Machine) -> None:
    code, states = findings(machine, VISAVIS_MODELS=str(machine.folder / "none"))
    assert code == 1
    assert {name for name, state in states.items() if state == "broken"} == {*NAMES, "self-test"}
    code, states = findings(machine, VISAVIS_MODELS=str(machine.keys / "issuer.pub"))
    assert code == 1
    assert states["keys"] == "ok"
    words = machine.call("doctor", VISAVIS_MODELS=str(machine.folder / "none"))
    assert "Run `visavis models fetch`." in words.stdout


def test_demo_gives_every_answer_rightly(bare: Machine) -> None:
    cache = bare.folder / "CACHE" / "visavis" / "portraits"
    cache.mkdir(parents=True)
    for name in HASHES:
        shutil.copyfile(materials.path(name), cache / name)
    before = bare.tree()
    result = bare.run("demo", "--json")
    assert result.code == 0
    scenes = result.json()["scenes"]
    assert [scene["outcome"] for scene in scenes] == [
        "verified",
        "no_match",
        "cannot_decide",
        "cannot_decide",
        "pass_rejected",
    ]
    assert all(scene["outcome"] == scene["right_outcome"] for scene in scenes)
    words = bare.call("demo")
    assert words.code == 0
    assert all(word in words.stdout for word in ("✓ verified", "✗ no match", "✗ pass rejected"))
    assert bare.tree() == before, "keys, pass and portraits of a demonstration are gone again"


def test_demo_with_an_unusable_cache_says_so(bare: Machine) -> None:
    result = bare.call("demo", XDG_CACHE_HOME=str(Path("/proc/none")))
    assert result.code in {1, 2}
    assert "/proc/none" in result.stderr

"""The folder with the keys, at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration._cli import Machine

from visavis.home import Home


def modes(folder: Path) -> dict[str, int]:
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    return {"": folder.stat().st_mode & 0o777, **found}


def test_init_makes_keys_that_only_their_owner_can_read(bare: Machine) -> None:
    result = bare.run("init")
    assert result.code == 0
    assert modes(bare.keys) == {
        "": 0o700,
        "former": 0o700,
        "trusted": 0o700,
        "register.db": 0o600,
        "issuer.key": 0o600,
        "verifier.key": 0o600,
        "issuer.pub": 0o644,
        "verifier.pub": 0o644,
    }
    for key in (bare.home.issuer, bare.home.verifier):
        assert key.id in result.stdout
    assert "PRIVATE" not in result.stdout


def test_init_in_json_names_the_keys(bare: Machine) -> None:
    values = bare.call("init", "--json").json()
    home = bare.home
    assert values == {
        "outcome": "done",
        "home": str(bare.keys),
        "issuer": home.issuer.id,
        "verifier": home.verifier.id,
        "locked": False,
    }


def test_init_never_replaces_keys(bare: Machine) -> None:
    bare.call("init")
    before = bare.tree()
    result = bare.call("init")
    assert result.code == 1
    assert "never replaced" in result.refusal()
    assert bare.call("init", "--json").json()["reason"] == "home_exists"
    assert bare.tree() == before


@pytest.mark.parametrize("place", ["own", "[red]x[bold]", "line\nend", "a/b/c"])
def test_home_option_goes_before_the_environment(bare: Machine, place: str) -> None:
    result = bare.call("init", "--home", place)
    assert result.code == 0
    assert not bare.keys.exists()
    assert Home.open(bare.work / place).issuer.id in result.stdout
    found = bare.call("doctor", "--home", place, "--json").json()["findings"]
    assert "issuer" in found[-1]["detail"]


def test_missing_home_says_how_to_make_one(bare: Machine, same: str) -> None:
    made = bare.file("made.pass", b"x")
    for command in (
        ("verify", made, same),
        ("enroll", same, "--out", "n.pass", "--i-consent"),
    ):
        result = bare.call(*command)
        assert result.code == 1
        assert "There are no keys in" in result.refusal()
        assert "visavis init" in result.refusal()
        assert bare.call(*command, "--json").json()["reason"] == "home_missing"
    assert {path.name for path in bare.work.iterdir()} == {"made.pass"}


def test_home_that_is_a_file_is_kept_as_it_is(bare: Machine, same: str) -> None:
    bare.keys.write_bytes(b"a letter")
    for command in (("init",), ("enroll", same, "--out", "n.pass", "--i-consent")):
        result = bare.call(*command)
        assert result.code == 1
        result.refusal()
    below = bare.call("init", VISAVIS_HOME=str(bare.keys / "below"))
    assert below.code == 2
    below.refusal()
    assert bare.keys.read_bytes() == b"a letter"
    assert {path.name for path in bare.folder.iterdir()} == {"keys", "work"}


def test_home_where_no_folder_can_be_made_is_a_failure(bare: Machine) -> None:
    result = bare.call("init", VISAVIS_HOME="/proc/keys")
    assert result.code in {1, 2}
    assert "/proc" in result.refusal()


@pytest.mark.parametrize("name", ["issuer.key", "verifier.key"])
@pytest.mark.parametrize("damage", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n", bytes(9000), None])
def test_damaged_key_is_named_and_nothing_is_enrolled(
    bare: Machine, same: str, name: str, damage: bytes | None
) -> None:
    bare.call("init")
    if damage is None:
        (bare.keys / name).unlink()
    else:
        (bare.keys / name).write_bytes(damage)
    result = bare.call("enroll", same, "--out", "n.pass", "--i-consent")
    assert result.code == 1
    # Where a path is longer than a line, it is broken anywhere.
    assert str(bare.keys / name) in "".join(result.refusal().split())
    assert "backup" in result.refusal()
    assert not list(bare.work.iterdir())
    assert bare.call("doctor", "--json").code == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_key_that_others_can_read_is_not_used(bare: Machine, same: str, mode: int) -> None:
    bare.call("init")
    (bare.keys / "verifier.key").chmod(mode)
    result = bare.call("enroll", same, "--out", "n.pass", "--i-consent")
    assert result.code == 1
    assert "Run `chmod 600" in result.refusal()
    assert not list(bare.work.iterdir())
    (bare.keys / "verifier.key").chmod(0o600)
    assert bare.call("enroll", same, "--out", "n.pass", "--i-consent").code == 0


def test_issuer_that_is_not_trusted_any_more_is_rejected(
    machine: Machine, bare: Machine, same: str
) -> None:
    made = bare.file("made.pass", (machine.work / "made.pass").read_bytes())
    bare.keys.mkdir(mode=0o700)
    for path in machine.keys.iterdir():
        if path.is_file():
            (bare.keys / path.name).write_bytes(path.read_bytes())
            (bare.keys / path.name).chmod(path.stat().st_mode & 0o777)
    (bare.keys / "trusted").mkdir()
    result = bare.call("verify", made, same, "--json")
    assert (result.code, result.json()["reason"]) == (12, "unknown_issuer")

"""``visavis keys`` and ``init --passphrase``, as people run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration._cli import Machine, Result

from visavis.home import Home
from visavis.passes.keys import is_locked


@pytest.fixture
def desk(bare: Machine) -> Machine:
    """A machine with keys."""
    assert bare.call("init").code == 0
    return bare


@pytest.fixture
def library(desk: Machine) -> Home:
    """Another issuer, whose public key was sent as ``library.pub``."""
    home = Home.create(desk.folder / "library")
    desk.file("library.pub", (home.folder / "issuer.pub").read_bytes())
    return home


def typing(machine: Machine, lines: list[str], *arguments: str) -> Result:
    """Run the command at a terminal, and type a line each time it asks for something."""
    ours, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "visavis", *arguments],
        cwd=machine.work,
        env=machine.environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that a passphrase is not asked for at the real terminal
    )
    os.close(terminal)
    patience = threading.Timer(30, process.kill)
    patience.start()
    assert process.stderr
    said = b""
    for line in lines:
        asked = b""
        while not asked.endswith((b": ", b"[y/N] ")) and (byte := process.stderr.read(1)):
            asked += byte
        os.write(ours, line.encode() + b"\n")
        said += asked + b"\n"
    stdout, stderr = process.communicate()
    patience.cancel()
    os.close(ours)
    return Result(arguments, process.returncode, stdout.decode(), (said + stderr).decode())


def files(machine: Machine) -> dict[str, bytes | None]:
    return {name: data for name, data in machine.tree().items() if not name.endswith(".lock")}


def rows(machine: Machine) -> list[tuple[str, str]]:
    keys = machine.call("keys", "list", "--json").json()["keys"]
    return [(key["role"], key["state"]) for key in keys]


def test_list_shows_our_own_keys_and_those_of_others(desk: Machine, library: Home) -> None:
    desk.call("keys", "trust", "library.pub", "--name", "City library [1]")
    said = " ".join(desk.call("keys", "list").stdout.split())
    for text in (
        desk.home.issuer.id,
        desk.home.verifier.id,
        library.issuer.id,
        "our own register",
        "City library [1] none: no pass is accepted",
    ):
        assert text in said
    values = desk.call("keys", "list", "--json").json()
    assert values["outcome"] == "done"
    assert values["home"] == str(desk.keys)
    assert [key["name"] for key in values["keys"]] == [None, None, "City library [1]"]
    assert "locked" not in said


def test_a_long_address_is_shown_whole(desk: Machine, library: Home) -> None:
    address = "https://status.library.city.example/passes/lists/of/this/year"
    assert library.issuer.id
    desk.call("keys", "trust", "library.pub", "--status", address)
    said = desk.call("keys", "list").stdout
    columns = [line.split()[-1] for line in said.splitlines() if line.strip()]
    assert "".join(columns).endswith(address)


def test_whole_thumbprints_are_in_groups_of_four(desk: Machine) -> None:
    said = desk.call("keys", "list", "--full").stdout
    groups = " ".join(re.findall(r"^  ((?:[0-9a-f]{4} ){7}[0-9a-f]{4})$", said, re.MULTILINE))
    for key in (desk.home.issuer_public, desk.home.verifier_public):
        assert key.thumbprint in groups.replace(" ", "")
    exported = desk.call("keys", "export", "issuer", "--out", "i.pub").stdout
    for group in re.findall("....", desk.home.issuer_public.thumbprint):
        assert group in exported


@pytest.mark.parametrize("role", ["issuer", "verifier"])
def test_export_gives_away_the_public_half_only(desk: Machine, role: str) -> None:
    result = desk.run("keys", "export", role)
    assert result.code == 0
    assert result.stdout.encode() == (desk.keys / f"{role}.pub").read_bytes()
    assert desk.call("keys", "export", role, "--out", "key.pub").code == 0
    assert (desk.work / "key.pub").read_bytes() == result.stdout.encode()
    assert (desk.work / "key.pub").stat().st_mode & 0o777 == 0o644
    refused = desk.call("keys", "export", role, "--out", "key.pub")
    assert (refused.code, "exists already" in refused.refusal()) == (2, True)
    assert desk.call("keys", "export", role, "--out", "key.pub", "--force").code == 0
    values = desk.call("keys", "export", role, "--json").json()
    assert (values["pem"], values["role"]) == (result.stdout, role)
    assert values["thumbprint"].startswith(values["key"])


def test_export_needs_no_passphrase(bare: Machine) -> None:
    bare.call("init", "--passphrase", VISAVIS_PASSPHRASE="open sesame")
    for arguments in (("keys", "export", "issuer"), ("keys", "list"), ("doctor",)):
        assert bare.call(*arguments).code == 0


def test_rotate_says_what_to_do_next(desk: Machine) -> None:
    old = desk.home.verifier.id
    result = desk.call("keys", "rotate", "verifier")
    assert result.code == 0
    new = desk.home.verifier.id
    assert new != old
    for text in (new, old, "keys export verifier"):
        assert text in result.stdout
    assert rows(desk) == [("issuer", "present"), ("verifier", "present"), ("verifier", "former")]


def test_rotating_the_issuer_key_is_asked_about(desk: Machine) -> None:
    before = files(desk)
    refused = desk.call("keys", "rotate", "issuer")
    assert (refused.code, refused.stdout) == (2, "")
    assert "--yes" in refused.stderr
    declined = typing(desk, ["n"], "keys", "rotate", "issuer")
    assert (declined.code, "Nothing was changed" in declined.stderr) == (1, True)
    assert files(desk) == before
    old = desk.home.issuer.id
    accepted = typing(desk, ["y"], "keys", "rotate", "issuer")
    assert (accepted.code, desk.home.issuer.id in accepted.stdout) == (0, True)
    values = desk.call("keys", "rotate", "issuer", "--yes", "--json").json()
    assert values["former"] != old
    assert values["key"] == desk.home.issuer.id
    assert [key.id for key in desk.home.issuers[1:]] == sorted([old, values["former"]])


def test_a_lost_verifier_key(desk: Machine) -> None:
    (desk.keys / "verifier.key").write_bytes(b"damaged")
    unasked = desk.call("keys", "rotate", "verifier")
    assert "--lost" in unasked.refusal()
    assert desk.call("keys", "rotate", "verifier", "--lost").code == 2
    result = desk.call("keys", "rotate", "verifier", "--lost", "--yes")
    assert (result.code, "former" in result.stdout) == (0, True)
    assert rows(desk) == [("issuer", "present"), ("verifier", "present"), ("verifier", "lost")]
    again = desk.call("keys", "rotate", "verifier", "--lost", "--yes")
    assert (again.code, "is not lost" in again.refusal()) == (1, True)
    assert desk.call("doctor").code == 0


def test_a_forgotten_passphrase(bare: Machine) -> None:
    bare.call("init", "--passphrase", VISAVIS_PASSPHRASE="forgotten")
    nobody = bare.call("keys", "rotate", "verifier", "--lost", "--yes")
    assert (nobody.code, "VISAVIS_PASSPHRASE" in nobody.refusal()) == (2, True)
    for role in ("verifier", "issuer"):
        result = typing(bare, ["new", "new"], "keys", "rotate", role, "--lost", "--yes")
        assert result.code == 0, result.stderr
    home = Home.open(bare.keys, passphrase=lambda: "new")
    assert len(home.issuers) == len(home.verifiers) == 1
    assert bare.call("doctor", VISAVIS_PASSPHRASE="new").code == 0
    assert bare.call("doctor", VISAVIS_PASSPHRASE="forgotten").code == 1


def test_trust_says_when_no_pass_will_be_accepted(desk: Machine, library: Home) -> None:
    result = desk.call("keys", "trust", "library.pub", "--name", "Library")
    assert result.code == 0
    assert "status_missing" in result.stderr
    assert "--status" in result.stderr
    for group in re.findall("....", library.issuer_public.thumbprint):
        assert group in result.stdout
    better = desk.call("keys", "trust", "library.pub", "--status", "https://library.example/s")
    assert (better.code, better.stderr) == (0, "")
    values = desk.call("keys", "trust", "library.pub", "--status", "lists", "--json").json()
    assert values == {
        "outcome": "done",
        "key": library.issuer.id,
        "thumbprint": library.issuer_public.thumbprint,
        "name": "Library",
        "status": str(desk.work / "lists"),
        "ca_file": None,
        "retired_at": None,
        "accepted": True,
    }
    ours = desk.call("keys", "trust", str(desk.keys / "issuer.pub"))
    assert (ours.code, ours.stderr, "our own" in ours.stdout) == (0, "", True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.pub", "file_missing"),
        ("issuer.key", "private_key"),
        ("verifier.pub", "not_an_issuer"),
        ("junk.pub", "bad_key"),
        ("", "not_a_file"),
    ],
)
def test_trust_refuses_what_is_no_issuer_key(desk: Machine, name: str, reason: str) -> None:
    (desk.keys / "junk.pub").write_bytes(b"junk")
    before = files(desk)
    file = str(desk.keys / name)
    assert desk.call("keys", "trust", file).code == 2
    assert desk.call("keys", "trust", file, "--json").json()["reason"] == reason
    assert files(desk) == before


def test_retire(desk: Machine, library: Home) -> None:
    desk.call("keys", "trust", "library.pub", "--status", "lists", "--name", "Library")
    key = library.issuer.id
    assert desk.call("keys", "retire", key[:4]).code == 2
    assert desk.home.trusted == Home.open(desk.keys).trusted
    values = desk.call("keys", "retire", key[:4].upper(), "--yes", "--json").json()
    moment = datetime.fromisoformat(values["retired_at"])
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=5)
    assert (values["key"], values["state"], values["name"]) == (key, "retired", "Library")
    assert "retired" in desk.call("keys", "list").stdout
    at = "2030-01-31T19:00:00+01:00"
    later = typing(desk, ["y"], "keys", "retire", key, "--at", at)
    assert (later.code, "2030-01-31 19:00:00 UTC+01:00" in later.stderr) == (0, True)
    known = {each.key.id: each.retired_at for each in desk.home.trusted}
    assert known[key] == datetime(2030, 1, 31, 18, tzinfo=UTC)
    assert "trusted until" in " ".join(desk.call("keys", "list").stdout.split())


@pytest.mark.parametrize("at", ["tomorrow", "2030-01-31", "2030-01-31T18:00:00", "0001-01-01T00Z"])
def test_retire_at_a_time_that_cannot_be_right(desk: Machine, at: str) -> None:
    key = desk.home.issuer.id
    result = desk.call("keys", "retire", key, "--at", at, "--yes")
    assert (result.code, "2026-01-31T18:00:00Z" in result.refusal()) == (2, True)


def test_retire_takes_the_beginning_of_an_id(desk: Machine) -> None:
    for text in ("", "abc", "xyz1", "../../etc"):
        assert desk.call("keys", "retire", text, "--yes", "--json").json()["reason"] == "bad_key_id"
    key = desk.home.issuer.id
    wrong = ("0" if key[0] != "0" else "1") + key[1:]
    values = desk.call("keys", "retire", wrong, "--yes", "--json").json()
    assert values["reason"] == "not_trusted"
    whole = desk.home.issuer_public.thumbprint
    groups = " ".join(re.findall("....", whole))
    assert desk.call("keys", "retire", groups, "--yes").code == 0


def test_retire_does_not_guess(desk: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    # Keys whose ids begin alike take a while to find, so the shortest beginning is shorter here.
    monkeypatch.setattr("visavis.cli._keys._FEWEST_DIGITS", 0)
    other = Home.create(desk.folder / "other")
    desk.call("keys", "trust", str(other.folder / "issuer.pub"))
    before = files(desk)
    values = desk.call("keys", "retire", "", "--yes", "--json").json()
    assert values["reason"] == "ambiguous_key"
    assert files(desk) == before


def test_a_compromised_key(desk: Machine, library: Home) -> None:
    desk.call("keys", "trust", "library.pub", "--status", "lists")
    key = library.issuer.id
    both = desk.call("keys", "retire", key, "--compromised", "--at", "2030-01-01T00:00:00Z")
    assert both.code == 2
    result = desk.call("keys", "retire", key, "--compromised", "--yes")
    assert (result.code, key in result.stdout) == (0, True)
    assert rows(desk)[-1] == ("issuer", "distrusted")
    refused = desk.call("keys", "trust", "library.pub", "--status", "lists")
    assert (refused.code, "--force" in refused.refusal()) == (1, True)
    assert desk.call("keys", "trust", "library.pub", "--force").code == 0
    assert rows(desk)[-1] == ("issuer", "trusted")


def test_retiring_the_key_in_use_says_how_to_get_another(desk: Machine) -> None:
    result = desk.call("keys", "retire", desk.home.issuer.id, "--yes")
    assert (result.code, "keys rotate issuer" in result.stdout) == (0, True)
    assert "retired" in desk.call("keys", "list").stdout


def test_a_passphrase_typed_twice(bare: Machine) -> None:
    differ = typing(bare, ["one", "two"], "init", "--passphrase")
    assert (differ.code, "different" in differ.stderr) == (2, True)
    assert not bare.keys.exists()
    made = typing(bare, ["open sesame"] * 2, "init", "--passphrase")
    assert made.code == 0, made.stderr
    assert "sesame" not in made.stdout + made.stderr
    assert is_locked((bare.keys / "issuer.key").read_bytes())
    asked = typing(bare, ["open sesame"], "keys", "rotate", "verifier")
    assert asked.code == 0, asked.stderr
    wrong = typing(bare, ["open, sesame"], "keys", "rotate", "verifier")
    assert (wrong.code, "does not unlock" in wrong.stderr) == (1, True)


def test_setting_changing_and_removing_a_passphrase(desk: Machine) -> None:
    nobody = desk.call("keys", "passphrase")
    assert (nobody.code, "VISAVIS_NEW_PASSPHRASE" in nobody.refusal()) == (2, True)
    assert desk.call("keys", "passphrase", VISAVIS_NEW_PASSPHRASE="first").code == 0
    assert "locked by a passphrase" in desk.call("keys", "list").stdout
    changed = typing(desk, ["first", "second", "second"], "keys", "passphrase")
    assert changed.code == 0, changed.stderr
    for passphrase, code in (("first", 1), ("", 1), ("second", 0)):
        found = desk.call("keys", "rotate", "verifier", VISAVIS_PASSPHRASE=passphrase)
        assert found.code == code
    removed = desk.call("keys", "passphrase", "--remove", "--json", VISAVIS_PASSPHRASE="second")
    assert removed.json() == {"outcome": "done", "home": str(desk.keys), "locked": False}
    assert not is_locked((desk.keys / "issuer.key").read_bytes())
    assert desk.call("keys", "rotate", "verifier").code == 0


@pytest.mark.parametrize("bad", ["", "x" * 1024])
def test_a_passphrase_that_cannot_be_used(bare: Machine, bad: str) -> None:
    result = bare.call("init", "--passphrase", VISAVIS_PASSPHRASE=bad)
    assert (result.code, "passphrase" in result.refusal()) == (2, True)
    assert not bare.keys.exists()


def test_nobody_to_type_a_passphrase(bare: Machine) -> None:
    result = bare.call("init", "--passphrase")
    assert (result.code, "VISAVIS_PASSPHRASE" in result.refusal()) == (2, True)


def test_a_terminal_that_is_closed_instead_of_typing(bare: Machine) -> None:
    result = typing(bare, ["\x04"], "init", "--passphrase")
    assert result.code == 2, result.stderr


def test_doctor_sees_a_rotation_that_was_interrupted(desk: Machine) -> None:
    (desk.keys / "next.issuer.pub").write_bytes((desk.keys / "issuer.pub").read_bytes())
    result = desk.call("doctor")
    assert (result.code, "keys rotate issuer" in result.stdout) == (1, True)
    finished = desk.call("keys", "rotate", "issuer", "--yes")
    assert (finished.code, "interrupted" in finished.stdout) == (0, True)
    assert desk.call("doctor").code == 0


def test_doctor_names_issuers_whose_passes_cannot_be_accepted(desk: Machine, library: Home) -> None:
    desk.call("keys", "trust", "library.pub")
    found = {each["name"]: each for each in desk.call("doctor", "--json").json()["findings"]}
    assert library.issuer.id in found["trusted issuers"]["detail"]
    assert found["trusted issuers"]["state"] == "broken"
    (desk.keys / "register.db").unlink()
    found = {each["name"]: each for each in desk.call("doctor", "--json").json()["findings"]}
    assert found["register"]["state"] == "broken"


@pytest.mark.parametrize(
    "command",
    ["list", "rotate issuer", "export issuer", "trust key.pub", "retire abcd", "passphrase"],
)
def test_every_command_says_when_there_is_no_home(bare: Machine, command: str) -> None:
    bare.file("key.pub", b"x")
    result = bare.call("keys", *command.split())
    assert (result.code, "visavis init" in result.refusal()) == (1, True)
    assert not bare.keys.exists()


@pytest.mark.parametrize("arguments", [(), ("rotate",), ("rotate", "holder"), ("export", "x")])
def test_wrong_usage(desk: Machine, arguments: tuple[str, ...]) -> None:
    before = files(desk)
    assert desk.call("keys", *arguments).code == 2
    assert files(desk) == before


def test_a_home_that_cannot_be_written(desk: Machine, tmp_path: Path) -> None:
    (desk.keys / ".lock").mkdir()
    result = desk.call("keys", "rotate", "verifier")
    assert (result.code, result.refusal().count("→")) == (2, 1)
    assert tmp_path.is_dir()

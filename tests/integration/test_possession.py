"""A pass over its whole life through the command: two places, PIN, phone, code, called back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import materials
from tests.integration._cli import Machine

PIN, WRONG = "843917", "843918"


@pytest.fixture
def desk(tmp_path: Path) -> Machine:
    """The place that makes passes."""
    return _place(tmp_path / "desk")


@pytest.fixture
def door(tmp_path: Path) -> Machine:
    """The place that they are for."""
    return _place(tmp_path / "door")


def _place(folder: Path) -> Machine:
    folder.mkdir()
    place = Machine(folder)
    assert place.call("init").code == 0
    for name in ("obama.jpg", "obama2.jpg"):
        place.file(name, materials.path(name).read_bytes())
    return place


def _enroll(place: Machine, *options: str, **environment: str) -> int:
    photos = ("obama.jpg", "obama2.jpg")
    arguments = ("enroll", *photos, "--out", "p.pass", "--i-consent", "--json", *options)
    result = place.call(*arguments, **environment)
    assert result.code == 0, result.stdout
    number = result.json()["number"]
    assert isinstance(number, int)
    return number


def _reason(place: Machine, presented: str, photo: str, *options: str, **environment: str) -> str:
    result = place.call("verify", presented, photo, "--json", *options, **environment)
    values = result.json()
    assert (result.code == 0) == (values["outcome"] == "verified")
    return str(values["reason"] or values["outcome"])


def test_a_pass_made_in_one_place_for_another_until_it_is_called_back(
    desk: Machine, door: Machine, same: str
) -> None:
    published = desk.folder / "published"
    published.mkdir()
    assert door.call("keys", "export", "verifier", "--out", "door.pub").code == 0
    assert desk.call("keys", "export", "issuer", "--out", "desk.pub").code == 0
    number = _enroll(desk, "--verifier", str(door.work / "door.pub"))
    presented = str(desk.work / "p.pass")

    # The desk cannot read what it has made, and the door does not know the desk yet.
    assert _reason(desk, presented, same) == "wrong_verifier"
    assert _reason(door, presented, same) == "unknown_issuer"
    trust = ("keys", "trust", str(desk.work / "desk.pub"), "--status", str(published))
    assert door.call(*trust).code == 0
    # Without a list, nobody knows whether the pass is still in force.
    assert _reason(door, presented, same) == "status_missing"
    assert desk.call("status", "publish", "--out", str(published)).code == 0
    assert _reason(door, presented, same) == "verified"

    assert desk.call("status", "revoke", str(number), "--yes").code == 0
    assert desk.call("status", "publish", "--out", str(published)).code == 0
    assert _reason(door, presented, same) == "revoked"


def test_a_pin_is_asked_for_and_tried_three_times(desk: Machine, same: str) -> None:
    _enroll(desk, "--pin", VISAVIS_PIN=PIN)
    assert _reason(desk, "p.pass", same) == "pin_required"
    assert _reason(desk, "p.pass", same, VISAVIS_PIN=PIN) == "verified"
    # Wherever in the program it is tried.
    assert _reason(desk, "p.pass", same, VISAVIS_PIN=WRONG) == "wrong_pin"
    assert desk.call("inspect", "p.pass", VISAVIS_PIN=WRONG).code == 12
    assert desk.call("pass", "qr", "p.pass", "--out", "c.pdf", VISAVIS_PIN=WRONG).code == 12
    assert desk.call("pass", "qr", "p.pass", "--out", "c.pdf", VISAVIS_PIN=PIN).code == 12
    assert _reason(desk, "p.pass", same, VISAVIS_PIN=PIN) == "too_many_attempts"


@pytest.mark.parametrize(("pin", "reason"), [("123456", "common_pin"), ("84391", "bad_pin")])
def test_a_pin_that_is_no_good_makes_no_pass(desk: Machine, pin: str, reason: str) -> None:
    arguments = ("enroll", "obama.jpg", "--out", "p.pass", "--i-consent", "--pin", "--json")
    result = desk.call(*arguments, VISAVIS_PIN=pin)
    assert (result.code, result.json()["reason"]) == (2, reason)
    result = desk.call(*arguments)
    assert (result.code, result.json()["reason"]) == (2, "pin_missing")
    assert not (desk.work / "p.pass").exists()


def test_a_phone_signs_each_time_it_is_shown(desk: Machine, same: str) -> None:
    assert desk.call("holder", "new", "--out", "phone.key").code == 0
    assert (desk.work / "phone.key").stat().st_mode & 0o077 == 0
    _enroll(desk, "--holder-key", "phone.pub")
    assert _reason(desk, "p.pass", same) == "proof_missing"
    for out in ("shown.pass", "shown.png", "shown.svg"):
        shown = desk.call("holder", "present", "p.pass", "--key", "phone.key", "--out", out)
        assert shown.code == 0, shown.stderr
        if not out.endswith(".svg"):  # which a camera reads, and we do not
            assert _reason(desk, out, same, "--lowest-tier", "holder-key") == "verified"
            assert _reason(desk, out, same) == "proof_replayed"
    nonce = "00112233445566778899aabbccddeeff"
    shown = desk.call(
        "holder", "present", "p.pass", "--key", "phone.key", "--nonce", nonce, "--json"
    )
    text = str(shown.json()["text"])
    assert _reason(desk, text, same) == "proof_wrong_nonce"
    assert _reason(desk, text, same, "--nonce", nonce) == "verified"
    stranger = desk.call("holder", "new", "--out", "stranger.key", "--json").json()
    assert stranger["public"] == "stranger.pub"
    forged = desk.call("holder", "present", "p.pass", "--key", "stranger.key", "--json").json()
    assert _reason(desk, str(forged["text"]), same) == "proof_bad_signature"


@pytest.mark.parametrize("name", [".", "/", "phone.pub"])
def test_a_key_needs_a_name(bare: Machine, name: str) -> None:
    result = bare.call("holder", "new", "--out", name, "--json")
    assert (result.code, result.json()["reason"]) == (2, "bad_key_name")


@pytest.mark.parametrize("nonce", ["xyz", "00", "00" * 65, ""])
def test_a_nonce_that_cannot_be(machine: Machine, same: str, nonce: str) -> None:
    result = machine.call("verify", "made.pass", same, "--nonce", nonce, "--json")
    assert (result.code, result.json()["reason"]) == (2, "bad_nonce")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--issuer", "0011223344556677"), "issuer_not_accepted"),
        (("--purpose", "library"), "wrong_purpose"),
        (("--lowest-tier", "pin"), "tier_too_low"),
        (("--lowest-enrolment", "live"), "enrolment_too_weak"),
        (("--longest-lifetime", "364d"), "lifetime_not_accepted"),
        (("--longest-lifetime", "365d", "--oldest-enrolment", "1d"), "verified"),
        (("--clock-skew", "2h"), "bad_clock_skew"),
        (("--longest-lifetime", "long"), "bad_lifetime"),
        (("--oldest-enrolment", "0d"), "bad_oldest_enrolment"),
        (("--oldest-enrolment", ""), "bad_lifetime"),
        (("--longest-lifetime", ""), "bad_lifetime"),
    ],
)
def test_what_a_door_may_ask(
    machine: Machine, same: str, options: tuple[str, ...], reason: str
) -> None:
    result = machine.call("verify", "made.pass", same, "--json", *options)
    values = result.json()
    assert (values["reason"] or values["outcome"]) == reason
    if reason == "verified":
        assert result.code == 0
    else:
        assert result.code == (2 if reason.startswith("bad_") else 12)


def test_a_code_is_as_good_as_the_file(machine: Machine, bare: Machine, same: str) -> None:
    made = machine.work / "made.pass"
    code = bare.work / "code.png"
    assert machine.call("pass", "qr", str(made), "--out", str(code)).code == 0
    assert _reason(machine, str(code), same) == "verified"
    inspected = machine.call("inspect", str(code), "--json").json()
    assert inspected["status"] == "in force"
    assert inspected["number"] == machine.call("inspect", str(made), "--json").json()["number"]

"""``visavis pass``: a pass from one form into another, and what is said when that cannot be."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.integration._cli import Machine

from visavis.carriers import code_picture, from_picture, to_text
from visavis.home import Home
from visavis.passes import HolderKey, IssuerKey, Pass, VerifierKey, issue, present
from visavis.types import EnrolmentMethod, Template

NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)
LAST_DAY = f"{NOW + YEAR - timedelta(seconds=1):%Y-%m-%d}"
HOLDER = HolderKey.generate()
PIN = "481516"


def made(home: Home, **changes: Any) -> Pass:
    values = np.random.default_rng(7).normal(size=changes.pop("numbers", 128))
    arguments: dict[str, Any] = {
        "issuer": home.issuer,
        "verifier": home.verifier.public,
        "purpose": "Gym entrance",
        "enrolment": EnrolmentMethod.LIVE,
        "consent": bytes(32),
        "issued_at": NOW,
        "lifetime": YEAR,
        "status": 4,
    }
    template = Template.from_features(
        values.astype(np.float32), embedder="dlib-resnet29-v1", preprocessing="mesh5-150"
    )
    return issue(template, **arguments | changes)


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with keys and passes of every kind, which tests must leave as they are."""
    machine = Machine(tmp_path_factory.mktemp("carrier"))
    home = Home.create(machine.keys)
    tied = made(home, holder=HOLDER.public)
    passes = {
        "mine.pass": made(home),
        "pin.pass": made(home, pin=PIN),
        "tied.pass": tied,
        "shown.pass": present(tied, holder=HOLDER, now=NOW),
        "ended.pass": made(home, issued_at=NOW - 2 * YEAR),
        "large.pass": made(home, numbers=2048),
        "elsewhere.pass": made(home, verifier=VerifierKey.generate().public),
        "unknown.pass": made(home, issuer=IssuerKey.generate()),
    }
    for name, whole in passes.items():
        whole.write(machine.work / name)
    machine.file("mine.png", code_picture(passes["mine.pass"], ".png"))
    machine.file("mine.txt", to_text(passes["mine.pass"]).encode() + b"\n")
    damaged = bytearray(passes["mine.pass"].encode())
    damaged[250] ^= 1
    machine.file("damaged.pass", bytes(damaged))
    return machine


def content(machine: Machine, name: str) -> bytes:
    return (machine.work / name).read_bytes()


def take(machine: Machine, name: str) -> bytes:
    """Return a new file and remove it again."""
    data = content(machine, name)
    assert (machine.work / name).stat().st_mode & 0o777 == 0o600
    (machine.work / name).unlink()
    return data


def text_of(machine: Machine, name: str) -> str:
    return to_text(Pass.read(machine.work / name))


def process(
    machine: Machine, *arguments: str, given: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with pipes, and with lines as long as they are."""
    return subprocess.run(
        [sys.executable, "-m", "visavis", "pass", *arguments],
        cwd=machine.work,
        env=machine.environment | environment,
        input=given,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("source", ["mine.pass", "mine.png", "mine.txt"])
def test_a_pass_in_any_form_is_drawn_as_a_picture(carrier: Machine, source: str) -> None:
    done = carrier.call("pass", "qr", source, "--out", "code.png")
    assert (done.code, done.stderr) == (0, "")
    assert "Code in code.png" in done.stdout
    data = take(carrier, "code.png")
    assert from_picture(data, "code.png").encode() == content(carrier, "mine.pass")
    as_json = carrier.call("pass", "qr", source, "--out", "code.svg", "--json").json()
    assert as_json == {
        "outcome": "done",
        "out": "code.svg",
        "bytes": len(take(carrier, "code.svg")),
    }


def test_the_text_of_a_pass_can_be_given_for_it(carrier: Machine) -> None:
    text = text_of(carrier, "shown.pass")
    assert carrier.call("pass", "read", text, "--out", "back.pass").code == 0
    assert take(carrier, "back.pass") == content(carrier, "shown.pass")


def test_a_pass_goes_through_text_and_pipes_and_back(carrier: Machine) -> None:
    printed = process(carrier, "text", "mine.pass").stdout
    assert printed == content(carrier, "mine.txt")
    back = process(carrier, "read", "-", "--out", "back.pass", given=printed)
    assert (back.returncode, back.stderr) == (0, b"")
    assert take(carrier, "back.pass") == content(carrier, "mine.pass")


def test_text_as_json(carrier: Machine) -> None:
    found = carrier.call("pass", "text", "shown.pass", "--json").json()
    assert found == {"outcome": "done", "text": text_of(carrier, "shown.pass")}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_picture_becomes_a_file_again(carrier: Machine, as_json: bool) -> None:
    arguments = ["pass", "read", "mine.png", "-o", "back.pass", *["--json"] * as_json]
    done = carrier.call(*arguments)
    assert done.code == 0
    if as_json:
        assert done.json() == {
            "outcome": "done",
            "pass": "back.pass",
            "bytes": len(content(carrier, "mine.pass")),
            "verifier": carrier.home.verifier.id,
        }
    assert take(carrier, "back.pass") == content(carrier, "mine.pass")


def test_a_code_is_drawn_in_a_terminal_that_is_wide_enough(carrier: Machine) -> None:
    wide = process(carrier, "qr", "mine.pass", COLUMNS="93")
    lines = wide.stdout.decode().splitlines()
    assert (wide.returncode, wide.stderr) == (0, b"")
    assert len(lines) == 47
    assert {len(line) for line in lines} == {93}
    assert set("".join(lines)) <= set("█▀▄ ")
    refused = process(carrier, "qr", "mine.pass", COLUMNS="93", PYTHONIOENCODING="ascii")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"cannot be drawn in this terminal" in refused.stderr


def test_a_terminal_that_is_too_narrow_is_told(carrier: Machine) -> None:
    done = carrier.call("pass", "qr", "mine.pass")
    assert done.code == 2
    assert "93 columns wide, and the terminal 80" in done.refusal()
    as_json = carrier.call("pass", "qr", "mine.pass", "--json").json()
    assert as_json["text"] == text_of(carrier, "mine.pass")


@pytest.mark.parametrize("name", ["mine.pass", "mine.png", "pin.pass"])
def test_a_card_takes_its_words_from_the_pass(carrier: Machine, name: str) -> None:
    done = carrier.call(
        "pass", "qr", name, "-o", "card.pdf", "--contact", "Front desk", VISAVIS_PIN=PIN
    )
    assert done.code == 0, done.stderr
    assert "Card in card.pdf" in done.stdout
    assert take(carrier, "card.pdf").startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["elsewhere.pass", "unknown.pass"])
def test_a_card_of_a_pass_that_cannot_be_opened_needs_words(carrier: Machine, name: str) -> None:
    done = carrier.call("pass", "qr", name, "-o", "card.pdf", "--title", "Pool", "--json")
    assert (done.code, done.json()["reason"]) == (2, "card_words_missing")
    words = ("--title", "Pool", "--ends", "2031-05-01")
    assert carrier.call("pass", "qr", name, "-o", "card.pdf", *words).code == 0
    given = take(carrier, "card.pdf")
    nowhere = ("--home", "no-home")
    assert carrier.call("pass", "qr", name, "-o", "card.pdf", *words, *nowhere).code == 0
    assert take(carrier, "card.pdf") == given


def test_a_card_is_the_same_with_the_words_of_the_pass_and_with_the_same_words_typed(
    carrier: Machine,
) -> None:
    assert carrier.call("pass", "qr", "mine.pass", "-o", "card.pdf").code == 0
    opened = take(carrier, "card.pdf")
    words = ("--title", "Gym entrance", "--ends", LAST_DAY)
    assert carrier.call("pass", "qr", "mine.pass", "-o", "card.pdf", *words).code == 0
    assert take(carrier, "card.pdf") == opened


REFUSED = {
    "no home": (["mine.pass", "-o", "c.pdf", "--home", "no-home"], 2, "card_words_missing"),
    "a proof": (
        ["shown.pass", "-o", "c.pdf", "--title", "Pool", "--ends", "2031-05-01"],
        2,
        "proof_on_card",
    ),
    "tied": (["tied.pass", "-o", "c.pdf"], 2, "tied_to_phone"),
    "ended": (["ended.pass", "-o", "c.pdf"], 12, "expired"),
    "damaged": (["damaged.pass", "-o", "c.pdf"], 12, "altered"),
    "no PIN": (["pin.pass", "-o", "c.pdf"], 12, "pin_required"),
    "another day": (["mine.pass", "-o", "c.pdf", "--ends", "2001-01-01"], 2, "ends_differ"),
    "no day": (["mine.pass", "-o", "c.pdf", "--ends", "tomorrow"], 2, "bad_ends"),
    "no letters": (["mine.pass", "-o", "c.pdf", "--title", "健身"], 2, "not_printable_on_card"),
    "no title": (["mine.pass", "-o", "c.pdf", "--title", " "], 2, "bad_purpose"),
    "no contact": (["mine.pass", "-o", "c.pdf", "--contact", ""], 2, "bad_contact"),
    "words without a card": (["mine.pass", "-o", "c.png", "--title", "x"], 2, "only_on_cards"),
    "words in the terminal": (["mine.pass", "--contact", "x"], 2, "only_on_cards"),
    "another kind": (["mine.pass", "-o", "c.gif"], 2, "unknown_picture"),
    "no kind": (["mine.pass", "-o", "code"], 2, "unknown_picture"),
    "too large": (["large.pass", "-o", "c.png"], 2, "too_large_for_code"),
    "too large for the terminal": (["large.pass"], 2, "too_large_for_code"),
    "there already": (["mine.pass", "-o", "mine.png"], 2, "file_exists"),
    "no folder": (["mine.pass", "-o", "no/c.png"], 2, "folder_missing"),
    "no pass": (["missing.pass", "-o", "c.png"], 2, "file_missing"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_drawn_leaves_nothing_behind(carrier: Machine, kind: str) -> None:
    arguments, code, reason = REFUSED[kind]
    before = carrier.tree()
    said = carrier.call("pass", "qr", *arguments)
    assert said.code == code
    said.refusal()
    if "-o" in arguments:
        as_json = carrier.call("pass", "qr", *arguments, "--json")
        assert (as_json.code, as_json.json()["reason"]) == (code, reason)
    assert carrier.tree() == before


UNREADABLE = {
    "a letter": (b"Let me in, please.\n", "malformed"),
    "nothing": (b"", "empty"),
    "half a picture": (None, "picture_damaged"),
    "half a text": (b"VAV1:ABC", "malformed"),
    "small letters": (b"vav1:abcdef", "malformed"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_holds_no_pass_is_not_made_into_a_file(carrier: Machine, kind: str) -> None:
    data, reason = UNREADABLE[kind]
    name = carrier.file("odd", content(carrier, "mine.png")[:-60] if data is None else data)
    before = carrier.tree()
    said = carrier.call("pass", "read", name, "--out", "new.pass")
    assert said.code == 12
    said.refusal()
    as_json = carrier.call("pass", "read", name, "--out", "new.pass", "--json").json()
    assert (as_json["outcome"], as_json["reason"]) == ("pass_rejected", reason)
    assert carrier.tree() == before
    (carrier.work / name).unlink()


def test_a_file_is_replaced_only_if_that_is_said(carrier: Machine) -> None:
    carrier.file("old.pass", b"old")
    again = carrier.call("pass", "read", "mine.png", "--out", "old.pass", "--json")
    assert (again.code, again.json()["reason"]) == (2, "file_exists")
    assert content(carrier, "old.pass") == b"old"
    assert carrier.call("pass", "read", "mine.png", "--out", "old.pass", "--force").code == 0
    assert take(carrier, "old.pass") == content(carrier, "mine.pass")
    carrier.file("old.png", b"old")
    assert carrier.call("pass", "qr", "mine.pass", "--out", "old.png", "--force").code == 0
    assert take(carrier, "old.png") == content(carrier, "mine.png")


@pytest.mark.parametrize("command", [(), ("qr",), ("text",), ("read",)])
def test_help_fits_a_terminal(carrier: Machine, command: tuple[str, ...]) -> None:
    assert "Usage: visavis pass" in carrier.call("pass", *command, "--help").stdout

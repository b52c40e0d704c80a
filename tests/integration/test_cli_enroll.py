"""Enrolment at the command line: nobody is enrolled without a yes, no file is left half done."""

from __future__ import annotations

import errno
import os
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from tests.integration._cli import Machine


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder for the pass."""
    return tmp_path


def test_nobody_to_ask_is_wrong_usage_and_writes_nothing(
    machine: Machine, same: str, place: Path
) -> None:
    before = machine.tree()
    for form in ((), ("--json",)):
        result = machine.run("enroll", same, "--out", str(place / "new.pass"), *form)
        assert result.code == 2
        assert "You need not agree" in result.stderr
        said = result.stdout if form else result.stderr
        assert "Nobody is here to read this and agree." in said
        assert "--i-consent" in said
    assert not list(place.iterdir())
    assert machine.tree() == before


def test_a_yes_makes_the_pass_and_it_verifies(machine: Machine, same: str, place: Path) -> None:
    out = place / "new.pass"
    options = ("--purpose", "choir room", "--expires", "8w")
    result = machine.answer(b"y\n", "enroll", same, "--out", str(out), *options)
    assert result.code == 0, result.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    notice = " ".join(re.sub("[│╭╮╰╯─]", " ", result.stderr).split())
    end = datetime.now(UTC) + timedelta(weeks=8)
    for part in (
        "What for choir room",
        "No photo, and no name",
        "Only in that file",
        f"Until {end.day} {end:%B %Y}",
        "an equally good way",
    ):
        assert part in notice
    verified = machine.call("verify", str(out), same, "--purpose", "choir room")
    assert verified.code == 0
    assert [path.name for path in place.iterdir()] == ["new.pass"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"n\n", "You did not agree"),
        (b"\n", "You did not agree"),
        (b"yes but no\n", "You did not agree"),
        (b"\x04", "Stopped. Nothing was left half done."),
        (signal.SIGINT, "Stopped. Nothing was left half done."),
    ],
    ids=["n", "nothing", "something else", "ctrl-d", "ctrl-c"],
)
def test_anything_but_a_yes_makes_no_pass(
    machine: Machine, same: str, place: Path, typed: bytes | signal.Signals, said: str
) -> None:
    before = machine.tree()
    result = machine.answer(typed, "enroll", same, "--out", str(place / "new.pass"))
    assert result.code == 1
    assert said in result.stderr
    assert not list(place.iterdir())
    assert machine.tree() == before


@pytest.mark.parametrize(
    "length", ["", "0d", "-1d", "1.5d", "forever", "1min", "5", "6y", "9999999d", "999999y", "٣d"]
)
def test_length_of_time_that_cannot_be_right(
    machine: Machine, same: str, place: Path, length: str
) -> None:
    out = str(place / "new.pass")
    result = machine.call("enroll", same, "--out", out, "--i-consent", f"--expires={length}")
    assert result.code == 2
    result.refusal()
    assert not list(place.iterdir())


@pytest.mark.parametrize("purpose", ["", " ", "two\nlines", "p" * 81, "\x1b[2J", "odd \udcff"])
def test_purpose_that_cannot_be_right(
    machine: Machine, same: str, place: Path, purpose: str
) -> None:
    out = str(place / "new.pass")
    result = machine.call("enroll", same, "--out", out, "--i-consent", f"--purpose={purpose}")
    assert result.code == 2
    assert "purpose" in result.refusal()
    assert not list(place.iterdir())


def test_pass_that_exists_is_kept_unless_forced(machine: Machine, same: str, place: Path) -> None:
    out = place / "old.pass"
    out.write_bytes(b"precious")
    command = ("enroll", same, "--out", str(out), "--i-consent")
    refused = machine.call(*command)
    assert refused.code == 2
    assert "--force" in refused.refusal()
    assert out.read_bytes() == b"precious"
    assert machine.call(*command, "--force").code == 0
    assert out.read_bytes() != b"precious"
    assert [path.name for path in place.iterdir()] == ["old.pass"]


def test_link_that_leads_nowhere_is_not_written_through(
    machine: Machine, same: str, place: Path
) -> None:
    (place / "link.pass").symlink_to(place / "elsewhere")
    result = machine.call("enroll", same, "--out", str(place / "link.pass"), "--i-consent")
    assert result.code == 2
    assert [path.name for path in place.iterdir()] == ["link.pass"]


def test_folder_is_not_replaced_even_if_forced(machine: Machine, same: str, place: Path) -> None:
    result = machine.call("enroll", same, "--out", str(place), "--i-consent", "--force")
    assert result.code == 2
    result.refusal()
    assert not list(place.iterdir())
    assert not [path for path in place.parent.iterdir() if path.name.startswith(".visavis")]


def test_missing_folder_is_noticed_before_anybody_is_asked(
    machine: Machine, same: str, place: Path
) -> None:
    result = machine.run("enroll", same, "--out", str(place / "no" / "new.pass"))
    assert result.code == 2
    assert "Create the folder first." in result.refusal()
    assert "What for" not in result.stderr


def test_folder_that_takes_no_files_is_a_failure(machine: Machine, same: str) -> None:
    result = machine.call("enroll", same, "--out", "/proc/new.pass", "--i-consent")
    assert result.code == 1
    assert "cannot be written" in result.refusal()


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("call", "raised", "code", "said"),
    [
        ("write", FULL, 1, "no room left"),
        ("fsync", FULL, 1, "no room left"),
        ("link", OSError(errno.EROFS, "Read-only file system"), 1, "cannot be written"),
        ("fsync", KeyboardInterrupt(), 1, "Stopped."),
        ("write", KeyboardInterrupt(), 1, "Stopped."),
    ],
    ids=["full at write", "full at sync", "read-only", "ctrl-c at sync", "ctrl-c at write"],
)
def test_failure_while_writing_leaves_no_file_and_no_temporary_file(  # noqa: PLR0913, PLR0917
    machine: Machine,
    same: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise raised

    before = machine.tree()
    with monkeypatch.context() as patch:
        patch.setattr(f"visavis._files.os.{call}", fail)
        result = machine.call("enroll", same, "--out", str(place / "new.pass"), "--i-consent")
    assert result.code == code
    assert said in result.stderr
    assert not list(place.iterdir())
    # A number was taken for the pass that could not be written, and stays unused.
    after = machine.tree()
    assert {name for name in after if after[name] != before.get(name)} == {"keys/register.db"}


def test_stop_while_the_photos_are_looked_at_leaves_nothing(
    machine: Machine, same: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the signal did not arrive")

    monkeypatch.setattr("visavis.face.pipeline.FacePipeline.features", stop)
    before = machine.tree()
    result = machine.call("enroll", same, "--out", str(place / "new.pass"), "--i-consent", "--json")
    assert result.code == 1
    assert result.json()["reason"] == "interrupted"
    assert set(result.json()) == {"outcome", "reason", "message", "remedy"}
    assert not list(place.iterdir())
    assert machine.tree() == before

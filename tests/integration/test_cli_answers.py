"""The answers, their exit codes and JSON, and the outputs that go wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.integration._cli import Machine

KEYS = ["outcome", "reason", "remedy", "tier", "presence", "operating_point", "elapsed_ms"]
COMMANDS = ["", "init", "enroll", "verify", "inspect", "doctor", "demo", "models"]
COMMANDS += ["evaluate", "calibrate"]
COMMANDS += [f"models {name}" for name in ("fetch", "list", "verify", "add")]


def test_the_same_person_is_verified_in_words(machine: Machine, same: str) -> None:
    before = machine.tree()
    result = machine.run("verify", "made.pass", same)
    assert result.code == 0
    assert result.stdout.startswith("✓ Verified  This is the person the pass was issued to.\n")
    assert "bearer" in result.stdout
    assert result.stderr == ""
    assert machine.tree() == before, "a verification leaves nothing behind, not even a cache"


def test_somebody_else_is_no_match_in_words(machine: Machine, other: str) -> None:
    result = machine.run("verify", "made.pass", other)
    assert result.code == 10
    assert "No match" in result.refusal()


def test_json_of_all_four_answers_has_the_same_keys(
    machine: Machine, same: str, other: str
) -> None:
    nothing = machine.file("nothing.jpg", b"")
    broken = machine.file("broken.pass", b"no pass")
    answers = [
        (machine.run("verify", "made.pass", same, "--json"), 0, "verified", None),
        (machine.run("verify", "made.pass", other, "--json"), 10, "no_match", "different_person"),
        (machine.run("verify", "made.pass", nothing, "--json"), 11, "cannot_decide", "photo_empty"),
        (machine.run("verify", broken, same, "--json"), 12, "pass_rejected", "malformed"),
    ]
    for result, code, outcome, reason in answers:
        values = result.json()
        assert list(values) == KEYS
        assert (result.code, values["outcome"], values["reason"]) == (code, outcome, reason)
        assert isinstance(values["elapsed_ms"], int)
        assert (values["remedy"] is None) == (values["tier"] == "bearer") == (code == 0)
        assert result.stderr == ""


def test_purpose_of_the_pass_is_asked_for(machine: Machine, same: str) -> None:
    right = machine.call("verify", "made.pass", same, "--purpose", "gym", "--purpose", "entry")
    assert right.code == 0
    wrong = machine.call("verify", "made.pass", same, "--purpose", "ent", "--json")
    assert (wrong.code, wrong.json()["reason"]) == (12, "wrong_purpose")


def test_inspect_shows_the_claims_and_no_template(machine: Machine) -> None:
    words = machine.run("inspect", "made.pass")
    values = machine.call("inspect", "made.pass", "--json").json()
    assert words.code == 0
    assert values["template"] == "present, never shown"
    assert values["verifier"] == machine.home.verifier.id
    assert values.pop("outcome") == "done"
    assert all(str(value) in words.stdout for value in values.values())


def test_inspect_by_others_shows_no_more_than_the_outside(machine: Machine, bare: Machine) -> None:
    made = bare.file("made.pass", (machine.work / "made.pass").read_bytes())
    for _ in range(2):
        values = bare.call("inspect", made, "--json").json()
        assert values["contents"].startswith("sealed")
        assert set(values) == {"outcome", "size_bytes", "verifier", "pin", "proof", "contents"}
        bare.call("init")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_names_the_exit_codes(machine: Machine, command: str) -> None:
    result = machine.call(*command.split(), "--help")
    assert result.code == 0
    said = " ".join(result.stdout.split())
    for part in ("0 verified or done", "10 no match", "11 cannot decide", "12 pass rejected"):
        assert part in said
    assert "13 spoof suspected" in said
    assert "2 wrong usage" in said
    assert "1 anything else" in said
    assert said.startswith("Usage: visavis")


@pytest.mark.parametrize("command", ["", "models"])
def test_no_command_shows_the_help_as_wrong_usage(machine: Machine, command: str) -> None:
    result = machine.call(*command.split())
    assert result.code == 2
    assert result.stderr.startswith("Usage: visavis")


WRONG = [
    ("no-such-command",),
    ("verify",),
    ("verify", "made.pass"),
    ("verify", "made.pass", "photo.jpg", "--no-such-option"),
    ("enroll", "photo.jpg"),
    ("enroll", "--out", "x.pass"),
    ("inspect", "made.pass", "photo.jpg"),
    ("models", "no-such-command"),
    ("evaluate", "folder"),
    ("evaluate", "folder", "--out", "report", "--target", "often"),
    ("calibrate",),
    ("calibrate", "no-such-folder"),
    ("calibrate", "no-such-folder", "--target", "2"),
    ("calibrate", "no-such-folder", "--out", "x.toml", "--home", "keys"),
    ("models", "add", "file.onnx"),
    ("models", "fetch", "--find-links", "no-such-folder"),
    ("inspect", "no-such.pass"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_code_2(machine: Machine, arguments: tuple[str, ...]) -> None:
    environment = {"VISAVIS_MODELS": "/nonexistent"} if "fetch" in arguments else {}
    result = machine.call(*arguments, **environment)
    assert result.code == 2
    result.refusal()
    as_json = machine.call(*arguments, "--json", **environment)
    assert as_json.code == 2
    values = as_json.json()
    assert values["outcome"] == "error"
    assert set(values) == {"outcome", "reason", "message", "remedy"}
    assert as_json.stderr == ""


def test_a_photo_called_json_is_no_option(machine: Machine) -> None:
    result = machine.call("verify", "made.pass", "--", "--json-is-no-photo", "--json")
    assert result.code == 2


def test_version_is_the_package_version(machine: Machine) -> None:
    from visavis import __version__  # noqa: PLC0415

    assert machine.call("--version").stdout == f"visavis {__version__}\n"


def test_completion_script_and_completion_of_commands(machine: Machine) -> None:
    script = machine.run("--show-completion", "bash")
    assert script.code == 0
    assert "complete -o default -F _visavis_completion visavis" in script.stdout
    asked = {"_VISAVIS_COMPLETE": "complete_bash", "COMP_WORDS": "visavis ", "COMP_CWORD": "1"}
    completed = machine.run(**asked)
    assert completed.code == 0
    assert set(completed.stdout.split()) >= {"init", "enroll", "verify", "inspect", "models"}


SHELL = f"{sys.executable} -m visavis"


@pytest.mark.parametrize("command", ["models list", "verify nothing made.pass --json", "--help"])
def test_output_that_nobody_reads_gives_no_traceback(machine: Machine, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*SHELL.split(), *command.split()],
        cwd=machine.work,
        env=machine.environment,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("redirection", "code"), [(">&-", 0), (">/dev/full", 1), (">&- 2>&- <&-", 0)]
)
@pytest.mark.parametrize("form", ["", "--json"])
def test_closed_or_full_output_gives_no_traceback(
    machine: Machine, redirection: str, code: int, form: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {SHELL} inspect made.pass {form} {redirection}"],
        cwd=machine.work,
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert (done.stderr == "") == (code == 0)


def test_output_that_takes_ascii_only_still_gets_the_answer(machine: Machine, same: str) -> None:
    result = machine.run("verify", "made.pass", same, PYTHONIOENCODING="ascii")
    assert result.code == 0
    assert "Verified" in result.stdout

"""``visavis status``, as people run it: lost passes, withdrawals, lists of ours and of others."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.integration._cli import Machine
from tests.unit.status._server import Server, good, raw

from visavis.errors import PassRejected
from visavis.home import Home
from visavis.passes import Action, HolderKey, Pass, StatusList, issue, present
from visavis.types import EnrolmentMethod, Template

PIN, DAY = "836152", timedelta(days=1)


@pytest.fixture
def desk(bare: Machine) -> Machine:
    """A machine with keys."""
    assert bare.call("init").code == 0
    return bare


def make(  # noqa: PLR0913 - what a pass can be like
    desk: Machine,
    name: str,
    *,
    by: Home | None = None,
    lifetime: timedelta = DAY,
    pin: str | None = None,
    holder: HolderKey | None = None,
) -> int:
    """Issue a pass for the desk, as ``name`` in the working folder, and return its number."""
    features = np.random.default_rng(1).normal(size=128).astype(np.float32)
    home = by or desk.home
    number = home.register.take()
    made = issue(
        Template.from_features(features, embedder="embedder", preprocessing="chip"),
        issuer=home.issuer,
        verifier=desk.home.verifier_public,
        purpose="entry",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=datetime.now(UTC) - timedelta(hours=1),
        lifetime=lifetime,
        status=number,
        pin=pin,
        holder=None if holder is None else holder.public,
    )
    desk.file(name, made.encode())
    return number


def shown(desk: Machine, name: str, holder: HolderKey, action: Action) -> str:
    """Sign a pass with the phone, and return the file of what the phone shows."""
    sealed = Pass.read(desk.work / name)
    signed = present(sealed, holder=holder, now=datetime.now(UTC), action=action)
    return desk.file("shown.pass", signed.encode())


def state(home: Home, number: int, issuer: str | None = None) -> str:
    try:
        home.statuses.require_valid(issuer or home.issuer_public.id, number, now=datetime.now(UTC))
    except PassRejected as answer:
        return answer.reason
    return "in force"


# Revoking, by the issuer


def test_a_lost_pass_is_revoked_by_its_number(desk: Machine) -> None:
    number, kept = make(desk, "lost.pass"), make(desk, "kept.pass")
    done = desk.run("status", "revoke", str(number), "--yes")
    assert done.code == 0
    assert f"number {number} of issuer {desk.home.issuer_public.id}" in done.stdout
    assert "visavis status publish" in done.stdout
    assert (state(desk.home, number), state(desk.home, kept)) == ("revoked", "in force")
    again = desk.call("status", "revoke", str(number), "--json")
    assert again.code == 0
    assert again.json() == {
        "outcome": "done",
        "issuer": desk.home.issuer_public.id,
        "number": number,
        "was_in_force": False,
    }


def test_revoking_asks_first(desk: Machine) -> None:
    number = make(desk, "made.pass")
    before = desk.home.register.bits()
    said = desk.call("status", "revoke", str(number)).refusal()
    assert "--yes" in said
    assert str(number) in said
    for answer in (b"n\n", b"\n"):
        refused = desk.answer(answer, "status", "revoke", str(number))
        assert refused.code == 1
        assert "Nothing was changed." in refused.stderr
    assert desk.home.register.bits() == before
    assert desk.answer(b"y\n", "status", "revoke", str(number)).code == 0
    assert state(desk.home, number) == "revoked"


def test_nobody_to_ask_and_no_yes_is_wrong_usage(desk: Machine) -> None:
    number = make(desk, "made.pass")
    done = desk.call("status", "revoke", str(number), "--json")
    assert done.code == 2
    assert done.json()["reason"] == "nobody_to_ask"
    assert state(desk.home, number) == "in force"


def test_a_pass_at_hand_is_revoked_by_itself(desk: Machine) -> None:
    number = make(desk, "found.pass")
    assert desk.call("status", "revoke", "--pass", "found.pass", "--yes").code == 0
    assert state(desk.home, number) == "revoked"


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ([], 2, "wrong_usage"),
        (["7", "--pass", "x.pass"], 2, "wrong_usage"),
        (["-7"], 2, "wrong_usage"),
        (["seven"], 2, "wrong_usage"),
        (["7", "--yes"], 1, "place_unknown"),
        (["131072", "--yes"], 1, "place_unknown"),
        ([str(10**30), "--yes"], 1, "place_unknown"),
        (["--pass", "missing.pass", "--yes"], 2, "file_missing"),
    ],
)
def test_what_cannot_be_revoked_is_told(
    desk: Machine, arguments: list[str], code: int, reason: str
) -> None:
    before = desk.tree()
    done = desk.call("status", "revoke", *arguments, "--json")
    assert (done.code, done.json()["reason"]) == (code, reason)
    assert desk.tree() == before


def test_a_number_that_several_keys_have_used_needs_the_issuer(
    desk: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 4711)
    numbers, issuers = [], []
    for _ in range(2):
        numbers.append(make(desk, "made.pass"))
        issuers.append(desk.home.issuer_public.id)
        desk.home.rotate("issuer", now=datetime.now(UTC))
    assert numbers == [4711, 4711]
    done = desk.call("status", "revoke", "4711", "--yes")
    assert done.code == 2
    assert all(issuer in done.refusal() for issuer in issuers)
    assert desk.call("status", "revoke", "4711", "--issuer", issuers[0][:6], "--yes").code == 0
    answers = [state(desk.home, 4711, issuer) for issuer in issuers]
    assert answers == ["revoked", "in force"]
    unknown = desk.call("status", "revoke", "4711", "--issuer", "x", "--yes", "--json")
    assert unknown.json()["reason"] == "place_unknown"


# Withdrawing, by the holder


def test_a_pass_without_pin_or_phone_is_withdrawn_in_person(desk: Machine) -> None:
    number = make(desk, "mine.pass")
    refused = desk.call("status", "withdraw", "mine.pass")
    assert refused.code == 2
    assert "--in-person" in refused.refusal()
    assert state(desk.home, number) == "in force"
    done = desk.run("status", "withdraw", "mine.pass", "--in-person")
    assert done.code == 0
    assert f"Withdrawn  number {number}" in done.stdout
    assert state(desk.home, number) == "revoked"
    again = desk.call("status", "withdraw", "mine.pass", "--in-person")
    assert again.code == 0
    assert "not in force any more" in again.stdout


def test_a_pin_is_all_that_a_pass_with_a_pin_needs(desk: Machine) -> None:
    number = make(desk, "mine.pass", pin=PIN)
    without = desk.call("status", "withdraw", "mine.pass", "--json")
    assert (without.code, without.json()["reason"]) == (12, "pin_required")
    wrong = desk.call("status", "withdraw", "mine.pass", "--json", VISAVIS_PIN="836153")
    assert (wrong.code, wrong.json()["reason"]) == (12, "wrong_pin")
    assert state(desk.home, number) == "in force"
    assert desk.call("status", "withdraw", "mine.pass", VISAVIS_PIN=PIN).code == 0
    assert state(desk.home, number) == "revoked"


def test_pins_cannot_be_tried_out_by_withdrawing(desk: Machine) -> None:
    number = make(desk, "mine.pass", pin=PIN)
    reasons = []
    for pin in ("836153", "836154", "836155", PIN):
        done = desk.call("status", "withdraw", "mine.pass", "--json", VISAVIS_PIN=pin)
        reasons.append(done.json()["reason"])
    assert reasons == ["wrong_pin"] * 3 + ["too_many_attempts"]
    again = desk.call("status", "revoke", "--pass", "mine.pass", "--json", VISAVIS_PIN=PIN)
    assert again.json()["reason"] == "too_many_attempts"
    assert state(desk.home, number) == "in force"


def test_a_phone_signs_that_its_pass_is_withdrawn(desk: Machine) -> None:
    holder = HolderKey.generate()
    number = make(desk, "mine.pass", holder=holder)
    reasons = []
    for source in ("mine.pass", shown(desk, "mine.pass", holder, Action.PRESENT)):
        done = desk.call("status", "withdraw", source, "--json")
        assert done.code == 12
        reasons.append(done.json()["reason"])
    other = shown(desk, "mine.pass", HolderKey.generate(), Action.WITHDRAW)
    reasons.append(desk.call("status", "withdraw", other, "--json").json()["reason"])
    assert reasons == ["proof_missing", "proof_wrong_action", "proof_bad_signature"]
    assert state(desk.home, number) == "in force"
    signed = shown(desk, "mine.pass", holder, Action.WITHDRAW)
    assert desk.call("status", "withdraw", signed).code == 0
    assert state(desk.home, number) == "revoked"


def test_a_pass_whose_phone_is_lost_is_withdrawn_in_person(desk: Machine) -> None:
    number = make(desk, "mine.pass", holder=HolderKey.generate())
    assert desk.call("status", "withdraw", "mine.pass", "--in-person").code == 0
    assert state(desk.home, number) == "revoked"


def test_an_expired_pass_can_be_withdrawn(desk: Machine) -> None:
    number = make(desk, "old.pass", lifetime=timedelta(minutes=5))
    assert desk.call("status", "withdraw", "old.pass", "--in-person").code == 0
    assert state(desk.home, number) == "revoked"


def test_a_pass_of_a_key_that_was_replaced_can_be_withdrawn(desk: Machine) -> None:
    number, issuer = make(desk, "old.pass"), desk.home.issuer_public.id
    assert desk.call("keys", "rotate", "issuer", "--yes").code == 0
    assert desk.call("status", "withdraw", "old.pass", "--in-person").code == 0
    assert state(desk.home, number, issuer) == "revoked"


def test_a_pass_of_a_key_that_is_not_trusted_any_more_can_be_withdrawn(desk: Machine) -> None:
    number, issuer = make(desk, "old.pass"), desk.home.issuer_public.id
    retired = desk.call("keys", "retire", issuer, "--compromised", "--yes")
    assert retired.code == 0
    assert desk.call("status", "withdraw", "old.pass", "--in-person").code == 0
    assert state(desk.home, number, issuer) == "revoked"


@pytest.fixture
def library(desk: Machine) -> Home:
    """Another issuer, whose list is looked for in the folder ``lists``."""
    home = Home.create(desk.folder / "library")
    (desk.work / "lists").mkdir()
    key = str(home.folder / "issuer.pub")
    assert desk.call("keys", "trust", key, "--status", "lists").code == 0
    return home


def test_a_pass_of_another_issuer_is_forwarded(desk: Machine, library: Home) -> None:
    number = make(desk, "card.pass", by=library)
    issuer = library.issuer_public.id
    before = desk.home.register.bits(), library.register.bits()
    for command in (("withdraw", "card.pass", "--in-person"), ("revoke", "--pass", "card.pass")):
        done = desk.call("status", *command)
        assert done.code == 1
        assert "Nothing was changed here." in done.stdout
        assert re.search(f"issuer +{issuer}\n +number +{number}\n", done.stdout)
        said = desk.call("status", *command, "--json").json()
        assert (said["outcome"], said["issuer"], said["number"]) == ("forward", issuer, number)
    assert (desk.home.register.bits(), library.register.bits()) == before


@pytest.mark.parametrize("content", [b"", b"x", b"\x82\x01\x02", b"\xd8\x60\x80"])
def test_what_is_no_pass_is_refused(desk: Machine, content: bytes) -> None:
    desk.file("bad.pass", content)
    for command in (("withdraw", "bad.pass", "--in-person"), ("revoke", "--pass", "bad.pass")):
        assert desk.call("status", *command, "--json").code == 12


def test_a_pass_for_another_verifier_is_refused(desk: Machine, library: Home) -> None:
    make(desk, "mine.pass")
    theirs = str(library.folder)
    done = desk.call("status", "withdraw", "mine.pass", "--in-person", "--home", theirs, "--json")
    assert (done.code, done.json()["reason"]) == (12, "wrong_verifier")


# Publishing and fetching


def published(desk: Machine, home: Home) -> StatusList:
    file = desk.work / "lists" / f"{home.issuer_public.id}.cwt"
    return StatusList.open(file.read_bytes(), home.issuer_public)


def test_what_is_published_is_the_register(desk: Machine) -> None:
    (desk.work / "lists").mkdir()
    lost, kept = make(desk, "lost.pass"), make(desk, "kept.pass")
    desk.home.register.call_back(lost)
    done = desk.run("status", "publish", "--out", "lists")
    assert done.code == 0
    made = published(desk, desk.home)
    assert (made.valid(lost), made.valid(kept)) == (False, True)
    assert made.bits == desk.home.register.bits()
    assert (made.ttl, made.expires_at - made.issued_at) == (timedelta(hours=12), 3 * DAY)
    [file] = (desk.work / "lists").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_the_lists_of_former_keys_are_published_too(desk: Machine) -> None:
    (desk.work / "lists").mkdir()
    make(desk, "old.pass")
    desk.home.rotate("issuer", now=datetime.now(UTC))
    said = desk.call(
        "status", "publish", "--out", "lists", "--ttl", "1h", "--valid", "1d", "--json"
    )
    rows = {row["issuer"]: row for row in said.json()["lists"]}
    assert set(rows) == {register.issuer for register in desk.home.registers}
    assert set(rows) == {file.stem for file in (desk.work / "lists").glob("*.cwt")}
    for key in desk.home.issuers:
        file = desk.work / rows[key.id]["file"]
        made = StatusList.open(file.read_bytes(), key.public)
        assert (made.ttl, len(file.read_bytes())) == (DAY / 24, rows[key.id]["bytes"])


def test_an_earlier_list_is_replaced_and_nothing_else(desk: Machine) -> None:
    folder = desk.work / "lists"
    folder.mkdir()
    for _ in range(2):
        assert desk.call("status", "publish", "--out", "lists").code == 0
    [file] = folder.iterdir()
    later = StatusList.sign(
        bytes(1 << 14),
        issuer=desk.home.issuer,
        issued_at=datetime.now(UTC) + DAY,
        expires_at=datetime.now(UTC) + 2 * DAY,
        ttl=DAY,
    )
    for content in (b"somebody's file", b"", later):
        file.write_bytes(content)
        refused = desk.call("status", "publish", "--out", "lists", "--json")
        assert (refused.code, refused.json()["reason"]) == (2, "file_exists")
        assert file.read_bytes() == content
    assert desk.call("status", "publish", "--out", "lists", "--force").code == 0
    assert published(desk, desk.home).ttl == DAY / 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--ttl", "4m"], "bad_list_times"),
        (["--ttl", "4d"], "bad_list_times"),
        (["--valid", "32d"], "bad_list_times"),
        (["--valid", "11h"], "bad_list_times"),
        (["--ttl", "soon"], "bad_lifetime"),
    ],
)
def test_times_that_make_no_sense_publish_nothing(
    desk: Machine, options: list[str], reason: str
) -> None:
    (desk.work / "lists").mkdir()
    done = desk.call("status", "publish", "--out", "lists", *options, "--json")
    assert (done.code, done.json()["reason"]) == (2, reason)
    assert not list((desk.work / "lists").iterdir())


def test_publishing_into_no_folder_is_told(desk: Machine) -> None:
    done = desk.call("status", "publish", "--out", "nowhere", "--json")
    assert (done.code, done.json()["reason"]) == (2, "folder_missing")


def test_a_register_that_got_lost_is_not_published_as_if_nothing_was_called_back(
    desk: Machine,
) -> None:
    (desk.work / "lists").mkdir()
    (desk.keys / "register.db").unlink()
    for command in (["publish", "--out", "lists"], ["show"], ["revoke", "7", "--yes"]):
        done = desk.call("status", *command, "--json")
        assert done.code == 1
        assert done.json()["reason"] in {"register_missing", "home_damaged"}
    assert not list((desk.work / "lists").iterdir())
    assert not (desk.keys / "register.db").exists()


def test_lists_of_others_are_fetched_and_shown(desk: Machine, library: Home) -> None:
    lost, kept = make(desk, "a.pass", by=library), make(desk, "b.pass", by=library)
    issuer = library.issuer_public.id
    failed = desk.call("status", "fetch")
    assert failed.code == 1
    assert "None of its passes is accepted." in failed.stderr
    assert state(desk.home, kept, issuer) == "status_missing"
    [row] = desk.call("status", "show", "--json").json()["lists"]
    assert (row["issuer"], row["state"]) == (issuer, "status_missing")

    theirs = str(library.folder)
    revoked = desk.call("status", "revoke", str(lost), "--yes", "--home", theirs)
    assert revoked.code == 0
    assert desk.call("status", "publish", "--out", "lists", "--home", theirs).code == 0
    done = desk.call("status", "fetch")
    assert (done.code, done.stdout) == (0, f"✓ Fetched  {issuer}, good for 12 h\n")
    assert (state(desk.home, lost, issuer), state(desk.home, kept, issuer)) == (
        "revoked",
        "in force",
    )
    said = desk.call("status", "show")
    assert re.search(rf"{desk.home.issuer_public.id} +0 +0 +131,072", said.stdout)
    assert re.search(rf"{issuer} +good +\d+ s ago +1[12] h", said.stdout)


def test_an_issuer_without_a_list_is_named(desk: Machine) -> None:
    home = Home.create(desk.folder / "club")
    assert desk.call("keys", "trust", str(home.folder / "issuer.pub")).code == 0
    said = desk.call("status", "show")
    assert f"No pass of {home.issuer_public.id} is accepted" in said.stdout
    [row] = desk.call("status", "show", "--json").json()["lists"]
    assert row == {"issuer": home.issuer_public.id, "location": None, "state": "no_source"}
    nothing = desk.call("status", "fetch")
    assert (nothing.code, "no list to fetch" in nothing.stdout) == (0, True)
    assert desk.call("status", "fetch", "--json").json() == {"outcome": "done", "lists": []}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


def test_a_list_is_fetched_from_a_web_server_once(desk: Machine, server: Server) -> None:
    library = Home.create(desk.folder / "library")
    issuer = library.issuer_public.id
    key, ca_file = str(library.folder / "issuer.pub"), str(server.ca_file)
    trust = ("keys", "trust", key, "--status", server.address, "--ca-file", ca_file)
    assert desk.call(*trust).code == 0
    assert desk.call("status", "fetch", "--json").json()["lists"][0]["reason"] == "list_not_fetched"
    number = make(desk, "card.pass", by=library)
    now = datetime.now(UTC)
    server.behave = good(
        StatusList.sign(
            library.register.bits(),
            issuer=library.issuer,
            issued_at=now,
            expires_at=now + DAY,
            ttl=DAY / 2,
        )
    )
    server.requests.clear()
    assert desk.run("status", "fetch").code == 0
    assert len(server.requests) == 1
    assert server.requests[0].startswith(f"GET /{issuer}.cwt HTTP/1.1\r\n".encode())
    # From now on, whoever comes: the server hears nothing of it.
    for _ in range(3):
        assert state(desk.home, number, issuer) == "in force"
    assert len(server.requests) == 1
    server.behave = raw(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    failed = desk.call("status", "fetch")
    assert failed.code == 1
    assert "answered 500" in failed.stderr
    assert "The last one is good for 11 h." in failed.stderr
    assert state(desk.home, number, issuer) == "in force"


@pytest.mark.parametrize(
    "command",
    [["show"], ["fetch"], ["publish", "--out", "."], ["revoke", "7", "--yes"]],
    ids=lambda command: command[0],
)
def test_without_keys_nothing_can_be_done(bare: Machine, command: list[str]) -> None:
    done = bare.call("status", *command, "--json")
    assert (done.code, done.json()["reason"]) == (1, "home_missing")


def test_showing_needs_no_passphrase(desk: Machine) -> None:
    desk.home.protect("correct horse")
    assert desk.call("status", "show").code == 0
    (desk.work / "lists").mkdir()
    refused = desk.call("status", "publish", "--out", "lists", "--json")
    assert refused.json()["reason"] == "passphrase_required"
    done = desk.call("status", "publish", "--out", "lists", VISAVIS_PASSPHRASE="correct horse")
    assert done.code == 0

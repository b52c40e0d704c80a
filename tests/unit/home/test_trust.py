"""Whose passes are accepted, from when, and until when."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.home._doors import NOW, SECOND, answer, failing, made_with, power_cuts, tree

from visavis.errors import FileProblem, HomeProblem, VisavisError
from visavis.home import Home, Trusted
from visavis.home._trusted import _as_toml
from visavis.passes import IssuerKey, StatusList, TrustedIssuer, open_pass

LATER = NOW + timedelta(days=1)


def reason(action: Callable[[], object]) -> str:
    with pytest.raises(VisavisError) as caught:
        action()
    return caught.value.reason


@pytest.fixture
def door(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "door")


@pytest.fixture
def desk(tmp_path: Path) -> Home:
    """Of another issuer, which publishes a status list in ``lists``."""
    home = Home.create(tmp_path / "desk")
    (tmp_path / "lists").mkdir()
    return home


def publish(home: Home, folder: Path) -> None:
    month = timedelta(days=30)
    token = StatusList.sign(
        home.register.bits(),
        issuer=home.issuer,
        issued_at=NOW,
        expires_at=NOW + month,
        ttl=month,
    )
    (folder / f"{home.issuer.id}.cwt").write_bytes(token)


def test_an_issuer_becomes_trusted(door: Home, desk: Home) -> None:
    known = door.trust(desk.folder / "issuer.pub", name="Library", status="/lists")
    assert known == Trusted(desk.issuer_public, name="Library", status="/lists")
    assert TrustedIssuer(desk.issuer_public) in door.trusted_issuers
    assert known in Home.open(door.folder).trusted


def test_only_what_is_given_changes(door: Home, desk: Home, tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.write_bytes(b"certificates")
    public = desk.folder / "issuer.pub"
    door.trust(public, name="Library", status="https://library.example/status")
    door.retire(desk.issuer.id, at=LATER)
    door.trust(public, ca_file=certificates)
    known = door.trust(public, name="City library")
    assert known == Trusted(
        desk.issuer_public,
        name="City library",
        status="https://library.example/status",
        ca_file=certificates,
        retired_at=LATER,
    )
    assert known in Home.open(door.folder).trusted


def test_a_path_holds_in_every_folder(
    door: Home, desk: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.pem").touch()
    known = door.trust(desk.folder / "issuer.pub", status="lists", ca_file=Path("ca.pem"))
    assert known.status == str(tmp_path / "lists")
    assert known.ca_file == tmp_path / "ca.pem"


def test_several_issuers_at_one_door(door: Home, desk: Home, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    passes = [made_with(door)]
    desks = [desk, Home.create(tmp_path / "desk2"), Home.create(tmp_path / "desk3")]
    for each in desks:
        passes.append(made_with(each, verifier=door.verifier_public))
        publish(each, lists)
    assert [answer(door, each) for each in passes] == ["accepted"] + ["unknown_issuer"] * 3
    door.trust(desks[0].folder / "issuer.pub", status=str(lists))
    door.trust(desks[1].folder / "issuer.pub", status=str(lists))
    door.trust(desks[2].folder / "issuer.pub")
    assert [answer(door, each) for each in passes] == ["accepted"] * 3 + ["status_missing"]
    door.distrust(desks[0].issuer.id)
    assert [answer(door, each) for each in passes][1:3] == ["unknown_issuer", "accepted"]


def test_a_pass_that_another_issuer_called_back(door: Home, desk: Home, tmp_path: Path) -> None:
    presented = made_with(desk, verifier=door.verifier_public)
    door.trust(desk.folder / "issuer.pub", status=str(tmp_path / "lists"))
    opened = open_pass(presented, verifiers=door.verifiers, issuers=door.trusted_issuers)
    desk.register.call_back(opened.claims.status)
    publish(desk, tmp_path / "lists")
    assert answer(door, presented) == "revoked"


def test_our_own_passes_need_no_list_wherever_it_is_said_to_be(door: Home, tmp_path: Path) -> None:
    door.trust(door.folder / "issuer.pub", name="us", status=str(tmp_path / "nowhere"))
    assert answer(door, made_with(door)) == "accepted"


def test_what_a_retired_key_signs_is_refused_to_the_second(door: Home) -> None:
    early, late = made_with(door, at=LATER - SECOND), made_with(door, at=LATER)
    zone = timezone(timedelta(hours=9))
    door.retire(door.issuer.id, at=LATER.astimezone(zone))
    assert (answer(door, early), answer(door, late)) == ("accepted", "issuer_retired")
    door.retire(door.issuer.id, at=LATER + timedelta(microseconds=1))
    assert (answer(door, early), answer(door, late)) == ("accepted", "accepted")
    assert door.trusted[0].retired_at == LATER + SECOND


@pytest.mark.parametrize(
    "at", [datetime(2026, 1, 1), datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_time_that_cannot_be_right(door: Home, at: datetime) -> None:
    before = tree(door.folder)
    assert reason(lambda: door.retire(door.issuer.id, at=at)) == "bad_time"
    assert tree(door.folder) == before


def test_nobody_is_retired_who_is_not_trusted(door: Home) -> None:
    assert reason(lambda: door.retire("0123456789abcdef", at=NOW)) == "not_trusted"
    assert reason(lambda: door.distrust("../verifier")) == "not_trusted"


def test_a_compromised_key_is_refused_at_once_and_does_not_come_back(
    door: Home, desk: Home, tmp_path: Path
) -> None:
    public = desk.folder / "issuer.pub"
    presented = made_with(desk, verifier=door.verifier_public)
    publish(desk, tmp_path / "lists")
    door.trust(public, name="Library", status=str(tmp_path / "lists"))
    assert answer(door, presented) == "accepted"
    door.distrust(desk.issuer.id)
    assert answer(door, presented) == answer(Home.open(door.folder), presented) == "unknown_issuer"
    assert reason(lambda: door.trust(public)) == "distrusted"
    # Not by copying the file, either.
    (door.folder / "trusted" / f"{desk.issuer.id}.pub").write_bytes(public.read_bytes())
    assert answer(Home.open(door.folder), presented) == "unknown_issuer"
    known = door.trust(public, status=str(tmp_path / "lists"), again=True)
    assert answer(Home.open(door.folder), presented) == "accepted"
    assert known.name == "Library"
    assert not list((door.folder / "distrusted").glob("*.pub"))


def test_a_power_cut_while_a_key_is_distrusted_or_trusted_again(
    door: Home, desk: Home, tmp_path: Path
) -> None:
    public = desk.folder / "issuer.pub"
    door.trust(public, name="Library", status=str(tmp_path))
    door.retire(desk.issuer.id, at=LATER)
    for action in (
        lambda: door.distrust(desk.issuer.id),
        lambda: door.trust(public, again=True),
    ):
        copies = power_cuts(door.folder, tmp_path / str(len(list(tmp_path.iterdir()))), action)
        assert len(copies) >= 2
        for copy in copies:
            cut = Home.open(copy)
            assert cut.issuer.id in {each.id for each in cut.trusted_issuers}
            gone = cut.folder / "distrusted" / public.with_stem(desk.issuer.id).name
            assert (desk.issuer.id in {each.id for each in cut.trusted_issuers}) != gone.exists()


def test_a_write_that_fails_changes_nothing(door: Home, desk: Home) -> None:
    before = tree(door.folder)
    full = OSError(28, "full")
    with failing(1, full), pytest.raises(FileProblem):
        door.trust(desk.folder / "issuer.pub", name="Library")
    assert tree(door.folder) == before
    with failing(1, full), pytest.raises(FileProblem):
        door.retire(door.issuer.id, at=NOW)
    assert tree(door.folder) == before
    with failing(1, full), pytest.raises(FileProblem):
        door.distrust(door.issuer.id)
    assert tree(door.folder) == before


def test_a_file_that_holds_no_issuer_key(door: Home, desk: Home, tmp_path: Path) -> None:
    before = tree(door.folder)
    desk.protect("secret")
    junk = tmp_path / "junk.pub"
    junk.write_bytes(b"junk")
    huge = tmp_path / "huge.pub"
    huge.write_bytes(bytes(10_000))
    for file, expected in {
        door.folder / "issuer.key": "private_key",
        desk.folder / "issuer.key": "private_key",
        door.folder / "verifier.pub": "not_an_issuer",
        junk: "bad_key",
        huge: "file_too_large",
        tmp_path: "not_a_file",
        tmp_path / "none.pub": "file_missing",
    }.items():
        assert reason(lambda: door.trust(file)) == expected  # noqa: B023
    assert tree(door.folder) == before


@pytest.mark.parametrize("name", ["", " ", " x", "x\n", "\x1b[31m", "x" * 81])
def test_a_name_that_cannot_be_shown(door: Home, desk: Home, name: str) -> None:
    assert reason(lambda: door.trust(desk.folder / "issuer.pub", name=name)) == "bad_name"


@pytest.mark.parametrize(
    "status",
    ["", "http://library.example/", "https://", "ftp://x/", "file:///x", "a\0b"],
)
def test_a_place_that_no_list_can_be_fetched_from(door: Home, desk: Home, status: str) -> None:
    file = desk.folder / "issuer.pub"
    before = tree(door.folder)
    assert reason(lambda: door.trust(file, status=status)) == "bad_status_source"
    assert tree(door.folder) == before


def test_a_path_that_is_not_text(door: Home, desk: Home, tmp_path: Path) -> None:
    file, odd = desk.folder / "issuer.pub", tmp_path / os.fsdecode(b"\xff.pem")
    odd.touch()
    before = tree(door.folder)
    assert reason(lambda: door.trust(file, status=str(odd))) == "bad_path"
    assert reason(lambda: door.trust(file, ca_file=odd)) == "bad_path"
    assert tree(door.folder) == before


def test_certificates_that_are_not_there(door: Home, desk: Home, tmp_path: Path) -> None:
    file = desk.folder / "issuer.pub"
    missing = tmp_path / "none.pem"
    assert reason(lambda: door.trust(file, ca_file=missing)) == "file_missing"


@pytest.mark.parametrize(
    "text",
    [
        "name = ",
        "name = 5",
        'name = ""',
        "retired = 2026-01-01T00:00:00Z",
        'retired_at = "2026-01-01T00:00:00Z"',
        "retired_at = 2026-01-01T00:00:00",
        "retired_at = 2026-01-01",
        'status = ["a"]',
        "[name]",
        "a = " + "[" * 4000,
        "\udcff",
        "#" * 10_000,
    ],
)
def test_what_stands_beside_a_key_and_is_not_understood_is_an_error(door: Home, text: str) -> None:
    about = door.folder / "trusted" / f"{door.issuer.id}.toml"
    about.write_bytes(text.encode(errors="surrogateescape"))
    home = Home.open(door.folder)
    for read in (lambda: home.trusted_issuers, lambda: home.keys(now=NOW), lambda: home.statuses):
        with pytest.raises(HomeProblem) as caught:
            read()
        assert caught.value.reason == "home_damaged"
        assert about.name in caught.value.message


def test_what_people_write_by_hand(door: Home) -> None:
    about = door.folder / "trusted" / f"{door.issuer.id}.toml"
    about.write_text(
        "# our own\nname = 'Front desk'\nca_file = 'ca.pem'\n"
        "retired_at = 2026-11-22T13:00:00+01:00\n"
    )
    known = Home.open(door.folder).trusted[0]
    assert (known.name, known.ca_file) == ("Front desk", door.folder / "ca.pem")
    assert known.retired_at == NOW


def test_a_description_without_a_key_means_nothing(door: Home, desk: Home) -> None:
    (door.folder / "trusted" / f"{desk.issuer.id}.toml").write_text("name = 'Library'")
    assert len(Home.open(door.folder).trusted) == 1
    assert door.trust(desk.folder / "issuer.pub").name is None
    assert Home.open(door.folder).trusted == door.trusted


@given(
    name=st.none() | st.text(min_size=1),
    path=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    at=st.none() | st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)),
)
def test_what_is_written_is_read_back(
    name: str | None,
    path: str | None,
    at: datetime | None,
) -> None:
    whole = None if at is None else at.replace(microsecond=0, tzinfo=UTC)
    trusted = Trusted(KEY.public, name=name, status=path, retired_at=whole)
    expected = {"name": name, "status": path, "retired_at": whole}
    read = tomllib.loads(_as_toml(trusted).decode())
    assert read == {key: value for key, value in expected.items() if value is not None}


KEY = IssuerKey.generate()


def test_links_are_followed_as_for_any_file(door: Home, desk: Home, tmp_path: Path) -> None:
    kept = tmp_path / "kept.pub"
    kept.write_bytes((desk.folder / "issuer.pub").read_bytes())
    link = door.folder / "trusted" / f"{desk.issuer.id}.pub"
    link.symlink_to(kept)
    assert TrustedIssuer(desk.issuer_public) in Home.open(door.folder).trusted_issuers
    kept.unlink()
    with pytest.raises(HomeProblem):
        _ = Home.open(door.folder).trusted_issuers
    assert os.path.lexists(link)


def test_what_was_retired_before_comes_back_retired(door: Home, desk: Home) -> None:
    public = desk.folder / "issuer.pub"
    door.trust(public, name="Library")
    door.retire(desk.issuer.id, at=NOW)
    door.distrust(desk.issuer.id)
    known = door.trust(public, again=True)
    assert (known.retired_at, known.name) == (NOW, "Library")

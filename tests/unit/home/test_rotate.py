"""A new key comes into use, and nothing that was made with the old one stops working."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.home._doors import NOW, SECOND, answer, failing, made_with, power_cuts, tree

from visavis.errors import FileProblem, HomeProblem
from visavis.home import Home
from visavis.home._layout import Role
from visavis.passes import IssuerKey

LATER = NOW + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def again(home: Home) -> Home:
    return Home.open(home.folder)


def test_a_pass_made_before_the_verifier_key_was_rotated_is_accepted_after(home: Home) -> None:
    old, before = home.verifier, made_with(home)
    home.rotate("verifier", now=LATER)
    assert home.verifier.id != old.id
    assert [key.id for key in home.verifiers] == [home.verifier.id, old.id]
    assert answer(home, before) == answer(again(home), before) == "accepted"
    late = made_with(home, at=LATER, verifier=old.public)
    assert answer(home, late) == "accepted"  # an issuer elsewhere did not know of the new key
    assert answer(home, made_with(home)) == "accepted"


def test_a_pass_made_before_the_issuer_key_was_rotated_is_accepted_after(home: Home) -> None:
    old, before = home.issuer, made_with(home)
    home.rotate("issuer", now=LATER)
    assert home.issuer.id != old.id
    assert [key.id for key in home.issuers] == [home.issuer.id, old.id]
    assert {each.id for each in home.trusted_issuers} == {home.issuer.id, old.id}
    assert answer(home, before) == answer(again(home), before) == "accepted"
    assert answer(home, made_with(home, at=LATER)) == "accepted"


def test_the_old_issuer_key_is_retired_and_signs_no_more(home: Home) -> None:
    old = again(home)
    assert old.issuer.id == home.issuer.id
    home.rotate("issuer", now=LATER)
    retired = {each.id: each.retired_at for each in home.trusted_issuers}
    assert retired == {home.issuer.id: None, old.issuer.id: LATER}
    # A process that still has the old key in memory.
    assert answer(home, made_with(old, at=LATER - SECOND)) == "accepted"
    assert answer(home, made_with(old, at=LATER)) == "issuer_retired"


def test_a_pass_made_in_the_very_second_of_the_rotation_is_still_good(home: Home) -> None:
    before = made_with(home, at=NOW + timedelta(milliseconds=200))
    home.rotate("issuer", now=NOW + timedelta(milliseconds=800))
    assert answer(home, before) == "accepted"


def test_the_new_register_starts_empty_and_the_old_one_is_kept(home: Home) -> None:
    before = made_with(home)
    old, place = home.register, home.register.take()
    assert old.counts().issued == 2
    home.rotate("issuer", now=LATER)
    assert home.register.issuer == home.issuer.id
    assert home.register.counts().issued == 0
    assert [register.issuer for register in home.registers] == [home.issuer.id, old.issuer]
    assert home.registers[1].counts().issued == 2
    home.registers[1].call_back(place)
    assert answer(home, before) == "accepted"
    with pytest.raises(Exception, match="called back"):
        home.statuses.require_valid(old.issuer, place, now=NOW)


def test_several_rotations(home: Home) -> None:
    passes, ids = [], []
    for day in range(4):
        passes.append(made_with(home, at=NOW + timedelta(days=day)))
        ids.append((home.issuer.id, home.verifier.id))
        home.rotate("issuer", now=NOW + timedelta(days=day, hours=1))
        home.rotate("verifier", now=NOW + timedelta(days=day, hours=1))
    assert [answer(home, each) for each in passes] == ["accepted"] * 4
    assert [key.id for key in home.issuers[1:]] == sorted(issuer for issuer, _ in ids)
    assert [key.id for key in home.verifiers[1:]] == sorted(verifier for _, verifier in ids)
    assert home.interrupted == ()


def test_private_keys_stay_private(home: Home) -> None:
    for role in ("issuer", "verifier"):
        home.rotate(role, now=LATER)
    for path in home.folder.rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert (home.folder / "former").stat().st_mode & 0o777 == 0o700
    former = next((home.folder / "former").glob("*.verifier.key"))
    former.chmod(0o640)
    with pytest.raises(HomeProblem) as caught:
        again(home)
    assert (caught.value.reason, str(former) in caught.value.message) == ("home_too_open", True)


def test_the_public_half_is_that_of_the_key_in_use(home: Home) -> None:
    for role in ("issuer", "verifier"):
        home.rotate(role, now=LATER)
    opened = again(home)
    assert opened.issuer.public == opened.issuer_public
    assert opened.verifier.public == opened.verifier_public
    assert (home.folder / "issuer.pub").read_bytes() == home.issuer.public.to_pem()


@pytest.mark.parametrize("role", ["issuer", "verifier"])
def test_a_power_cut_at_any_step_leaves_a_home_that_works(
    home: Home, tmp_path: Path, role: Role
) -> None:
    before, keys = made_with(home), (home.issuer.id, home.verifier.id)
    copies = power_cuts(home.folder, tmp_path, lambda: home.rotate(role, now=LATER))
    assert len(copies) >= 6
    interrupted = 0
    for copy in copies:
        cut = Home.open(copy)
        interrupted += cut.interrupted == (role,)
        for now in (LATER, LATER + SECOND):
            # Nothing is lost, whatever is old works, and whatever is new as well.
            assert keys[0] in {key.id for key in cut.issuers}
            assert keys[1] in {key.id for key in cut.verifiers}
            assert cut.issuer.public == cut.issuer_public
            assert cut.verifier.public == cut.verifier_public
            assert answer(cut, before) == "accepted"
            assert answer(cut, made_with(cut, at=now)) == "accepted"
            cut.rotate(role, now=now)
            assert cut.interrupted == ()
        ours = {key.id for key in cut.issuers}
        assert {each.id for each in cut.trusted_issuers} == ours
        retired = {each.id for each in cut.trusted_issuers if each.retired_at is not None}
        assert retired == ours - {cut.issuer.id}
    assert interrupted >= 4


@pytest.mark.parametrize("role", ["issuer", "verifier"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_write_that_fails_at_any_step_leaves_a_home_that_works(
    tmp_path: Path, role: Role, failure: BaseException
) -> None:
    at, done = 0, False
    while not done:
        at += 1
        home = Home.create(tmp_path / str(at))
        before, keys = made_with(home), {home.issuer.id, home.verifier.id}
        try:
            with failing(at, failure):
                home.rotate(role, now=LATER)
            done = True
        except (FileProblem, OSError, KeyboardInterrupt):
            pass
        cut = again(home)
        assert answer(cut, before) == "accepted"
        assert answer(cut, made_with(cut, at=LATER)) == "accepted"
        assert keys <= {key.id for key in (*cut.issuers, *cut.verifiers)}
        assert home.issuer.id == cut.issuer.id
    assert at > 6


@pytest.mark.parametrize("role", ["issuer", "verifier"])
def test_an_interrupted_rotation_is_finished_and_not_done_twice(
    home: Home, tmp_path: Path, role: Role
) -> None:
    copies = power_cuts(home.folder, tmp_path, lambda: home.rotate(role, now=LATER))
    key = home.issuer.id if role == "issuer" else home.verifier.id
    finished = 0
    for copy in copies:
        cut = Home.open(copy)
        if cut.interrupted and (copy / f"next.{role}.key").exists() is False:
            cut.rotate(role, now=LATER)
            assert (cut.issuer.id if role == "issuer" else cut.verifier.id) == key
            finished += 1
    assert finished >= 1


def test_two_at_the_same_time(home: Home) -> None:
    other = again(home)
    tries = []

    def late(*_: object, **__: object) -> None:
        with pytest.raises(HomeProblem) as caught:
            other.rotate("issuer", now=LATER)
        tries.append(caught.value.reason)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("visavis.home._rotate.rotate", late)
        home.rotate("issuer", now=LATER)
    assert tries == ["home_busy"]
    other.rotate("issuer", now=LATER)  # the lock is gone again


def test_one_after_the_other_without_noticing(home: Home) -> None:
    for role in ("issuer", "verifier"):
        other = again(home)
        _ = other.issuer_public, other.verifier_public
        home.rotate(role, now=LATER)
        before = tree(home.folder)
        with pytest.raises(HomeProblem) as caught:
            other.rotate(role, now=LATER)
        assert caught.value.reason == "home_changed"
        assert tree(home.folder) == before
        other.rotate(role, now=LATER)  # now that it was noticed, it can be decided again


def test_nothing_is_rotated_when_something_is_damaged(home: Home) -> None:
    (home.folder / "trusted" / f"{home.issuer.id}.toml").write_text("name = 1")
    before = tree(home.folder)
    with pytest.raises(HomeProblem) as caught:
        home.rotate("issuer", now=LATER)
    assert caught.value.reason == "home_damaged"
    (home.folder / "verifier.key").write_bytes(b"damaged")
    with pytest.raises(HomeProblem):
        home.rotate("verifier", now=LATER)
    assert tree(home.folder) == before | {"verifier.key": b"damaged"}


def test_a_key_that_does_not_belong_to_its_public_half_is_not_used(home: Home) -> None:
    other = IssuerKey.generate()
    (home.folder / "issuer.key").write_bytes(other.to_pem())
    with pytest.raises(HomeProblem) as caught:
        _ = again(home).issuer
    assert caught.value.reason == "home_damaged"


def test_a_former_key_under_another_name_is_not_used(home: Home) -> None:
    home.rotate("verifier", now=LATER)
    former = next((home.folder / "former").glob("*.verifier.key"))
    former.rename(former.with_name("0123456789abcdef.verifier.key"))
    with pytest.raises(HomeProblem) as caught:
        _ = again(home).verifiers
    assert caught.value.reason == "home_damaged"
    assert again(home).verifier.id


def test_a_home_made_before_there_were_registers(home: Home) -> None:
    for path in (home.folder / "register.db", home.folder / "former"):
        path.unlink() if path.is_file() else path.rmdir()
    opened = again(home)
    assert opened.verifiers
    assert opened.trusted_issuers
    assert answer(opened, made_with(opened)) == "accepted"
    opened.rotate("issuer", now=LATER)
    assert answer(opened, made_with(opened, at=LATER)) == "accepted"


def test_a_register_that_got_lost_is_not_replaced_by_an_empty_one(home: Home) -> None:
    (home.folder / "register.db").unlink()
    with pytest.raises(Exception, match="missing"):
        again(home).register.take()
    home.rotate("issuer", now=LATER)
    assert not (home.folder / "register.db").exists()

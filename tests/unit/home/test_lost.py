"""A private key is gone, damaged, or its passphrase forgotten."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.home._doors import NOW, answer, made_with, power_cuts, tree

from visavis.errors import HomeProblem, InvalidArgument
from visavis.home import Home
from visavis.home._layout import Role
from visavis.passes import VerifierKey
from visavis.passes.keys import is_locked

LATER = NOW + timedelta(days=1)
DAMAGE = {
    "gone": None,
    "empty": b"",
    "cut off": b"-----BEGIN PRIVATE KEY-----\nMIG",
    "huge": bytes(9000),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def damage(home: Home, role: Role, content: bytes | None) -> Home:
    path = home.folder / f"{role}.key"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    return Home.open(home.folder)


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_a_lost_verifier_key_is_replaced_and_old_passes_are_gone(
    home: Home, content: bytes | None
) -> None:
    before, old = made_with(home), home.verifier.id
    broken = damage(home, "verifier", content)
    with pytest.raises(HomeProblem) as caught:
        _ = broken.verifiers
    assert "keys rotate verifier --lost" in caught.value.remedy
    broken.rotate("verifier", now=LATER, lost=True)
    assert broken.verifier.id != old
    assert [key.id for key in broken.verifiers] == [broken.verifier.id]
    assert answer(broken, before) == "wrong_verifier"
    assert answer(broken, made_with(broken, at=LATER)) == "accepted"
    kept = list((home.folder / "former").glob("lost-*-verifier.key"))
    assert [path.read_bytes() for path in kept] == ([] if content is None else [content])


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_a_lost_issuer_key_is_replaced_and_its_passes_stay_good(
    home: Home, content: bytes | None
) -> None:
    before, old, place = made_with(home), home.issuer.id, home.register.take()
    broken = damage(home, "issuer", content)
    assert answer(broken, before) == "accepted"  # a door needs no key that signs
    broken.rotate("issuer", now=LATER, lost=True)
    assert [key.id for key in broken.issuers] == [broken.issuer.id]
    assert answer(broken, before) == "accepted"
    assert answer(broken, made_with(broken, at=LATER)) == "accepted"
    retired = {each.id: each.retired_at for each in broken.trusted_issuers}
    assert retired == {old: LATER, broken.issuer.id: None}
    # What was called back stays called back.
    assert [register.issuer for register in broken.registers] == [broken.issuer.id, old]
    assert broken.registers[1].has(place)


def test_former_keys_that_can_be_read_are_kept(home: Home) -> None:
    before = made_with(home)
    home.rotate("verifier", now=NOW)
    lost = made_with(home)
    broken = damage(home, "verifier", b"")
    broken.rotate("verifier", now=LATER, lost=True)
    assert answer(broken, before) == "accepted"
    assert answer(broken, lost) == "wrong_verifier"


def test_former_keys_that_cannot_be_read_do_not_stop_the_door(home: Home) -> None:
    home.rotate("verifier", now=NOW)
    former = next((home.folder / "former").glob("*.verifier.key"))
    former.write_bytes(b"damaged")
    broken = damage(home, "verifier", b"")
    broken.rotate("verifier", now=LATER, lost=True)
    assert answer(broken, made_with(broken, at=LATER)) == "accepted"
    kept = {path.read_bytes() for path in (home.folder / "former").glob("lost-*.key")}
    assert kept == {b"damaged", b""}


@pytest.mark.parametrize("role", ["issuer", "verifier"])
def test_a_key_that_is_not_lost_is_not_given_up(home: Home, role: Role) -> None:
    before = tree(home.folder)
    with pytest.raises(HomeProblem) as caught:
        home.rotate(role, now=LATER, lost=True)
    assert caught.value.reason == "key_not_lost"
    assert tree(home.folder) == before


def test_a_forgotten_passphrase(tmp_path: Path) -> None:
    folder = Home.create(tmp_path / "home", passphrase="forgotten").folder
    home = Home.open(folder, passphrase=lambda: "new")
    for role in ("verifier", "issuer"):
        home.rotate(role, now=LATER, lost=True)
    again = Home.open(folder, passphrase=lambda: "new")
    assert answer(again, made_with(again, at=LATER)) == "accepted"
    assert len(list((folder / "former").glob("lost-*.key"))) == 2
    unlocked = Home.open(folder)
    with pytest.raises(HomeProblem) as caught:
        _ = unlocked.verifier
    assert caught.value.reason == "passphrase_required"


def test_a_passphrase_that_is_remembered_in_the_end(tmp_path: Path) -> None:
    made = Home.create(tmp_path / "home", passphrase="remembered")
    before, old = made_with(made), made.verifier.id
    home = Home.open(made.folder, passphrase=lambda: "new")
    home.rotate("verifier", now=LATER, lost=True)
    assert answer(home, before) == "wrong_verifier"
    # As docs/keys.md says: the file gets the passphrase of the others, and its name back.
    former = made.folder / "former"
    lost = next(former.glob("lost-*-verifier.key"))
    key = VerifierKey.from_pem(lost.read_bytes(), passphrase="remembered")
    lost.write_bytes(key.to_pem(passphrase="new"))
    lost.rename(former / f"{old}.verifier.key")
    assert answer(Home.open(made.folder, passphrase=lambda: "new"), before) == "accepted"


def test_a_key_in_place_of_a_lost_one_is_locked_like_the_others(tmp_path: Path) -> None:
    made = Home.create(tmp_path / "home", passphrase="known")
    damage(made, "verifier", None)
    nobody = Home.open(made.folder)
    with pytest.raises(HomeProblem) as caught:
        nobody.rotate("verifier", now=LATER, lost=True)
    assert caught.value.reason == "passphrase_required"
    for bad in ("", "\udcff"):
        with pytest.raises(InvalidArgument) as refused:
            Home.open(made.folder, passphrase=lambda: bad).rotate(  # noqa: B023
                "verifier", now=LATER, lost=True
            )
        assert refused.value.reason == "bad_passphrase"
    home = Home.open(made.folder, passphrase=lambda: "known")
    home.rotate("verifier", now=LATER, lost=True)
    assert is_locked((made.folder / "verifier.key").read_bytes())
    assert answer(home, made_with(home, at=LATER)) == "accepted"


@pytest.mark.parametrize("role", ["issuer", "verifier"])
@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_power_cut_while_a_lost_key_is_replaced(
    home: Home, tmp_path: Path, role: Role, content: bytes | None
) -> None:
    before = made_with(home)
    broken = damage(home, role, content)
    copies = power_cuts(home.folder, tmp_path, lambda: broken.rotate(role, now=LATER, lost=True))
    assert len(copies) >= 6
    for copy in copies:
        cut = Home.open(copy)
        with contextlib.suppress(HomeProblem):  # key_not_lost: it was finished already
            cut.rotate(role, now=LATER, lost=True)
        assert cut.interrupted == ()
        assert answer(cut, made_with(cut, at=LATER)) == "accepted"
        if role == "issuer":
            assert answer(cut, before) == "accepted"
        if content is not None:
            assert content in tree(copy).values()


def test_a_lost_file_is_private_as_well(home: Home) -> None:
    broken = damage(home, "verifier", b"maybe readable to someone")
    broken.rotate("verifier", now=LATER, lost=True)
    lost = next((home.folder / "former").glob("lost-*"))
    lost.chmod(0o644)
    with pytest.raises(HomeProblem) as caught:
        Home.open(home.folder)
    assert caught.value.reason == "home_too_open"

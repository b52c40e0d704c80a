"""Private keys that are locked."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.home._doors import NOW, answer, failing, made_with, power_cuts, tree

from visavis.errors import FileProblem, HomeProblem, InvalidArgument
from visavis.home import Home
from visavis.passes.keys import is_locked

LATER = NOW + timedelta(days=1)


class Asked:
    """Answers with a passphrase, and counts how often it was asked."""

    def __init__(self, passphrase: str | None) -> None:
        self.passphrase = passphrase
        self.times = 0

    def __call__(self) -> str | None:
        self.times += 1
        return self.passphrase


def reason(action: Callable[[], object]) -> str:
    with pytest.raises((HomeProblem, InvalidArgument)) as caught:
        action()
    return caught.value.reason


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return Home.create(tmp_path / "home", passphrase="open sesame").folder


def test_a_locked_home(locked: Path) -> None:
    for name in ("issuer.key", "verifier.key"):
        assert is_locked((locked / name).read_bytes())
    home = Home.open(locked, passphrase=lambda: "open sesame")
    assert answer(home, made_with(home)) == "accepted"


def test_a_new_home_knows_its_passphrase(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", passphrase="open sesame")
    assert answer(home, made_with(home)) == "accepted"


def test_the_passphrase_is_asked_for_once_and_only_when_it_is_needed(locked: Path) -> None:
    asked = Asked("open sesame")
    home = Home.open(locked, passphrase=asked)
    _ = home.trusted_issuers, home.issuer_public, home.verifier_public, home.registers
    assert home.keys(now=NOW)[0].locked
    assert asked.times == 0
    _ = home.issuers, home.verifiers
    home.rotate("issuer", now=LATER)
    _ = home.issuers, home.verifiers
    assert asked.times == 1


def test_nobody_is_asked_when_nothing_is_locked(tmp_path: Path) -> None:
    asked = Asked("open sesame")
    home = Home.open(Home.create(tmp_path / "home").folder, passphrase=asked)
    _ = home.issuers, home.verifiers
    home.rotate("verifier", now=LATER)
    assert asked.times == 0


@pytest.mark.parametrize("wrong", ["", "Open sesame", "open sesame ", "\udcff", "x" * 5000])
def test_a_wrong_passphrase(locked: Path, wrong: str) -> None:
    asked = Asked(wrong)
    home = Home.open(locked, passphrase=asked)
    assert reason(lambda: home.issuer) == "wrong_passphrase"
    assert reason(lambda: home.verifiers) == "wrong_passphrase"
    before = tree(locked)
    assert reason(lambda: home.rotate("issuer", now=LATER)) == "wrong_passphrase"
    assert reason(lambda: home.protect("new")) == "wrong_passphrase"
    assert tree(locked) == before
    assert asked.times == 1


def test_no_passphrase(locked: Path) -> None:
    for home in (Home.open(locked), Home.open(locked, passphrase=lambda: None)):
        assert reason(lambda: home.issuer) == "passphrase_required"  # noqa: B023
        assert reason(lambda: home.protect(None)) == "passphrase_required"  # noqa: B023
        assert home.trusted_issuers


@pytest.mark.parametrize("bad", ["", "x" * 1024, "\udcff"])
def test_a_passphrase_that_cannot_be_used(tmp_path: Path, bad: str) -> None:
    assert reason(lambda: Home.create(tmp_path / "home", passphrase=bad)) == "bad_passphrase"
    assert list(tmp_path.iterdir()) == []
    home = Home.create(tmp_path / "home")
    before = tree(home.folder)
    assert reason(lambda: home.protect(bad)) == "bad_passphrase"
    assert tree(home.folder) == before


def test_it_is_set_changed_and_removed_for_all_keys(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    before = made_with(home)
    for role in ("issuer", "verifier"):
        home.rotate(role, now=LATER)
    for passphrase in ("first", "ça va? 顔", None, "again"):
        home.protect(passphrase)
        keys = list(home.folder.rglob("*.key"))
        assert len(keys) == 4
        for path in keys:
            assert is_locked(path.read_bytes()) == (passphrase is not None)
            assert path.stat().st_mode & 0o777 == 0o600
        opened = Home.open(home.folder, passphrase=lambda: passphrase)  # noqa: B023
        assert answer(opened, before) == answer(home, before) == "accepted"
    assert not list(home.folder.rglob("*.new"))


def test_rotated_keys_are_locked_by_the_same_passphrase(locked: Path) -> None:
    home = Home.open(locked, passphrase=lambda: "open sesame")
    before = made_with(home)
    for role in ("issuer", "verifier"):
        home.rotate(role, now=LATER)
    assert all(is_locked(path.read_bytes()) for path in locked.rglob("*.key"))
    assert answer(Home.open(locked, passphrase=lambda: "open sesame"), before) == "accepted"


@pytest.mark.parametrize("old", [None, "old"])
@pytest.mark.parametrize("new", [None, "new"])
def test_a_power_cut_at_any_step_is_mended_by_doing_it_again(
    tmp_path: Path, old: str | None, new: str | None
) -> None:
    home = Home.create(tmp_path / "home", passphrase=old)
    before = made_with(home)
    home.rotate("verifier", now=LATER)
    copies = power_cuts(home.folder, tmp_path, lambda: home.protect(new))
    assert len(copies) >= 6
    for copy in copies:
        Home.open(copy, passphrase=lambda: old).protect(new)
        opened = Home.open(copy, passphrase=lambda: new)
        assert answer(opened, before) == "accepted"
        assert opened.issuer.id
        assert not list(copy.rglob("*.new"))


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_full_disk_changes_nothing(tmp_path: Path, failure: BaseException) -> None:
    home = Home.create(tmp_path / "home", passphrase="old")
    before = tree(home.folder)
    for at in (1, 3):  # each of the two new files, before any takes the place of an old one
        with failing(at, failure), pytest.raises((FileProblem, KeyboardInterrupt)):
            home.protect("new")
        assert tree(home.folder) == before
    assert Home.open(home.folder, passphrase=lambda: "old").issuer.id


def test_a_key_behind_a_link_is_locked_where_it_is(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    stick = tmp_path / "stick.key"
    (home.folder / "verifier.key").rename(stick)
    (home.folder / "verifier.key").symlink_to(stick)
    home.protect("new")
    assert (home.folder / "verifier.key").is_symlink()
    assert is_locked(stick.read_bytes())
    assert Home.open(home.folder, passphrase=lambda: "new").verifier.id


def test_nothing_shows_the_passphrase(locked: Path) -> None:
    home = Home.open(locked, passphrase=lambda: "open sesame")
    _ = home.issuer
    assert "sesame" not in repr(home) + repr(home.issuer) + repr(home.keys(now=NOW))
    broken = Home.open(locked, passphrase=lambda: "closed sesame")
    with pytest.raises(HomeProblem) as caught:
        _ = broken.issuer
    assert "sesame" not in str(caught.value)

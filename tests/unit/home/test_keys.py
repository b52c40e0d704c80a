"""Every key that a home knows, in one table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.home._doors import NOW

from visavis.errors import HomeProblem
from visavis.home import Home, KeyEntry

LATER = NOW + timedelta(days=1)


def rows(home: Home) -> list[tuple[str, str, str, bool]]:
    entries = home.keys(now=LATER)
    return [(entry.role, entry.id, entry.state, entry.accepted) for entry in entries]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def test_a_new_home(home: Home) -> None:
    issuer, verifier = home.issuer.public, home.verifier.public
    assert home.keys(now=NOW) == (
        KeyEntry("issuer", issuer.id, issuer.thumbprint, "present"),
        KeyEntry("verifier", verifier.id, verifier.thumbprint, "present"),
    )


def test_all_states(home: Home, tmp_path: Path) -> None:
    others = [Home.create(tmp_path / name) for name in "abcd"]
    for other in others:
        home.trust(other.folder / "issuer.pub", status=str(tmp_path))
    keys = [other.issuer.id for other in others]
    home.retire(keys[1], at=LATER)
    home.retire(keys[2], at=LATER + timedelta(seconds=1))
    home.distrust(keys[3])
    old = home.issuer.id, home.verifier.id
    home.rotate("issuer", now=NOW)
    (home.folder / "verifier.key").unlink()
    home.rotate("verifier", now=NOW, lost=True)
    listed = rows(home)
    assert listed[:4] == [
        ("issuer", home.issuer.id, "present", True),
        ("issuer", old[0], "former", True),
        ("verifier", home.verifier.id, "present", True),
        ("verifier", old[1], "lost", True),
    ]
    states = zip(keys[:3], ("trusted", "retired", "trusted"), strict=True)
    assert listed[4:7] == sorted(("issuer", key, state, True) for key, state in states)
    assert listed[7:] == [("issuer", keys[3], "distrusted", False)]
    assert all(entry.thumbprint for entry in home.keys(now=LATER))


def test_an_issuer_without_a_status_list_is_not_accepted(home: Home, tmp_path: Path) -> None:
    other = Home.create(tmp_path / "other")
    home.trust(other.folder / "issuer.pub", name="Library")
    entry = home.keys(now=NOW)[-1]
    assert (entry.state, entry.name, entry.accepted) == ("trusted", "Library", False)


def test_our_own_issuer_may_be_one_that_is_not_trusted(home: Home) -> None:
    home.distrust(home.issuer.id)
    assert rows(home)[0] == ("issuer", home.issuer.id, "present", False)
    assert len(rows(home)) == 2


def test_keys_of_a_rotation_without_effect_are_listed_once(home: Home) -> None:
    former = home.folder / "former" / f"{home.verifier.id}.verifier.key"
    former.write_bytes((home.folder / "verifier.key").read_bytes())
    former.chmod(0o600)
    assert [row[:2] for row in rows(home)].count(("verifier", home.verifier.id)) == 1
    assert home.verifiers == (home.verifier,)


def test_other_files_are_no_keys(home: Home) -> None:
    for name in ("notes.txt", "0123.issuer.key", "0123456789ABCDEF.issuer.key", "x.verifier.pub"):
        (home.folder / "former" / name).write_bytes(b"x")
        (home.folder / "former" / name).chmod(0o600)
    assert len(rows(Home.open(home.folder))) == 2
    assert len(home.registers) == 1


def test_a_key_whose_public_half_is_not_here(home: Home) -> None:
    old = home.verifier
    home.rotate("verifier", now=NOW)
    (home.folder / "former" / f"{old.id}.verifier.pub").unlink()
    entry = home.keys(now=NOW)[-1]
    assert (entry.id, entry.thumbprint, entry.state) == (old.id, None, "former")
    assert old.id in {key.id for key in home.verifiers}


def test_a_damaged_public_half(home: Home) -> None:
    (home.folder / "verifier.pub").write_bytes(b"x")
    with pytest.raises(HomeProblem) as caught:
        home.keys(now=NOW)
    assert caught.value.reason == "home_damaged"
    assert "verifier.pub" in caught.value.message

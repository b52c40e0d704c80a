from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest

from visavis.errors import FileProblem, HomeProblem
from visavis.home import Home, default_home
from visavis.passes import IssuerKey, TrustedIssuer


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _open_reason(folder: Path) -> str:
    with pytest.raises(HomeProblem) as caught:
        Home.open(folder)
    return caught.value.reason


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_default_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_HOME", str(tmp_path))
    assert default_home() == tmp_path
    monkeypatch.setenv("VISAVIS_HOME", "")
    assert default_home() == Path(platformdirs.user_data_dir("visavis"))
    monkeypatch.delenv("VISAVIS_HOME")
    assert default_home() == Path(platformdirs.user_data_dir("visavis"))


def test_a_new_home(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "home"
    home = Home.create(folder)
    assert home.folder == folder
    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert names == {
        "former",
        "issuer.key",
        "issuer.pub",
        "register.db",
        "trusted",
        f"trusted/{home.issuer.id}.pub",
        "verifier.key",
        "verifier.pub",
    }
    assert _mode(folder) == 0o700
    assert _mode(folder / "trusted") == _mode(folder / "former") == 0o700
    assert _mode(folder / "issuer.key") == _mode(folder / "verifier.key") == 0o600
    assert _mode(folder / "issuer.pub") == _mode(folder / "verifier.pub") == 0o644
    assert list((tmp_path / "above").iterdir()) == [folder]


def test_a_home_is_opened_again(tmp_path: Path) -> None:
    made = Home.create(tmp_path / "home")
    home = Home.open(tmp_path / "home")
    assert home.issuer.to_pem() == made.issuer.to_pem()
    assert home.verifier.to_pem() == made.verifier.to_pem()
    assert home.issuer.public.to_pem() == (home.folder / "issuer.pub").read_bytes()
    assert home.verifier.public.to_pem() == (home.folder / "verifier.pub").read_bytes()
    assert home.issuer.id != home.verifier.id
    assert home.trusted_issuers == (TrustedIssuer(home.issuer.public),)
    assert home.issuers == (home.issuer,)
    assert home.verifiers == (home.verifier,)
    assert (home.issuer_public, home.verifier_public) == (home.issuer.public, home.verifier.public)
    assert home.issuer is home.issuer
    assert repr(home) == f"<Home: {home.folder}>"


def test_an_empty_folder_becomes_a_home(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    Home.create(folder)
    assert _mode(folder) == 0o700
    assert Home.open(folder).verifier.id


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "home"
    link.symlink_to(tmp_path / "disk")
    Home.create(link)
    assert link.is_symlink()
    assert (tmp_path / "disk" / "issuer.key").is_file()


def test_keys_are_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    Home.create(folder)
    before = _tree(tmp_path)
    with pytest.raises(HomeProblem) as caught:
        Home.create(folder)
    assert caught.value.reason == "home_exists"
    assert _tree(tmp_path) == before


def test_other_things_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x")
    before = _tree(tmp_path)
    for name in ("file", "folder"):
        with pytest.raises(HomeProblem) as caught:
            Home.create(tmp_path / name)
        assert caught.value.reason == "home_exists"
    assert _tree(tmp_path) == before


def test_a_home_made_by_someone_else_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home"
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        target.mkdir()
        (target / "issuer.key").write_bytes(b"theirs")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", late)
        with pytest.raises(HomeProblem) as caught:
            Home.create(folder)
    assert caught.value.reason == "home_exists"
    assert _tree(tmp_path) == {str(folder / "issuer.key"): b"theirs"}


@pytest.mark.parametrize("call", range(1, 7))
@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "full"), OSError(errno.EROFS, "ro"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("empty", [False, True])
def test_all_or_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: int,
    failure: BaseException,
    empty: bool,
) -> None:
    folder = tmp_path / "home"
    if empty:
        folder.mkdir()
    link, calls = os.link, 0

    def fail_late(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise failure
        link(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", fail_late)
        with pytest.raises((FileProblem, KeyboardInterrupt)):
            Home.create(folder)
    assert calls == call
    assert list(tmp_path.iterdir()) == ([folder] if empty else [])
    Home.create(folder)


def test_a_folder_that_cannot_be_renamed_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder on which a disk is mounted, for example."""

    def busy(*_: object) -> NoReturn:
        raise OSError(errno.EBUSY, "busy")

    folder = tmp_path / "home"
    folder.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", busy)
        with pytest.raises(FileProblem) as caught:
            Home.create(folder)
    assert caught.value.reason == "cannot_write"
    assert list(tmp_path.rglob("*")) == [folder]


def test_a_place_where_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileProblem):
        Home.create(tmp_path / "file" / "home")
    with pytest.raises(FileProblem):
        Home.create(tmp_path / "file" / "below" / "home")
    with pytest.raises(FileProblem):
        Home.create(Path("/proc/home"))
    with pytest.raises(FileProblem):
        Home.create(tmp_path / "ho\0me")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_link_that_leads_nowhere_yet(tmp_path: Path) -> None:
    link = tmp_path / "home"
    link.symlink_to(tmp_path / "disk" / "keys")
    assert _open_reason(link) == "home_missing"
    Home.create(link)
    assert (tmp_path / "disk" / "keys" / "issuer.key").is_file()


def test_no_home(tmp_path: Path) -> None:
    assert _open_reason(tmp_path / "missing") == "home_missing"
    (tmp_path / "empty").mkdir()
    assert _open_reason(tmp_path / "empty") == "home_missing"


def test_not_a_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert _open_reason(tmp_path) == "home_damaged"
    assert _open_reason(tmp_path / "file") == "home_damaged"


@pytest.mark.parametrize("name", ["issuer.pub", "verifier.pub"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    home = Home.create(tmp_path / "home")
    (home.folder / name).unlink()
    assert _open_reason(home.folder) == "home_damaged"


def test_a_missing_list_of_trusted_issuers(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    (home.folder / "trusted").rename(home.folder / "old")
    assert _open_reason(home.folder) == "home_damaged"


def test_a_home_that_cannot_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.create(tmp_path / "home")

    def denied(_: Path) -> NoReturn:
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setattr(Path, "is_file", denied)
    assert _open_reason(home.folder) == "home_damaged"


@pytest.mark.parametrize("name", ["issuer.key", "verifier.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_keys_that_others_can_read(tmp_path: Path, name: str, mode: int) -> None:
    home = Home.create(tmp_path / "my home")
    (home.folder / name).chmod(mode)
    with pytest.raises(HomeProblem) as caught:
        Home.open(home.folder)
    assert caught.value.reason == "home_too_open"
    assert caught.value.remedy == f"Run `chmod 600 '{home.folder / name}'`."


@pytest.mark.parametrize("missing", [False, True])
def test_damaged_keys_are_noticed_when_they_are_used(tmp_path: Path, missing: bool) -> None:
    folder = Home.create(tmp_path / "home").folder
    for name in ("issuer.key", "verifier.key"):
        (folder / name).write_bytes(b"damaged")
        if missing:
            (folder / name).unlink()
    home = Home.open(folder)
    for read in (lambda: home.issuer, lambda: home.verifier):
        with pytest.raises(HomeProblem) as caught:
            read()
        assert caught.value.reason == "home_damaged"
        assert "--lost" in caught.value.remedy
    assert len(home.trusted_issuers) == 1


def test_verifying_reads_no_key_that_signs(tmp_path: Path) -> None:
    folder = Home.create(tmp_path / "home").folder
    (folder / "issuer.key").write_bytes(b"damaged")
    home = Home.open(folder)
    assert home.verifier.id
    assert home.trusted_issuers


def test_trusting_another_issuer(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    other = IssuerKey.generate().public
    (home.folder / "trusted" / f"{other.id}.pub").write_bytes(other.to_pem())
    (home.folder / "trusted" / "notes.txt").write_bytes(b"no key")
    trusted = Home.open(home.folder).trusted_issuers
    assert set(trusted) == {TrustedIssuer(home.issuer.public), TrustedIssuer(other)}
    assert [each.id for each in trusted] == sorted(each.id for each in trusted)


def test_a_trusted_key_under_another_name(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    other = IssuerKey.generate().public
    path = home.folder / "trusted" / "0123456789abcdef.pub"
    for content in (other.to_pem(), b"damaged", bytes(10_000)):
        path.write_bytes(content)
        with pytest.raises(HomeProblem) as caught:
            _ = Home.open(home.folder).trusted_issuers
        assert caught.value.reason == "home_damaged"

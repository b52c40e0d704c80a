"""Whatever happens to a register's file, the answer is one of our errors, and never "valid"."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from visavis.errors import FileProblem, StatusProblem
from visavis.status import Register, _database

ISSUER = "0123456789abcdef"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "register.db"
    Register.create(made)
    return made


def _uses(register: Register, place: int = 0) -> list[Callable[[], object]]:
    return [
        register.take,
        register.bits,
        register.counts,
        lambda: register.call_back(place),
        lambda: register.has(place),
        lambda: register.require_valid(ISSUER, place, now=NOW),
    ]


def _reasons(file: Path) -> set[str]:
    found = set()
    for use in _uses(Register(file, issuer=ISSUER)):
        with pytest.raises((StatusProblem, FileProblem)) as caught:
            use()
        assert caught.value.remedy.endswith(".")
        found.add(caught.value.reason)
    return found


def test_a_missing_register_is_not_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "register.db"
    assert _reasons(file) == {"register_missing"}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_register(tmp_path: Path) -> None:
    assert _reasons(tmp_path) == {"register_missing"}


@pytest.mark.parametrize("content", [b"", b"visavis", b"SQLite format 3\0", bytes(8192)])
def test_another_file_is_no_register(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "register.db"
    file.write_bytes(content)
    assert _reasons(file) == {"register_damaged"}
    assert file.read_bytes() == content


def test_another_database_is_no_register(tmp_path: Path) -> None:
    file = tmp_path / "register.db"
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.executescript(_database._SCHEMA.split(";", 1)[1])
    assert _reasons(file) == {"register_damaged"}


def test_a_register_without_its_table_is_damaged(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.executescript("DROP TABLE register")
    assert _reasons(file) == {"register_damaged"}


@pytest.mark.parametrize(
    ("taken", "called_back"),
    [
        ("text", b"\0" * 16384),
        (b"\0" * 16384, 7),
        (b"\0" * 16384, b"\1" + b"\0" * 16383),
        (b"\0" * 16384, b"\0" * 16383),
    ],
)
def test_a_row_that_cannot_be_is_damage(file: Path, taken: object, called_back: object) -> None:
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("INSERT INTO register VALUES (?, ?, ?)", [ISSUER, taken, called_back])
        database.commit()
    assert _reasons(file) == {"register_damaged"}


def test_a_file_that_was_cut_off_never_says_that_a_pass_is_in_force(file: Path) -> None:
    register = Register(file, issuer=ISSUER)
    place = register.take()
    register.call_back(place)
    whole = file.read_bytes()
    for length in range(0, len(whole), 4096):
        file.write_bytes(whole[:length])
        for use in _uses(register, place):
            with pytest.raises((StatusProblem, FileProblem)):
                use()


def test_pages_of_noise_never_say_that_a_pass_is_in_force(file: Path) -> None:
    register = Register(file, issuer=ISSUER)
    place = register.take()
    register.call_back(place)
    whole = file.read_bytes()
    noise = bytes(range(256)) * 16
    for start in range(0, len(whole), 4096):
        file.write_bytes(whole[:start] + noise + whole[start + 4096 :])
        # A page of one of the two maps may be noise without anybody noticing, if they still fit
        # together; they do not, as the noise is in one of them only.
        with pytest.raises((StatusProblem, FileProblem)):
            register.require_valid(ISSUER, place, now=NOW)


def test_a_register_that_somebody_holds_on_to_is_busy(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_database, "_PATIENCE", 0.01)
    register = Register(file, issuer=ISSUER)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StatusProblem) as caught:
            register.take()
        other.execute("ROLLBACK")
    assert caught.value.reason == "register_busy"
    assert register.take() >= 0


def test_a_register_that_cannot_be_written_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Register(file, issuer=ISSUER).take()
    settings = (*_database._SETTINGS, "PRAGMA query_only = ON")
    monkeypatch.setattr(_database, "_SETTINGS", settings)
    register = Register(file, issuer=ISSUER)
    register.require_valid(ISSUER, place, now=NOW)
    for change in (register.take, lambda: register.call_back(place)):
        with pytest.raises(FileProblem) as caught:
            change()
        assert caught.value.reason == "cannot_write"


def test_a_full_disk_is_told_and_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    settings = (*_database._SETTINGS, "PRAGMA max_page_count = 3")
    monkeypatch.setattr(_database, "_SETTINGS", settings)
    with pytest.raises(FileProblem) as caught:
        Register(file, issuer=ISSUER).take()
    assert caught.value.reason == "disk_full"
    assert file.read_bytes() == before


def test_a_register_cannot_be_made_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        Register.create(tmp_path / "none" / "register.db")
    assert caught.value.reason == "folder_missing"


def test_an_interrupted_change_is_undone_by_whoever_comes_next(file: Path, tmp_path: Path) -> None:
    register = Register(file, issuer=ISSUER)
    place = register.take()
    before = file.read_bytes()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 1")
        database.execute("PRAGMA cache_spill = 1")
        database.execute("BEGIN IMMEDIATE")
        # Every page is another one then, so that those which reach the file before the power fails
        # show, wherever the place of the pass is.
        for _ in range(2):
            database.execute("UPDATE register SET taken = ?1, called_back = ?1", [b"\xff" * 16384])
        # As a power cut leaves it: half written, with what is needed to undo it beside it.
        journal = file.with_name("register.db-journal")
        assert journal.stat().st_size > 0
        for each in (file, journal):
            shutil.copy(each, crashed)
        assert (crashed / "register.db").read_bytes() != before
        database.execute("ROLLBACK")
    after = Register(crashed / "register.db", issuer=ISSUER)
    after.require_valid(ISSUER, place, now=NOW)
    assert [path.name for path in crashed.iterdir()] == ["register.db"]
    assert (crashed / "register.db").read_bytes() == before

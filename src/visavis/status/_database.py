"""Where a register is kept: an SQLite file that processes can share, or memory."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from visavis._files import write_atomically
from visavis.errors import FileProblem, StatusProblem
from visavis.status._places import Places

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Database", "Memory", "Step"]

Step: TypeAlias = Callable[[Places | None], tuple[Places, int]]
"""What is to become of the places of an issuer, and which place it is about."""

_PATIENCE: Final = 10  # seconds to wait for another process
_OURS: Final = 0x56495352  # "VISR"
_SCHEMA: Final = f"""
PRAGMA application_id = {_OURS};
PRAGMA user_version = 1;
CREATE TABLE register (issuer TEXT PRIMARY KEY, taken BLOB NOT NULL, called_back BLOB NOT NULL);
"""
_SETTINGS: Final = (
    # A pass called back stays called back, even if the power fails right afterwards.
    "PRAGMA synchronous = EXTRA",
    # Former states are overwritten in the file: the difference of two is who came in between.
    "PRAGMA secure_delete = ON",
)
_NOT_WRITABLE: Final = frozenset(
    {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
)


class Memory:
    """Keeps registers for as long as the object lives."""

    def __init__(self) -> None:
        self._places: dict[str, Places] = {}
        self._lock = threading.Lock()

    def read(self, issuer: str) -> Places | None:
        """Return the places of an issuer, or None if it has taken none."""
        return self._places.get(issuer)

    def change(self, issuer: str, step: Step) -> int:
        """Replace the places of an issuer by what ``step`` makes of them, with nobody between."""
        with self._lock:
            self._places[issuer], place = step(self._places.get(issuer))
        return place


class Database:
    """Keeps registers in a file.

    Args:
        file: made by ``create``.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @staticmethod
    def create(file: Path) -> None:
        """Make the file, whole or not at all.

        Raises:
            FileProblem: ``file_exists``, ``folder_missing``, ``cannot_write``, ``disk_full``.
        """
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.executescript(_SCHEMA)
            empty = database.serialize()
        write_atomically(file, empty)

    def read(self, issuer: str) -> Places | None:
        """Return the places of an issuer, or None if it has taken none.

        Raises:
            StatusProblem: ``register_missing``, ``register_damaged``, ``register_busy``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        with self._open() as database:
            return self._row(database, issuer)

    def change(self, issuer: str, step: Step) -> int:
        """Replace the places of an issuer by what ``step`` makes of them, with nobody between.

        Raises:
            StatusProblem: as ``read``, and whatever ``step`` raises; nothing is changed then.
            FileProblem: as ``read``.
        """
        with self._open() as database:
            # Other processes wait from here on; closing without a commit undoes everything.
            database.execute("BEGIN IMMEDIATE")
            places, place = step(self._row(database, issuer))
            database.execute(
                "INSERT INTO register VALUES (?1, ?2, ?3) ON CONFLICT (issuer)"
                " DO UPDATE SET taken = ?2, called_back = ?3",
                [issuer, places.taken, places.called_back],
            )
            database.execute("COMMIT")
        return place

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._file.is_file():
            raise StatusProblem(
                "register_missing",
                f"The register {self._file} is missing.",
                "Restore it from the newest backup, or start anew with `visavis init`.",
            )
        # As an address, because only so can SQLite be told not to make a file that is missing.
        address = self._file.absolute().as_uri() + "?mode=rw"
        try:
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)
            ) as database:
                for setting in _SETTINGS:
                    database.execute(setting)
                if database.execute("PRAGMA application_id").fetchone() != (_OURS,):
                    raise self._damaged()
                yield database
        except sqlite3.Error as error:
            raise self._problem(error) from error

    def _row(self, database: sqlite3.Connection, issuer: str) -> Places | None:
        query = "SELECT taken, called_back FROM register WHERE issuer = ?"
        match database.execute(query, [issuer]).fetchone():
            case None:
                return None
            case (bytes(taken), bytes(called_back)):
                places = Places(taken, called_back)
                if places.consistent:
                    return places
        raise self._damaged()

    def _problem(self, error: sqlite3.Error) -> StatusProblem | FileProblem:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StatusProblem(
                "register_busy",
                f"Another program does not let go of the register {self._file}.",
                "Try again; if that does not help, end the other program.",
            )
        if code == sqlite3.SQLITE_FULL:
            return FileProblem(
                "disk_full",
                f"There is no room left to write {self._file}.",
                "Free some space and try again.",
            )
        if code in _NOT_WRITABLE:
            return FileProblem(
                "cannot_write",
                f"The register {self._file} cannot be written.",
                "Check the disk and who may write there.",
            )
        return self._damaged()

    def _damaged(self) -> StatusProblem:
        return StatusProblem(
            "register_damaged",
            f"{self._file} is not a register, or it is damaged.",
            "Restore it from the newest backup.",
        )

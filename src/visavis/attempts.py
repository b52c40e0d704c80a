"""Failed attempts and proofs that were used: all that is remembered about presenting a pass.

Failures are kept under a keyed hash (HMAC-SHA-256) of the sealed pass. The key is random, and is
thrown away with all that is kept under it when a day (UTC) is over. Of a visit that succeeds
nothing is left, or, for a pass tied to a phone, the hash of its proof. It is forgotten with the
first proof or failure after it has become too old to be accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, final

from visavis.errors import HomeProblem
from visavis.passes import Accepted, Pass, rejected

__all__ = ["FREE_ATTEMPTS", "WAIT", "Attempts"]

FREE_ATTEMPTS: Final = 3
"""Failed attempts in a row before the holder has to wait. NIST SP 800-63B-4 allows five without
independently tested presentation attack detection."""

WAIT: Final = timedelta(seconds=30)
"""How long, after each failed attempt from then on (SP 800-63B-4: at least 30 seconds)."""

_KEY_BYTES: Final = 32
_NEVER_FAILED: Final = -1.0
_TABLES: Final = (
    "secret (day INTEGER NOT NULL, key BLOB NOT NULL)",
    "failed (pass BLOB PRIMARY KEY, count INTEGER NOT NULL, wait_until REAL NOT NULL)",
    "used (proof BLOB PRIMARY KEY, until REAL NOT NULL)",
)


@final
class Attempts:
    """Counts failed attempts with a pass, and refuses a proof that was used before.

    Several processes may share a file.

    Args:
        file: where it is remembered; None remembers as long as the object lives.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._memory = _connect(None) if file is None else None

    def admit(self, presented: Pass, *, now: datetime) -> None:
        """Make sure that this pass may be tried now. Nothing is written.

        Raises:
            PassRejected: ``too_many_attempts``.
            HomeProblem: ``attempts_unusable``: the file cannot be used.
        """
        if now.timestamp() < self._wait_until(presented, now):
            raise rejected("too_many_attempts")

    def failed(self, presented: Pass, *, now: datetime) -> None:
        """Count a failed attempt.

        Raises:
            HomeProblem: ``attempts_unusable``.
        """
        with self._changing(now) as database:
            keyed = _keyed(_key_for(database, now), presented.sealed)
            [count] = database.execute(
                "INSERT INTO failed VALUES (?, 1, 0)"
                " ON CONFLICT (pass) DO UPDATE SET count = count + 1 RETURNING count",
                [keyed],
            ).fetchone()
            if count >= FREE_ATTEMPTS:
                database.execute(
                    "UPDATE failed SET wait_until = ? WHERE pass = ?",
                    [now.timestamp() + WAIT.total_seconds(), keyed],
                )

    def succeeded(self, presented: Pass, *, now: datetime) -> None:
        """Forget the failed attempts with this pass; without any, nothing is written.

        Raises:
            HomeProblem: ``attempts_unusable``.
        """
        if self._wait_until(presented, now) == _NEVER_FAILED:
            return
        with self._changing(now) as database:
            keyed = _keyed(_key_for(database, now), presented.sealed)
            database.execute("DELETE FROM failed WHERE pass = ?", [keyed])

    def use(self, proof: Accepted, *, now: datetime) -> None:
        """Accept a proof, once.

        Raises:
            PassRejected: ``proof_replayed``.
            HomeProblem: ``attempts_unusable``.
        """
        # The digest needs no key: it covers random bytes, and is forgotten within minutes.
        with self._changing(now) as database:
            done = database.execute(
                "INSERT OR IGNORE INTO used VALUES (?, ?)", [proof.digest, proof.until]
            )
            if done.rowcount == 0:
                raise rejected("proof_replayed")

    def _wait_until(self, presented: Pass, now: datetime) -> float:
        """Return until when the holder has to wait; ``_NEVER_FAILED`` without a failure today."""
        if self._file is not None and not self._file.exists():
            return _NEVER_FAILED
        with self._open() as database:
            key = _key_of(database, now)
            if key is None:
                return _NEVER_FAILED
            row = database.execute(
                "SELECT wait_until FROM failed WHERE pass = ?", [_keyed(key, presented.sealed)]
            ).fetchone()
        return _NEVER_FAILED if row is None else float(row[0])

    @contextmanager
    def _changing(self, now: datetime) -> Iterator[sqlite3.Connection]:
        """Yield a database in a transaction, after forgetting what is too old."""
        if self._file is not None and not self._file.exists():
            try:
                self._file.touch(mode=0o600)
            except OSError as error:
                raise _unusable(self._file) from error
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                for table in _TABLES:
                    database.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                database.execute("DELETE FROM used WHERE until < ?", [now.timestamp()])
                yield database
            except BaseException:
                database.rollback()
                raise
            database.commit()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = None
        try:
            with self._lock:
                database = self._memory or _connect(self._file)
                yield database
        except sqlite3.Error as error:
            raise _unusable(self._file) from error
        finally:
            if database is not None and database is not self._memory:
                database.close()


def _connect(file: Path | None) -> sqlite3.Connection:
    name = ":memory:" if file is None else str(file)
    database = sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=10)
    try:
        # What is deleted is overwritten in the file, too.
        database.execute("PRAGMA secure_delete = ON")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _key_of(database: sqlite3.Connection, now: datetime) -> bytes | None:
    """Return the key of the day, if there is one."""
    if not database.execute("SELECT 1 FROM sqlite_master").fetchone():
        return None
    row = database.execute("SELECT day, key FROM secret").fetchone()
    # A clock that is set back lets nobody off.
    return bytes(row[1]) if row is not None and row[0] >= _day(now) else None


def _key_for(database: sqlite3.Connection, now: datetime) -> bytes:
    """Return the key of the day; a new day forgets all that was counted on another."""
    key = _key_of(database, now)
    if key is None:
        key = secrets.token_bytes(_KEY_BYTES)
        database.execute("DELETE FROM secret")
        database.execute("DELETE FROM failed")
        database.execute("INSERT INTO secret VALUES (?, ?)", [_day(now), key])
    return key


def _day(now: datetime) -> int:
    return int(now.timestamp() // timedelta(days=1).total_seconds())


def _keyed(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, hashlib.sha256)


def _unusable(file: Path | None) -> HomeProblem:
    return HomeProblem(
        "attempts_unusable",
        f"Failed attempts cannot be counted in {file}.",
        "Check the disk and who may write there; without counting, nobody is verified.",
    )

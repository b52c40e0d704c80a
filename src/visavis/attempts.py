"""Failed attempts and proofs that were used: all that is remembered about presenting a pass.

Failures are kept under a keyed hash (HMAC-SHA-256) of the sealed pass. The key is random, and is
thrown away with all that is kept under it when a day (UTC) is over. Of a visit that succeeds
nothing is left, or, for a pass tied to a phone, the hash of its proof until that proof would be
too old anyway.
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
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS secret (day INTEGER NOT NULL, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS failed (
    pass BLOB PRIMARY KEY, count INTEGER NOT NULL, wait_until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (proof BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""


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
        self._memory = self._connect() if file is None else None

    def admit(self, presented: Pass, *, now: datetime) -> None:
        """Make sure that this pass may be tried now.

        Raises:
            PassRejected: ``too_many_attempts``.
            HomeProblem: ``attempts_unusable``: the file cannot be used.
        """
        with self._today(now) as (database, key):
            row = database.execute(
                "SELECT wait_until FROM failed WHERE pass = ?", [_keyed(key, presented.sealed)]
            ).fetchone()
        if row is not None and now.timestamp() < row[0]:
            raise rejected("too_many_attempts")

    def failed(self, presented: Pass, *, now: datetime) -> None:
        """Count a failed attempt.

        Raises:
            HomeProblem: ``attempts_unusable``.
        """
        with self._today(now) as (database, key):
            keyed = _keyed(key, presented.sealed)
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
        """Forget the failed attempts with this pass.

        Raises:
            HomeProblem: ``attempts_unusable``.
        """
        with self._today(now) as (database, key):
            database.execute("DELETE FROM failed WHERE pass = ?", [_keyed(key, presented.sealed)])

    def use(self, proof: Accepted, *, now: datetime) -> None:
        """Accept a proof, once.

        Raises:
            PassRejected: ``proof_replayed``.
            HomeProblem: ``attempts_unusable``.
        """
        # The digest needs no key: it covers random bytes, and is forgotten within minutes.
        with self._today(now) as (database, _):
            done = database.execute(
                "INSERT OR IGNORE INTO used VALUES (?, ?)",
                [proof.digest, proof.until],
            )
            if done.rowcount == 0:
                raise rejected("proof_replayed")

    @contextmanager
    def _today(self, now: datetime) -> Iterator[tuple[sqlite3.Connection, bytes]]:
        """Yield a database in a transaction, with the key of the day."""
        database = None
        try:
            with self._lock:
                database = self._memory or self._connect()
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database, _key_of(database, now)
                except BaseException:
                    database.rollback()
                    raise
                database.commit()
        except sqlite3.Error as error:
            raise _unusable(self._file) from error
        finally:
            if database is not None and database is not self._memory:
                database.close()

    def _connect(self) -> sqlite3.Connection:
        name = ":memory:" if self._file is None else str(self._file)
        if self._file is not None:
            try:
                self._file.touch(mode=0o600)
            except OSError as error:
                raise _unusable(self._file) from error
        database = sqlite3.connect(name, check_same_thread=False, isolation_level=None, timeout=10)
        try:
            # What is deleted is overwritten in the file, too.
            database.execute("PRAGMA secure_delete = ON")
            database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            database.close()
            raise _unusable(self._file) from error
        return database


def _key_of(database: sqlite3.Connection, now: datetime) -> bytes:
    """Return the key of the day, after forgetting what need not be remembered any more."""
    day = int(now.timestamp() // timedelta(days=1).total_seconds())
    database.execute("DELETE FROM used WHERE until < ?", [now.timestamp()])
    row = database.execute("SELECT day, key FROM secret").fetchone()
    if row is not None and row[0] >= day:
        return bytes(row[1])
    key = secrets.token_bytes(_KEY_BYTES)
    database.execute("DELETE FROM secret")
    database.execute("DELETE FROM failed")
    database.execute("INSERT INTO secret VALUES (?, ?)", [day, key])
    return key


def _keyed(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, hashlib.sha256)


def _unusable(file: Path | None) -> HomeProblem:
    return HomeProblem(
        "attempts_unusable",
        f"Failed attempts cannot be counted in {file}.",
        "Check the disk and who may write there; without counting, nobody is verified.",
    )

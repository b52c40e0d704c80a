"""Failed attempts and proofs that were used: all that is remembered about presenting a pass.

Failures are kept under a keyed hash (HMAC-SHA-256) of the sealed pass. The key is random, and is
thrown away with all that is kept under it by the first attempt of another day (UTC). Of a visit
that succeeds nothing is left, or, for a pass tied to a phone, the hash of its proof, which is
forgotten by the first attempt after it has become too old to be accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, final

from visavis.errors import HomeProblem, InvalidArgument, NoMatch
from visavis.passes import Accepted, Pass, rejected

__all__ = ["FREE_ATTEMPTS", "WAIT", "Attempts"]

FREE_ATTEMPTS: Final = 3
"""Failed attempts in a row before the holder has to wait. NIST SP 800-63B-4 allows five without
independently tested presentation attack detection."""

WAIT: Final = timedelta(seconds=30)
"""How long, after each failed attempt from then on (SP 800-63B-4: at least 30 seconds)."""

_KEY_BYTES: Final = 32
_DAY: Final = 86_400  # seconds
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

    @contextmanager
    def attempt(self, presented: Pass, *, now: datetime, forgives: bool = True) -> Iterator[None]:
        """Let something be tried with a pass, if it may be tried now.

        It counts as failed from the beginning, so that several at once gain nothing, and so that
        nothing is tried where nothing can be counted. The count is taken back unless it ends in a
        wrong PIN or in a different person.

        Args:
            presented: the pass.
            now: the present, with a time zone.
            forgives: whether success forgets earlier failures as well.

        Raises:
            PassRejected: ``too_many_attempts``.
            HomeProblem: ``attempts_unusable``: the file cannot be used.
            InvalidArgument: ``naive_datetime``.
        """
        if now.utcoffset() is None:
            raise InvalidArgument(
                "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
            )
        wait = self._begin(presented, now)
        if wait is None:
            raise rejected("too_many_attempts")
        try:
            yield
        except BaseException as error:
            if not (isinstance(error, NoMatch) or getattr(error, "reason", "") == "wrong_pin"):
                self._take_back(presented, now, wait)
            raise
        self._take_back(presented, now, None if forgives else wait)

    def _begin(self, presented: Pass, now: datetime) -> float | None:
        """Count an attempt and return the end of the wait after it; None if one has to wait now."""
        with self._changing(now) as database:
            keyed = _keyed(_key_for(database, now), presented.sealed)
            query = "SELECT count, wait_until FROM failed WHERE pass = ?"
            count, until = database.execute(query, [keyed]).fetchone() or (0, 0.0)
            latest = now.timestamp() + WAIT.total_seconds()
            waits = now.timestamp() < until
            if waits:
                # No longer than that, even if a clock was ahead when the wait began.
                until = min(until, latest)
            else:
                count += 1
                until = latest if count >= FREE_ATTEMPTS else 0.0
            database.execute("REPLACE INTO failed VALUES (?, ?, ?)", [keyed, count, until])
        return None if waits else until

    def _take_back(self, presented: Pass, now: datetime, wait: float | None) -> None:
        """Take back one attempt and the wait that it brought, or without a wait all there were."""
        with self._changing(now) as database:
            keyed = _keyed(_key_for(database, now), presented.sealed)
            if wait is not None:
                # A wait that another attempt has brought in the meantime stays.
                database.execute(
                    "UPDATE failed SET count = count - 1, wait_until = CASE"
                    " WHEN count <= ? OR wait_until = ? THEN 0 ELSE wait_until END WHERE pass = ?",
                    [FREE_ATTEMPTS, wait, keyed],
                )
            database.execute(
                "DELETE FROM failed WHERE pass = ? AND (count <= 0 OR ?)", [keyed, wait is None]
            )

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
        if self._file is not None:
            # When somebody was here last is nobody's business.
            with suppress(OSError):
                os.utime(self._file, (_day(now) * _DAY, _day(now) * _DAY))

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


def _key_for(database: sqlite3.Connection, now: datetime) -> bytes:
    """Return the key of the day; a new day forgets all that was counted on another."""
    row = database.execute("SELECT day, key FROM secret").fetchone()
    # A clock that is set back a little lets nobody off; one that was a year ahead locks nobody out.
    if row is not None and 0 <= row[0] - _day(now) <= 1:
        key = bytes(row[1])
    else:
        key = secrets.token_bytes(_KEY_BYTES)
        database.execute("DELETE FROM secret")
        database.execute("DELETE FROM failed")
        database.execute("INSERT INTO secret VALUES (?, ?)", [_day(now), key])
    return key


def _day(now: datetime) -> int:
    return int(now.timestamp() // _DAY)


def _keyed(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, hashlib.sha256)


def _unusable(file: Path | None) -> HomeProblem:
    return HomeProblem(
        "attempts_unusable",
        f"Failed attempts cannot be counted in {file}.",
        "Check the disk and who may write there; without counting, nobody is verified.",
    )

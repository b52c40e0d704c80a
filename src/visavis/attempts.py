"""Failed attempts and proofs that were used: all that is remembered about presenting a pass.

Failures in a row are kept under a keyed hash (HMAC-SHA-256) of the sealed pass, with the year of
the last one, until the pass succeeds or must have expired. The key is random, and is thrown away
when nothing is kept under it. Of a visit that succeeds nothing is left, or, for a pass tied to a
phone, the hash of its proof, which is forgotten by the first attempt after it has become too old
to be accepted. ``docs/adr/0007-attempts.md`` says why.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, final

from visavis.errors import HomeProblem, InvalidArgument, NoMatch, SpoofSuspected
from visavis.passes import LONGEST_LIFETIME, Accepted, Pass, rejected

__all__ = ["FREE_ATTEMPTS", "MOST_ATTEMPTS", "WAIT", "Attempts"]

FREE_ATTEMPTS: Final = 3
"""Failed attempts in a row before the holder has to wait. NIST SP 800-63B-4 allows five without
independently tested presentation attack detection."""

WAIT: Final = timedelta(seconds=30)
"""How long, after each failed attempt from then on (SP 800-63B-4: at least 30 seconds)."""

MOST_ATTEMPTS: Final = 50
"""Failed attempts in a row, on whatever days, that disable a pass here (SP 800-63B-4)."""

_KEY_BYTES: Final = 32
_DAY: Final = 86_400  # seconds
# In full calendar years: a pass that was tried in one year has expired after them.
_LONGEST: Final = math.ceil(LONGEST_LIFETIME / timedelta(days=365))
# Without row numbers, so that not even the order in which they were written can be told.
_TABLES: Final = (
    "secret_of_rows (key BLOB NOT NULL)",
    "in_a_row (pass BLOB PRIMARY KEY, count INTEGER NOT NULL, wait_until REAL NOT NULL,"
    " year INTEGER NOT NULL) WITHOUT ROWID",
    "used (proof BLOB PRIMARY KEY, until REAL NOT NULL)",
)
_FORMER_TABLES: Final = ("secret", "failed")


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
        wrong PIN, a different person or a suspected spoof. The last attempt that a pass has may
        still succeed; after it, the pass is disabled for good: the way on is a new one.

        Args:
            presented: the pass.
            now: the present, with a time zone.
            forgives: whether success forgets earlier failures as well.

        Raises:
            PassRejected: ``disabled``, ``too_many_attempts``.
            HomeProblem: ``attempts_unusable``: the file cannot be used.
            InvalidArgument: ``naive_datetime``.
        """
        with self._counted(presented, now) as wait:
            yield
        self._take_back(presented, now, None if forgives else wait)

    @contextmanager
    def begin(self, presented: Pass, *, now: datetime) -> Iterator[None]:
        """Let something be begun with a pass that is tried later, if it may be tried now.

        It counts as failed from the beginning, and still does when all goes well: only `succeed`
        takes it back. It is also taken back where nothing has begun: because of any error but a
        wrong PIN, a different person or a suspected spoof.

        Args:
            presented: the pass.
            now: the present, with a time zone.

        Raises:
            PassRejected: ``disabled``, ``too_many_attempts``.
            HomeProblem: ``attempts_unusable``: the file cannot be used.
            InvalidArgument: ``naive_datetime``.
        """
        with self._counted(presented, now):
            yield

    def succeed(self, presented: Pass, *, now: datetime) -> None:
        """Forget all failures with a pass, because what was begun with it has succeeded.

        Nothing is refused here: what was begun in time may succeed while the pass has to wait, or
        after it has become disabled.

        Args:
            presented: the pass.
            now: the present, with a time zone.

        Raises:
            HomeProblem: ``attempts_unusable``: the file cannot be used.
        """
        self._take_back(presented, now, None)

    @contextmanager
    def _counted(self, presented: Pass, now: datetime) -> Iterator[float]:
        """Count an attempt and yield the end of its wait; take it back if nobody was at fault."""
        if now.utcoffset() is None:
            raise InvalidArgument(
                "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
            )
        wait = self._begin(presented, now)
        if isinstance(wait, str):
            raise rejected(wait)
        try:
            yield wait
        except BaseException as error:
            if not _counts(error):
                self._take_back(presented, now, wait)
            raise

    def _begin(self, presented: Pass, now: datetime) -> float | str:
        """Count an attempt and return the end of the wait after it, or why it is refused."""
        with self._changing(now) as database:
            keyed = _keyed(_key_of(database), presented.sealed)
            query = "SELECT count, wait_until, year FROM in_a_row WHERE pass = ?"
            count, until, year = database.execute(query, [keyed]).fetchone() or (0, 0.0, 0)
            if count >= MOST_ATTEMPTS:
                return "disabled"
            latest = now.timestamp() + WAIT.total_seconds()
            if until:
                # No longer than that, even if a clock was ahead when the wait began.
                shorten = "UPDATE in_a_row SET wait_until = ? WHERE pass = ?"
                database.execute(shorten, [min(until, latest), keyed])
                return "too_many_attempts"
            count += 1
            until = latest if count >= FREE_ATTEMPTS else 0.0
            # A clock that is set back does not make it forgotten any sooner.
            row = [keyed, count, until, max(year, _year(now))]
            database.execute("REPLACE INTO in_a_row VALUES (?, ?, ?, ?)", row)
        return until

    def _take_back(self, presented: Pass, now: datetime, wait: float | None) -> None:
        """Take back one attempt and the wait that it brought, or without a wait all there were."""
        with self._changing(now) as database:
            keyed = _keyed(_key_of(database), presented.sealed)
            if wait is not None:
                # A wait that another attempt has brought in the meantime stays.
                database.execute(
                    "UPDATE in_a_row SET count = count - 1, wait_until = CASE"
                    " WHEN count <= ? OR wait_until = ? THEN 0 ELSE wait_until END WHERE pass = ?",
                    [FREE_ATTEMPTS, wait, keyed],
                )
            database.execute(
                "DELETE FROM in_a_row WHERE pass = ? AND (count <= 0 OR ?)", [keyed, wait is None]
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
                _forget(database, now)
                yield database
                # Nothing that is kept from now on shall be linked with what was kept before.
                database.execute(
                    "DELETE FROM secret_of_rows WHERE NOT EXISTS (SELECT 1 FROM in_a_row)"
                )
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


def _counts(error: BaseException) -> bool:
    """Return whether an error is a failed attempt, and nothing that can happen to anybody."""
    failed = isinstance(error, NoMatch | SpoofSuspected)
    return failed or getattr(error, "reason", "") == "wrong_pin"


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


def _forget(database: sqlite3.Connection, now: datetime) -> None:
    """Forget what is too old."""
    for table in _FORMER_TABLES:
        database.execute(f"DROP TABLE IF EXISTS {table}")
    moment = now.timestamp()
    database.execute("DELETE FROM used WHERE until < ?", [moment])
    database.execute("DELETE FROM in_a_row WHERE year < ?", [_year(now) - _LONGEST])
    ended = "UPDATE in_a_row SET wait_until = 0 WHERE wait_until > 0 AND wait_until <= ?"
    database.execute(ended, [moment])


def _key_of(database: sqlite3.Connection) -> bytes:
    """Return the key that passes are hashed with, and make it if nothing is kept under any."""
    row = database.execute("SELECT key FROM secret_of_rows").fetchone()
    if row is not None:
        return bytes(row[0])
    if database.execute("SELECT 1 FROM in_a_row").fetchone() is not None:
        # Under another key, no pass that failed or is disabled would be recognised.
        raise sqlite3.DatabaseError("the key is gone")
    key = secrets.token_bytes(_KEY_BYTES)
    database.execute("INSERT INTO secret_of_rows VALUES (?)", [key])
    return key


def _year(now: datetime) -> int:
    try:
        return now.astimezone(UTC).year
    except OverflowError:  # on the first and the last day of the calendar
        return now.year


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

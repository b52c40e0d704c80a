from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path

import pytest

from visavis.attempts import FREE_ATTEMPTS, MOST_ATTEMPTS, WAIT, Attempts
from visavis.errors import (
    CannotDecide,
    HomeProblem,
    InvalidArgument,
    NoMatch,
    PassRejected,
    SpoofSuspected,
    StatusProblem,
)
from visavis.passes import LONGEST_LIFETIME, Accepted, Pass, rejected

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINE, OTHERS = Pass(b"one sealed pass"), Pass(b"another sealed pass")
PROOF = Accepted(bytes(range(32)), (NOW + timedelta(seconds=60)).timestamp())


@pytest.fixture(params=["memory", "file"])
def attempts(request: pytest.FixtureRequest, tmp_path: Path) -> Attempts:
    return Attempts(tmp_path / "attempts.db" if request.param == "file" else None)


def _refused(attempts: Attempts, presented: Pass, now: datetime) -> bool:
    """Try something that is nobody's fault."""
    try:
        with attempts.attempt(presented, now=now):
            raise CannotDecide("too_dark", "Too dark.", "More light.")  # noqa: TRY301
    except CannotDecide:
        return False
    except PassRejected as error:
        return error.reason == "too_many_attempts"


def _fail(attempts: Attempts, times: int, now: datetime = NOW, presented: Pass = MINE) -> None:
    for number in range(times):
        wrong = rejected("wrong_pin") if number % 2 else NoMatch("no", "No.", "Ask.")
        with pytest.raises(type(wrong)), attempts.attempt(presented, now=now):
            raise wrong


def _succeed(attempts: Attempts, now: datetime, presented: Pass = MINE, **options: bool) -> None:
    with attempts.attempt(presented, now=now, **options):
        pass


def test_a_few_failures_cost_nothing(attempts: Attempts) -> None:
    assert not _refused(attempts, MINE, NOW)
    _fail(attempts, FREE_ATTEMPTS - 1)
    assert not _refused(attempts, MINE, NOW)


def test_then_every_further_one_costs_a_wait(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS)
    later = NOW
    for _ in range(5):
        assert _refused(attempts, MINE, later)
        assert _refused(attempts, MINE, later + WAIT - SECOND)
        later += WAIT
        assert not _refused(attempts, MINE, later)
        _fail(attempts, 1, later)


def test_other_passes_do_not_wait(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS)
    assert not _refused(attempts, OTHERS, NOW)


def test_a_success_forgets_the_failures(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS)
    _succeed(attempts, NOW + WAIT)
    _fail(attempts, FREE_ATTEMPTS - 1, NOW + WAIT)
    assert not _refused(attempts, MINE, NOW + WAIT)


def test_midnight_forgets_nothing(attempts: Attempts) -> None:
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    _fail(attempts, FREE_ATTEMPTS, midnight - SECOND)
    assert _refused(attempts, MINE, midnight)
    assert not _refused(attempts, MINE, midnight + WAIT)
    # It is still in a row: no three free attempts on another day.
    _fail(attempts, 1, midnight + timedelta(days=30))
    assert _refused(attempts, MINE, midnight + timedelta(days=30))


def _reason(attempts: Attempts, now: datetime, presented: Pass = MINE) -> str:
    with pytest.raises(PassRejected) as caught:
        _succeed(attempts, now, presented)
    return caught.value.reason


@pytest.mark.parametrize("pause", [WAIT, timedelta(hours=3), timedelta(days=9)])
def test_fifty_in_a_row_disable_the_pass_for_good(attempts: Attempts, pause: timedelta) -> None:
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        assert not _refused(attempts, MINE, now)
        _fail(attempts, 1, now)
        now += pause
    for later in (-pause, timedelta(0), timedelta(days=400), timedelta(days=4 * 366)):
        assert _reason(attempts, now + later) == "disabled"
    assert not _refused(attempts, OTHERS, now)


def test_the_fiftieth_may_succeed_and_begins_anew(attempts: Attempts) -> None:
    for _ in range(2):
        for number in range(MOST_ATTEMPTS - 1):
            _fail(attempts, 1, NOW + number * WAIT)
        _succeed(attempts, NOW + MOST_ATTEMPTS * WAIT)
    assert not _refused(attempts, MINE, NOW)


def test_what_is_nobodys_fault_does_not_disable(attempts: Attempts) -> None:
    for number in range(MOST_ATTEMPTS - 1):
        _fail(attempts, 1, NOW + number * WAIT)
    last = NOW + MOST_ATTEMPTS * WAIT
    for _ in range(5):
        assert not _refused(attempts, MINE, last)
    # Nor does it, or a PIN that was right, begin anew.
    _succeed(attempts, last, forgives=False)
    _fail(attempts, 1, last)
    assert _reason(attempts, last + WAIT) == "disabled"


def test_it_lasts_as_long_as_a_pass_may(attempts: Attempts) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(MOST_ATTEMPTS):
        _fail(attempts, 1, first + number * WAIT)
    assert _reason(attempts, datetime(2026, 12, 31, tzinfo=UTC) + LONGEST_LIFETIME) == "disabled"
    assert not _refused(attempts, MINE, datetime(2033, 1, 1, tzinfo=UTC))


def test_a_clock_that_is_set_back_enables_nothing(attempts: Attempts) -> None:
    for number in range(MOST_ATTEMPTS):
        _fail(attempts, 1, NOW + number * WAIT)
    assert _reason(attempts, datetime(1970, 1, 2, tzinfo=UTC)) == "disabled"
    assert _reason(attempts, NOW + timedelta(days=2)) == "disabled"


def test_a_power_cut_counts_as_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    for number in range(MOST_ATTEMPTS - 1):
        _fail(Attempts(file), 1, NOW + number * WAIT)
    cut = (
        "import os, sys\nfrom datetime import datetime\nfrom pathlib import Path\n"
        "from visavis.attempts import Attempts\nfrom visavis.passes import Pass\n"
        "with Attempts(Path(sys.argv[1])).attempt(Pass(b'one sealed pass'),"
        " now=datetime.fromisoformat(sys.argv[2])):\n    os._exit(7)\n"
    )
    last = NOW + MOST_ATTEMPTS * WAIT
    command = [sys.executable, "-c", cut, str(file), last.isoformat()]
    assert subprocess.run(command, check=False).returncode == 7
    assert _reason(Attempts(file), last + WAIT) == "disabled"


def test_of_many_that_begin_together_one_is_the_fiftieth(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    for number in range(MOST_ATTEMPTS - 1):
        _fail(Attempts(file), 1, NOW + number * WAIT)
    reasons: list[str] = []

    def guess() -> None:
        try:
            with Attempts(file).attempt(MINE, now=NOW + MOST_ATTEMPTS * WAIT):
                raise rejected("wrong_pin")
        except PassRejected as error:
            reasons.append(error.reason)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reasons) == ["disabled"] * 7 + ["wrong_pin"]


def test_what_is_kept_of_a_disabled_pass_is_no_trail(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    for number in range(MOST_ATTEMPTS):
        _fail(Attempts(file), 1, NOW + number * WAIT)
    _succeed(Attempts(file), NOW + timedelta(days=1), OTHERS)
    with closing(sqlite3.connect(file)) as database:
        [row] = database.execute("SELECT * FROM in_a_row").fetchall()
    assert row[1:] == (MOST_ATTEMPTS, 0.0, NOW.year)
    assert len(row[0]) == 32
    data = file.read_bytes()
    assert not any(digest(MINE.sealed).digest() in data for digest in (sha256, sha512))


def test_the_key_goes_with_the_last_count(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    keyed = set()
    for _ in range(3):
        _fail(Attempts(file), 1)
        with closing(sqlite3.connect(file)) as database:
            [row] = database.execute("SELECT pass FROM in_a_row").fetchall()
            [key] = database.execute("SELECT key FROM secret_of_rows").fetchall()
        _succeed(Attempts(file), NOW)
        assert key[0] not in file.read_bytes()
        keyed.add(row)
    assert len(keyed) == 3


def test_counts_without_their_key_let_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    _fail(Attempts(file), 1)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM secret_of_rows")
    with pytest.raises(HomeProblem):
        _succeed(Attempts(file), NOW)


def test_a_file_of_an_earlier_version_is_cleared(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE failed (pass BLOB PRIMARY KEY, count, wait_until)")
        database.execute("CREATE TABLE secret (day, key)")
    _fail(Attempts(file), 1)
    with closing(sqlite3.connect(file)) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert not names & {"failed", "secret"}


def test_a_clock_that_is_set_back_lets_nobody_off(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS)
    earlier = NOW - timedelta(hours=20)
    assert _refused(attempts, MINE, earlier)
    # But the wait is not longer than it would have been.
    assert not _refused(attempts, MINE, earlier + WAIT)


def test_a_clock_that_was_a_year_ahead_makes_nobody_wait_longer(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS, NOW + timedelta(days=365))
    assert _refused(attempts, MINE, NOW)
    assert not _refused(attempts, MINE, NOW + WAIT)


def test_reading_a_pass_forgives_nothing(attempts: Attempts) -> None:
    _fail(attempts, FREE_ATTEMPTS - 1)
    _succeed(attempts, NOW, forgives=False)
    _fail(attempts, 1)
    assert _refused(attempts, MINE, NOW)


def test_of_many_that_begin_together_three_are_let_in(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    begun, ready = [], threading.Barrier(8)

    def guess() -> None:
        ready.wait()
        with contextlib.suppress(PassRejected), Attempts(file).attempt(MINE, now=NOW):
            begun.append(True)
            everybody.wait()
            raise rejected("wrong_pin")

    everybody = threading.Barrier(FREE_ATTEMPTS)
    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == FREE_ATTEMPTS


def test_now_needs_a_time_zone(attempts: Attempts) -> None:
    with pytest.raises(InvalidArgument):
        _succeed(attempts, NOW.replace(tzinfo=None))


def test_a_proof_is_good_once(attempts: Attempts) -> None:
    attempts.use(PROOF, now=NOW)
    for later in (0, 30, 60):
        with pytest.raises(PassRejected) as caught:
            attempts.use(PROOF, now=NOW + later * SECOND)
        assert caught.value.reason == "proof_replayed"
    attempts.use(Accepted(bytes(32), PROOF.until), now=NOW)


def test_a_proof_is_not_good_again_after_midnight(attempts: Attempts) -> None:
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    proof = Accepted(bytes(32), (midnight + 30 * SECOND).timestamp())
    attempts.use(proof, now=midnight - SECOND)
    with pytest.raises(PassRejected):
        attempts.use(proof, now=midnight + SECOND)


def test_processes_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    for _ in range(FREE_ATTEMPTS):
        _fail(Attempts(file), 1)
    assert _refused(Attempts(file), MINE, NOW)
    Attempts(file).use(PROOF, now=NOW)
    with pytest.raises(PassRejected):
        Attempts(file).use(PROOF, now=NOW)


def test_of_many_at_once_one_gets_through(tmp_path: Path) -> None:
    passed = []
    file = tmp_path / "attempts.db"

    def use() -> None:
        try:
            Attempts(file).use(PROOF, now=NOW)
        except PassRejected:
            return
        passed.append(True)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == [True]


def test_the_file_is_private_and_tells_nothing_about_a_pass(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    attempts = Attempts(file)
    _fail(attempts, FREE_ATTEMPTS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert MINE.sealed not in file.read_bytes()
    with closing(sqlite3.connect(file)) as database:
        columns = database.execute("SELECT sql FROM sqlite_master").fetchall()
    assert "time" not in str(columns)
    assert "WITHOUT ROWID" in str(columns)


def test_nothing_is_left_of_a_success(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    attempts = Attempts(file)
    attempts.use(PROOF, now=NOW)
    _fail(attempts, 2)
    _succeed(attempts, NOW + timedelta(seconds=61))
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT * FROM in_a_row").fetchall() == []
        assert database.execute("SELECT * FROM used").fetchall() == []
    assert PROOF.digest not in file.read_bytes()


def test_the_file_does_not_tell_when_somebody_was_here(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    midnight = NOW.replace(hour=0).timestamp()
    for hour in (1, 5):
        _succeed(Attempts(file), NOW + timedelta(hours=hour))
        assert file.stat().st_mtime == file.stat().st_atime == midnight
    assert list(tmp_path.iterdir()) == [file]


def _not_a_database(file: Path) -> None:
    file.write_bytes(b"not a database" * 100)


@pytest.mark.parametrize("spoil", [_not_a_database, Path.mkdir])
def test_without_counting_nobody_gets_in(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    file = tmp_path / "attempts.db"
    spoil(file)
    for attempt in (
        lambda: _succeed(Attempts(file), NOW),
        lambda: _fail(Attempts(file), 1),
        lambda: Attempts(file).use(PROOF, now=NOW),
    ):
        with pytest.raises(HomeProblem) as caught:
            attempt()  # type: ignore[no-untyped-call]
        assert caught.value.reason == "attempts_unusable"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path / "missing" / "attempts.db")
    with pytest.raises(HomeProblem):
        _succeed(attempts, NOW)


def test_an_attempt_that_is_taken_back_does_not_end_the_wait_of_another(
    attempts: Attempts,
) -> None:
    slow = attempts.attempt(MINE, now=NOW)
    slow.__enter__()
    _fail(attempts, FREE_ATTEMPTS - 1)
    _fail(attempts, 1, NOW + WAIT)
    dark = CannotDecide("too_dark", "Too dark.", "More light.")
    assert not slow.__exit__(CannotDecide, dark, None)
    assert _refused(attempts, MINE, NOW + WAIT)
    assert not _refused(attempts, MINE, NOW + 2 * WAIT)
    # A bad photo after the wait costs no wait of its own.
    assert not _refused(attempts, MINE, NOW + 2 * WAIT)


def _begin(attempts: Attempts, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        with attempts.begin(MINE, now=now):
            pass


def test_a_suspected_spoof_counts_like_a_different_person(attempts: Attempts) -> None:
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(SpoofSuspected), attempts.attempt(MINE, now=NOW):
            raise SpoofSuspected("flat", "Flat.")
    assert _refused(attempts, MINE, NOW)


def test_what_was_begun_counts_although_all_went_well(attempts: Attempts) -> None:
    _begin(attempts, FREE_ATTEMPTS)
    assert _refused(attempts, MINE, NOW)
    with pytest.raises(PassRejected) as caught:
        _begin(attempts, 1, NOW + WAIT - SECOND)
    assert caught.value.reason == "too_many_attempts"
    _begin(attempts, 1, NOW + WAIT)
    assert not _refused(attempts, OTHERS, NOW)


def test_what_was_begun_fifty_times_disables_the_pass(attempts: Attempts) -> None:
    for number in range(MOST_ATTEMPTS):
        _begin(attempts, 1, NOW + number * WAIT)
    with pytest.raises(PassRejected) as caught:
        _begin(attempts, 1, NOW + MOST_ATTEMPTS * WAIT)
    assert caught.value.reason == "disabled"


@pytest.mark.parametrize("begun", [FREE_ATTEMPTS - 1, FREE_ATTEMPTS, MOST_ATTEMPTS])
def test_what_was_begun_in_time_may_succeed_and_forgets(attempts: Attempts, begun: int) -> None:
    for number in range(begun):
        _begin(attempts, 1, NOW + number * WAIT)
    last = NOW + (begun - 1) * WAIT + SECOND
    attempts.succeed(MINE, now=last)
    _fail(attempts, FREE_ATTEMPTS - 1, last)
    assert not _refused(attempts, MINE, last)


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (rejected("wrong_pin"), True),
        (NoMatch("no", "No.", "Ask."), True),
        (SpoofSuspected("flat", "Flat."), True),
        (rejected("expired"), False),
        (rejected("status_stale"), False),
        (CannotDecide("too_dark", "Too dark.", "More light."), False),
        (HomeProblem("home_damaged", "Damaged.", "Repair."), False),
        (StatusProblem("gone", "Gone.", "Look."), False),
        (KeyboardInterrupt(), False),
    ],
)
def test_what_did_not_begin_counts_only_if_somebody_was_at_fault(
    attempts: Attempts, error: BaseException, counted: bool
) -> None:
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(type(error)), attempts.begin(MINE, now=NOW):
            raise error
    assert _refused(attempts, MINE, NOW) == counted


def test_of_many_that_are_begun_together_three_are(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    begun, ready = [], threading.Barrier(8)

    def begin() -> None:
        ready.wait()
        with contextlib.suppress(PassRejected):
            _begin(Attempts(file), 1)
            begun.append(True)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == FREE_ATTEMPTS


def test_nothing_is_begun_or_succeeds_where_nothing_can_be_counted(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    _not_a_database(file)
    with pytest.raises(HomeProblem):
        _begin(Attempts(file), 1)
    with pytest.raises(HomeProblem):
        Attempts(file).succeed(MINE, now=NOW)
    with pytest.raises(InvalidArgument):
        _begin(Attempts(), 1, NOW.replace(tzinfo=None))


def test_nothing_is_left_of_what_was_begun_and_succeeded(tmp_path: Path) -> None:
    file = tmp_path / "attempts.db"
    _begin(Attempts(file), FREE_ATTEMPTS)
    Attempts(file).succeed(MINE, now=NOW)
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT * FROM in_a_row").fetchall() == []
        assert database.execute("SELECT * FROM secret_of_rows").fetchall() == []

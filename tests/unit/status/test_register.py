"""The register: kept in a file, shared by processes, and telling nothing about people."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from visavis.errors import FileProblem, InvalidArgument, PassRejected, StatusProblem
from visavis.status import Counts, Register
from visavis.status._places import Places

ISSUER, OTHER = "0123456789abcdef", "fedcba9876543210"
SIZE = 131_072
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "register #1?.db"
    Register.create(made)
    return made


@pytest.fixture(params=["file", "memory"])
def register(request: pytest.FixtureRequest, file: Path) -> Register:
    return Register(file if request.param == "file" else None, issuer=ISSUER)


def _answer(register: Register, place: int, issuer: str = ISSUER) -> str:
    try:
        register.require_valid(issuer, place, now=NOW)
    except PassRejected as answer:
        return answer.reason
    return "valid"


def test_a_pass_is_in_force_until_it_is_called_back(register: Register) -> None:
    first, second = register.take(), register.take()
    assert first != second
    assert _answer(register, first) == _answer(register, second) == "valid"
    register.call_back(first)
    register.call_back(first)
    assert (_answer(register, first), _answer(register, second)) == ("revoked", "valid")
    assert register.counts() == Counts(issued=2, called_back=1, size=SIZE)
    assert register.bits() == (1 << first).to_bytes(SIZE // 8, "little")
    assert register.has(first)


def test_what_was_not_issued_here_is_not_in_force(register: Register) -> None:
    place = register.take()
    assert _answer(register, (place + 1) % SIZE) == "status_missing"
    assert _answer(register, -1) == _answer(register, SIZE) == "status_missing"
    assert _answer(register, place, issuer=OTHER) == "status_missing"
    with pytest.raises(StatusProblem) as caught:
        register.call_back((place + 1) % SIZE)
    assert caught.value.reason == "place_unknown"
    assert register.counts() == Counts(issued=1, called_back=0, size=SIZE)


def test_an_empty_register_publishes_zeros(register: Register) -> None:
    assert register.bits() == bytes(SIZE // 8)
    assert register.counts() == Counts(issued=0, called_back=0, size=SIZE)
    assert not register.has(0)


def test_a_full_register_says_what_to_do(register: Register) -> None:
    last = 4711
    taken = ((1 << SIZE) - 1 - (1 << last)).to_bytes(SIZE // 8, "little")
    register._store.change(ISSUER, lambda _: (Places(taken, bytes(SIZE // 8)), 0))
    assert register.take() == last
    with pytest.raises(StatusProblem) as caught:
        register.take()
    assert caught.value.reason == "register_full"
    assert register.counts().free == 0


@pytest.mark.parametrize("size", [0, -8, 8, 131_064, 131_073, 1_048_584])
def test_a_size_that_no_list_can_have_is_refused(size: int) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Register(None, issuer=ISSUER, size=size)
    assert caught.value.reason == "bad_register_size"


def test_a_register_can_grow_but_does_not_shrink(file: Path) -> None:
    place = Register(file, issuer=ISSUER).take()
    larger = Register(file, issuer=ISSUER, size=2 * SIZE)
    assert larger.counts() == Counts(issued=1, called_back=0, size=2 * SIZE)
    larger.call_back(place)
    again = Register(file, issuer=ISSUER)
    assert len(again.bits()) == 2 * SIZE // 8
    assert _answer(again, place) == "revoked"


def test_issuer_keys_share_a_file_and_nothing_else(file: Path) -> None:
    ours, others = Register(file, issuer=ISSUER), Register(file, issuer=OTHER)
    place = ours.take()
    ours.call_back(place)
    assert others.counts().issued == 0
    assert _answer(others, place, issuer=OTHER) == "status_missing"


def test_the_file_is_for_its_owner_only_and_stands_alone(file: Path) -> None:
    Register(file, issuer=ISSUER).take()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_is_there_is_not_replaced(file: Path) -> None:
    Register(file, issuer=ISSUER).take()
    with pytest.raises(FileProblem) as caught:
        Register.create(file)
    assert caught.value.reason == "file_exists"
    assert Register(file, issuer=ISSUER).counts().issued == 1


def _take(register: Register, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    free = sum(not register.has(other) for other in range(place))
    monkeypatch.setattr("secrets.randbelow", lambda _: free)
    assert register.take() == place


def test_the_file_does_not_tell_in_which_order_passes_were_made_or_called_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [31, 4, 15, 9, 26, 53]
    contents = set()
    for number, order in enumerate((places, places[::-1], sorted(places))):
        file = tmp_path / f"{number}.db"
        Register.create(file)
        register = Register(file, issuer=ISSUER)
        for place in order:
            _take(register, place, monkeypatch)
        for place in [place for place in order if place % 2]:
            register.call_back(place)
        contents.add(file.read_bytes())
    assert len(contents) == 1


def test_a_register_that_has_grown_does_not_tell_what_was_taken_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = set()
    for number, places in enumerate(([31, 4, 15, 9, 26, 53], [9, 26, 53, 31, 4, 15])):
        file = tmp_path / f"{number}.db"
        Register.create(file)
        for place in places:
            size = SIZE if place in places[:3] else 2 * SIZE
            _take(Register(file, issuer=ISSUER, size=size), place, monkeypatch)
        contents.add(file.read_bytes())
    assert len(contents) == 1


def test_the_file_holds_two_bits_for_each_place_and_the_issuers_id(file: Path) -> None:
    Register(file, issuer=ISSUER).take()
    with contextlib.closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        columns = database.execute("SELECT name FROM pragma_table_info('register')").fetchall()
        [row] = database.execute("SELECT * FROM register").fetchall()
    assert (tables, columns) == ([("register",)], [("issuer",), ("taken",), ("called_back",)])
    assert [type(value) for value in row] == [str, bytes, bytes]
    assert (row[0], len(row[1]), len(row[2])) == (ISSUER, SIZE // 8, SIZE // 8)


def test_threads_never_get_the_same_place(register: Register) -> None:
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: register.take(), range(80)))
    assert len(set(places)) == 80
    assert register.counts().issued == 80


def _take_many(file: Path, count: int, queue: multiprocessing.Queue[list[int]]) -> None:
    register = Register(file, issuer=ISSUER)
    queue.put([register.take() for _ in range(count)])


def test_processes_never_get_the_same_place(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=_take_many, args=(file, 25, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    places = [place for _ in workers for place in queue.get(timeout=60)]
    for worker in workers:
        worker.join()
    assert len(set(places)) == len(places) == 100
    assert Register(file, issuer=ISSUER).counts().issued == 100


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_what_was_taken_outlives_a_process_that_is_killed(file: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from visavis.status import Register\n"
        f"register = Register(Path(sys.argv[1]), issuer={ISSUER!r})\n"
        "while True: place = register.take(); register.call_back(place); print(place, flush=True)"
    )
    promised = set()
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        with process.stdout:
            promised |= {int(process.stdout.readline()) for _ in range(5)}
            process.send_signal(signal.SIGKILL)
            # What was said before the end counts, half a line does not.
            promised |= {int(line) for line in process.stdout if line.endswith("\n")}
        process.wait()
    register = Register(file, issuer=ISSUER)
    assert len(promised) >= 15
    assert all(_answer(register, place) == "revoked" for place in promised)
    assert len(promised) <= register.counts().issued <= len(promised) + 3
    assert register.take() not in promised


def test_a_failure_in_the_middle_changes_nothing(file: Path) -> None:
    register = Register(file, issuer=ISSUER)
    place = register.take()
    before = file.read_bytes()

    def fail(_: Places | None) -> tuple[Places, int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        register._store.change(ISSUER, fail)
    assert file.read_bytes() == before
    register.call_back(place)
    assert _answer(register, place) == "revoked"


class _Model(RuleBasedStateMachine):
    """A register beside two sets of numbers."""

    @initialize()
    def begin(self) -> None:
        self.register = Register(None, issuer=ISSUER)
        self.taken: set[int] = set()
        self.back: set[int] = set()

    @rule()
    def take(self) -> None:
        place = self.register.take()
        assert place not in self.taken
        self.taken.add(place)

    @rule(data=st.data())
    def call_back(self, data: st.DataObject) -> None:
        if self.taken:
            place = data.draw(st.sampled_from(sorted(self.taken)))
            self.register.call_back(place)
            self.back.add(place)

    @rule(place=st.integers(-5, SIZE + 5))
    def call_back_anything(self, place: int) -> None:
        if place not in self.taken:
            with pytest.raises(StatusProblem):
                self.register.call_back(place)

    @rule(place=st.integers(-5, SIZE + 5))
    def ask(self, place: int) -> None:
        known = "revoked" if place in self.back else "valid"
        right = known if place in self.taken else "status_missing"
        assert _answer(self.register, place) == right

    @invariant()
    def agrees(self) -> None:
        assert self.register.counts() == Counts(len(self.taken), len(self.back), SIZE)
        bits = int.from_bytes(self.register.bits(), "little")
        assert bits == sum(1 << place for place in self.back)


TestModel = _Model.TestCase
TestModel.settings = settings(
    derandomize=True, database=None, deadline=None, max_examples=25, stateful_step_count=30
)

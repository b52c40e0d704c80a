"""Challenges: how surprising they are, and that each is taken back once, from whom it was for."""

from __future__ import annotations

import math
import os
import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import InvalidArgument, SpoofSuspected
from visavis.liveness.challenge import (
    LONG_HOLDS,
    SHORT_HOLDS,
    VALID,
    Challenge,
    Challenges,
    Step,
    Task,
    draw,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SESSION = bytes(range(32))
MOMENT = timedelta(microseconds=1)


def every_draw(
    options: Callable[[Sequence[Any]], Sequence[tuple[Any, Fraction]]],
) -> Iterator[tuple[tuple[Task, ...], Fraction]]:
    """Run `draw` through every way it can go, with the probability of each."""
    waiting: list[list[int]] = [[]]
    while waiting:
        path = waiting.pop()
        chance, step = Fraction(1), 0

        def choose(given: Sequence[Any], path: list[int] = path) -> Any:
            nonlocal chance, step
            several = options(given)
            if step == len(path):
                waiting.extend([*path, other] for other in range(1, len(several)))
                path.append(0)
            chosen, weight = several[path[step]]
            chance, step = chance * weight, step + 1
            return chosen

        tasks = draw(choose)
        yield tasks, chance


def as_told_by_a_coarse_check(given: Sequence[Any]) -> list[tuple[Any, Fraction]]:
    """Take lengths and steps as they are, and of the holds no more than short or long."""
    if tuple(given) == SHORT_HOLDS + LONG_HOLDS:
        weights = (len(SHORT_HOLDS), len(LONG_HOLDS))
        whole = sum(weights)
        return [
            (holds[0], Fraction(weight, whole))
            for holds, weight in zip((SHORT_HOLDS, LONG_HOLDS), weights, strict=True)
        ]
    return [(value, Fraction(n, len(given))) for value, n in Counter(given).items()]


def test_a_challenge_has_ten_bits_of_surprise_even_for_a_coarse_check() -> None:
    chances: defaultdict[tuple[Task, ...], Fraction] = defaultdict(Fraction)
    for tasks, chance in every_draw(as_told_by_a_coarse_check):
        chances[tasks] += chance
    assert sum(chances.values()) == 1
    assert len(chances) == 5 * 4 * 2**2 + 5 * 4**2 * 2**3 + 5 * 4**3 * 2**4
    bits = -math.log2(max(chances.values()))
    assert 10 <= bits == pytest.approx(10.15, abs=0.01)
    # Every hold of a kind is as likely as the others, so each step adds the same two bits.
    by_length = {n: max(c for t, c in chances.items() if len(t) == n) for n in (2, 3, 4)}
    whole = min(-math.log2(c) + 2 * n for n, c in by_length.items())
    assert whole == pytest.approx(14.32, abs=0.01)
    steps: defaultdict[tuple[Step, ...], Fraction] = defaultdict(Fraction)
    for tasks, chance in chances.items():
        steps[tuple(task.step for task in tasks)] += chance
    assert -math.log2(max(steps.values())) == pytest.approx(7.15, abs=0.01)


def test_no_step_comes_twice_in_a_row_and_all_of_them_come() -> None:
    seen: set[Step] = set()
    for tasks, _ in every_draw(as_told_by_a_coarse_check):
        assert 2 <= len(tasks) <= 4
        assert all(a.step is not b.step for a, b in pairwise(tasks))
        seen.update(task.step for task in tasks)
    assert seen == set(Step)


def test_short_and_long_holds_are_far_apart() -> None:
    assert min(LONG_HOLDS) - max(SHORT_HOLDS) >= 0.5 - 1e-9
    assert len(set(SHORT_HOLDS + LONG_HOLDS)) == 8


def issued(challenges: Challenges) -> tuple[Challenge, bytes]:
    return challenges.issue(SESSION, verifier="door", now=NOW)


def redeem(challenges: Challenges, token: bytes, after: timedelta = VALID / 2) -> Challenge:
    return challenges.redeem(token, session=SESSION, verifier="door", now=NOW + after)


def refused(challenges: Challenges, token: bytes, **changed: Any) -> None:
    asked = {"session": SESSION, "verifier": "door", "now": NOW, **changed}
    with pytest.raises(SpoofSuspected) as caught:
        challenges.redeem(token, **asked)
    error = caught.value
    assert error.reason == "challenge_refused"
    assert "member of staff" in error.remedy


@given(st.integers(16, 64), st.text(max_size=300), st.timedeltas(timedelta(), VALID - MOMENT))
@settings(deadline=None)
def test_what_was_issued_comes_back_once(length: int, verifier: str, after: timedelta) -> None:
    challenges, session = Challenges(), os.urandom(length)
    made, token = challenges.issue(session, verifier=verifier, now=NOW)
    asked: dict[str, Any] = {"session": session, "verifier": verifier, "now": NOW + after}
    assert challenges.redeem(token, **asked) == made
    assert (made.issued, made.expires - made.issued) == (NOW, VALID)
    refused(challenges, token, **asked)


def test_expired_and_not_yet_issued_are_refused() -> None:
    challenges = Challenges()
    _, token = issued(challenges)
    refused(challenges, token, now=NOW + VALID)
    refused(challenges, token, now=NOW - MOMENT)
    assert redeem(challenges, token, VALID - MOMENT).session == SESSION


def test_other_sessions_verifiers_and_keys_are_refused_and_use_nothing_up() -> None:
    challenges = Challenges()
    _, token = issued(challenges)
    refused(challenges, token, session=SESSION[:-1] + b"x")
    refused(challenges, token, session=b"")
    refused(challenges, token, verifier="gate")
    refused(challenges, token, verifier="\ud800")
    refused(Challenges(), token)
    assert redeem(challenges, token).session == SESSION


def test_another_process_with_a_copy_of_the_key_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    challenges = Challenges()
    _, token = issued(challenges)
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: 1)
        refused(challenges, token)
    assert redeem(challenges, token).session == SESSION


CHALLENGES = Challenges()
_, TOKEN = issued(CHALLENGES)


@given(st.binary(max_size=600))
def test_any_bytes_are_refused(token: bytes) -> None:
    refused(CHALLENGES, token)


@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_any_altered_byte_is_refused(position: int, change: int) -> None:
    altered = bytearray(TOKEN)
    altered[position] ^= change
    refused(CHALLENGES, bytes(altered))


@given(st.integers(0, len(TOKEN) - 1), st.binary(min_size=1, max_size=40))
def test_any_shorter_or_longer_one_is_refused(length: int, more: bytes) -> None:
    refused(CHALLENGES, TOKEN[:length])
    refused(CHALLENGES, TOKEN + more)


def test_of_many_at_once_one_gets_through() -> None:
    challenges = Challenges()
    _, token = issued(challenges)

    def attempt(_: int) -> bool:
        try:
            return redeem(challenges, token).session == SESSION
        except SpoofSuspected:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(64))) == 1


def test_memory_is_bounded_and_what_is_forgotten_is_refused() -> None:
    challenges = Challenges(remembered=2)
    made = [challenges.issue(SESSION, verifier="door", now=NOW + n * MOMENT)[1] for n in range(5)]
    for token in made[1:4]:
        assert redeem(challenges, token).session == SESSION
    for token in made[:4]:
        with pytest.raises(SpoofSuspected):
            redeem(challenges, token)
    assert redeem(challenges, made[4]).session == SESSION


def test_a_clock_that_is_set_back_brings_nothing_back() -> None:
    challenges = Challenges()
    _, token = issued(challenges)
    redeem(challenges, token)
    _, later = challenges.issue(SESSION, verifier="door", now=NOW + 2 * VALID)
    challenges.redeem(later, session=SESSION, verifier="door", now=NOW + 2 * VALID)
    refused(challenges, token)


def test_wrong_arguments_are_said() -> None:
    challenges = Challenges()
    for session in (b"", bytes(15), bytes(65)):
        with pytest.raises(InvalidArgument) as caught:
            challenges.issue(session, verifier="door", now=NOW)
        assert caught.value.reason == "session_length"
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(InvalidArgument):
        challenges.issue(SESSION, verifier="door", now=naive)
    with pytest.raises(InvalidArgument):
        challenges.redeem(TOKEN, session=SESSION, verifier="door", now=naive)


def test_the_session_is_neither_shown_nor_in_the_token() -> None:
    made, token = issued(Challenges())
    assert repr(SESSION) not in repr(made)
    assert SESSION not in token
    assert len(token) < 100


def test_the_error_survives_another_process() -> None:
    error = SpoofSuspected("reason", "message")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert vars(again) == vars(error)

"""Challenges: how surprising they are, and that each is taken back once, from whom it was for."""

from __future__ import annotations

import functools
import math
import os
import pickle
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.liveness.tasks import both, every_way, far, further, slight

from visavis.errors import InvalidArgument, SpoofSuspected
from visavis.liveness import challenge as module
from visavis.liveness._colours import drawn_colours
from visavis.liveness.challenge import (
    HOLDS,
    VALID,
    Challenge,
    Challenges,
    Colour,
    Extent,
    Stay,
    Step,
    Task,
    draw,
    recorded,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SESSION = bytes(range(32))
MOMENT = timedelta(microseconds=1)


def every_draw(
    drawing: Callable[[Callable[[Sequence[Any]], Any]], tuple[Any, ...]] = draw,
    *,
    alike: Sequence[Any] = (),
) -> Iterator[tuple[tuple[Any, ...], Fraction]]:
    """Run `draw` through every way it can go, with the probability of each.

    Args:
        drawing: what draws.
        alike: several of which it does not matter which one is drawn; the first stands for all.
    """
    waiting: list[list[int]] = [[]]
    while waiting:
        path = waiting.pop()
        chance, step = Fraction(1), 0

        def choose(given: Sequence[Any], path: list[int] = path) -> Any:
            nonlocal chance, step
            if given == alike:
                return given[0]
            # Of few, some are the same; to look for those among many takes long.
            several = list(Counter(given).items() if len(given) < 50 else zip(given, repeat(1)))
            if step == len(path):
                waiting.extend([*path, other] for other in range(1, len(several)))
                path.append(0)
            chosen, times = several[path[step]]
            chance, step = chance * Fraction(times, len(given)), step + 1
            return chosen

        tasks = drawing(choose)
        yield tasks, chance


@functools.cache
def by_movements() -> dict[tuple[Task, ...], Fraction]:
    """Return every challenge with its probability, whatever the seconds to hold something."""
    counted: defaultdict[tuple[Task, ...], Fraction] = defaultdict(Fraction)
    for tasks, chance in every_draw(alike=HOLDS):
        counted[tasks] += chance
    return counted


def test_a_challenge_surprises_by_as_many_bits_as_is_said() -> None:
    chances = by_movements()
    assert sum(chances.values()) == 1
    bits = -math.log2(max(chances.values()))
    said = re.search(r"([\d.]+) by its movements and how", " ".join((module.__doc__ or "").split()))
    assert said
    assert bits == pytest.approx(float(said[1]), abs=0.005)
    assert bits > 10


def test_there_are_as_many_challenges_as_follow_from_the_rules() -> None:
    chances = by_movements()
    # Steps in which nothing comes twice in a row, four ways of each, less those without a turn
    # that goes far: two of the four ways of a turn are left to those.
    assert Counter(len(tasks) for tasks in chances) == {
        2: 5 * 4 * 4**2 - 200,
        3: 5 * 4**2 * 4**3 - 2512,
        4: 5 * 4**3 * 4**4 - 31520,
    }
    assert [without_far(length) for length in (2, 3, 4)] == [200, 2512, 31520]
    with_holds = sum(len(HOLDS) ** sum(len(task.stays) for task in tasks) for tasks in chances)
    assert with_holds == 120 * 3**4 + 2608 * 3**6 + 50400 * 3**8


def without_far(length: int) -> int:
    """Count challenges so long in which no turn goes far: by the kind of the last step."""
    turn, other = 2, 4
    for _ in range(length - 1):
        # Never the same again: one of the other turns, or of the other three, and so on.
        turn, other = 2 * (turn + 3 * other), 4 * (2 * turn + 2 * other)
    return 2 * turn + 3 * other


def test_no_step_comes_twice_in_a_row_one_turn_goes_far_and_all_of_them_come() -> None:
    seen: set[Task] = set()
    for tasks in by_movements():
        steps = [task.step for task in tasks]
        assert 2 <= len(tasks) <= 4
        assert all(a is not b for a, b in pairwise(steps))
        far_turns = [
            task
            for task in tasks
            if task.step in {Step.TURN_LEFT, Step.TURN_RIGHT}
            and Extent.FAR in {stay.extent for stay in task.stays}
        ]
        assert far_turns
        seen.update(tasks)
    shortest = HOLDS[0]
    assert seen == {way for step in Step for way in every_way(step, shortest, shortest)}
    assert len(seen) == 5 * 4


def test_every_stay_is_as_likely_as_long_as_any_other() -> None:
    def only_holds(choose: Callable[[Sequence[Any]], Any]) -> tuple[float, ...]:
        tasks = draw(lambda given: choose(given) if given == HOLDS else given[0])
        return tuple(stay.hold for task in tasks for stay in task.stays)

    chances = dict(every_draw(only_holds))
    assert set(chances) == set(product(HOLDS, repeat=4))
    assert set(chances.values()) == {Fraction(1, len(HOLDS) ** 4)}


LEFT, UP = Step.TURN_LEFT, Step.LOOK_UP


@pytest.mark.parametrize(
    "tasks",
    [
        [],
        [far(LEFT, 1.0)],
        [far(LEFT, 1.0), far(LEFT, 2.0)],
        [far(LEFT, 1.0), slight(LEFT, 1.0)],
        [far(LEFT, 1.0), slight(UP, 0.0)],
        [far(LEFT, 1.0), slight(UP, 6.0)],
        [far(LEFT, 1.0), slight(UP, math.nan)],
        [far(LEFT, 1.0), further(UP, 1.0, 0.0)],
        [far(LEFT, 1.0), further(UP, 6.0, 1.0)],
        [far(LEFT, 1.0), slight(UP, 1.0)] * 3,
        [far(LEFT, 1.0), Task(UP, ())],
        [far(LEFT, 1.0), Task(UP, slight(UP, 1.0).stays * 2)],
        [far(LEFT, 1.0), Task(UP, (*slight(UP, 1.0).stays, *slight(UP, 2.0).stays))],
        [far(LEFT, 1.0), Task(UP, (*further(UP, 1.0, 1.0).stays, *slight(UP, 1.0).stays))],
        [far(LEFT, 1.0), Task(UP, (Stay(Extent.FAR, 1.0, LEFT),))],
        [far(LEFT, 1.0), both(UP, UP, 1.0, 1.0)],
        [far(LEFT, 1.0), both(UP, Step.LOOK_DOWN, 1.0, 1.0)],
        [far(LEFT, 1.0), both(UP, Step.COME_CLOSER, 1.0, 1.0)],
    ],
)
def test_a_recording_of_anything_else_is_refused(tasks: list[Task]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        recorded(tasks)
    assert caught.value.reason == "bad_challenge"


def test_a_recording_has_the_challenge_that_it_says() -> None:
    for step in set(Step) - {LEFT}:
        for way in (slight(step, 0.5), far(step, 0.5), *every_way(step, 0.5, 0.6)):
            tasks = (far(LEFT, 0.5), way)
            assert recorded(list(tasks)).tasks == tasks


COLOURS = (Colour.WARM, Colour.GREEN, Colour.BLUE) * 4


@pytest.mark.parametrize(
    "colours",
    [COLOURS[:3], (*COLOURS[:10], Colour.WARM, Colour.WARM), (*COLOURS[:11], Colour.WARM)],
)
def test_a_recording_of_other_colours_is_refused(colours: tuple[Colour, ...]) -> None:
    with pytest.raises(InvalidArgument, match="colours") as caught:
        recorded((far(LEFT, 0.5), slight(UP, 1.0)), colours)
    assert caught.value.reason == "bad_challenge"


def test_a_recording_has_the_colours_that_it_says() -> None:
    tasks = (far(LEFT, 0.5), slight(UP, 1.0))
    assert recorded(tasks, list(COLOURS)).colours == COLOURS
    assert recorded(tasks).colours == ()


def test_colours_surprise_by_eleven_bits_and_none_follows_itself() -> None:
    chances = dict(every_draw(drawn_colours))
    assert sum(chances.values()) == 1
    assert len(chances) == 2**12 + 2  # colourings of a ring of twelve with three colours
    assert -math.log2(max(chances.values())) == pytest.approx(11.58, abs=0.01)
    assert all(
        one is not other for colours in chances for one, other in pairwise([*colours, colours[0]])
    )


def test_colours_are_chosen_and_come_back_with_the_challenge() -> None:
    challenges = Challenges()
    assert issued(challenges)[0].colours == ()
    made, token = challenges.issue(SESSION, verifier="door", now=NOW, light=True)
    assert len(made.colours) == 12
    assert len(token) < 130
    assert redeem(challenges, token) == made
    others = {
        challenges.issue(SESSION, verifier="door", now=NOW, light=True)[0].colours
        for _ in range(10)
    }
    assert len(others) > 1


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
    assert len(token) < 120


def test_the_error_survives_another_process() -> None:
    error = SpoofSuspected("reason", "message")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert vars(again) == vars(error)

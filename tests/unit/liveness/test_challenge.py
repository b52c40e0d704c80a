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
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.liveness.tasks import both, every_way, far

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
    draw_stays,
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
            few = list(Counter(given).items()) if len(given) < 50 else []
            if step == len(path):
                waiting.extend([*path, other] for other in range(1, len(few or given)))
                path.append(0)
            chosen, times = few[path[step]] if few else (given[path[step]], 1)
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


TURNS, NODS = {Step.TURN_LEFT, Step.TURN_RIGHT}, {Step.LOOK_UP, Step.LOOK_DOWN}


def counted(length: int, turn: int, nod: int, closer: int) -> int:
    """Count what can be asked for when there are so many ways of each step, none twice in a row."""
    ways = {step: turn if step in TURNS else nod if step in NODS else closer for step in Step}
    ending = dict(ways)
    for _ in range(length - 1):
        every = sum(ending.values())
        ending = {step: ways[step] * (every - ending[step]) for step in Step}
    return sum(ending.values())


def test_there_are_as_many_challenges_as_follow_from_the_rules() -> None:
    chances = by_movements()
    # Turns are far, or have one of two nods on top of them; nods have one of two turns; who comes
    # closer goes far, or does one of those four. Without a turn that goes far it is none.
    found = Counter(len(tasks) for tasks in chances)
    assert found == {
        length: counted(length, 3, 2, 5) - counted(length, 2, 2, 5) for length in (2, 3, 4)
    }
    assert found == {2: 46, 3: 752, 4: 10984}
    # Where two places are asked for, either is held for a time of its own.
    one, two = len(HOLDS), len(HOLDS) ** 2
    with_holds = sum(len(HOLDS) ** sum(len(task.stays) for task in tasks) for tasks in chances)
    assert with_holds == sum(
        counted(length, one + 2 * two, 2 * two, one + 4 * two)
        - counted(length, 2 * two, 2 * two, one + 4 * two)
        for length in (2, 3, 4)
    )


def test_all_of_one_length_are_as_likely_as_each_other_and_most_have_three_steps() -> None:
    chances = by_movements()
    found = Counter(len(tasks) for tasks in chances)
    shares = {2: Fraction(1, 32), 3: Fraction(20, 32), 4: Fraction(11, 32)}
    assert all(
        chance == shares[len(tasks)] / found[len(tasks)] for tasks, chance in chances.items()
    )


def test_no_step_comes_twice_in_a_row_one_turn_goes_far_and_all_of_them_come() -> None:
    seen: set[Task] = set()
    for tasks in by_movements():
        steps = [task.step for task in tasks]
        assert 2 <= len(tasks) <= 4
        assert all(a is not b for a, b in pairwise(steps))
        assert any(far(step, HOLDS[0]) in tasks for step in TURNS)
        seen.update(tasks)
    shortest = HOLDS[0]
    assert seen == {way for step in Step for way in every_way(step, shortest, shortest)}
    assert len(seen) == 2 * 3 + 2 * 2 + 5


@pytest.mark.parametrize("step", Step)
def test_no_way_of_a_step_is_part_of_another_one(step: Step) -> None:
    """Whoever does one has not done another on the way."""
    ways = [
        {(stay.extent, stay.also) for stay in task.stays}
        for task in {task for tasks in by_movements() for task in tasks}
        if task.step is step
    ]
    assert len(ways) >= 2
    for one, other in combinations(ways, 2):
        assert not one <= other
        assert not other <= one


def test_ways_of_given_steps_are_all_as_likely_as_each_other() -> None:
    steps = (Step.COME_CLOSER, Step.TURN_LEFT, Step.TURN_RIGHT)
    chances = dict(every_draw(lambda choose: draw_stays(steps, choose), alike=HOLDS))
    ways = product(*(every_way(step, HOLDS[0], HOLDS[0]) for step in steps))
    turned_far = [tasks for tasks in ways if any(len(task.stays) == 1 for task in tasks[1:])]
    assert chances == dict.fromkeys(turned_far, Fraction(1, 5 * (3 * 3 - 2 * 2)))


def test_every_stay_is_as_likely_as_long_as_any_other() -> None:
    def only_holds(choose: Callable[[Sequence[Any]], Any]) -> tuple[float, ...]:
        tasks = draw(lambda given: choose(given) if given == HOLDS else given[len(given) // 2])
        return tuple(stay.hold for task in tasks for stay in task.stays)

    chances = dict(every_draw(only_holds))
    stays = len(next(iter(chances)))
    assert stays > 3
    assert set(chances) == set(product(HOLDS, repeat=stays))
    assert set(chances.values()) == {Fraction(1, len(HOLDS) ** stays)}


LEFT, UP, CLOSER = Step.TURN_LEFT, Step.LOOK_UP, Step.COME_CLOSER
SLIGHT, FAR, ASIDE = Stay(Extent.SLIGHT, 1.0), Stay(Extent.FAR, 1.0), Stay(Extent.SLIGHT, 1.0, LEFT)
NOD = both(UP, LEFT, 1.0, 1.0)


@pytest.mark.parametrize(
    "tasks",
    [
        [],
        [far(LEFT, 1.0)],
        [far(LEFT, 1.0), far(LEFT, 2.0)],
        [far(LEFT, 1.0), both(LEFT, UP, 1.0, 1.0)],
        [far(LEFT, 0.0), NOD],
        [far(LEFT, 6.0), NOD],
        [far(LEFT, math.nan), NOD],
        [far(LEFT, 1.0), both(UP, LEFT, 0.0, 1.0)],
        [far(LEFT, 1.0), both(UP, LEFT, 1.0, 0.0)],
        [far(LEFT, 1.0), both(UP, LEFT, 1.0, 6.0)],
        [far(LEFT, 1.0), NOD] * 3,
        [far(LEFT, 1.0), both(UP, UP, 1.0, 1.0)],
        [far(LEFT, 1.0), both(UP, Step.LOOK_DOWN, 1.0, 1.0)],
        [far(LEFT, 1.0), both(UP, CLOSER, 1.0, 1.0)],
        [NOD, both(LEFT, Step.TURN_RIGHT, 1.0, 1.0)],
        [NOD, both(LEFT, CLOSER, 1.0, 1.0)],
        [NOD, both(CLOSER, CLOSER, 1.0, 1.0)],
    ],
)
def test_a_recording_of_anything_else_is_refused(tasks: list[Task]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        recorded(tasks)
    assert caught.value.reason == "bad_challenge"


@pytest.mark.parametrize("step", [UP, CLOSER])
@pytest.mark.parametrize(
    "stays",
    [
        (),
        (SLIGHT,),
        (ASIDE,),
        (FAR, FAR),
        (SLIGHT, SLIGHT),
        (SLIGHT, FAR),
        (FAR, SLIGHT),
        (FAR, ASIDE),
        (ASIDE, SLIGHT),
        (ASIDE, ASIDE),
        (SLIGHT, ASIDE, SLIGHT),
        (SLIGHT, ASIDE, FAR),
        (Stay(Extent.FAR, 1.0, LEFT),),
        (SLIGHT, Stay(Extent.FAR, 1.0, LEFT)),
    ],
    ids=str,
)
def test_a_recording_of_places_that_nobody_is_asked_for_is_refused(
    step: Step, stays: tuple[Stay, ...]
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        recorded([far(LEFT, 1.0), Task(step, stays)])
    assert caught.value.reason == "bad_challenge"


@pytest.mark.parametrize("step", NODS)
def test_nobody_is_asked_to_nod_far(step: Step) -> None:
    with pytest.raises(InvalidArgument, match="steps") as caught:
        recorded([far(LEFT, 1.0), far(step, 1.0)])
    assert caught.value.reason == "bad_challenge"
    assert "nods are slight" in caught.value.remedy


def test_a_recording_has_the_challenge_that_it_says() -> None:
    for step in Step:
        other = far(LEFT if step is not LEFT else CLOSER, 0.5)
        for way in every_way(step, 0.5, 0.6):
            assert recorded([other, way]).tasks == (other, way)


COLOURS = (Colour.WARM, Colour.GREEN, Colour.BLUE) * 4


@pytest.mark.parametrize(
    "colours",
    [COLOURS[:3], (*COLOURS[:10], Colour.WARM, Colour.WARM), (*COLOURS[:11], Colour.WARM)],
)
def test_a_recording_of_other_colours_is_refused(colours: tuple[Colour, ...]) -> None:
    with pytest.raises(InvalidArgument, match="colours") as caught:
        recorded((far(LEFT, 0.5), NOD), colours)
    assert caught.value.reason == "bad_challenge"


def test_a_recording_has_the_colours_that_it_says() -> None:
    tasks = (far(LEFT, 0.5), NOD)
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

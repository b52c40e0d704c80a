"""What a person is asked to do before a camera: drawn at random, signed, and answered once.

How surprising a challenge is, in bits of min-entropy (minus the binary logarithm of the
probability of the likeliest one), counted to the last challenge by tests/unit/liveness/
test_challenge.py: 10.23 by its movements and how each of them is made. Holding times are drawn too
and are not counted: whoever has a recording of the right movements can play it more slowly or
faster. A head in it goes nowhere else for that. Surprise is worth what asking again costs: whoever
issues challenges counts each of them as an attempt, or a forger asks until the right one comes.

Colours of the screen, where somebody chooses them, surprise as well, by 11.5 bits. They are not
counted: they are seen by some cameras in some rooms only.
"""

from __future__ import annotations

import enum
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise, product
from typing import Any, Final, final

import cbor2
from cwt import COSE, COSEKey

from visavis.errors import InvalidArgument, SpoofSuspected
from visavis.liveness._colours import MANY, Colour, can_repeat, drawn_colours
from visavis.liveness._used import Used

__all__ = [
    "ASIDE",
    "HOLDS",
    "NODS",
    "VALID",
    "Challenge",
    "Challenges",
    "Colour",
    "Extent",
    "Stay",
    "Step",
    "Task",
    "recorded",
]

VALID: Final = timedelta(seconds=60)
"""How long after it was issued a challenge may be answered."""

HOLDS: Final = (0.7, 1.0, 1.3)
"""Seconds to stay. The shortest is longer than anybody pauses who goes on at once."""

# How many steps, each as often as it stands here: mostly three, so that an honest person is
# soon through, and two seldom, because two are guessed most easily.
_LENGTHS: Final = (2, *[3] * 20, *[4] * 11)

_LONGEST_HOLD: Final = 5.0
_SESSION_BYTES: Final = range(16, 65)
_DOMAIN: Final = "visavis-challenge-1"
_HEADER: Final = {1: 5}  # algorithm: HMAC 256/256 (RFC 9053, section 3.1)
# What stands around the payload of a COSE_Mac0 with this header, for 24 to 255 bytes of payload.
_BEFORE: Final = 9
_AFTER: Final = 34
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Step(enum.Enum):
    """A movement, with left and right as the person has them. Each starts from the middle."""

    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    LOOK_UP = "look-up"
    LOOK_DOWN = "look-down"
    COME_CLOSER = "come-closer"


class Extent(enum.Enum):
    """How far a movement goes. What each means in degrees stands in `visavis.liveness.guidance`."""

    SLIGHT = "slight"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Stay:
    """A place to stay at in a movement.

    Attributes:
        extent: how far from the middle it is.
        hold: seconds to stay there.
        also: another movement on top of it, a slight one along the other axis; or None.
    """

    extent: Extent
    hold: float
    also: Step | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a challenge.

    Attributes:
        step: the movement.
        stays: the places to stay at, in order: far, or slight and then another movement on top of
            it. Nods are never far.
    """

    step: Step
    stays: tuple[Stay, ...]


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one person is asked to do, once.

    Attributes:
        id: 16 random bytes.
        session: who asked: 16 to 64 bytes, never shown.
        verifier: id of the verifier that will judge the answer.
        tasks: two to four, in order; never the same step twice in a row.
        issued: when, UTC.
        expires: from when on it is refused, UTC.
        colours: what the screen shows meanwhile, each for 1.25 seconds and all of them again
            after the last; empty unless somebody chose the light.
    """

    id: bytes
    session: bytes = field(repr=False)
    verifier: str
    tasks: tuple[Task, ...]
    issued: datetime
    expires: datetime
    colours: tuple[Colour, ...] = ()


@final
class Challenges:
    """Makes challenges and takes each of them back once; from several threads, if need be.

    The key is made with the object and goes with it: after a restart nothing from before is
    accepted, and neither is what another process made, which could not know what was used.

    Args:
        remembered: most used challenges to remember. Beyond it the oldest is forgotten, and all
            that were issued before it are refused.
    """

    def __init__(self, *, remembered: int = 65_536) -> None:
        self._key = COSEKey.from_symmetric_key(secrets.token_bytes(32), alg="HS256")
        self._used = Used(remembered)

    def issue(
        self, session: bytes, *, verifier: str, now: datetime, light: bool = False
    ) -> tuple[Challenge, bytes]:
        """Draw a challenge.

        Args:
            session: who asks: 16 to 64 random bytes that nobody else has.
            verifier: id of the verifier that will judge the answer.
            now: the present, with a time zone.
            light: whether the screen shows colours meanwhile. Off unless chosen: there must be
                a screen, and somebody who is photosensitive may not want it.

        Returns:
            The challenge, and a token to be handed in with the answer.

        Raises:
            InvalidArgument: ``session_length`` or ``naive_datetime``.
        """
        if len(session) not in _SESSION_BYTES:
            raise InvalidArgument(
                "session_length",
                f"The session has {len(session)} bytes.",
                "Give it 16 to 64 random ones, such as secrets.token_bytes(32).",
            )
        issued = _utc(now)
        name, tasks = secrets.token_bytes(16), draw(secrets.choice)
        steps = [
            [
                _STEPS.index(task.step),
                [
                    [_EXTENTS.index(stay.extent), HOLDS.index(stay.hold), _ALSO.index(stay.also)]
                    for stay in task.stays
                ],
            ]
            for task in tasks
        ]
        colours = drawn_colours(secrets.choice) if light else ()
        lit = [[_COLOURS.index(colour) for colour in colours]] if light else []
        payload = cbor2.dumps([name, (issued - _EPOCH) // _MICROSECOND, steps, *lit])
        token = self._token(payload, session, verifier)
        made = Challenge(name, session, verifier, tasks, issued, issued + VALID, colours)
        return made, token

    def redeem(self, token: bytes, *, session: bytes, verifier: str, now: datetime) -> Challenge:
        """Take a challenge back, which works once.

        Args:
            token: what `issue` returned.
            session: who answers.
            verifier: id of the verifier that judges the answer.
            now: the present, with a time zone.

        Raises:
            SpoofSuspected: ``challenge_refused``: altered, of another session, verifier or
                process, used before, expired, or issued later than now. Which of them is not
                said. It is no `CannotDecide`, whose remedy is to try again, because an earlier
                recording comes with an earlier challenge; an honest page knows when its own
                expires, and asks for another one in time.
            InvalidArgument: ``naive_datetime``.
        """
        present = _utc(now)
        # Nothing in a token is read before it is known to be ours: it is made once more, around
        # what it claims to hold, and must come out the same.
        payload = token[_BEFORE:-_AFTER]
        if not hmac.compare_digest(token, self._token(payload, session, verifier)):
            raise _refused()
        name, microseconds, steps, *lit = cbor2.loads(payload)
        issued = _EPOCH + microseconds * _MICROSECOND
        expires = issued + VALID
        if not issued <= present < expires or not self._used.first(name, expires, now=present):
            raise _refused()
        tasks = tuple(
            Task(
                _STEPS[step],
                tuple(
                    Stay(_EXTENTS[extent], HOLDS[hold], _ALSO[also]) for extent, hold, also in stays
                ),
            )
            for step, stays in steps
        )
        colours = tuple(_COLOURS[colour] for each in lit for colour in each)
        return Challenge(name, session, verifier, tasks, issued, expires, colours)

    def _token(self, payload: bytes, session: bytes, verifier: str) -> bytes:
        bound = cbor2.dumps(
            [_DOMAIN, os.getpid(), verifier.encode("utf-8", "surrogatepass"), session]
        )
        # A copy of the header, because the library writes into it.
        mac = COSE.new().encode_and_mac(payload, self._key, {**_HEADER}, {}, external_aad=bound)
        return bytes(mac)


def recorded(tasks: Sequence[Task], colours: Sequence[Colour] = ()) -> Challenge:
    """Return the challenge of a recording: who asked for it, and when, is not known.

    Args:
        tasks: what was asked.
        colours: what the screen showed meanwhile, if it did.

    Raises:
        InvalidArgument: ``bad_challenge``: not two to four steps, the same one twice in a row,
            places to stay at or holding times that nobody is asked for; not twelve colours, or the
            same one twice in a row.
    """
    again = any(task.step is following.step for task, following in pairwise(tasks))
    lengths = (min(_LENGTHS), max(_LENGTHS))
    known = all(
        tuple((stay.extent, stay.also) for stay in task.stays) in _WAYS[task.step] for task in tasks
    )
    held = all(0 < stay.hold <= _LONGEST_HOLD for task in tasks for stay in task.stays)
    if again or not known or not held or not lengths[0] <= len(tasks) <= lengths[1]:
        raise InvalidArgument(
            "bad_challenge",
            "The steps of the recording are not those of a challenge.",
            "There are two to four, never the same twice in a row, each of them far, or slight and"
            " then with another on top of it, held up to 5 seconds; nods are slight.",
        )
    if colours and (len(colours) != MANY or not can_repeat(colours)):
        raise InvalidArgument(
            "bad_challenge",
            "The colours of the recording are not those of a challenge.",
            f"There are {MANY}, never the same twice in a row, nor the last the same as the first.",
        )
    return Challenge(
        bytes(16),
        bytes(16),
        "recording",
        tuple(tasks),
        _EPOCH,
        _EPOCH + VALID,
        tuple(colours),
    )


_STEPS: Final = tuple(Step)
_EXTENTS: Final = tuple(Extent)
_COLOURS: Final = tuple(Colour)
_TURNS: Final = (Step.TURN_LEFT, Step.TURN_RIGHT)
NODS: Final = (Step.LOOK_UP, Step.LOOK_DOWN)
"""Movements that are never far."""

ASIDE: Final = {
    **dict.fromkeys(_TURNS, NODS),
    **dict.fromkeys(NODS, _TURNS),
    Step.COME_CLOSER: (*_TURNS, *NODS),
}
"""What may be asked for on top of each step."""

_ALSO: Final = (None, *Step)

_Way = tuple[tuple[Extent, Step | None], ...]
_FAR: Final[_Way] = ((Extent.FAR, None),)
# None of the ways of a movement is part of another. Of faces that look far up or down too little
# is seen.
_WAYS: Final[dict[Step, tuple[_Way, ...]]] = {
    step: (
        *((_FAR,) if step not in NODS else ()),
        *(((Extent.SLIGHT, None), (Extent.SLIGHT, also)) for also in ASIDE[step]),
    )
    for step in Step
}


@cache
def _sequences(length: int) -> tuple[tuple[Step, ...], ...]:
    """Return every sequence with a turn to a side, which shows a solid head best."""
    return tuple(
        steps
        for steps in product(_STEPS, repeat=length)
        if set(_TURNS).intersection(steps) and all(a is not b for a, b in pairwise(steps))
    )


@cache
def _all_ways(steps: tuple[Step, ...]) -> tuple[tuple[_Way, ...], ...]:
    """Return every way of each step together, where one turn at least goes far."""
    return tuple(
        ways
        for ways in product(*(_WAYS[step] for step in steps))
        if any(step in _TURNS and way is _FAR for step, way in zip(steps, ways, strict=True))
    )


@cache
def _all_challenges(length: int) -> tuple[tuple[tuple[Step, ...], tuple[_Way, ...]], ...]:
    return tuple((steps, ways) for steps in _sequences(length) for ways in _all_ways(steps))


def draw(choose: Callable[[Sequence[Any]], Any]) -> tuple[Task, ...]:
    """Draw the tasks of a challenge. One turn to a side at least goes far.

    Args:
        choose: takes one of several, each with the same probability.
    """
    steps, ways = choose(_all_challenges(choose(_LENGTHS)))
    return _held(steps, ways, choose)


def draw_stays(steps: tuple[Step, ...], choose: Callable[[Sequence[Any]], Any]) -> tuple[Task, ...]:
    """Draw where to stay in given steps, one turn to a side among them.

    Args:
        steps: of the challenge.
        choose: takes one of several, each with the same probability.
    """
    return _held(steps, choose(_all_ways(steps)), choose)


def _held(
    steps: Sequence[Step], ways: Sequence[_Way], choose: Callable[[Sequence[Any]], Any]
) -> tuple[Task, ...]:
    return tuple(
        Task(step, tuple(Stay(extent, choose(HOLDS), also) for extent, also in way))
        for step, way in zip(steps, ways, strict=True)
    )


def _utc(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
        )
    return now.astimezone(UTC)


def _refused() -> SpoofSuspected:
    return SpoofSuspected(
        "challenge_refused", "What was asked for is not what this answers, or no longer."
    )

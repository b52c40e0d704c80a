"""Did the head stay where it was asked, one place after the other, for as long as asked?

No place is on the way to another: a recording of another challenge does not go where this one asks
for, however slowly it is played. How long somebody stayed is checked loosely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide
from visavis.liveness._amounts import ALSO, STEPS, STILL
from visavis.liveness.challenge import ASIDE, NODS, Extent, Step, Task

__all__ = ["PAUSE", "SHORTEST_LAG", "astray", "require_stays"]

PAUSE: Final = 0.9
"""Seconds from which on somebody stays; who stops to think on the way takes less."""

SHORTEST_LAG: Final = 0.05
"""Seconds that a stay lasts longer than asked, from when the head is there until it leaves, at the
least: it hears first that it is over."""

_SLIP: Final = 0.35
"""Seconds for which a stay may be left without ending."""

_MOST_OTHERS: Final = 1
"""Most stays of a movement that nobody asked for: who goes too far at first is no forger."""

_ASIDE: Final = 1.5
"""Amount of another movement from which on nobody just goes far: 20.5 degrees of yaw, 12.9 of
pitch. A head that is turned far seems to nod by up to 10 degrees."""

# The steps along other axes that can be on top of each.
_OTHERS: Final = {
    STEPS.index(step): [STEPS.index(other) for other in others] for step, others in ASIDE.items()
}

_Place = tuple[Extent, Step | None]
_Array = NDArray[np.float64]


@dataclass(slots=True)
class _Span:
    place: _Place | None
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def astray(task: Task, times: Sequence[float], gone: Sequence[_Array]) -> bool:
    """Return whether a head stayed elsewhere than asked more often than by mistake.

    A slight movement is on the way to everything and counts for nothing.

    Args:
        task: what was asked.
        times: seconds of each frame.
        gone: how far every step is done in each, as `visavis.liveness._amounts` tells it.
    """
    return _strays(task, _spans(task, np.asarray(times), _calmed(np.asarray(gone))))


def require_stays(
    task: Task, times: Sequence[float], gone: Sequence[_Array], *, margin: float = 0.0
) -> None:
    """Refuse a movement in which the head did not stay where it was asked to.

    Args:
        task: what was asked.
        times: seconds of each frame, from the last one at rest before to the first one after.
        gone: how far every step is done in each, as `visavis.liveness._amounts` tells it.
        margin: seconds by which to be stricter than a check that will see fewer frames.

    Raises:
        CannotDecide: `other_place` or `left_early`.

    """
    at, calm = np.asarray(times, np.float64), _calmed(np.asarray(gone, np.float64))
    spans = _spans(task, at, calm)
    if _strays(task, spans):
        raise _elsewhere()
    since = 0
    for stay in task.stays:
        there = [
            number
            for number, span in enumerate(spans)
            if number >= since and span.place == (stay.extent, stay.also)
        ]
        if not there:
            raise _elsewhere()
        long_enough = [
            number for number in there if spans[number].seconds >= stay.hold + SHORTEST_LAG + margin
        ]
        if not long_enough:
            raise CannotDecide(
                "left_early",
                "A movement was not held as long as asked.",
                "Stay there until you are asked to go on.",
            )
        since = long_enough[0] + 1


def _strays(task: Task, spans: Sequence[_Span]) -> bool:
    asked = {None, (Extent.SLIGHT, None), *((stay.extent, stay.also) for stay in task.stays)}
    others = [span for span in spans if span.place not in asked and span.seconds >= PAUSE]
    return len(others) > _MOST_OTHERS


def _elsewhere() -> CannotDecide:
    return CannotDecide(
        "other_place",
        "The head stayed elsewhere than it was asked to.",
        "Go as far as it says, a little or far, and stay there until it says how to go on.",
    )


def _calmed(gone: _Array) -> _Array:
    """Return the median of each value and the two beside it: a pose may be off in one frame."""
    if len(gone) < 3:  # noqa: PLR2004 - none has two beside it
        return gone
    return np.concatenate([gone[:1], np.median([gone[:-2], gone[1:-1], gone[2:]], 0), gone[-1:]])


def _spans(task: Task, at: _Array, gone: _Array) -> list[_Span]:
    """Cut time where one place becomes another, as straight lines between frames tell."""
    spans: list[_Span] = []
    main = STEPS.index(task.step)
    wanted = [STEPS.index(stay.also) for stay in task.stays if stay.also]
    for place in range(len(at) - 1):
        one, way = gone[place], gone[place + 1] - gone[place]
        start, length = float(at[place]), float(at[place + 1] - at[place])
        with np.errstate(divide="ignore", invalid="ignore"):
            levels = np.array([[STILL, 1.0, 2.0, ALSO]]).T
            shares = ((levels - one) / way).ravel()
        inside = np.sort(shares[(shares > 0) & (shares < 1)])
        cuts = [0.0, *inside.tolist(), 1.0]
        for left, right in pairwise(cuts):
            here = _place(main, wanted, one + (left + right) / 2 * way)
            begin, stop = start + left * length, start + right * length
            if spans and spans[-1].place == here:
                spans[-1].end = stop
            else:
                spans.append(_Span(here, begin, stop))
    return _without_slips(spans)


def _place(main: int, wanted: Sequence[int], gone: _Array) -> _Place | None:
    if gone[main] < STILL:
        return None
    asked = next((n for n in wanted if gone[n] >= ALSO), None)
    if asked is not None:
        return Extent.SLIGHT, STEPS[asked]
    other = max(_OTHERS[main], key=lambda n: float(gone[n]))
    goes_far = STEPS[main] not in NODS and gone[main] >= 2  # noqa: PLR2004
    if goes_far and not gone[other] >= _ASIDE:
        return Extent.FAR, None
    if gone[other] >= ALSO:
        return Extent.SLIGHT, STEPS[other]
    return (Extent.SLIGHT, None) if gone[main] >= 1 else None


def _without_slips(spans: Sequence[_Span]) -> list[_Span]:
    """Join two spans of one place where what lies between is short."""
    joined: list[_Span] = []
    for span in spans:
        if (
            len(joined) > 1
            and span.place is not None
            and joined[-2].place == span.place
            and joined[-1].seconds < _SLIP
        ):
            joined.pop()
            joined[-1].end = span.end
        else:
            joined.append(span)
    return joined

"""Did the head stay where it was asked, one place after the other, for as long as asked?

What goes between is short: a head passes a slight turn on its way to a far one, but does not stay.
A recording of another challenge stays elsewhere. One of very many frames a second can be played so
slowly where the head passes that it counts as staying; that is not told apart here.
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
from visavis.liveness.challenge import ASIDE, Extent, Step, Task

__all__ = ["LONGEST_LAG", "PAUSE", "SHORTEST_LAG", "require_stays", "stayed"]

PAUSE: Final = 0.9
"""Seconds from which on somebody stays; who stops to think on the way takes less."""

SHORTEST_LAG: Final = 0.05
LONGEST_LAG: Final = 7.0
"""Seconds that a stay lasts longer than asked, from when the head is there until it leaves: it
is corrected by a few degrees, hears that it is over, and takes its time."""

_SLIP: Final = 0.35
"""Seconds for which a stay may be left without ending."""

_STEADY: Final = 0.4
_STEADY_FOR: Final = 0.75
"""How much a head may move (1 is from slight to far: 15 degrees of yaw, 7.2 of pitch) in one piece
of a stay that lasts this share of what was asked. A head that is played slowly on its way moves
more."""

_MOST_OTHERS: Final = 1
"""Most stays of a movement that nobody asked for: who went too far at first comes back a little."""

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


def stayed(step: Step, times: Sequence[float], gone: Sequence[_Array]) -> list[_Place]:
    """Return where a head has stayed in a movement, one place after the other.

    Args:
        step: the movement.
        times: seconds of each frame.
        gone: how far every step is done in each, as `visavis.liveness._amounts` tells it.
    """
    spans = _stays(step, np.asarray(times), _calmed(np.asarray(gone)))
    return [span.place for span in spans if span.place]


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
        CannotDecide: `other_place`, `left_early`, `left_late` or `not_held_still`.

    """
    at, calm = np.asarray(times, np.float64), _calmed(np.asarray(gone, np.float64))
    seen = _stays(task.step, at, calm)
    asked = [(stay.extent, stay.also) for stay in task.stays]
    # The last ones that fit: whoever goes astray does it on the way there.
    fitting: list[_Span] = []
    for span in reversed(seen):
        if len(fitting) < len(asked) and span.place == asked[-1 - len(fitting)]:
            fitting.append(span)
    if len(fitting) < len(asked) or len(seen) > len(asked) + _MOST_OTHERS:
        raise CannotDecide(
            "other_place",
            "The head stayed elsewhere than it was asked to.",
            "Go as far as it says, a little or far, and stay there until it says how to go on.",
        )
    for stay, span in zip(task.stays, reversed(fitting), strict=True):
        if span.seconds < stay.hold + SHORTEST_LAG + margin:
            raise CannotDecide(
                "left_early",
                "A movement was not held as long as asked.",
                "Stay there until you are asked to go on.",
            )
        if span.seconds > stay.hold + LONGEST_LAG - margin:
            raise CannotDecide(
                "left_late",
                "A movement was held longer than asked.",
                "Go on as soon as you are asked to.",
            )
        # What a head does last is what it does most steadily. Far is nowhere on the way.
        amount = calm[:, STEPS.index(stay.also or task.step)]
        if stay.extent is Extent.SLIGHT and not _steady(
            at, amount, span, seconds=_STEADY_FOR * stay.hold, most=_STEADY - margin
        ):
            raise CannotDecide(
                "not_held_still",
                "The head did not stay where it was.",
                "Hold still until you are asked to go on.",
            )


def _stays(step: Step, at: _Array, gone: _Array) -> list[_Span]:
    """Return where the head stayed, one after the other, no two of them alike."""
    found: list[_Span] = []
    for span in _without_slips(_spans(step, at, gone)):
        if span.place is None or span.seconds < PAUSE:
            continue
        if found and found[-1].place == span.place:
            found[-1] = span
        else:
            found.append(span)
    return found


def _calmed(gone: _Array) -> _Array:
    """Return the median of each value and the two beside it: a pose may be off in one frame."""
    if len(gone) < 3:  # noqa: PLR2004 - none has two beside it
        return gone
    return np.concatenate([gone[:1], np.median([gone[:-2], gone[1:-1], gone[2:]], 0), gone[-1:]])


def _spans(step: Step, at: _Array, gone: _Array) -> list[_Span]:
    """Cut time where one place becomes another, as straight lines between frames tell."""
    spans: list[_Span] = []
    main = STEPS.index(step)
    for place in range(len(at) - 1):
        one, way = gone[place], gone[place + 1] - gone[place]
        start, length = float(at[place]), float(at[place + 1] - at[place])
        with np.errstate(divide="ignore", invalid="ignore"):
            levels = np.array([[STILL, 1.0, 2.0, ALSO]]).T
            shares = ((levels - one) / way).ravel()
        inside = np.sort(shares[(shares > 0) & (shares < 1)])
        cuts = [0.0, *inside.tolist(), 1.0]
        for left, right in pairwise(cuts):
            here = _place(main, one + (left + right) / 2 * way)
            begin, stop = start + left * length, start + right * length
            if spans and spans[-1].place == here:
                spans[-1].end = stop
            else:
                spans.append(_Span(here, begin, stop))
    return spans


def _place(main: int, gone: _Array) -> _Place | None:
    if gone[main] >= 2:  # noqa: PLR2004 - far
        return Extent.FAR, None
    if gone[main] < STILL:
        return None
    also = next((n for n in _OTHERS[main] if gone[n] >= ALSO), None)
    if also is not None:
        return Extent.SLIGHT, STEPS[also]
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


def _steady(at: _Array, amount: _Array, span: _Span, *, seconds: float, most: float) -> bool:
    """Return whether some piece of a span lasts so long, and moves no more than that."""
    within = (at >= span.start) & (at <= span.end)
    times, values = at[within], amount[within]
    for first in range(len(times)):
        low = high = values[first]
        for last in range(first, len(times)):
            low, high = min(low, values[last]), max(high, values[last])
            if high - low > most:
                break
            if times[last] - times[first] >= seconds:
                return True
    return False

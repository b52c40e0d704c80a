"""The JSON that lies beside a recording: what was asked, and when each picture was taken."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from visavis._files import read_bounded
from visavis.camera._problems import invalid
from visavis.errors import InvalidArgument
from visavis.liveness import Colour, Extent, Stay, Step, Task, recorded
from visavis.liveness.frames import LONGEST

__all__ = ["FORMAT", "MOST_TIMES", "Description", "read_description", "require_times"]

FORMAT: Final = "visavis-recording-1"
MOST_TIMES: Final = 10_000
"""Most pictures in a recording: a minute at 160 a second."""

_LARGEST: Final = 1 << 20
_STEPS: Final = {step.value: step for step in Step}
_EXTENTS: Final = {extent.value: extent for extent in Extent}
_COLOURS: Final = {colour.value: colour for colour in Colour}


@dataclass(frozen=True, slots=True)
class Description:
    """What is written beside a recording.

    Attributes:
        tasks: what was asked, in order.
        times: seconds of each picture on any clock, rising; None if the video says them.
        colours: what the screen showed meanwhile; empty if it showed none.
        began: seconds on the same clock at which it began to; None if it did not.
    """

    tasks: tuple[Task, ...]
    times: tuple[float, ...] | None
    colours: tuple[Colour, ...] = ()
    began: float | None = None


def read_description(path: Path) -> Description:
    """Read it strictly: nothing is missing, unknown, twice there or out of range.

    Raises:
        FileProblem: the file cannot be read.
        InvalidArgument: ``recording_invalid``; ``bad_challenge``: the steps are none that anybody
            is asked for.
    """
    values = _object(path)
    if values.get("format") != FORMAT:
        raise invalid(f'{path} does not say "format": "{FORMAT}".')
    unknown = sorted(values.keys() - {"format", "steps", "times", "light"})
    if unknown:
        raise invalid(f"{path} says something that is not known here: {unknown[0]!r:.40}.")
    tasks = _tasks(path, values.get("steps"))
    colours, began = _light(path, values, tasks)
    return Description(tasks, _times(path, values), colours, began)


def require_times(name: object, times: Sequence[float]) -> None:
    """Refuse times that cannot be those of one capture.

    Args:
        name: what to call the recording in an error.
        times: seconds.

    Raises:
        InvalidArgument: ``recording_invalid``.
    """
    if not all(map(math.isfinite, times)):
        raise invalid(f"A time of {name} is not a finite number.")
    if not all(later > earlier for earlier, later in pairwise(times)):
        raise invalid(f"The times of {name} do not rise from one picture to the next.")
    if times and times[-1] - times[0] > LONGEST:
        raise invalid(f"{name} lasts longer than {LONGEST:.0f} seconds.")


def _object(path: Path) -> dict[str, Any]:
    data = read_bounded(path, _LARGEST)
    try:
        values = json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise invalid(f"{path} is not JSON, or says something twice.") from error
    if not isinstance(values, dict):
        raise invalid(f"{path} holds no JSON object.")
    return values


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError
    return values


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _tasks(path: Path, steps: object) -> tuple[Task, ...]:
    if not isinstance(steps, list):
        raise invalid(f'{path} has no list of "steps".')
    tasks = tuple(_task(path, step) for step in steps)
    recorded(tasks)  # refuses what no challenge asks for
    return tasks


def _task(path: Path, value: object) -> Task:
    match value:
        case [str() as name, *values] if name in _STEPS:
            stays = tuple(stay for each in values if (stay := _stay(path, each)))
            if len(stays) == len(values) > 0:
                return Task(_STEPS[name], stays)
    raise InvalidArgument(
        "recording_invalid",
        f"A step in {path} is not a known movement, and how far and how long it is held.",
        'Write each as ["turn-left", ["far", 0.7]] or'
        ' ["look-up", ["slight", 1], ["slight", 0.7, "turn-left"]];'
        f" the movements are {', '.join(_STEPS)}.",
    )


def _stay(path: Path, value: Any) -> Stay | None:
    match value:
        case [str() as extent, int() | float() as hold] if extent in _EXTENTS and not isinstance(
            hold, bool
        ):
            return Stay(_EXTENTS[extent], _number(path, hold))
        case [str(), int() | float(), str() as also] if also in _STEPS:
            stay = _stay(path, value[:2])
            return stay and replace(stay, also=_STEPS[also])
    return None


def _light(
    path: Path, values: dict[str, Any], tasks: tuple[Task, ...]
) -> tuple[tuple[Colour, ...], float | None]:
    if "light" not in values:
        return (), None
    match values["light"]:
        case {"began": int() | float() as began, "colours": [*names], **more} if (
            not more
            and not isinstance(began, bool)
            and math.isfinite(_number(path, began))
            and names
            and all(isinstance(name, str) and name in _COLOURS for name in names)
        ):
            colours = tuple(_COLOURS[name] for name in names)
            recorded(tasks, colours)  # refuses what no challenge shows
            return colours, _number(path, began)
    raise InvalidArgument(
        "recording_invalid",
        f'"light" in {path} is not when the colours began, and which they were.',
        f'Write it as {{"began": 1.2, "colours": [...]}}; the colours are {", ".join(_COLOURS)}.',
    )


def _times(path: Path, values: dict[str, Any]) -> tuple[float, ...] | None:
    if "times" not in values:
        return None
    found = values["times"]
    if not isinstance(found, list) or not all(type(each) in {int, float} for each in found):
        raise invalid(f'"times" in {path} is not a list of numbers.')
    if not 0 < len(found) <= MOST_TIMES:
        raise invalid(f'"times" in {path} has {len(found)} numbers, not 1 to {MOST_TIMES}.')
    times = tuple(_number(path, each) for each in found)
    require_times(path, times)
    return times


def _number(path: Path, value: float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise invalid(f"A number in {path} is far too large.") from error

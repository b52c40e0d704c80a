"""A recording of somebody who answered a challenge, as it lies on a disk."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis._files import read_bounded
from visavis.camera._description import MOST_TIMES, read_description, require_times
from visavis.camera._problems import invalid
from visavis.camera._video import VIDEOS, Video
from visavis.errors import FileProblem
from visavis.liveness import Colour, Frame, Task
from visavis.liveness.frames import MOST_FRAMES

__all__ = ["Recording", "read_recording"]

_DESCRIPTION: Final = "challenge.json"
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})
_LARGEST_PICTURE: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """What was asked of somebody, and the pictures of it.

    Nobody can say of a recording when it was made, or for whom.

    Attributes:
        tasks: what was asked, two to four, in order.
        frames: at most 60, thinned evenly by time, with seconds on the recording's own clock.
        colours: what the screen showed meanwhile; empty if it showed none.
        began: seconds on the same clock at which it began to; None if it did not.
    """

    tasks: tuple[Task, ...]
    frames: tuple[Frame, ...]
    colours: tuple[Colour, ...] = ()
    began: float | None = None


def read_recording(path: Path) -> Recording:
    """Read a recording: a folder of pictures, or a video.

    A folder holds ``challenge.json`` and pictures (JPEG or PNG, at most 20 MB each), taken in the
    order of their names; whatever else is there, and names that begin with a dot, is left alone.
    A video (``.mp4``, ``.mov``, ``.mkv``, ``.webm``, ``.avi`` or ``.mjpeg``, at most 500 MB) has a
    file of the same name with ``.json`` beside it. There are at most 10,000 pictures, over at most
    a minute. The JSON is::

        {"format": "visavis-recording-1",
         "steps": [["turn-left", ["far", 0.7]],
                   ["look-up", ["slight", 1.3], ["slight", 0.7, "turn-left"]]],
         "times": [0.0, 0.07, 0.13]}

    ``steps`` are movements with how far they go, one place after the other, the seconds to
    stay there, and what other movement comes on top; ``times`` are the seconds of each
    picture, which a video may leave to its container. Where the screen showed colours, there is
    also ``"light": {"began": 0.7, "colours": ["warm", "blue", ...]}``: the twelve of the challenge,
    and the second at which the first of them began.

    Pictures are handed on as they are. Those of a video are turned upright and encoded as JPEG,
    in memory.

    Args:
        path: of the folder or the video.

    Raises:
        FileProblem: something is missing, cannot be read or is too large.
        InvalidArgument: ``recording_invalid``, ``recording_unreadable``, ``bad_challenge``.
        CameraProblem: ``extra_missing``: OpenCV is needed for a video.
    """
    if _is_folder(path):
        return _read_folder(path)
    if path.suffix.lower() in VIDEOS:
        return _read_video(path)
    if not path.exists():
        raise FileProblem("file_missing", f"{path} does not exist.", "Check the name.")
    raise invalid(f"{path} is neither a folder nor a video ({', '.join(VIDEOS)}).")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        raise _unlisted(path) from error


def _read_folder(folder: Path) -> Recording:
    description = read_description(folder / _DESCRIPTION)
    if description.times is None:
        raise invalid(f'{folder / _DESCRIPTION} has no "times"; pictures need them.')
    pictures = _pictures(folder)
    _require_count(folder, len(pictures), description.times)
    frames = tuple(
        Frame(read_bounded(pictures[place], _LARGEST_PICTURE), description.times[place])
        for place in thinned(description.times)
    )
    return Recording(description.tasks, frames, description.colours, description.began)


def _pictures(folder: Path) -> list[Path]:
    try:
        found = (
            each
            for each in folder.iterdir()
            if each.suffix.lower() in _PICTURES and not each.name.startswith(".")
        )
        pictures = list(itertools.islice(found, MOST_TIMES + 1))
    except OSError as error:
        raise _unlisted(folder) from error
    if len(pictures) > MOST_TIMES:
        raise invalid(f"{folder} holds more than {MOST_TIMES} pictures.")
    return sorted(pictures, key=lambda each: each.name)


def _read_video(path: Path) -> Recording:
    description = read_description(path.with_suffix(".json"))
    with Video.of(path) as video:
        times = video.times(most=MOST_TIMES)
        if description.times is not None:
            _require_count(path, len(times), description.times)
            times = description.times
        require_times(path, times)
        places = thinned(times)
        pictures = video.pictures(places)
        frames = tuple(
            Frame(data, times[place]) for place, data in zip(places, pictures, strict=True)
        )
    return Recording(description.tasks, frames, description.colours, description.began)


def _require_count(path: Path, pictures: int, times: Sequence[float]) -> None:
    if pictures != len(times):
        raise invalid(f"{path} holds {pictures} pictures, and times for {len(times)}.")


def thinned(times: Sequence[float], most: int = MOST_FRAMES) -> list[int]:
    """Return which of several pictures to keep: at most ``most``, spread evenly over the time.

    Args:
        times: seconds of each, rising; not empty.
        most: pictures to keep, at least two.
    """
    if len(times) <= most:
        return list(range(len(times)))
    first, span = times[0], times[-1] - times[0]
    wanted = (first + span * number / (most - 1) for number in range(most))
    return sorted({_nearest(times, at) for at in wanted})


def _nearest(times: Sequence[float], at: float) -> int:
    after = min(max(bisect_left(times, at), 1), len(times) - 1)
    return after if times[after] - at < at - times[after - 1] else after - 1


def _unlisted(path: Path) -> FileProblem:
    return FileProblem(
        "file_unreadable", f"{path} cannot be read.", "Check the name and who may read it."
    )

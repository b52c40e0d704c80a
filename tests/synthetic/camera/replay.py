"""Recordings of the right steps, and how their times are made to fit a new challenge."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import Setting, dressed, film, moments, placed
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Motion, Tasks, asked
from tests.synthetic.camera.scene import Surface

from visavis.liveness.challenge import HOLDS
from visavis.liveness.frames import Frame

__all__ = ["earlier", "plain_loop", "refitted"]

Pixels = NDArray[np.uint8]


def earlier(tasks: Tasks, seed: int, *, shorter: bool = False) -> list[tuple[str, float]]:
    """Return the same steps with the holding times of another challenge, not all the same.

    Args:
        tasks: the steps, and the holding times that are asked for now.
        seed: of the other challenge.
        shorter: whether one of its holds at least has to be shorter, if there are shorter ones.
    """
    chance = np.random.default_rng([seed, 4])
    shorter = shorter and max(hold for _, hold in tasks) > min(HOLDS)
    while True:
        holds = [float(hold) for hold in chance.choice(HOLDS, len(tasks))]
        lacking = any(old < hold for old, (_, hold) in zip(holds, tasks, strict=True))
        if holds != [hold for _, hold in tasks] and (lacking or not shorter):
            return [(name, hold) for (name, _), hold in zip(tasks, holds, strict=True)]


def plain_loop(frames: Sequence[Frame]) -> list[Frame]:
    """Return a few frames to and fro, as often as needed, with the times of all."""
    part = frames[: max(2, len(frames) // 3)]
    again = ([*part, *part[::-1]] * len(frames))[: len(frames)]
    return [Frame(source.data, frame.at) for source, frame in zip(again, frames, strict=True)]


def refitted(
    person: Person, tasks: Tasks, seed: int, setting: Setting, *, fro: bool
) -> list[Frame]:
    """Return an earlier recording with every hold made as long as asked.

    A hold that is too short is played to and fro, or else more slowly; one that is too long is
    played faster. Where a moment lies between two frames, the nearer is shown or the mean of both.
    All is encoded anew, with noise.
    """
    chance = np.random.default_rng([seed, 5])
    old, new = (
        asked(each, seed=seed, speed=setting.speed, reach=setting.reach, distance=setting.distance)
        for each in (earlier(tasks, seed, shorter=fro), tasks)
    )
    between = chance.random() < 0.4
    times = moments(new.end, setting, seed)
    wanted = [min(_source(time, old, new, fro=fro) * setting.rate, 1e6) for time in times]
    pairs = [(int(place), int(place) + 1) for place in wanted]
    needed = sorted({place for pair in pairs for place in pair})
    someone = dressed(person, setting)

    def scene(time: float) -> list[Surface]:
        return [placed(someone, old.at(time), setting)]

    shots = [place / setting.rate for place in needed]
    recorded = film(scene, old, seed=seed, setting=setting, times=shots)
    pictures = {place: _read(frame) for place, frame in zip(needed, recorded, strict=True)}
    frames = []
    for time, place, (first, second) in zip(times, wanted, pairs, strict=True):
        share = place - first
        picture = pictures[first if share < 0.5 else second]
        if between and 0.2 < share < 0.8:
            mean = cv2.addWeighted(pictures[first], 0.5, pictures[second], 0.5, 0.0)
            picture = np.asarray(mean, np.uint8)
        noisy = picture + chance.normal(0, 1.2, picture.shape)
        pixels = np.clip(noisy, 0, 255).astype(np.uint8)
        quality = int(chance.integers(80, 91))
        done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert done
        frames.append(Frame(bytes(data.tobytes()), round(time, 4)))
    return frames


def _source(time: float, old: Motion, new: Motion, *, fro: bool) -> float:
    """Return the moment of the old motion that is shown at a moment of the new one.

    Both have the same marks, and differ in how long the holds last.
    """
    mark = int(np.clip(np.searchsorted(new.times, time), 1, len(new.times) - 1))
    start, length = old.times[mark - 1], old.times[mark] - old.times[mark - 1]
    passed = time - new.times[mark - 1]
    lasts = new.times[mark] - new.times[mark - 1]
    if fro and lasts > length + 1e-9:
        # Forward to the end, then back and forth around the middle of the hold.
        part, extra = length / 2, lasts - length
        if passed > length - part / 2 and passed < length - part / 2 + extra:
            beyond = (passed - length + part / 2) % part
            back = min(beyond, part - beyond)
            return float(start + length - part / 2 - back)
        return float(start + (passed if passed <= length - part / 2 else passed - extra))
    return float(start + passed * length / max(lasts, 1e-9))


def _read(frame: Frame) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)

"""Recordings of the right steps, and how their times are made to fit a new challenge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.case import Case
from tests.synthetic.camera.film import dressed, film, moments, placed
from tests.synthetic.camera.motion import Motion, Stays, Tasks, asked, named
from tests.synthetic.camera.scene import Surface

from visavis.liveness.challenge import Step, draw_stays
from visavis.liveness.frames import Frame

__all__ = ["earlier", "plain_loop", "refitted"]

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

# Degrees count as they are, of roll less; a centimetre closer as much as a degree, others less.
_WEIGHTS = (1.0, 1.0, 0.3, 0.3, 0.3, 1.0)
_LEAP, _REPEATED = 0.3, 200.0


def earlier(tasks: Tasks, seed: int) -> list[tuple[str, Stays]]:
    """Return the same steps as another challenge asks for them, never with the same places.

    With the same places too it is the same challenge, but for its holding times.

    Args:
        tasks: the steps, and what is asked for now.
        seed: of the other challenge.
    """
    chance = np.random.default_rng([seed, 4])
    steps = tuple(Step[name] for name, _ in tasks)
    now = _places(tasks)
    while True:
        drawn = draw_stays(steps, lambda several: several[int(chance.integers(len(several)))])
        old = named(drawn)
        if _places(old) != now:
            return old


def _places(tasks: Tasks) -> list[tuple[str, list[tuple[str, str | None]]]]:
    return [(name, [(extent, also) for extent, _, also in stays]) for name, stays in tasks]


def plain_loop(frames: Sequence[Frame]) -> list[Frame]:
    """Return a few frames to and fro, as often as needed, with the times of all."""
    part = frames[: max(2, len(frames) // 3)]
    again = ([*part, *part[::-1]] * len(frames))[: len(frames)]
    return [Frame(source.data, frame.at) for source, frame in zip(again, frames, strict=True)]


def refitted(case: Case, *, fro: bool) -> list[Frame]:
    """Return an earlier recording whose frames are chosen to look as what is asked for now.

    At every moment the one is shown in which the head is most nearly where it should be: forwards
    only and none twice, or else to and fro. Where frames are shown again, part of the runs mixes
    them with the next. All is encoded anew, with noise.
    """
    seed, setting = case.seed, case.setting
    chance = np.random.default_rng([seed, 5])
    someone = dressed(case.person, setting)
    before = earlier(case.tasks, seed)
    known = case.known(lambda now: [placed(someone, now, setting)], before)
    old, new = (
        asked(
            each,
            seed=seed,
            speed=setting.speed,
            reach=setting.reach,
            distance=setting.distance,
            known=known,
        )
        for each in (before, case.tasks)
    )
    mixes = fro and chance.random() < 0.4
    times = moments(new, setting, seed)
    recorded = np.arange(0, old.end, 1 / setting.rate)
    chosen = _fitting(new, times, old, recorded, fro=fro)
    needed = sorted({*chosen, *((place + 1) for place in chosen if mixes)})

    def scene(time: float) -> list[Surface]:
        return [placed(someone, old.at(time), setting)]

    shots = [place / setting.rate for place in needed]
    filmed = film(scene, old, seed=seed, setting=setting, times=shots)
    pictures = {place: _read(frame) for place, frame in zip(needed, filmed, strict=True)}
    frames = []
    shown: set[int] = set()
    for time, place in zip(times, chosen, strict=True):
        picture = pictures[place]
        if mixes and place in shown:
            mean = cv2.addWeighted(picture, 0.5, pictures[place + 1], 0.5, 0.0)
            picture = np.asarray(mean, np.uint8)
        shown.add(place)
        noisy = picture + chance.normal(0, 1.2, picture.shape)
        pixels = np.clip(noisy, 0, 255).astype(np.uint8)
        quality = int(chance.integers(80, 91))
        done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert done
        frames.append(Frame(bytes(data.tobytes()), round(time, 4)))
    return frames


def _fitting(
    new: Motion, times: Sequence[float], old: Motion, recorded: Points, *, fro: bool
) -> list[int]:
    """Return which recorded frame to show at each time, so that all together fit best."""
    goal, there = (
        np.array([astuple(motion.at(float(time)))[:6] for time in moments]) * _WEIGHTS
        for motion, moments in ((new, times), (old, recorded))
    )
    misfit = np.abs(goal[:, None] - there).sum(2)
    count = len(recorded)
    leap = np.abs(there[:, None] - there).sum(2) * _LEAP if fro else None
    best, ways = misfit[0], []
    for row in misfit[1:]:
        if leap is not None:
            whole = best[:, None] + leap
            way = whole.argmin(0)
            before = whole[way, np.arange(count)]
        else:
            # The best of all frames before this one; a repetition is the last resort.
            way = np.zeros(count, int)
            least = 0
            for place in range(count):
                way[place] = least
                if best[place] < best[least]:
                    least = place
            before = best[way] + np.where(way == np.arange(count), _REPEATED, 0.0)
        ways.append(way)
        best = before + row
    chosen = [int(best.argmin())]
    for way in reversed(ways):
        chosen.append(int(way[chosen[-1]]))
    return chosen[::-1]


def _read(frame: Frame) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)

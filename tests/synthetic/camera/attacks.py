"""Attacks on a liveness check, one function for each class, from the same renderer.

Every one takes the person who is attacked, what is asked, and a seed, and returns frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import Setting, dressed, film, honest, placed, portrait, wall
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Motion, Stance, Tasks, asked
from tests.synthetic.camera.scene import SIZE, Surface, draw, sheet

from visavis.liveness.frames import Frame

__all__ = ["ATTACKS", "Attack"]

Attack = Callable[[Person, Person, Tasks, int], list[Frame]]
"""Takes the person attacked, the attacker, what is asked, and a seed."""

Pixels = NDArray[np.uint8]

_PRINT = 27.0  # centimetres; the face on it is about as large as a real one
_SCREEN = 30.0
_DISTANCE = 50.0
_OPPOSITE = {
    "TURN_LEFT": "TURN_RIGHT",
    "TURN_RIGHT": "TURN_LEFT",
    "LOOK_UP": "LOOK_DOWN",
    "LOOK_DOWN": "LOOK_UP",
    "COME_CLOSER": "TURN_LEFT",
}


def still_print(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A print, held as still as a hand can."""
    del attacker
    return _printed(portrait(person), asked(tasks, seed=seed, reach=0.0), seed, bent=False)


def moved_print(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A print that is moved, tilted and bent as the challenge asks."""
    del attacker
    return _printed(portrait(person), asked(tasks, seed=seed, reach=1.4), seed, bent=True)


def print_with_eye_holes(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A print with holes through which the attacker's eyes are seen, worn and moved."""
    photo = portrait(person)
    clear = np.full(photo.shape[:2], 255, np.uint8)
    head = person.surface(0, 0, 0, (0, 1.0, 43.0)).points
    flat = head[:, :2] * 700 / head[:, 2:] + (SIZE[0] / 2 - 110, SIZE[1] / 2)
    for one, other in ((33, 133), (263, 362)):
        eye = flat[[one, other]]
        axes = (round(float(np.ptp(eye[:, 0])) * 0.55), round(float(np.ptp(eye[:, 0])) * 0.3))
        cv2.ellipse(clear, np.round(eye.mean(0)).astype(int).tolist(), axes, 0, 0, 360, 0, -1)
    motion = asked(tasks, seed=seed, reach=1.2)
    holed = np.dstack([photo, clear])

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        behind = placed(attacker, now, Setting(distance=_DISTANCE + 6))
        return [behind, _sheet(holed, now, bend=0.5)]

    return film(scene, motion, seed=seed, setting=Setting())


def other_order(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A recording of the right person doing something else, shown on a screen."""
    del attacker
    others = [(_OPPOSITE[name], hold) for name, hold in reversed(tasks)]
    return _screened(person, others, seed, Setting())


def earlier_session(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A recording of the right steps in the right order, made in another session.

    The frames themselves are fed in, as a virtual camera can. The holding times are those of
    that session; with the same ones only the challenge's single use stands against it.
    """
    del attacker
    old = [(name, max(0.3, 1.6 - hold)) for name, hold in tasks]
    return honest(person, old, seed=seed, setting=Setting())


def looped(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A few recorded frames, played to and fro with times of one's own."""
    del attacker
    frames = honest(person, tasks, seed=seed, setting=Setting())
    part = frames[: len(frames) // 3]
    again = ([*part, *part[::-1]] * 3)[: len(frames)]
    return [Frame(source.data, frame.at) for source, frame in zip(again, frames, strict=False)]


def joined_later(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A second person who comes in after the first, frontal frames and does the rest."""
    motion = asked(tasks, seed=seed)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        still = replace(Stance(), x=now.x - 9, y=now.y, z=now.z)
        first = placed(person, still, Setting())
        enters = max(0.0, 1 - max(0.0, time - 0.8))
        second = placed(attacker, replace(now, x=now.x + 11 + 40 * enters), Setting())
        return [first, second] if time > 0.8 else [first]

    return film(scene, motion, seed=seed, setting=Setting())


def warped_photo(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """One photo, warped in the plane so that the face seems to turn."""
    del attacker
    photo, motion = portrait(person), asked(tasks, seed=seed)
    high, wide = photo.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    across, down = (x - wide / 2) / (wide / 3), (y - high / 2) / (high / 3)
    bump = np.exp(-(across**2 + down**2))

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        moved_x = (x - bump * np.float32(now.yaw * 2.2)).astype(np.float32)
        moved_y = (y - bump * np.float32(now.pitch * 2.2)).astype(np.float32)
        warped = np.asarray(cv2.remap(photo, moved_x, moved_y, cv2.INTER_LINEAR), np.uint8)
        return [_sheet(warped, Stance(z=now.z), lit=False)]

    return film(scene, motion, seed=seed, setting=Setting())


def moving_screen(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """A flat screen with moiré and glare, turned as the challenge asks."""
    del attacker
    photo, motion = portrait(person), asked(tasks, seed=seed, reach=1.4)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        return [_sheet(_shining(photo, now), now, lit=False)]

    return film(scene, motion, seed=seed, setting=Setting())


def swapped(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """The right person for the frontal frames, and from the first step on the attacker."""
    motion = asked(tasks, seed=seed)

    def scene(time: float) -> list[Surface]:
        who = person if time < motion.times[2] else attacker
        return [placed(who, motion.at(time), Setting())]

    return film(scene, motion, seed=seed, setting=Setting())


def jittered_photo(person: Person, attacker: Person, tasks: Tasks, seed: int) -> list[Frame]:
    """One photo fed in again and again, each time a little moved, turned and scaled."""
    del attacker
    motion, chance = asked(tasks, seed=seed, reach=0.0), np.random.default_rng(seed)
    photo = portrait(person)

    def scene(time: float) -> list[Surface]:
        del time
        x, y, z, roll = chance.normal(0, (0.3, 0.3, 0.6, 0.8))
        return [_sheet(photo, Stance(roll=roll, x=x, y=y, z=z), lit=False)]

    return film(scene, motion, seed=seed, setting=Setting(noise=3.5))


ATTACKS: Final[dict[str, Attack]] = {
    attack.__name__: attack
    for attack in (
        still_print,
        moved_print,
        print_with_eye_holes,
        other_order,
        earlier_session,
        looped,
        joined_later,
        warped_photo,
        moving_screen,
        swapped,
        jittered_photo,
    )
}


def _sheet(photo: Pixels, now: Stance, *, bend: float = 0.0, lit: bool = True) -> Surface:
    place = (now.x, now.y, _DISTANCE + now.z)
    return sheet(photo, _PRINT, place, (now.yaw, now.pitch, now.roll), bend, lit=lit)


def _printed(photo: Pixels, motion: Motion, seed: int, *, bent: bool) -> list[Frame]:
    most = np.random.default_rng(seed).uniform(0.3, 1.4) if bent else 0.0

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        return [_sheet(photo, now, bend=most * abs(now.yaw) / 30)]

    return film(scene, motion, seed=seed, setting=Setting())


def _screened(person: Person, tasks: Tasks, seed: int, setting: Setting) -> list[Frame]:
    """Return a screen that shows a recording, filmed."""
    someone = dressed(person, setting)
    recorded = asked(tasks, seed=seed + 1000)
    hand = asked(tasks, seed=seed, reach=0.0)
    backdrop = wall(seed + 1)
    from_left = (SIZE[0] - SIZE[1]) // 2

    def scene(time: float) -> list[Surface]:
        shown = backdrop.copy()
        # Nearer to the recording camera, so that the face on the screen has its natural size.
        draw(shown, placed(someone, recorded.at(time), Setting(distance=42.0)))
        square = np.ascontiguousarray(shown[:, from_left : from_left + SIZE[1]])
        now = hand.at(time)
        turn = (now.yaw, now.pitch, now.roll)
        place = (now.x, now.y, _DISTANCE + now.z)
        return [sheet(_shining(square, now), _SCREEN, place, turn, lit=False)]

    longest = recorded if recorded.end < hand.end else hand
    return film(scene, longest, seed=seed, setting=setting)


def _shining(picture: Pixels, now: Stance) -> Pixels:
    """Add what a camera sees of a screen: beats between two grids of pixels, and a lamp."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    beat = 1 + 0.035 * np.sin(x * 0.9 + y * 0.11 + now.yaw) * np.sin(y * 0.8 + now.pitch)
    lamp_x, lamp_y = wide * (0.25 + now.yaw / 60), high * (0.2 + now.pitch / 60)
    lamp = 90 * np.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / (2 * (wide / 12) ** 2))
    shining = picture * beat[..., None] + lamp[..., None]
    return np.asarray(np.clip(shining, 0, 255), np.uint8)

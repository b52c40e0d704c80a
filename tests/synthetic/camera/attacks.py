"""Attacks on a liveness check, one function for each class, from the same renderer.

Every one takes the person who is attacked, the attacker, what is asked, a seed and a setting, and
returns frames. Which variant of its class is tried, and how far it goes, is drawn from the seed.
How far a picture is tilted or warped reaches up to where the networks see it turn the most:
beyond about 60 degrees they see no face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import (
    PER_CENTIMETRE,
    PORTRAIT_FROM,
    Setting,
    dressed,
    film,
    honest,
    placed,
    portrait,
    wall,
)
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Motion, Stance, Tasks, asked
from tests.synthetic.camera.replay import earlier, plain_loop, refitted
from tests.synthetic.camera.scene import SIZE, Surface, draw, rotation, sheet

from visavis.liveness.frames import Frame

__all__ = ["ATTACKS", "Attack"]

Attack = Callable[[Person, Person, Tasks, int, Setting], list[Frame]]
"""Takes the person attacked, the attacker, what is asked, a seed, and where it is filmed."""

Pixels = NDArray[np.uint8]

_SCREEN = 30.0  # centimetres
_STEEPEST = 66.0  # degrees
_USUAL, _USUAL_NOD = 27.0, 19.5  # degrees that a person turns and nods who goes far
_MIRROR = {"TURN_LEFT": "TURN_RIGHT", "TURN_RIGHT": "TURN_LEFT"}
_OPPOSITE = {
    **_MIRROR,
    "LOOK_UP": "LOOK_DOWN",
    "LOOK_DOWN": "LOOK_UP",
    "COME_CLOSER": "TURN_LEFT",
}


def still_print(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A print, held as still as a hand can, straight or a little tilted."""
    del attacker
    chance = np.random.default_rng([seed, 3])
    yaw, pitch = chance.uniform(-12, 12, 2) * (chance.random() < 0.6)
    photo, motion = portrait(person), asked(tasks, seed=seed, reach=0.0)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        tilted = replace(now, yaw=now.yaw + yaw, pitch=now.pitch + pitch)
        return [_sheet(photo, tilted, setting)]

    return film(scene, motion, seed=seed, setting=setting)


def moved_print(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A print that is tilted further than a head turns, shifted, bent, and brought closer.

    In part of the runs the portrait itself is turned a little to the side that is asked for
    first.
    """
    del attacker
    chance = np.random.default_rng([seed, 3])
    bend = chance.uniform(0.6, 2.6) * (chance.random() < 0.6)
    photo = portrait(person, yaw=_half_turned(tasks, chance))
    motion, tilted = _tilting(tasks, chance, seed, setting)

    def scene(time: float) -> list[Surface]:
        return [_sheet(photo, tilted(time), setting, bend=bend)]

    return film(scene, motion, seed=seed, setting=setting)


def print_with_eye_holes(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A print with holes through which the attacker's eyes are seen, worn and moved.

    It is wrapped around the attacker's face, and flat in part of the runs.
    """
    chance = np.random.default_rng([seed, 3])
    radius = chance.uniform(7, 12) if chance.random() < 0.75 else np.inf
    yaw, pitch = chance.uniform((1.3, 1.1), (2.3, 1.9))
    holed, wide = _holed(person), 500 / PER_CENTIMETRE
    half = min(0.5, 2.6 * radius / wide / 2)  # no further than around half a head
    holed = holed[:, int((0.5 - half) * 500) : int((0.5 + half) * 500)]
    wide *= 2 * half
    motion = asked(tasks, seed=seed, reach=setting.reach, distance=setting.distance)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        now = replace(
            now,
            yaw=float(np.clip(now.yaw * yaw, -62, 62)),
            pitch=float(np.clip(now.pitch * pitch, -46, 46)),
        )
        behind = placed(attacker, now, replace(setting, distance=setting.distance + 3))
        # It turns about the attacker's neck, some 9 centimetres behind it.
        front = rotation(now.yaw, now.pitch, now.roll) @ (0, -1.0, -9.0)
        x, y = setting.aside
        place = np.array([x + now.x, y + now.y, setting.distance + now.z + 9.0]) + front
        turn = (now.yaw, now.pitch, now.roll)
        at = (float(place[0]), float(place[1]), float(place[2]))
        return [behind, sheet(holed, wide, at, turn, wide / radius)]

    return film(scene, motion, seed=seed, setting=setting)


def other_order(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A recording of the right person doing something else, shown on a screen.

    Other steps, the right ones in another order, or the right ones mirrored.
    """
    del attacker
    chance = np.random.default_rng([seed, 3])
    others = [(_OPPOSITE[name], stays) for name, stays in reversed(tasks)]
    variant = chance.integers(3)
    if variant == 1:
        others = [(_MIRROR.get(name, name), stays) for name, stays in tasks]
    elif variant == 2 and len({name for name, _ in tasks}) > 1:
        moved = [tasks[place] for place in chance.permutation(len(tasks))]
        if [name for name, _ in moved] != [name for name, _ in tasks]:
            others = moved
    return _screened(person, others, seed, setting)


def earlier_session(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A recording of the right steps in the right order, made in another session.

    The frames themselves are fed in, as a virtual camera can. How far it goes and how long it is
    held are those of that session, and never all the same: then only the challenge's single use
    stands against it.
    """
    del attacker
    return honest(person, earlier(tasks, seed), seed=seed, setting=setting)


def looped(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A recording of another session, its frames to and fro until they fit, or a short loop."""
    del attacker
    if np.random.default_rng([seed, 3]).random() < 0.2:
        return plain_loop(honest(person, tasks, seed=seed, setting=setting))
    return refitted(person, tasks, seed, setting, fro=True)


def retimed(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A recording of the right steps in another session, played slower or faster until it fits.

    It takes the challenge known in full beforehand, and a camera that is none. No frame is shown
    twice.
    """
    del attacker
    return refitted(person, tasks, seed, setting, fro=False)


def joined_later(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A second person who comes in after the first, frontal frames and does the rest."""
    motion = asked(
        tasks, seed=seed, speed=setting.speed, reach=setting.reach, distance=setting.distance
    )
    begins = np.random.default_rng([seed, 3]).uniform(0.6, 1.6)
    middle = replace(setting, aside=(0.0, 0.0))

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        still = replace(Stance(), x=now.x - 9, y=now.y, z=now.z)
        first = placed(person, still, middle)
        enters = max(0.0, 1 - max(0.0, time - begins))
        second = placed(attacker, replace(now, x=now.x + 11 + 40 * enters), middle)
        return [first, second] if time > begins else [first]

    return film(scene, motion, seed=seed, setting=setting)


def warped_photo(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """One photo, warped smoothly in the plane so that the face seems to turn.

    In part of the runs it is also a little turned already, and tilted too.
    """
    del attacker
    chance = np.random.default_rng([seed, 3])
    photo = portrait(person, yaw=_half_turned(tasks, chance))
    motion = asked(tasks, seed=seed, reach=setting.reach, distance=setting.distance)
    strength, radius = chance.uniform(2.2, 6), chance.uniform(0.14, 0.22)
    tilt = chance.uniform(0, 0.8) * (chance.random() < 0.5)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        warped = _warped(photo, now.yaw * strength, now.pitch * strength, radius)
        leant = replace(now, yaw=now.yaw * tilt, pitch=now.pitch * tilt)
        return [_sheet(warped, leant, setting, lit=False)]

    return film(scene, motion, seed=seed, setting=setting)


def moving_screen(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """A flat screen with moiré and glare, tilted further than a head turns."""
    del attacker
    chance = np.random.default_rng([seed, 3])
    photo = portrait(person, yaw=_half_turned(tasks, chance))
    motion, tilted = _tilting(tasks, chance, seed, setting)

    def scene(time: float) -> list[Surface]:
        now = tilted(time)
        return [_sheet(_shining(photo, now), now, setting, lit=False)]

    return film(scene, motion, seed=seed, setting=setting)


def swapped(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """The right person for the frontal frames, and from some step on the attacker.

    The pictures are exchanged on the way, while the head is turned or while it rests; in part of
    the runs the right person is back for the last frontal frames.
    """
    chance = np.random.default_rng([seed, 3])
    motion = asked(
        tasks, seed=seed, speed=setting.speed, reach=setting.reach, distance=setting.distance
    )
    # When a head leaves the middle, or when it is where it was asked to go.
    begin = motion.times[int(chance.choice(motion.begins)) + int(chance.choice([0, 1]))]
    end = motion.times[-3] if chance.random() < 0.4 else np.inf
    ones = [dressed(each, setting) for each in (person, attacker)]

    def scene(time: float) -> list[Surface]:
        return [placed(ones[int(begin <= time < end)], motion.at(time), setting)]

    return film(scene, motion, seed=seed, setting=setting)


def jittered_photo(
    person: Person, attacker: Person, tasks: Tasks, seed: int, setting: Setting
) -> list[Frame]:
    """One photo fed in again and again, each time a little moved, turned and scaled."""
    del attacker
    motion, chance = asked(tasks, seed=seed, reach=0.0), np.random.default_rng([seed, 3])
    photo = portrait(person)

    def scene(time: float) -> list[Surface]:
        del time
        x, y, z, roll = chance.normal(0, (0.3, 0.3, 0.6, 0.8))
        return [_sheet(photo, Stance(roll=roll, x=x, y=y, z=z), setting, lit=False)]

    return film(scene, motion, seed=seed, setting=setting)


ATTACKS: Final[dict[str, Attack]] = {
    attack.__name__: attack
    for attack in (
        still_print,
        moved_print,
        print_with_eye_holes,
        other_order,
        earlier_session,
        looped,
        retimed,
        joined_later,
        warped_photo,
        moving_screen,
        swapped,
        jittered_photo,
    )
}


def _half_turned(tasks: Tasks, chance: np.random.Generator) -> float:
    """Return the yaw of a portrait: none, or as much as passes for frontal, to the asked side."""
    sides = [1.0 if name == "TURN_LEFT" else -1.0 for name, _ in tasks if name in _MIRROR]
    if not sides or chance.random() < 0.5:
        return 0.0
    return sides[0] * float(chance.uniform(5, 11))


def _tilting(
    tasks: Tasks, chance: np.random.Generator, seed: int, setting: Setting
) -> tuple[Motion, Callable[[float], Stance]]:
    """Return a motion, and what a hand makes of it that holds something flat."""
    motion = asked(tasks, seed=seed, reach=1.0, distance=setting.distance)
    yaw, pitch = chance.uniform(36, 66, 2) / (_USUAL, _USUAL_NOD)
    aside = chance.uniform(0, 5) * (chance.random() < 0.5) / _USUAL

    def tilted(time: float) -> Stance:
        now = motion.at(time)
        return replace(
            now,
            yaw=float(np.clip(now.yaw * yaw, -_STEEPEST, _STEEPEST)),
            pitch=float(np.clip(now.pitch * pitch, -_STEEPEST, _STEEPEST)),
            x=now.x + now.yaw * aside,
            y=now.y + now.pitch * aside,
        )

    return motion, tilted


def _sheet(
    photo: Pixels, now: Stance, setting: Setting, *, bend: float = 0.0, lit: bool = True
) -> Surface:
    """Return a portrait as large as life, where the setting and the stance have it."""
    x, y = setting.aside
    place = (x + now.x, y + now.y, setting.distance + now.z)
    width = photo.shape[1] / PER_CENTIMETRE
    return sheet(photo, width, place, (now.yaw, now.pitch, now.roll), bend, lit=lit)


def _holed(person: Person) -> Pixels:
    """Return a portrait as RGBA with holes where the eyes are."""
    photo = portrait(person)
    clear = np.full(photo.shape[:2], 255, np.uint8)
    head = person.surface(0, 0, 0, (0, 1.0, PORTRAIT_FROM)).points
    flat = head[:, :2] * (PER_CENTIMETRE * PORTRAIT_FROM) / head[:, 2:]
    flat += (SIZE[0] / 2 - 110, SIZE[1] / 2)
    for one, other in ((33, 133), (263, 362)):
        eye = flat[[one, other]]
        across = float(np.ptp(eye[:, 0]))
        axes = (round(across * 0.55), round(across * 0.3))
        cv2.ellipse(clear, np.round(eye.mean(0)).astype(int).tolist(), axes, 0, 0, 360, 0, -1)
    return np.dstack([photo, clear])


def _warped(photo: Pixels, across: float, down: float, radius: float) -> Pixels:
    """Move the middle of a face by pixels, less and less towards its rim, and narrow the whole."""
    high, wide = photo.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    # A face is longer than wide.
    away = ((x - wide / 2) / (wide * radius)) ** 2 + ((y - high / 2) / (wide * radius * 1.5)) ** 2
    bump = np.exp(-away)
    narrow = 1 + 0.12 * min(1.0, abs(across) / 100)
    moved_x = wide / 2 + (x - wide / 2 - bump * np.float32(across)) * np.float32(narrow)
    moved_y = y - bump * np.float32(down)
    maps = (moved_x.astype(np.float32), moved_y.astype(np.float32))
    warped = cv2.remap(photo, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _screened(person: Person, tasks: Tasks, seed: int, setting: Setting) -> list[Frame]:
    """Return a screen that shows a recording, filmed."""
    someone = dressed(person, setting)
    recorded = asked(tasks, seed=seed + 1, speed=setting.speed, reach=setting.reach, distance=37.0)
    hand = asked(tasks, seed=seed, reach=0.0)
    backdrop = wall(seed + 1)
    from_left = (SIZE[0] - SIZE[1]) // 2

    def scene(time: float) -> list[Surface]:
        shown = backdrop.copy()
        # Nearer to the recording camera, so that the face on the screen has its natural size.
        draw(shown, placed(someone, recorded.at(time), Setting(distance=37.0)))
        square = np.ascontiguousarray(shown[:, from_left : from_left + SIZE[1]])
        now = hand.at(time)
        turn = (now.yaw, now.pitch, now.roll)
        place = (now.x, now.y, setting.distance + now.z)
        return [sheet(_shining(square, now), _SCREEN, place, turn, lit=False)]

    longest = recorded if recorded.end > hand.end else hand
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

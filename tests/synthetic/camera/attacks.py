"""Attacks on a liveness check, one function for each class, from the same renderer.

Every one takes a case and returns frames. Which variant of its class is tried is drawn from the
seed. What is moved goes where the networks see it go as far as guidance asks for, because whoever
moves it has practised; beyond about 60 degrees they see no face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.case import Case
from tests.synthetic.camera.film import (
    PER_CENTIMETRE,
    PORTRAIT_FROM,
    Setting,
    dressed,
    film,
    placed,
    portrait,
    wall,
)
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Stance, Stays, Tasks, asked
from tests.synthetic.camera.replay import earlier, plain_loop, refitted
from tests.synthetic.camera.scene import SIZE, Surface, draw, rotation, sheet

from visavis.liveness.frames import Frame

__all__ = ["ATTACKS", "Attack"]

Attack = Callable[[Case], list[Frame]]

Pixels = NDArray[np.uint8]

_SCREEN = 30.0  # centimetres
_STEEPEST = 66.0  # degrees
_USUAL = 27.0  # degrees that a person turns who goes far
_RECORDED_FROM = 37.0  # centimetres
_MIRROR = {"TURN_LEFT": "TURN_RIGHT", "TURN_RIGHT": "TURN_LEFT"}
_OPPOSITE = {
    **_MIRROR,
    "LOOK_UP": "LOOK_DOWN",
    "LOOK_DOWN": "LOOK_UP",
    "COME_CLOSER": "TURN_LEFT",
}


def still_print(case: Case) -> list[Frame]:
    """A print, held as still as a hand can, straight or a little tilted."""
    chance = np.random.default_rng([case.seed, 3])
    yaw, pitch = chance.uniform(-12, 12, 2) * (chance.random() < 0.6)
    photo, motion = portrait(case.person), asked(case.tasks, seed=case.seed, reach=0.0)

    def show(now: Stance) -> list[Surface]:
        tilted = replace(now, yaw=now.yaw + yaw, pitch=now.pitch + pitch)
        return [_sheet(photo, tilted, case.setting)]

    return case.film(show, motion)


def moved_print(case: Case) -> list[Frame]:
    """A print that is tilted further than a head turns, shifted, bent, and brought closer.

    In part of the runs the portrait itself is turned a little to the side that is asked for
    first.
    """
    chance = np.random.default_rng([case.seed, 3])
    bend = chance.uniform(0.6, 2.6) * (chance.random() < 0.6)
    photo = portrait(case.person, yaw=_half_turned(case.tasks, chance))
    tilted = _tilting(chance)
    return case.moved(lambda now: [_sheet(photo, tilted(now), case.setting, bend=bend)])


def print_with_eye_holes(case: Case) -> list[Frame]:
    """A print with holes through which the attacker's eyes are seen, worn and moved.

    It is wrapped around the attacker's face, and flat in part of the runs.
    """
    chance = np.random.default_rng([case.seed, 3])
    radius = chance.uniform(7, 12) if chance.random() < 0.75 else np.inf
    holed, wide = _holed(case.person), 500 / PER_CENTIMETRE
    half = min(0.5, 2.6 * radius / wide / 2)  # no further than around half a head
    holed = holed[:, int((0.5 - half) * 500) : int((0.5 + half) * 500)]
    wide *= 2 * half
    setting = case.setting

    def show(now: Stance) -> list[Surface]:
        now = replace(now, yaw=_between(now.yaw, 62), pitch=_between(now.pitch, 46))
        behind = placed(case.attacker, now, replace(setting, distance=setting.distance + 3))
        # It turns about the attacker's neck, some 9 centimetres behind it.
        front = rotation(now.yaw, now.pitch, now.roll) @ (0, -1.0, -9.0)
        x, y = setting.aside
        place = np.array([x + now.x, y + now.y, setting.distance + now.z + 9.0]) + front
        turn = (now.yaw, now.pitch, now.roll)
        at = (float(place[0]), float(place[1]), float(place[2]))
        return [behind, sheet(holed, wide, at, turn, wide / radius)]

    return case.moved(show)


def other_order(case: Case) -> list[Frame]:
    """A recording of the right person doing something else, shown on a screen.

    Other steps, the right ones in another order, or the right ones mirrored.
    """
    chance = np.random.default_rng([case.seed, 3])
    tasks = case.tasks
    mirrored = [(_MIRROR.get(name, name), stays) for name, stays in tasks]
    opposite = [(_OPPOSITE[name], _aside(_OPPOSITE[name], stays)) for name, stays in tasks[::-1]]
    moved = [tasks[place] for place in chance.permutation(len(tasks))]
    others = (opposite, mirrored, moved)[chance.integers(3)]
    if [name for name, _ in others] == [name for name, _ in tasks]:
        others = mirrored
    return _screened(case, others)


def earlier_session(case: Case) -> list[Frame]:
    """A recording of the right steps in the right order, made in another session.

    The frames themselves are fed in, as a virtual camera can. How each is made and how long it is
    held are those of that session, and never all the same: then only the challenge's single use
    stands against it.
    """
    return replace(case, tasks=earlier(case.tasks, case.seed)).honest()


def looped(case: Case) -> list[Frame]:
    """A recording of another session, its frames to and fro until they fit, or a short loop."""
    if np.random.default_rng([case.seed, 3]).random() < 0.2:
        return plain_loop(case.honest())
    return refitted(case, fro=True)


def retimed(case: Case) -> list[Frame]:
    """A recording of the right steps in another session, played slower or faster until it fits.

    It takes the challenge known in full beforehand, and a camera that is none. No frame is shown
    twice.
    """
    return refitted(case, fro=False)


def joined_later(case: Case) -> list[Frame]:
    """A second person who comes in after the first, frontal frames and does the rest.

    The first one stays beside, goes away meanwhile, or is covered by the second.
    """
    chance = np.random.default_rng([case.seed, 3])
    begins, variant = chance.uniform(0.6, 1.6), chance.integers(3)
    middle = replace(case.setting, aside=(0.0, 0.0))
    own, nearer = (11.0, 0.0) if variant < 2 else (0.0, -4.0)

    def second(now: Stance, away: float = 0.0) -> Surface:
        there = replace(now, x=now.x + own + 40 * away, z=now.z + nearer)
        return placed(case.attacker, there, middle)

    motion = asked(
        case.tasks,
        seed=case.seed,
        speed=case.setting.speed,
        reach=case.setting.reach,
        distance=case.setting.distance,
        known=case.known(lambda now: [second(now)]),
    )

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        gone = 40 * np.clip(time - begins, 0, 1) * (variant == 1)
        still = replace(Stance(), x=now.x - 9 * (variant < 2) - gone, y=now.y, z=now.z)
        first = placed(case.person, still, middle)
        if time <= begins:
            return [first]
        return [first, second(now, max(0.0, 1 - (time - begins)))]

    return film(scene, motion, seed=case.seed, setting=case.setting)


def warped_photo(case: Case) -> list[Frame]:
    """One photo, warped smoothly in the plane so that the face seems to turn.

    In part of the runs it is also a little turned already, and tilted too.
    """
    chance = np.random.default_rng([case.seed, 3])
    photo = portrait(case.person, yaw=_half_turned(case.tasks, chance))
    strength, radius = chance.uniform(2.2, 6), chance.uniform(0.14, 0.22)
    tilt = chance.uniform(0, 0.8) * (chance.random() < 0.5)

    def show(now: Stance) -> list[Surface]:
        warped = _warped(photo, now.yaw * strength, now.pitch * strength, radius)
        leant = replace(now, yaw=now.yaw * tilt, pitch=now.pitch * tilt)
        return [_sheet(warped, leant, case.setting, lit=False)]

    return case.moved(show)


def moving_screen(case: Case) -> list[Frame]:
    """A flat screen with moiré and glare, tilted further than a head turns."""
    chance = np.random.default_rng([case.seed, 3])
    photo = portrait(case.person, yaw=_half_turned(case.tasks, chance))
    tilted = _tilting(chance)

    def show(now: Stance) -> list[Surface]:
        now = tilted(now)
        return [_sheet(_shining(photo, now), now, case.setting, lit=False)]

    return case.moved(show)


def swapped(case: Case) -> list[Frame]:
    """The right person for the frontal frames, and from some step on the attacker.

    The pictures are exchanged on the way, while the head is turned or while it rests; in part of
    the runs the right person is back for the last frontal frames.
    """
    chance = np.random.default_rng([case.seed, 3])
    ones = [dressed(each, case.setting) for each in (case.person, case.attacker)]
    # Both have practised, and move together.
    shown = [partial(placed, one, setting=case.setting) for one in ones]
    motions = [case.motion(lambda now: [shown[0](now)]), case.motion(lambda now: [shown[1](now)])]
    motion = motions[0]
    # When a head leaves the middle, or when it is where it was asked to go.
    begin = motion.times[int(chance.choice(motion.begins)) + int(chance.choice([0, 1]))]
    end = motion.times[-3] if chance.random() < 0.4 else np.inf

    def scene(time: float) -> list[Surface]:
        who = int(begin <= time < end)
        return [shown[who](motions[who].at(time))]

    return film(scene, motion, seed=case.seed, setting=case.setting)


def jittered_photo(case: Case) -> list[Frame]:
    """One photo fed in again and again, each time a little moved, turned and scaled."""
    motion = asked(case.tasks, seed=case.seed, reach=0.0)
    chance = np.random.default_rng([case.seed, 3])
    photo = portrait(case.person)

    def show(now: Stance) -> list[Surface]:
        del now
        x, y, z, roll = chance.normal(0, (0.3, 0.3, 0.6, 0.8))
        return [_sheet(photo, Stance(roll=roll, x=x, y=y, z=z), case.setting, lit=False)]

    return case.film(show, motion)


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


def _aside(name: str, stays: Stays) -> Stays:
    """Return places for another step: no turn is on top of a turn."""
    if name not in _MIRROR:
        return stays
    return [(extent, hold, "LOOK_UP" if also in _MIRROR else also) for extent, hold, also in stays]


def _half_turned(tasks: Tasks, chance: np.random.Generator) -> float:
    """Return the yaw of a portrait: none, or as much as passes for frontal, to the asked side."""
    sides = [1.0 if name == "TURN_LEFT" else -1.0 for name, _ in tasks if name in _MIRROR]
    if not sides or chance.random() < 0.5:
        return 0.0
    return sides[0] * float(chance.uniform(5, 11))


def _tilting(chance: np.random.Generator) -> Callable[[Stance], Stance]:
    """Return what a hand makes of a movement that holds something flat."""
    aside = chance.uniform(0, 5) * (chance.random() < 0.5) / _USUAL

    def tilted(now: Stance) -> Stance:
        return replace(
            now,
            yaw=_between(now.yaw, _STEEPEST),
            pitch=_between(now.pitch, _STEEPEST),
            x=now.x + now.yaw * aside,
            y=now.y + now.pitch * aside,
        )

    return tilted


def _between(degrees: float, most: float) -> float:
    return float(np.clip(degrees, -most, most))


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


def _screened(case: Case, tasks: Tasks) -> list[Frame]:
    """Return a screen that shows a recording, filmed."""
    setting, someone = case.setting, dressed(case.person, case.setting)
    backdrop = wall(case.seed + 1)
    from_left = (SIZE[0] - SIZE[1]) // 2

    def screen(shown: Stance, held: Stance) -> list[Surface]:
        picture = backdrop.copy()
        # Nearer to the recording camera, so that the face on the screen has its natural size.
        draw(picture, placed(someone, shown, Setting(distance=_RECORDED_FROM)))
        square = np.ascontiguousarray(picture[:, from_left : from_left + SIZE[1]])
        turn = (held.yaw, held.pitch, held.roll)
        place = (held.x, held.y, setting.distance + held.z)
        return [sheet(_shining(square, held), _SCREEN, place, turn, lit=False)]

    filmed = replace(case, tasks=tasks, setting=replace(setting, distance=_RECORDED_FROM))
    recording = asked(
        tasks,
        seed=case.seed + 1,
        speed=setting.speed,
        reach=setting.reach,
        distance=_RECORDED_FROM,
        known=filmed.known(lambda now: [placed(someone, now, filmed.setting)]),
    )
    hand = asked(tasks, seed=case.seed, reach=0.0)
    longest = recording if recording.end > hand.end else hand
    return film(
        lambda time: screen(recording.at(time), hand.at(time)),
        longest,
        seed=case.seed,
        setting=setting,
    )


def _shining(picture: Pixels, now: Stance) -> Pixels:
    """Add what a camera sees of a screen: beats between two grids of pixels, and a lamp."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    beat = 1 + 0.035 * np.sin(x * 0.9 + y * 0.11 + now.yaw) * np.sin(y * 0.8 + now.pitch)
    lamp_x, lamp_y = wide * (0.25 + now.yaw / 60), high * (0.2 + now.pitch / 60)
    lamp = 90 * np.exp(-((x - lamp_x) ** 2 + (y - lamp_y) ** 2) / (2 * (wide / 12) ** 2))
    shining = picture * beat[..., None] + lamp[..., None]
    return np.asarray(np.clip(shining, 0, 255), np.uint8)

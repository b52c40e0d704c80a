"""A camera that films a scene: shake, blur, noise, light, compression, lost frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Stance, Tasks, asked
from tests.synthetic.camera.scene import FOCAL, SIZE, Surface, draw

from visavis.liveness._thinning import Moment, least_telling
from visavis.liveness.frames import Frame

__all__ = [
    "LOOKED_AT",
    "PER_CENTIMETRE",
    "PORTRAIT_FROM",
    "Camera",
    "Moving",
    "Setting",
    "dressed",
    "film",
    "honest",
    "moments",
    "placed",
    "portrait",
    "wall",
]

LOOKED_AT = 8.0
"""Frames a second that a verifier looks at; cameras give pictures at their own pace."""
PER_CENTIMETRE = 18.5
PORTRAIT_FROM = 80.0

Pixels = NDArray[np.uint8]
Scene = Callable[[float], list[Surface]]


@dataclass(frozen=True)
class Setting:
    """Who, where and with which camera.

    Attributes:
        rate: frames a second.
        at_most: frames that are kept, as a verifier keeps them; the rest is not even rendered.
        speed, reach: see `motion.asked`.
        distance: centimetres.
        aside: centimetres from the middle, to the right and down.
        light: 1 is a lit room, 0.25 a dim one.
        skin: factor on the head's colours.
        glasses: whether dark rims cover part of the face.
        noise: standard deviation of a pixel.
        exposure: share of the time between frames at 30 a second in which motion blurs.
        jpeg: quality.
        shake: pixels that the camera moves.
        lost: share of the frames that never arrive.
    """

    rate: float = 15.0
    at_most: int = 60
    speed: float = 1.0
    reach: float = 1.0
    distance: float = 55.0
    aside: tuple[float, float] = (0.0, 0.0)
    light: float = 1.0
    skin: float = 1.0
    glasses: bool = False
    noise: float = 2.5
    exposure: float = 0.5
    jpeg: int = 85
    shake: float = 0.6
    lost: float = 0.02


def honest(
    person: Person, tasks: Tasks, *, seed: int, setting: Setting | None = None
) -> list[Frame]:
    """Return what a camera sees of a person who does what is asked."""
    setting = setting or Setting()
    motion = asked(
        tasks, seed=seed, speed=setting.speed, reach=setting.reach, distance=setting.distance
    )
    someone = dressed(person, setting)

    def scene(time: float) -> list[Surface]:
        return [placed(someone, motion.at(time), setting)]

    return film(scene, motion, seed=seed, setting=setting)


def placed(person: Person, stance: Stance, setting: Setting) -> Surface:
    """Return a head where the setting and the stance have it."""
    x, y = setting.aside
    place = (x + stance.x, y + stance.y, setting.distance + stance.z + 5.0)
    return person.surface(stance.yaw, stance.pitch, stance.roll, place)


def film(
    scene: Scene,
    motion: Moving,
    *,
    seed: int,
    setting: Setting,
    times: Sequence[float] | None = None,
) -> list[Frame]:
    """Return the frames of a scene for as long as a motion lasts, or those of given times.

    The motion also tells how fast things move, for the blur.
    """
    chance = np.random.default_rng(seed + 1)
    camera = Camera(seed, setting, chance)
    times = moments(motion, setting, seed) if times is None else times
    return [camera.shot(scene, motion, time) for time in times]


class Moving(Protocol):
    """What has a place at any time."""

    @property
    def end(self) -> float:
        """Seconds."""

    def at(self, time: float) -> Stance:
        """Return where it is."""


class Camera:
    """A camera in a hand, before a room.

    Args:
        seed: of the room.
        setting: the camera.
        chance: of shake and noise.
    """

    def __init__(self, seed: int, setting: Setting, chance: np.random.Generator) -> None:
        self._background = wall(seed)
        self._setting = setting
        self._chance = chance
        self._sway = chance.uniform(0, 2 * np.pi, (2, 3))

    def shot(self, scene: Scene, motion: Moving, time: float) -> Frame:
        """Return the frame of a moment."""
        setting = self._setting
        waves = np.sin(2 * np.pi * np.array([0.7, 2.3, 5.1]) * time + self._sway) * (1, 0.5, 0.3)
        shift = setting.shake * waves.sum(1)
        picture = self._background.copy()
        for surface in scene(time):
            draw(picture, surface)
        picture = _blurred(picture, motion, time, setting)
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        shaken = cv2.warpAffine(picture, move, SIZE, borderMode=cv2.BORDER_REFLECT)
        developed = _developed(np.asarray(shaken, np.uint8), self._chance, setting)
        return Frame(developed, round(time, 4))


def portrait(person: Person, *, yaw: float = 0.0) -> Pixels:
    """Return a photograph of a person, RGB: what an attacker has.

    It is taken from 80 centimetres, and `PER_CENTIMETRE` of its pixels are a centimetre of the
    face. The person looks straight on, or is turned by some degrees.
    """
    picture = wall(7).copy()
    surface = person.surface(yaw, 0, 0, (0, 1.0, PORTRAIT_FROM))
    draw(picture, surface, focal=PER_CENTIMETRE * PORTRAIT_FROM)
    return picture[:, 110:610]


@lru_cache(maxsize=8)
def wall(seed: int) -> Pixels:
    """Return a room out of focus."""
    chance = np.random.default_rng(seed + 2)
    picture = np.full((SIZE[1], SIZE[0], 3), chance.uniform(90, 190, 3), np.uint8)
    for _ in range(9):
        corner = chance.integers((-50, -50), SIZE)
        size = chance.integers((40, 60), (260, 300))
        colour = tuple(float(c) for c in chance.uniform(40, 230, 3))
        cv2.rectangle(picture, corner.tolist(), (corner + size).tolist(), colour, -1)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 9), np.uint8)
    shoulders = tuple(float(c) for c in chance.uniform(20, 120, 3))
    cv2.ellipse(picture, (SIZE[0] // 2, SIZE[1] + 40), (230, 160), 0, 0, 360, shoulders, -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)


def dressed(person: Person, setting: Setting) -> Person:
    """Return a person with the setting's skin and glasses."""
    texture = person.texture.copy()
    colours = texture[..., :3].astype(np.float32) * setting.skin
    texture[..., :3] = np.clip(colours, 0, 255)
    if setting.glasses:
        eyes = [person.layout.uv[[a, b]].mean(0) for a, b in ((33, 133), (263, 362))]
        for eye in eyes:
            cv2.ellipse(
                texture, eye.astype(int).tolist(), (44, 32), 0, 0, 360, (25, 20, 20, 255), 6
            )
        inner = [
            (int(eye[0] + side * 44), int(eye[1])) for eye, side in zip(eyes, (1, -1), strict=True)
        ]
        cv2.line(texture, inner[0], inner[1], (25, 20, 20, 255), 6)
    return Person(person.layout, person.points, texture)


def moments(motion: Moving, setting: Setting, seed: int) -> list[float]:
    """Return the times of the frames that a camera takes, that arrive, and that are kept."""
    chance = np.random.default_rng([seed, 2])
    every = np.ceil(setting.rate / LOOKED_AT) / setting.rate
    times = np.arange(0, motion.end, every)
    times = times[chance.random(len(times)) >= setting.lost]
    late = chance.normal(0, 0.0015, len(times)).clip(-0.004, 0.004)
    kept: list[Moment] = []
    for time in np.maximum(times + late, 0):
        now = motion.at(float(time))
        wide = setting.distance / (setting.distance + now.z)
        kept.append(Moment(float(time), now.yaw, now.pitch, wide))
        if len(kept) > setting.at_most:
            kept.pop(least_telling(kept))
    return [moment.at for moment in kept]


def _blurred(picture: Pixels, motion: Moving, time: float, setting: Setting) -> Pixels:
    """Smear along the way that the middle of the face goes while the shutter is open."""
    now, then = motion.at(time), motion.at(time + setting.exposure / 30)
    across = np.radians(then.yaw - now.yaw) * 12 + then.x - now.x
    down = np.radians(then.pitch - now.pitch) * 12 + then.y - now.y
    smear = np.array([across, down]) * FOCAL / setting.distance
    length = float(np.hypot(*smear))
    if length < 1.5:
        return picture
    side = int(length) // 2 * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    middle = np.full(2, side // 2)
    ends = [np.round(middle + part * smear / 2).astype(int).tolist() for part in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


@lru_cache(maxsize=1)
def _grain() -> NDArray[np.int16]:
    chance = np.random.default_rng(0)
    return chance.normal(0, 16, (2 * SIZE[1], 2 * SIZE[0], 3)).astype(np.int16)


def _developed(picture: Pixels, chance: np.random.Generator, setting: Setting) -> bytes:
    top, left = (int(chance.integers(side)) for side in (SIZE[1], SIZE[0]))
    grain = _grain()[top : top + SIZE[1], left : left + SIZE[0]]
    # A dim picture is amplified, and its noise with it.
    noise = setting.noise / 16 * min(3.0, setting.light**-0.5)
    noisy = cv2.addWeighted(
        picture.astype(np.int16), min(1.5, setting.light**0.7), grain, noise, 0.0
    )
    pixels = cv2.cvtColor(cv2.convertScaleAbs(np.maximum(noisy, 0)), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, setting.jpeg])
    assert done
    return bytes(data.tobytes())

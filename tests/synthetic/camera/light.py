"""A head that the colours of a screen fall on, and a camera that drifts in its white balance.

Light adds up in linear values: what reaches a surface is the light of the room plus that of the
screen, which is as far away as the camera. Near things get more of it than the wall. The strength
is that of white light from the screen on a face at `NEAR`, as a share of the light of the room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import Camera, Moving, Scene, Setting
from tests.synthetic.camera.scene import Surface

from visavis.liveness._colours import RGB
from visavis.liveness.frames import Frame

__all__ = ["NEAR", "Drift", "Glow", "LitCamera", "lit_film"]

NEAR = 55.0  # centimetres
_WALL = 250.0  # centimetres
_LATE = 0.15  # seconds until a colour is on the screen, and that is in a picture

Array = NDArray[np.float64]
Shown = Callable[[float], RGB]


@dataclass(frozen=True)
class Glow:
    """What a screen adds.

    Attributes:
        shown: what is on the screen at a time; None where the screen shows nothing.
        strength: of white, on a face at `NEAR`, as a share of the light of the room.
        room: colour of the light of the room, 1 is white.
    """

    shown: Shown | None
    strength: float
    room: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def on(self, distance: float, time: float) -> Array:
        """Return the factor on the 8-bit values of something so far away, for each channel."""
        room = np.array(self.room)
        if self.shown is None:
            return _encoded(room)
        screen = _decoded(np.array(self.shown(time - _LATE)) / 255)
        # The camera exposes for what is near.
        exposure = 1 + self.strength * 0.5
        return _encoded((room + self.strength * (NEAR / distance) ** 2 * screen) / exposure)


@dataclass(frozen=True)
class Drift:
    """How a camera changes the colours of the whole picture.

    Attributes:
        sway: size of slow waves, as a share of each channel.
        balance: share of the tint of the whole picture that is taken out.
        pace: seconds in which that happens.
        phases: of the waves, six.
    """

    sway: float
    balance: float
    pace: float
    phases: tuple[float, ...]

    @classmethod
    def drawn(cls, chance: np.random.Generator) -> Drift:
        """Draw one as cameras have it."""
        sway, balance, pace = chance.uniform((0.0, 0.2, 1.5), (0.02, 0.9, 6.0))
        return cls(sway, balance, pace, tuple(chance.uniform(0, 2 * np.pi, 6)))

    def waves(self, time: float) -> Array:
        """Return the factor for each channel."""
        phases = np.array(self.phases).reshape(2, 3)
        paces = 2 * np.pi * np.array([[0.05], [0.23]])
        return np.asarray(1 + self.sway * np.sin(paces * time + phases).mean(0))


class LitCamera(Camera):
    """A camera before a scene that a screen shines on.

    Args:
        seed: of the room.
        setting: the camera.
        chance: of shake and noise.
        glow: what the screen adds.
        drift: what the camera does to colours.
    """

    def __init__(
        self,
        seed: int,
        setting: Setting,
        chance: np.random.Generator,
        *,
        glow: Glow,
        drift: Drift,
    ) -> None:
        super().__init__(seed, setting, chance)
        self._room = self._background
        self._glow, self._drift = glow, drift
        self._gain, self._last = np.ones(3), 0.0

    def shot(self, scene: Scene, motion: Moving, time: float) -> Frame:
        """Return the frame of a moment; moments come in their order."""
        gain = self._gain * self._drift.waves(time)
        wall = self._glow.on(_WALL, time)
        self._background = _tinted(self._room, wall * gain)

        def lit(now: float) -> list[Surface]:
            return [self._lit(surface, gain, now) for surface in scene(now)]

        frame = super().shot(lit, motion, time)
        self._balanced(frame, time)
        return frame

    def _lit(self, surface: Surface, gain: Array, time: float) -> Surface:
        # What shines by itself needs no light, and the little that it reflects is not drawn.
        light = np.ones(3)
        if surface.lit:
            light = self._glow.on(float(np.median(surface.points[:, 2])), time)
        colours = _tinted(surface.texture[..., :3], light * gain)
        return replace(surface, texture=np.dstack([colours, surface.texture[..., 3:]]))

    def _balanced(self, frame: Frame, time: float) -> None:
        """Move the gains towards those that make the mean of the picture grey."""
        data = np.frombuffer(frame.data, np.uint8)
        small = cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_8)
        assert small is not None
        mean = small[..., ::-1].reshape(-1, 3).mean(0) / self._gain
        if not self._last:
            self._usual = mean
        wanted = (self._usual / mean / (self._usual / mean).mean()) ** self._drift.balance
        part = 1 - np.exp(-(time - self._last) / self._drift.pace)
        self._gain = self._gain + part * (wanted - self._gain)
        self._last = time


def lit_film(  # noqa: PLR0913
    scene: Scene,
    motion: Moving,
    times: Sequence[float],
    *,
    seed: int,
    setting: Setting,
    glow: Glow,
) -> list[Frame]:
    """Return the frames of a scene that a screen shines on, at these times."""
    chance = np.random.default_rng(seed + 1)
    drift = Drift.drawn(np.random.default_rng([seed, 6]))
    camera = LitCamera(seed, setting, chance, glow=glow, drift=drift)
    return [camera.shot(scene, motion, time) for time in times]


def _tinted(pixels: NDArray[np.uint8], factor: Array) -> NDArray[np.uint8]:
    return np.asarray(np.clip(pixels * factor.astype(np.float32), 0, 255), np.uint8)


def _decoded(values: Array) -> Array:
    return np.asarray(values**2.2)


def _encoded(values: Array) -> Array:
    return np.asarray(np.maximum(values, 0) ** (1 / 2.2))

"""Verifying somebody on whose face the colours of the screen must be seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.staged_verification import Staged, capture, frames
from tests.unit.test_live_verification import TASKS, Door, door, reason

from visavis.errors import CannotDecide, InvalidArgument, NotVerified
from visavis.face import Photo, Seen
from visavis.liveness import Challenge, Colour, LiveCapture, recorded
from visavis.liveness._colours import shown
from visavis.types import Presence

__all__ = ["door"]

COLOURS = (Colour.WARM, Colour.BLUE, Colour.GREEN) * 4
OTHERS = (Colour.GREEN, Colour.WARM, Colour.GREEN, Colour.BLUE) * 3
BEGUN = 1000.3


class Shone(Staged):
    """Sees people on whom a screen shines in these colours."""

    def __init__(self, times: dict[bytes, float], colours: Sequence[Colour], face: float) -> None:
        super().__init__()
        self._times, self._colours, self._face = times, colours, face

    def look(
        self,
        photo: Photo,
        *,
        embed_within: float | None = None,
        tint: bool = False,
        near: NDArray[np.float64] | None = None,  # noqa: ARG002 - nobody moves far
    ) -> Seen:
        seen = super().look(photo, embed_within=embed_within)
        if not tint:
            return seen
        light = np.array(shown(self._colours, self._times[photo.data] - BEGUN - 0.2)) / 255
        on_face = self._face * (light[::2] - light[1])
        noise = np.random.default_rng(list(photo.data)).normal(0, 0.003, (2, 2))
        return dataclasses.replace(seen, tint=np.stack([on_face, np.zeros(2)]) + noise)


def shone_on(
    challenge: Challenge,
    *,
    colours: Sequence[Colour] | None = None,
    face: float = 0.1,
    begun: float | None = BEGUN,
) -> LiveCapture:
    """Return what is seen of somebody who answers while a screen shines."""
    filmed = frames(challenge.tasks, start=1000.0)
    times = {frame.data: frame.at for frame in filmed}
    faces = Shone(times, colours or challenge.colours, face)
    return LiveCapture.of(challenge, filmed, faces, begun=begun)


def test_light_is_off_unless_chosen(door: Door) -> None:
    challenge, token = door.ask()
    assert challenge.colours == ()
    assert "light" not in door.answer(capture(challenge), token).checks


def test_the_holder_on_whom_the_screen_shines_is_verified(door: Door) -> None:
    challenge, token = door.ask(light=True)
    assert len(challenge.colours) == 12
    answer = door.answer(shone_on(challenge), token)
    assert answer.presence is Presence.LIVE
    assert answer.checks[-1] == "light"
    assert "light" in door.replay(shone_on(recorded(TASKS, COLOURS))).checks


def test_nobody_is_verified_on_whom_it_does_not_shine(door: Door) -> None:
    challenge, token = door.ask(light=True)
    seen = shone_on(challenge, face=0.0)
    assert reason(CannotDecide, lambda: door.answer(seen, token)) == "light_not_seen"
    assert seen.looks == ()
    assert door.counted == 1


def test_other_colours_are_refused(door: Door) -> None:
    seen = shone_on(recorded(TASKS, COLOURS), colours=OTHERS)
    with pytest.raises(NotVerified) as caught:
        door.replay(seen)
    assert caught.value.reason in {"other_light", "light_not_seen"}


def test_colours_without_a_beginning_are_an_error(door: Door) -> None:
    seen = shone_on(recorded(TASKS, COLOURS), begun=None)
    assert reason(InvalidArgument, lambda: door.replay(seen)) == "light_not_begun"


def test_a_challenge_without_its_colours_is_another_one(door: Door) -> None:
    """Whoever cannot show the light cannot leave it out either."""
    challenge, token = door.ask(light=True)
    dark = dataclasses.replace(challenge, colours=())
    with pytest.raises(NotVerified) as caught:
        door.answer(capture(dark), token)
    assert caught.value.reason == "challenge_refused"

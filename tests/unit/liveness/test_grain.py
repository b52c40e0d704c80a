"""Copies are told by the noise they share, whatever the light; honest pictures are left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from visavis.face.pipeline import Patch
from visavis.liveness._grain import _correlations, copied

Pixels = NDArray[np.float64]

SIDE = Patch.SIDE


def film(*, noise: float, texture: float, frames: int = 24, seed: int = 0) -> list[Pixels]:
    """Return pictures of a skin that moves by parts of a pixel, each with noise of its own."""
    chance = np.random.default_rng(seed)
    skin = 120 + texture * gaussian_filter(chance.normal(0, 1, (SIDE + 24, SIDE + 24)), 1.2)
    places = np.cumsum(chance.normal(0, 0.6, (frames, 2)), 0).clip(-5, 5)
    return [
        shift(skin, place, order=3)[12:-12, 12:-12] + chance.normal(0, noise, (SIDE, SIDE))
        for place in places
    ]


def patches(pictures: list[Pixels]) -> list[Patch]:
    return [
        Patch((10, 20), picture.round().clip(0, 255).astype(np.float32)) for picture in pictures
    ]


def stored_again(picture: Pixels, seed: int = 1) -> Pixels:
    """Return a picture with a little more noise than it had, and other rounding."""
    return np.asarray(picture + np.random.default_rng(seed).normal(0, 1.0, picture.shape))


CAMERAS = [(2.5, 25.0), (4.0, 25.0), (4.0, 8.0), (2.5, 60.0)]


@pytest.mark.parametrize(("noise", "texture"), CAMERAS)
@pytest.mark.parametrize("seed", range(2))
def test_honest_pictures_are_no_copies(noise: float, texture: float, seed: int) -> None:
    assert not copied(patches(film(noise=noise, texture=texture, seed=seed)))


def repeated(pictures: list[Pixels]) -> list[Pixels]:
    return [*pictures[:20], stored_again(pictures[4]), *pictures[20:]]


def to_and_fro(pictures: list[Pixels]) -> list[Pixels]:
    return [*pictures[:12], *(stored_again(each, n) for n, each in enumerate(pictures[11:3:-1]))]


def moved(pictures: list[Pixels]) -> list[Pixels]:
    return [*pictures[:20], np.roll(stored_again(pictures[9]), (2, -1), (0, 1))]


def mixed(pictures: list[Pixels], places: Sequence[int] = (5, 10, 15)) -> list[Pixels]:
    """Put between a picture and the one before a mixture of both."""
    found = []
    for place, picture in enumerate(pictures):
        if place in places:
            found.append(stored_again((pictures[place - 1] + picture) / 2, place))
        found.append(picture)
    return found


@pytest.mark.parametrize(("noise", "texture"), CAMERAS)
@pytest.mark.parametrize("forge", [repeated, to_and_fro, moved, mixed])
def test_copies_are_found(
    forge: Callable[[list[Pixels]], list[Pixels]], noise: float, texture: float
) -> None:
    assert copied(patches(forge(film(noise=noise, texture=texture))))


@pytest.mark.parametrize(("noise", "texture"), CAMERAS)
@pytest.mark.parametrize("places", [(10,), (5, 15)])
def test_one_or_two_pictures_that_seem_to_be_mixed_are_no_proof(
    places: tuple[int, ...], noise: float, texture: float
) -> None:
    """It happens where a head moves slowly, and evenly."""
    assert not copied(patches(mixed(film(noise=noise, texture=texture), places)))


def test_a_copy_is_found_where_the_face_has_moved_on_in_the_picture() -> None:
    """The patch follows the face; what two have in common is held against each other."""
    wide = np.random.default_rng(0).normal(120, 6, (7, SIDE + 36, SIDE + 18))
    wide[1:6:2] = (wide[0:5:2] + wide[2:7:2]) / 2
    corners = [(3 * place, 6 * place) for place in range(7)]
    cut = [
        Patch(corner, frame[y : y + SIDE, x : x + SIDE].astype(np.float32))
        for frame, corner in zip(wide, corners, strict=True)
        for x, y in [corner]
    ]
    assert copied(cut)


def test_likeness_is_the_highest_correlation_at_any_small_shift() -> None:
    grains = np.random.default_rng(0).normal(5, 3, (5, 24, 24))
    grains[3] += np.roll(grains[1], (2, -3), (0, 1))
    window = np.outer(np.hanning(24), np.hanning(24))
    level = (grains - grains.mean((1, 2), keepdims=True)) * window
    level /= np.sqrt((level**2).sum((1, 2), keepdims=True))
    by_hand = [
        [
            max(
                float((np.roll(one, (down, across), (0, 1)) * other).sum())
                for down in range(-3, 4)
                for across in range(-3, 4)
            )
            for other in level
        ]
        for one in level
    ]
    found = _correlations(grains)
    assert found == pytest.approx(np.array(by_hand), abs=1e-5)
    assert found[3, 1] > 0.5


def test_little_is_no_copy_and_no_error() -> None:
    grey = Patch((0, 0), np.full((SIDE, SIDE), 128, np.float32))
    noise = patches(film(noise=3, texture=20, frames=3))
    assert not copied([])
    assert not copied(noise[:1])
    assert not copied(noise[:2])
    assert not copied([grey, *noise])

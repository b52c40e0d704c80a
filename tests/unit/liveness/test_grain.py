"""Copies are told by the noise they share, whatever the light; honest pictures are left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from visavis.face.pipeline import Patch
from visavis.liveness._grain import copied

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


def mixed(pictures: list[Pixels]) -> list[Pixels]:
    between = stored_again((pictures[9] + pictures[10]) / 2)
    return [*pictures[:10], between, *pictures[10:]]


@pytest.mark.parametrize(("noise", "texture"), CAMERAS)
@pytest.mark.parametrize("forge", [repeated, to_and_fro, moved, mixed])
def test_copies_are_found(
    forge: Callable[[list[Pixels]], list[Pixels]], noise: float, texture: float
) -> None:
    assert copied(patches(forge(film(noise=noise, texture=texture))))


def test_a_copy_is_found_where_the_face_has_moved_on_in_the_picture() -> None:
    """The patch follows the face; what two have in common is held against each other."""
    wide = np.random.default_rng(0).normal(120, 6, (3, SIDE + 12, SIDE + 12))
    wide[1] = (wide[0] + wide[2]) / 2
    corners = [(0, 0), (6, 3), (12, 6)]
    cut = [
        Patch(corner, frame[y : y + SIDE, x : x + SIDE].astype(np.float32))
        for frame, corner in zip(wide, corners, strict=True)
        for x, y in [corner]
    ]
    assert copied(cut)


def test_little_is_no_copy_and_no_error() -> None:
    grey = Patch((0, 0), np.full((SIDE, SIDE), 128, np.float32))
    noise = patches(film(noise=3, texture=20, frames=3))
    assert not copied([])
    assert not copied(noise[:1])
    assert not copied(noise[:2])
    assert not copied([grey, *noise])

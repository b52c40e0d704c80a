from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.images.pictures import asymmetric, values

from visavis.face._sample import Affine, apply, cut, fit_transform

steady = settings(derandomize=True, database=None, deadline=None, max_examples=200)

coordinates = st.floats(-1000, 1000)
scales = st.floats(0.01, 100)
angles = st.floats(-math.pi, math.pi)


def similarity(scale: float, angle: float, x: float, y: float) -> Affine:
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[cosine, -sine, x], [sine, cosine, y]])


@steady
@given(scale=scales, angle=angles, x=coordinates, y=coordinates, seed=st.integers(0, 2**32 - 1))
def test_a_known_similarity_is_found_again(
    scale: float, angle: float, x: float, y: float, seed: int
) -> None:
    points = np.random.default_rng(seed).uniform(-100, 100, (5, 2))
    known = similarity(scale, angle, x, y)
    assert np.allclose(fit_transform(points, apply(known, points)), known, atol=1e-6)


def test_two_points_are_enough() -> None:
    found = fit_transform(np.array([(0.0, 0.0), (1.0, 0.0)]), np.array([(5.0, 5.0), (5.0, 7.0)]))
    assert np.allclose(found, [[0, -2, 5], [2, 0, 5]])


@steady
@given(seed=st.integers(0, 2**32 - 1))
def test_no_similarity_nearby_fits_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    source, target = random.normal(size=(2, 6, 2))
    best = fit_transform(source, target)

    def error(transform: Affine) -> float:
        return float(((apply(transform, source) - target) ** 2).sum())

    assert best[0, 0] == best[1, 1]
    assert best[0, 1] == -best[1, 0]
    for _ in range(5):
        a, b, x, y = random.normal(scale=0.05, size=4)
        assert error(best) <= error(best + np.array([(a, -b, x), (b, a, y)])) + 1e-12


def test_a_mirror_image_is_not_mirrored_back() -> None:
    source = np.array([(0.0, 0.0), (2.0, 0.0), (1.0, 3.0)])
    found = fit_transform(source, source * (-1, 1))
    assert np.linalg.det(found[:, :2]) >= 0


@pytest.mark.parametrize(("left", "top"), [(0, 0), (7, 3), (46, 14)])
def test_the_identity_is_a_plain_crop(left: int, top: int) -> None:
    picture = asymmetric()
    found = cut(picture, similarity(1, 0, left, top), 50)
    assert (values(found) == values(picture.crop((left, top, left + 50, top + 50)))).all()


def test_a_quarter_turn_is_a_turned_crop() -> None:
    picture = asymmetric(64, 64)
    found = cut(picture, similarity(1, math.pi / 2, 64, 0), 64)
    expected = picture.transpose(Image.Transpose.ROTATE_90)
    assert np.abs(values(found) - values(expected)).max() <= 1


def test_what_lies_outside_is_black() -> None:
    found = values(cut(Image.new("RGB", (60, 60), (90, 90, 90)), similarity(1, 0, -20, -20), 100))
    assert (found[20:80, 20:80] == 90).all()
    found[20:80, 20:80] = 0
    assert (found == 0).all()


@pytest.mark.parametrize("scale", [2.0, 2.5, 3.0, 4.7, 8.0, 20.0])
@pytest.mark.parametrize("angle", [0.0, 0.3])
def test_a_fine_pattern_is_averaged_when_it_shrinks(scale: float, angle: float) -> None:
    rows, columns = np.mgrid[:900, :900]
    board = Image.fromarray((255 * ((rows + columns) % 2)).astype(np.uint8)).convert("RGB")
    middle = similarity(scale, angle, 0, 0)
    middle[:, 2] = 450 - middle[:, :2] @ (15, 15)
    assert np.abs(values(cut(board, middle, 30)) - 127.5).max() <= 16


def test_averaging_does_not_move_the_picture() -> None:
    picture = asymmetric(900, 900)
    for scale in (1.5, 2.0, 3.0, 4.5, 7.9):
        side = int(900 / scale)
        found = values(cut(picture, similarity(scale, 0, 0, 0), side))
        centres = (np.arange(side) + 0.5) * scale / 899
        expected = 30 + 200 * np.broadcast_to(centres, (side, side))
        inner = slice(2, -2)
        assert np.abs(found[inner, inner, 0] - expected[inner, inner]).max() < 1.5
        assert np.abs(found[inner, inner, 1] - expected.T[inner, inner]).max() < 1.5


def test_enlarging_is_smooth() -> None:
    found = values(cut(asymmetric(), similarity(0.1, 0, 40, 30), 100))
    assert np.abs(np.diff(found, axis=0)).max() <= 1
    assert np.abs(np.diff(found, axis=1)).max() <= 1


@steady
@given(
    scale=st.floats(0.01, 5000),
    angle=angles,
    x=st.floats(-1e6, 1e6),
    y=st.floats(-1e6, 1e6),
    size=st.tuples(st.integers(1, 120), st.integers(1, 120)),
)
def test_any_region_can_be_cut(
    scale: float, angle: float, x: float, y: float, size: tuple[int, int]
) -> None:
    found = cut(Image.new("RGB", size, (80, 90, 100)), similarity(scale, angle, x, y), 24)
    assert found.size == (24, 24)
    assert found.mode == "RGB"
    assert (values(found) <= (80, 90, 100)).all()


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 50.0])
@pytest.mark.parametrize(("x", "y"), [(-5000, 0), (0, -5000), (500, 0), (0, 500), (1e5, 1e5)])
def test_a_region_outside_the_picture_is_black(scale: float, x: float, y: float) -> None:
    found = cut(Image.new("RGB", (200, 200), (255, 255, 255)), similarity(scale, 0, x, y), 20)
    assert values(found).max() == 0

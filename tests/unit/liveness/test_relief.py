from __future__ import annotations

import numpy as np
import pytest
from tests.unit.liveness import heads

from visavis.liveness._relief import (
    LEAST_RELIEF,
    LEAST_SHIFT,
    MOST_SHIFT,
    breadth,
    eye_span,
    half_shift,
    relief,
)

TURNS = [-35.0, -22.0, -18.0, 18.0, 22.0, 35.0]


@pytest.mark.parametrize("yaw", TURNS)
@pytest.mark.parametrize("away", [40.0, 80.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_solid_head_has_relief(yaw: float, away: float, seed: int) -> None:
    head = heads.head(seed)
    frontal = heads.seen(head, away, noise=0.5, seed=1)
    turned = heads.seen(heads.turned(head, yaw), away, noise=0.5, seed=2)
    assert relief(frontal, turned) > LEAST_RELIEF
    assert LEAST_SHIFT < half_shift(frontal, turned, yaw) < MOST_SHIFT


@pytest.mark.parametrize("yaw", [*TURNS, 50.0])
@pytest.mark.parametrize("pitch", [-25.0, 0.0, 15.0])
@pytest.mark.parametrize("away", [35.0, 55.0, 80.0])
def test_a_flat_print_has_none_however_it_is_held(yaw: float, pitch: float, away: float) -> None:
    flat = heads.print_of(heads.head())
    frontal = heads.seen(flat, noise=0.5, seed=1)
    turned = heads.seen(heads.turned(flat, yaw, pitch), away, noise=0.5, seed=2)
    assert relief(frontal, turned) < LEAST_RELIEF
    assert half_shift(frontal, turned, yaw) < LEAST_SHIFT


def test_without_noise_a_plane_fits_exactly() -> None:
    flat = heads.print_of(heads.head())
    turned = heads.seen(heads.turned(flat, 30, 20), 45)
    assert relief(heads.seen(flat), turned) < 1e-9


@pytest.mark.parametrize("scale", [0.2, 5.0])
def test_the_size_and_the_place_of_the_face_change_nothing(scale: float) -> None:
    head = heads.head()
    frontal, turned = heads.seen(head), heads.seen(heads.turned(head, 25))
    moved = turned * scale + (70, -30, 5)
    assert relief(frontal, moved) == pytest.approx(relief(frontal, turned))
    assert half_shift(frontal, moved, 25) == pytest.approx(half_shift(frontal, turned, 25))


def test_eyes_are_as_far_apart_when_the_head_is_turned() -> None:
    head = heads.head()
    straight = eye_span(heads.seen(head))
    assert eye_span(heads.seen(heads.turned(head, 30))) == pytest.approx(straight, rel=0.1)


def test_breadth_is_how_much_wider_a_face_and_how_much_longer_its_nose_gets() -> None:
    head = heads.seen(heads.head())
    assert breadth(head, head) == pytest.approx(1.0)
    wider = head.copy()
    wider[[234, 454]] = head[[234, 454]].mean(0) + 1.2 * (
        head[[234, 454]] - head[[234, 454]].mean(0)
    )
    assert breadth(head, wider) == pytest.approx(np.sqrt(1.2))
    eyes = head[[33, 263]].mean(0)
    wider[4] = eyes + 1.1 * (head[4] - eyes)
    assert breadth(head, wider) == pytest.approx(np.sqrt(1.2 * 1.1))
    assert breadth(head, wider * 3 + (70, -30, 5)) == pytest.approx(np.sqrt(1.2 * 1.1))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_what_cannot_be_measured_has_no_relief(value: float) -> None:
    head = heads.seen(heads.head())
    spoilt = np.full((468, 3), value)
    with np.errstate(invalid="ignore"):
        assert relief(head, spoilt) == 0.0
        assert half_shift(head, spoilt, 25) == 0.0
        assert breadth(head, spoilt) == 0.0
        assert breadth(spoilt, head) == 0.0
    assert half_shift(head, head, 0.0) == 0.0

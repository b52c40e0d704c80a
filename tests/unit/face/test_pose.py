from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.face._mesh import Mesh
from visavis.face._pose import CANONICAL, Pose, head_pose

if TYPE_CHECKING:
    from numpy.typing import NDArray


def yawed(degrees: float) -> NDArray[np.float64]:
    """Turn the nose, which points to the camera (negative z), to the right of the picture."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def pitched(degrees: float) -> NDArray[np.float64]:
    """Turn the nose down, where y is positive."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])


def rolled(degrees: float) -> NDArray[np.float64]:
    """Lean the head, whose crown is at negative y, to the right of the picture."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def pose(rotation: NDArray[np.float64], scale: float = 20.0, noise: float = 0.0) -> Pose:
    points = np.zeros((468, 3))
    for index, (x, y, z) in CANONICAL.items():
        points[index] = rotation @ (x, -y, -z)
    points += np.random.default_rng(1).normal(0, noise, points.shape) if noise else 0.0
    return head_pose(Mesh(points * scale + (300, 200, 50), 1.0))


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(
    yaw=st.floats(-85, 85),
    pitch=st.floats(-60, 60),
    scale=st.floats(0.5, 500),
)
def test_a_known_turn_is_found(yaw: float, pitch: float, scale: float) -> None:
    found = pose(yawed(yaw) @ pitched(pitch), scale)
    assert found.yaw == pytest.approx(yaw, abs=0.5)
    assert found.pitch == pytest.approx(pitch, abs=0.5)


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(st.floats(-179, 179))
def test_a_known_roll_is_found(roll: float) -> None:
    found = pose(rolled(roll))
    assert found.roll == pytest.approx(roll, abs=0.5)
    assert found.yaw == pytest.approx(0, abs=0.5)
    assert found.pitch == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("roll", [-40, 25])
@pytest.mark.parametrize("yaw", [-30, 20])
def test_a_turned_head_that_leans_keeps_its_lean(yaw: float, roll: float) -> None:
    found = pose(rolled(roll) @ yawed(yaw))
    assert found.roll == pytest.approx(roll, abs=0.5)
    assert math.hypot(found.yaw, found.pitch) == pytest.approx(abs(yaw), abs=1.5)


def test_signs_are_as_documented() -> None:
    assert pose(yawed(20)).yaw > 19
    assert pose(pitched(20)).pitch > 19
    assert pose(rolled(20)).roll > 19


def test_the_nose_and_the_crown_go_where_the_signs_say() -> None:
    """The turns of these tests are right themselves: z points away, y down."""
    nose, crown = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
    assert (yawed(20) @ nose)[0] > 0
    assert (pitched(20) @ nose)[1] > 0
    assert (rolled(20) @ crown)[0] > 0


def test_a_frontal_face_points_nowhere_else() -> None:
    found = pose(np.eye(3))
    assert max(abs(found.yaw), abs(found.pitch), abs(found.roll)) < 1e-9


def test_small_errors_of_the_points_turn_the_head_little() -> None:
    found = pose(yawed(25), noise=0.3)
    assert found.yaw == pytest.approx(25, abs=4)


def test_a_mesh_that_collapsed_to_one_point_has_a_finite_pose() -> None:
    found = head_pose(Mesh(np.full((468, 3), 7.0), 1.0))
    assert all(math.isfinite(angle) for angle in (found.yaw, found.pitch, found.roll))

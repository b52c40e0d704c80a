"""Boxes of one face become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visavis.face._detect import Detection, _merge

if TYPE_CHECKING:
    from numpy.typing import NDArray


def row(score: float, left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([score, left, top, right, bottom, *([left, top] * 6)])


def test_overlapping_boxes_are_averaged_by_score() -> None:
    (found,) = _merge(np.stack([row(0.6, 0, 0, 100, 100), row(0.9, 10, 10, 110, 110)]))
    assert found.probability == 0.9
    assert np.allclose(found.box, (6, 6, 106, 106))
    assert np.allclose(found.keypoints, 6)


def test_a_box_within_a_larger_one_is_kept_for_the_mesh_to_judge() -> None:
    found = _merge(np.stack([row(0.9, 0, 0, 100, 100), row(0.8, 20, 20, 40, 40)]))
    assert [one.box for one in found] == [(0, 0, 100, 100), (20, 20, 40, 40)]


def test_an_unsure_box_does_not_move_a_sure_one() -> None:
    (found,) = _merge(np.stack([row(0.9, 0, 0, 100, 100), row(0.4, 10, 10, 110, 110)]))
    assert found.box == (0, 0, 100, 100)


def test_unsure_boxes_alone_are_still_a_face() -> None:
    (found,) = _merge(np.stack([row(0.4, 0, 0, 100, 100), row(0.3, 10, 10, 110, 110)]))
    assert found.probability == 0.4
    assert found.box == (0, 0, 100, 100)


def test_boxes_apart_stay_apart_with_the_best_first() -> None:
    rows = [row(0.6, 0, 0, 50, 50), row(0.9, 200, 0, 250, 50), row(0.7, 45, 45, 95, 95)]
    assert [found.probability for found in _merge(np.stack(rows))] == [0.9, 0.7, 0.6]


def test_a_box_without_area_is_a_detection_of_its_own() -> None:
    found = _merge(np.stack([row(0.9, 0, 0, 50, 50), row(0.8, 20, 20, 20, 20)]))
    assert len(found) == 2
    assert all(isinstance(one, Detection) for one in found)

"""The real networks see in the synthetic camera's frames what was rendered."""

from __future__ import annotations

import functools
from itertools import combinations

import numpy as np
import pytest
from tests import materials
from tests.synthetic.camera.film import Setting, honest
from tests.synthetic.camera.head import people
from tests.synthetic.camera.motion import asked, named
from tests.unit.liveness.tasks import far, slight

from visavis.face import FacePipeline, load_pipeline
from visavis.liveness import Step, look
from visavis.registry import ModelStore

TURNS = named([far(Step.TURN_LEFT, 0.6), slight(Step.TURN_RIGHT, 0.6)])
NODS = named([slight(Step.LOOK_UP, 0.6), far(Step.LOOK_DOWN, 0.6)])


@functools.cache
def faces() -> FacePipeline:
    return load_pipeline(ModelStore.default())


@pytest.mark.parametrize("axis", ["yaw", "pitch"])
@pytest.mark.parametrize("number", [0, 1])
def test_one_face_points_where_it_was_turned(number: int, axis: str) -> None:
    tasks = TURNS if axis == "yaw" else NODS
    person = people(1, materials.folder(), first=number)[0]
    motion = asked(tasks, seed=number)
    seen = []
    for frame in honest(person, tasks, seed=number, setting=Setting(at_most=24)):
        found = look(frame, faces(), embed=False)
        assert found.faces == 1
        assert found.pose is not None
        seen.append((getattr(motion.at(frame.at), axis), getattr(found.pose, axis)))
    rendered, measured = np.array(seen).T
    assert np.corrcoef(rendered, measured)[0, 1] > 0.97
    turned = np.abs(rendered) > 12
    assert (np.sign(rendered[turned]) == np.sign(measured[turned])).all()
    assert np.abs(measured - rendered).max() < 12


def test_frames_of_one_person_are_alike_and_people_are_told_apart() -> None:
    rows = []
    for person in people(6, materials.folder()):
        still = honest(person, TURNS[:1], seed=3, setting=Setting(at_most=8, reach=0.0))
        found = [look(frame, faces()).row for frame in (still[0], still[-1])]
        rows.append([np.asarray(row) for row in found if row is not None])
    assert [len(each) for each in rows] == [2] * 6
    assert min(float(first @ last) for first, last in rows) > 0.95
    others = [float(one[0] @ other[0]) for one, other in combinations(rows, 2)]
    assert np.median(others) < 0.9

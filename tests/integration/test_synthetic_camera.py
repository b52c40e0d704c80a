"""The real networks see in the synthetic camera's frames what was rendered."""

from __future__ import annotations

import functools
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from tests import materials
from tests.synthetic.camera.film import Setting, film, honest, placed
from tests.synthetic.camera.head import people
from tests.synthetic.camera.motion import Stance, Tasks, asked, named
from tests.synthetic.camera.scene import Surface
from tests.unit.liveness.tasks import both, far

from visavis.face import FacePipeline, load_pipeline
from visavis.face._detect import Detection
from visavis.face.fake import FakeEmbedder
from visavis.liveness import Step, look, looks
from visavis.registry import ModelStore

TURNS = named([far(Step.TURN_LEFT, 0.6), far(Step.TURN_RIGHT, 0.6)])
NODS = named(
    [
        both(Step.LOOK_UP, Step.TURN_LEFT, 0.6, 0.6),
        both(Step.LOOK_DOWN, Step.TURN_RIGHT, 0.6, 0.6),
    ]
)


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
    turned = np.abs(rendered) > (12 if axis == "yaw" else 8)
    assert turned.any()
    assert (np.sign(rendered[turned]) == np.sign(measured[turned])).all()
    assert np.abs(measured - rendered).max() < 12


class SeesOnce:
    """A detector that finds faces in the first picture only."""

    def __init__(self) -> None:
        self.left = 1

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:
        self.left -= 1
        return faces()._detector.detect(image, part=part) if self.left >= 0 else []


@pytest.mark.parametrize("tasks", [TURNS, NODS], ids=["turns", "nods"])
def test_a_face_is_followed_through_every_movement(tasks: Tasks) -> None:
    person = people(1, materials.folder())[0]
    frames = honest(person, tasks, seed=0, setting=Setting(at_most=24))
    blind = FacePipeline(SeesOnce(), faces()._mesher, FakeEmbedder())
    followed = looks(frames, blind)
    assert [each.faces for each in followed] == [1] * len(frames)
    for frame, each in zip(frames, followed, strict=True):
        found = look(frame, faces(), embed=False)
        assert each.pose is not None
        assert found.pose is not None
        assert each.pose.yaw == pytest.approx(found.pose.yaw, abs=5)
        assert each.pose.pitch == pytest.approx(found.pose.pitch, abs=5)


def test_whoever_comes_in_is_seen_while_somebody_else_is_followed() -> None:
    first, second = people(2, materials.folder())
    setting, comes = Setting(at_most=12), 1.0
    motion = asked(TURNS, seed=1, distance=setting.distance)

    def scene(time: float) -> list[Surface]:
        now = motion.at(time)
        there = [placed(first, replace(now, x=now.x - 9), setting)]
        return [*there, placed(second, Stance(x=11), setting)] if time > comes else there

    seen = looks(film(scene, motion, seed=1, setting=setting), faces())
    assert {each.faces for each in seen if each.at <= comes} == {1}
    assert {each.faces for each in seen if each.at > comes} == {2}


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

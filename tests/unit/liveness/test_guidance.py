"""Guidance: one instruction for every state, never for what is so already, and it leads there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.face.pipeline import Pose
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness._movement import LEAST_GROWTH, LEAST_NOD, LEAST_TURN, STRAY
from visavis.liveness.challenge import Step, Task
from visavis.liveness.guidance import (
    BACK,
    CLOSER,
    FACING,
    FAR,
    LOOKED,
    NEAR,
    TURNED,
    Instruction,
    View,
    guide,
)

GOOD = View(faces=1, share=0.2, across=0, down=0, yaw=0, pitch=0, roll=0, light=80)
TASKS = {step: Task(step, 0.5) for step in Step}
SAY = Instruction

views = st.builds(
    View,
    faces=st.integers(0, 3),
    share=st.floats(0.02, 0.8),
    across=st.floats(-0.5, 0.5),
    down=st.floats(-0.5, 0.5),
    yaw=st.floats(-60, 60),
    pitch=st.floats(-60, 60),
    roll=st.floats(-60, 60),
    light=st.floats(0, 255),
)
tasks = st.sampled_from([None, *TASKS.values()])
usuals = st.builds(
    lambda share, yaw, pitch: replace(GOOD, share=share, yaw=yaw, pitch=pitch),
    st.floats(FAR, NEAR),
    st.floats(-FACING[0], FACING[0]),
    st.floats(-FACING[1], FACING[1]),
)
TURNS = {Step.TURN_LEFT: 1, Step.TURN_RIGHT: -1}
NODS = {Step.LOOK_DOWN: 1, Step.LOOK_UP: -1}


@dataclass
class Person:
    """Somebody who does what is said, a little at a time."""

    view: View
    task: Task | None

    def obey(self, said: Instruction, home: View) -> None:
        view = self.view
        sign = {SAY.LESS_FAR: -1}.get(said, 1)
        changes: dict[Instruction, dict[str, float]] = {
            SAY.SHOW_FACE: {"faces": 1},
            SAY.ONE_PERSON: {"faces": 1},
            SAY.MORE_LIGHT: {"light": view.light + 5},
            SAY.MOVE_CLOSER: {"share": view.share * 1.04},
            SAY.COME_CLOSER: {"share": view.share * 1.04},
            SAY.MOVE_BACK: {"share": view.share / 1.04},
            SAY.MOVE_LEFT: {"across": view.across + 0.03},
            SAY.MOVE_RIGHT: {"across": view.across - 0.03},
            SAY.MOVE_UP: {"down": view.down - 0.03},
            SAY.MOVE_DOWN: {"down": view.down + 0.03},
            SAY.UPRIGHT: {"roll": view.roll * 0.8},
            SAY.MIDDLE: {
                "yaw": home.yaw + (view.yaw - home.yaw) * 0.8,
                "pitch": home.pitch + (view.pitch - home.pitch) * 0.8,
            },
            SAY.TURN_LEFT: {"yaw": view.yaw + 3},
            SAY.TURN_RIGHT: {"yaw": view.yaw - 3},
            SAY.LOOK_DOWN: {"pitch": view.pitch + 3},
            SAY.LOOK_UP: {"pitch": view.pitch - 3},
        }
        if said in {SAY.FURTHER, SAY.LESS_FAR}:
            assert self.task is not None
            step = self.task.step
            if step in TURNS:
                changes[said] = {"yaw": view.yaw + 3 * sign * TURNS[step]}
            elif step in NODS:
                changes[said] = {"pitch": view.pitch + 3 * sign * NODS[step]}
            else:
                changes[said] = {"share": view.share * 1.04**sign}
        self.view = replace(view, **changes[said])  # type: ignore[arg-type]


@given(views, tasks, usuals)
def test_doing_what_is_said_leads_to_the_end(view: View, task: Task | None, usual: View) -> None:
    person = Person(view, task)
    for _ in range(400):
        said = guide(person.view, task, usual=usual)
        if said in {SAY.HOLD_STILL, SAY.HOLD_IT}:
            break
        person.obey(said, usual)
    assert said is (SAY.HOLD_IT if task else SAY.HOLD_STILL)


@given(views, tasks, st.none() | usuals)
def test_nothing_is_asked_for_that_is_so_already(
    view: View, task: Task | None, usual: View | None
) -> None:
    said = guide(view, task, usual=usual)
    yaw, pitch = view.yaw - (usual.yaw if usual else 0), view.pitch - (usual.pitch if usual else 0)
    most = (BACK, BACK) if usual else FACING
    wrong = {
        SAY.SHOW_FACE: view.faces > 0,
        SAY.ONE_PERSON: view.faces == 1,
        SAY.MORE_LIGHT: view.light >= 12,
        SAY.MOVE_CLOSER: view.share >= FAR,
        SAY.MOVE_BACK: view.share <= FAR,
        SAY.COME_CLOSER: usual is None or view.share >= usual.share * 1.25,
        SAY.MOVE_LEFT: view.across >= -0.15,
        SAY.MOVE_RIGHT: view.across <= 0.15,
        SAY.MOVE_UP: view.down <= 0.12,
        SAY.MOVE_DOWN: view.down >= -0.12,
        SAY.UPRIGHT: abs(view.roll) <= 20,
        SAY.MIDDLE: abs(yaw) <= min(most[0], 14) and abs(pitch) <= min(most[1], 14),
        SAY.TURN_LEFT: yaw >= TURNED[0],
        SAY.TURN_RIGHT: yaw <= -TURNED[0],
        SAY.LOOK_DOWN: pitch >= LOOKED[0],
        SAY.LOOK_UP: pitch <= -LOOKED[0],
    }
    assert not wrong.get(said, False)


@given(views, tasks, usuals)
def test_holding_is_said_only_where_all_is_well(view: View, task: Task | None, usual: View) -> None:
    if guide(view, task, usual=usual) in {SAY.HOLD_STILL, SAY.HOLD_IT}:
        assert (view.faces, view.light >= 12, abs(view.roll) <= 20) == (1, True, True)
        if task is None:
            assert FAR <= view.share <= NEAR
            assert max(abs(view.yaw - usual.yaw), abs(view.pitch - usual.pitch)) <= BACK < STRAY
            assert max(FACING) < FRONTAL


@pytest.mark.parametrize("task", [None, *TASKS.values()])
@pytest.mark.parametrize("metres", [0.4, 0.5, 0.6, 0.7, 0.8])
@pytest.mark.parametrize("degrees", [60.0, 65.0, 70.0])
def test_from_40_to_80_cm_nobody_is_sent_nearer_or_further(
    metres: float, degrees: float, task: Task | None
) -> None:
    # Worked out here once more: half of what the camera sees there, from the tangent.
    share = 0.155 / (2 * metres * np.tan(np.radians(degrees) / 2))
    said = guide(replace(GOOD, share=float(share)), task, usual=replace(GOOD, share=float(share)))
    expected = Instruction[task.step.name] if task else Instruction.HOLD_STILL
    assert said is expected


def test_near_and_far_hints_are_right_at_both_ends() -> None:
    for task in (None, TASKS[Step.TURN_LEFT]):
        assert guide(replace(GOOD, share=FAR / 1.3), task) is SAY.MOVE_CLOSER
        assert guide(replace(GOOD, share=NEAR * 1.3), task) is SAY.MOVE_BACK
    close = TASKS[Step.COME_CLOSER]
    assert [guide(replace(GOOD, share=0.2 * n), close, usual=GOOD) for n in (1, 1.2, 1.3, 1.7)] == [
        SAY.COME_CLOSER,
        SAY.FURTHER,
        SAY.HOLD_IT,
        SAY.LESS_FAR,
    ]
    # Who came closer goes back before the next step.
    assert guide(replace(GOOD, share=0.26), None, usual=GOOD) is SAY.MOVE_BACK


def test_whoever_does_what_is_asked_does_what_is_checked() -> None:
    assert TURNED[0] > LEAST_TURN
    assert LOOKED[0] > LEAST_NOD
    assert CLOSER[0] > LEAST_GROWTH


def test_the_most_important_comes_first() -> None:
    view = View(2, 0.9, 0.4, 0.4, 50, 50, 50, 0)
    said = []
    for better in ("faces", "light", "share", "across", "down", "roll", "yaw", "pitch"):
        said.append(guide(view, None))
        view = replace(view, **{better: getattr(GOOD, better)})
    assert said == [
        SAY.ONE_PERSON,
        SAY.MORE_LIGHT,
        SAY.MOVE_BACK,
        SAY.MOVE_RIGHT,
        SAY.MOVE_UP,
        SAY.UPRIGHT,
        SAY.MIDDLE,
        SAY.MIDDLE,
    ]
    assert guide(view, None) is SAY.HOLD_STILL


def look(mesh: object, pose: Pose | None) -> Look:
    return Look(0.0, (1280, 720), 1, None, mesh, pose, 80.0, -0.2, None, b"")  # type: ignore[arg-type]


def test_the_measurements_are_taken_from_the_mesh() -> None:
    mesh = np.zeros((468, 3))
    mesh[::2] = (704, 180, 0)
    mesh[1::2] = (960, 468, 0)
    view = View.of(look(mesh, Pose(yaw=30.0, pitch=-4.0, roll=2.0)))
    rounded = replace(view, across=round(view.across, 9), down=round(view.down, 9))
    assert rounded == View(1, 0.2, 0.15, -0.05, 30.0, -4.0, 2.0, 80.0)
    assert guide(view, TASKS[Step.TURN_LEFT]) is SAY.HOLD_IT
    assert guide(View.of(look(None, None)), None) is SAY.SHOW_FACE


def test_sentences_are_sentences_and_each_is_its_own() -> None:
    sentences = [each.value for each in Instruction]
    assert len(set(sentences)) == len(sentences) == len(Instruction.__members__)
    assert all(text[0].isupper() and text.endswith(".") and len(text) < 60 for text in sentences)

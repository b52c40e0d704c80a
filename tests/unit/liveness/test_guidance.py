"""Guidance: one instruction for every state, never for what is so already, and it leads there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.face.pipeline import Pose
from visavis.liveness._amounts import ALSO, SLIGHT, STEPS, STILL, STRAY, amounts
from visavis.liveness._amounts import FAR as FAR_FROM
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness.challenge import ASIDE, Extent, Step
from visavis.liveness.guidance import (
    _NEARLY,
    _STRAY,
    ALSO_LOOKED,
    ALSO_TURNED,
    BACK,
    CLOSER,
    FACING,
    FAR,
    LOOKED,
    NEAR,
    TURNED,
    Goal,
    Instruction,
    View,
    guide,
)

GOOD = View(faces=1, share=0.2, across=0, down=0, yaw=0, pitch=0, roll=0, light=80)
TURNS = {Step.TURN_LEFT: 1, Step.TURN_RIGHT: -1}
NODS = {Step.LOOK_DOWN: 1, Step.LOOK_UP: -1}
GOALS = [
    *(Goal(step, Extent.SLIGHT) for step in Step),
    *(Goal(step, Extent.FAR) for step in Step if step not in NODS),
    *(Goal(step, Extent.SLIGHT, also) for step in Step for also in ASIDE[step]),
]
FAR_LEFT = Goal(Step.TURN_LEFT, Extent.FAR)
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
goals = st.sampled_from([None, *GOALS])
usuals = st.builds(
    lambda share, yaw, pitch: replace(GOOD, share=share, yaw=yaw, pitch=pitch),
    st.floats(FAR, NEAR),
    st.floats(-FACING[0], FACING[0]),
    st.floats(-FACING[1], FACING[1]),
)
# Which movement an instruction asks for.
BY_NAME = {
    Instruction[before + step.name + after]: step
    for step in Step
    for before, after in (("", ""), ("", "_SLIGHTLY"), ("ALSO_", ""))
    if before + step.name + after in Instruction.__members__
}
# Which of two movements has to go on, or come back.
ON_TOP = {
    (Instruction[f"{said}_{step.name.split('_')[1]}"]): (step, way)
    for step in (*TURNS, *NODS)
    for said, way in (("FURTHER", 1), ("LESS_FAR", -1))
}
UPRIGHT, UPRIGHT_IN_STEP = 20, 35


def done(step: Step, view: View, usual: View) -> float:
    """Return how far somebody is, in degrees or as a multiple of the usual width."""
    if step in TURNS:
        return (view.yaw - usual.yaw) * TURNS[step]
    return (view.pitch - usual.pitch) * NODS[step] if step in NODS else view.share / usual.share


def span(goal: Goal) -> tuple[float, float]:
    """Return how far somebody is to go in the movement of a goal, at least and at most."""
    if goal.step in TURNS:
        return TURNED[goal.extent]
    return LOOKED[goal.extent] if goal.step in NODS else CLOSER[goal.extent]


def also_span(also: Step) -> tuple[float, float]:
    return ALSO_TURNED if also in TURNS else ALSO_LOOKED


def gone(view: View, step: Step, further: float = 1) -> View:
    """Return a view of somebody who went on a little, or came back a little."""
    if step in TURNS:
        return replace(view, yaw=view.yaw + 3 * TURNS[step] * further)
    if step in NODS:
        return replace(view, pitch=view.pitch + 3 * NODS[step] * further)
    return replace(view, share=view.share * 1.04**further)


@dataclass
class Person:
    """Somebody who does what is said, a little at a time."""

    view: View
    goal: Goal | None

    def obey(self, said: Instruction, home: View) -> None:
        view = self.view
        changes: dict[Instruction, dict[str, float]] = {
            SAY.SHOW_FACE: {"faces": 1},
            SAY.ONE_PERSON: {"faces": 1},
            SAY.MORE_LIGHT: {"light": view.light + 5},
            SAY.MOVE_CLOSER: {"share": view.share * 1.04},
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
        }
        if said in changes:
            self.view = replace(view, **changes[said])  # type: ignore[arg-type]
        elif said in BY_NAME:
            self.view = gone(view, BY_NAME[said])
        elif said in ON_TOP:
            self.view = gone(view, *ON_TOP[said])
        else:
            assert self.goal is not None
            back = said in {SAY.LESS_FAR, SAY.HALFWAY_BACK}
            self.view = gone(view, self.goal.step, -1 if back else 1)


@given(views, goals, usuals)
def test_doing_what_is_said_leads_to_the_end(view: View, goal: Goal | None, usual: View) -> None:
    person = Person(view, goal)
    for _ in range(400):
        said = guide(person.view, goal, usual=usual)
        if said in {SAY.HOLD_STILL, SAY.HOLD_IT}:
            break
        person.obey(said, usual)
    assert said is (SAY.HOLD_IT if goal else SAY.HOLD_STILL)


@given(views, goals, st.none() | usuals)
def test_nothing_is_asked_for_that_is_so_already(
    view: View, goal: Goal | None, usual: View | None
) -> None:
    said = guide(view, goal, usual=usual)
    origin = usual or replace(GOOD, share=1.0)
    yaw, pitch = view.yaw - origin.yaw, view.pitch - origin.pitch
    most = BACK if usual else FACING
    wrong = {
        SAY.SHOW_FACE: view.faces > 0,
        SAY.ONE_PERSON: view.faces == 1,
        SAY.MORE_LIGHT: view.light >= 12,
        SAY.MOVE_CLOSER: view.share >= FAR,
        SAY.MOVE_BACK: view.share <= FAR,
        SAY.MOVE_LEFT: view.across >= -0.15,
        SAY.MOVE_RIGHT: view.across <= 0.15,
        SAY.MOVE_UP: view.down <= 0.12,
        SAY.MOVE_DOWN: view.down >= -0.12,
        SAY.UPRIGHT: abs(view.roll) <= (UPRIGHT_IN_STEP if goal else UPRIGHT),
        SAY.MIDDLE: abs(yaw) <= min(most[0], _STRAY[0]) and abs(pitch) <= min(most[1], _STRAY[1]),
    }
    assert not wrong.get(said, False)
    if said in BY_NAME:
        assert goal is not None
        step = BY_NAME[said]
        least = span(goal)[0] if step is goal.step else also_span(step)[0]
        assert step in {goal.step, goal.also}
        assert done(step, view, origin) < least
        if said.name.endswith("_SLIGHTLY"):
            assert goal.extent is Extent.SLIGHT
        elif said.name.startswith("ALSO_"):
            assert step is goal.also
        else:
            assert goal.extent is Extent.FAR
    if said in ON_TOP:
        assert goal is not None
        step, way = ON_TOP[said]
        assert step is goal.also
        on_top, (enough, too_far) = done(step, view, origin), also_span(step)
        assert on_top < enough if way > 0 else on_top > too_far
    if said in {SAY.FURTHER, SAY.LESS_FAR, SAY.HALFWAY_BACK}:
        assert goal is not None
        place, (nearest, furthest) = done(goal.step, view, origin), span(goal)
        if said is SAY.HALFWAY_BACK:
            assert goal.extent is Extent.SLIGHT
            assert place > furthest
        else:
            assert goal.also is None
            assert place < nearest if said is SAY.FURTHER else place > furthest


@given(views, goals, usuals)
def test_holding_is_said_only_where_all_is_well(view: View, goal: Goal | None, usual: View) -> None:
    if guide(view, goal, usual=usual) in {SAY.HOLD_STILL, SAY.HOLD_IT}:
        upright = UPRIGHT_IN_STEP if goal else UPRIGHT
        assert (view.faces, view.light >= 12, abs(view.roll) <= upright) == (1, True, True)
        if goal is None:
            assert FAR <= view.share <= NEAR
            assert abs(view.yaw - usual.yaw) <= BACK[0] < STRAY[0]
            assert abs(view.pitch - usual.pitch) <= BACK[1] < STRAY[1]
            assert max(FACING) < FRONTAL


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("goal", GOALS, ids=str)
def test_whoever_does_what_is_asked_does_what_is_checked(goal: Goal, held: bool) -> None:
    """Wherever it is said to hold it, from side to side, up and down, and near and far."""
    sides, heights = np.arange(-45, 45.1, 0.5), np.arange(-32, 32.1, 0.5)
    if goal.step is Step.COME_CLOSER:
        ways = [
            (side, 0.0, growth) for side in sides[::2] for growth in np.arange(0.9, 1.8, 0.02)
        ] + [(0.0, height, growth) for height in heights for growth in np.arange(0.9, 1.8, 0.02)]
    else:
        ways = [(side, height, 1.0) for side in sides for height in heights]
    held_at = 0
    for yaw, pitch, growth in ways:
        view = replace(GOOD, yaw=yaw, pitch=pitch, share=GOOD.share * growth)
        if guide(view, goal, usual=GOOD, held=held) is not SAY.HOLD_IT:
            continue
        held_at += 1
        every = amounts(yaw, pitch, growth)
        found = float(every[STEPS.index(goal.step)])
        if goal.also:
            assert found > STILL
            assert every[STEPS.index(goal.also)] > ALSO
        else:
            assert found > 1
            # No nod is far.
            assert goal.step in NODS or (found > 2) == (goal.extent is Extent.FAR)
        if goal.extent is Extent.SLIGHT and not goal.also:
            # Nothing else is on top of it.
            assert all(every[STEPS.index(other)] < ALSO for other in ASIDE[goal.step])
    assert held_at > 50


@pytest.mark.parametrize("goal", GOALS, ids=str)
def test_every_goal_can_be_held_and_a_slip_is_none(goal: Goal) -> None:
    """In the middle of what is asked, and a little before it only for whoever was there."""

    def at(main: float, also: float) -> View:
        view = GOOD
        for step, way in ((goal.step, main), (goal.also, also)):
            if step in TURNS:
                view = replace(view, yaw=way * TURNS[step])
            elif step in NODS:
                view = replace(view, pitch=way * NODS[step])
            elif step is Step.COME_CLOSER:
                view = replace(view, share=GOOD.share * way)
        return view

    middle = sum(span(goal)) / 2
    other = sum(also_span(goal.also)) / 2 if goal.also else 0.0
    assert guide(at(middle, other), goal, usual=GOOD) is SAY.HOLD_IT
    which = "_" + goal.also.name.split("_")[1] if goal.also else ""
    # The movement that is to be held now: the one on top, if there is one.
    spans = also_span(goal.also) if goal.also else span(goal)
    slip = 0.01 if goal.step is Step.COME_CLOSER and not goal.also else 0.5
    for edge, way, said in ((0, -slip, "FURTHER"), (1, slip, "LESS_FAR")):
        place = spans[edge] + way
        view = at(middle, place) if goal.also else at(place, other)
        assert guide(view, goal, usual=GOOD) is Instruction[said + which]
        assert guide(view, goal, usual=GOOD, held=True) is SAY.HOLD_IT


@pytest.mark.parametrize("goal", [None, *GOALS], ids=str)
@pytest.mark.parametrize("metres", [0.4, 0.5, 0.6, 0.7, 0.8])
@pytest.mark.parametrize("degrees", [60.0, 65.0, 70.0])
def test_from_40_to_80_cm_nobody_is_sent_nearer_or_further(
    metres: float, degrees: float, goal: Goal | None
) -> None:
    # Worked out here once more: half of what the camera sees there, from the tangent.
    share = 0.155 / (2 * metres * np.tan(np.radians(degrees) / 2))
    said = guide(replace(GOOD, share=float(share)), goal, usual=replace(GOOD, share=float(share)))
    if goal is None:
        assert said is SAY.HOLD_STILL
    else:
        slightly = "_SLIGHTLY" if goal.extent is Extent.SLIGHT else ""
        assert said is Instruction[goal.step.name + slightly]


def test_near_and_far_hints_are_right_at_both_ends() -> None:
    for goal in (None, FAR_LEFT):
        assert guide(replace(GOOD, share=FAR / 1.3), goal) is SAY.MOVE_CLOSER
        assert guide(replace(GOOD, share=NEAR * 1.3), goal) is SAY.MOVE_BACK
    # Who came closer goes back before the next step.
    assert guide(replace(GOOD, share=0.26), None, usual=GOOD) is SAY.MOVE_BACK


@pytest.mark.parametrize("step", Step)
def test_each_extent_is_asked_for_with_its_own_words(step: Step) -> None:
    def said(extent: Extent) -> list[Instruction]:
        goal = Goal(step, extent)
        least, most = span(goal)
        nearly = _NEARLY[0 if step in TURNS else 1 if step in NODS else 2]
        # Not there, nearly there, there, a little too far, and much too far.
        places = [
            least - 1.2 * nearly,
            least - 0.5 * nearly,
            (least + most) / 2,
            most + 0.5 * nearly,
            most + 1.2 * nearly,
        ]
        views = []
        for place in places:
            if step in TURNS:
                views.append(replace(GOOD, yaw=place * TURNS[step]))
            elif step in NODS:
                views.append(replace(GOOD, pitch=place * NODS[step]))
            else:
                views.append(replace(GOOD, share=GOOD.share * place))
        return [guide(view, goal, usual=GOOD) for view in views]

    assert said(Extent.SLIGHT) == [
        Instruction[step.name + "_SLIGHTLY"],
        SAY.FURTHER,
        SAY.HOLD_IT,
        SAY.LESS_FAR,
        SAY.HALFWAY_BACK,
    ]
    if step not in NODS:
        assert said(Extent.FAR) == [
            Instruction[step.name],
            SAY.FURTHER,
            SAY.HOLD_IT,
            SAY.LESS_FAR,
            SAY.LESS_FAR,
        ]


def test_nothing_is_asked_for_that_no_challenge_asks_for() -> None:
    """Nobody is asked to look far up or down."""
    asked = set()
    for goal in GOALS:
        view = GOOD
        if goal.also:
            view = gone(GOOD, goal.step, 5)
        asked.add(guide(view, goal, usual=GOOD))
    assert asked == set(BY_NAME)
    assert set(LOOKED) == {Extent.SLIGHT}


def test_what_comes_on_top_is_asked_for_as_soon_as_the_first_is_there() -> None:
    goal = Goal(Step.LOOK_UP, Extent.SLIGHT, Step.TURN_LEFT)
    up, left = -sum(LOOKED[Extent.SLIGHT]) / 2, sum(ALSO_TURNED) / 2
    nearly, too_far = ALSO_TURNED[0] - 1, ALSO_TURNED[1] + 1
    ways = [
        *((0, 0), (up, 0), (up, nearly), (up, left), (up, too_far), (up, 2 * left)),
        *((0, left), (3 * up, left)),
    ]
    assert [
        guide(replace(GOOD, pitch=pitch, yaw=yaw), goal, usual=GOOD) for pitch, yaw in ways
    ] == [
        SAY.LOOK_UP_SLIGHTLY,
        SAY.ALSO_TURN_LEFT,
        SAY.FURTHER_LEFT,
        SAY.HOLD_IT,
        SAY.LESS_FAR_LEFT,
        SAY.LESS_FAR_LEFT,
        SAY.LOOK_UP_SLIGHTLY,
        SAY.HALFWAY_BACK,
    ]


@pytest.mark.parametrize("roll", [-1, 1])
def test_a_head_that_turns_and_nods_may_look_tilted(roll: int) -> None:
    left = replace(GOOD, yaw=sum(TURNED[Extent.FAR]) / 2)
    for view, goal, most, well in (
        (GOOD, None, UPRIGHT, SAY.HOLD_STILL),
        (left, FAR_LEFT, UPRIGHT_IN_STEP, SAY.HOLD_IT),
    ):
        assert guide(replace(view, roll=roll * (most - 0.1)), goal, usual=GOOD) is well
        assert guide(replace(view, roll=roll * (most + 0.1)), goal, usual=GOOD) is SAY.UPRIGHT


def test_a_first_movement_may_go_further_while_another_one_is_made() -> None:
    """As a head that nods too seems to: from slight it may come to be far, but not much."""
    up = -sum(ALSO_LOOKED) / 2
    goal = Goal(Step.TURN_LEFT, Extent.SLIGHT, Step.LOOK_UP)
    for yaw, said in (
        (STILL * SLIGHT[0], SAY.TURN_LEFT_SLIGHTLY),
        (SLIGHT[0], SAY.ALSO_LOOK_UP),
        (FAR_FROM[0] + 2, SAY.ALSO_LOOK_UP),
        (sum(TURNED[Extent.FAR]) / 2, SAY.HALFWAY_BACK),
    ):
        assert guide(replace(GOOD, yaw=yaw), goal, usual=GOOD) is said
        there = guide(replace(GOOD, yaw=yaw, pitch=up), goal, usual=GOOD)
        assert there is (SAY.HOLD_IT if said is SAY.ALSO_LOOK_UP else said)


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
    view = View.of(look(mesh, Pose(yaw=36.0, pitch=-4.0, roll=2.0)))
    rounded = replace(view, across=round(view.across, 9), down=round(view.down, 9))
    assert rounded == View(1, 0.2, 0.15, -0.05, 36.0, -4.0, 2.0, 80.0)
    assert guide(view, FAR_LEFT) is SAY.HOLD_IT
    assert guide(View.of(look(None, None)), None) is SAY.SHOW_FACE


def test_sentences_are_sentences_and_each_is_its_own() -> None:
    sentences = [each.value for each in Instruction]
    assert len(set(sentences)) == len(sentences) == len(Instruction.__members__)
    assert all(text[0].isupper() and text.endswith(".") and len(text) < 60 for text in sentences)

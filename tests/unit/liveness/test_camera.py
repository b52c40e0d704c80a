"""The synthetic camera films what it is told. Its heads are painted eggs here: no weights."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.synthetic.camera import attacks
from tests.synthetic.camera.attacks import ATTACKS
from tests.synthetic.camera.case import Case
from tests.synthetic.camera.film import Setting, honest, placed
from tests.synthetic.camera.folder import HONEST, Plan, film_all, runs
from tests.synthetic.camera.head import Person, blended, plain
from tests.synthetic.camera.motion import Stance, asked, named
from tests.synthetic.camera.replay import earlier, refitted
from tests.synthetic.camera.scene import SIZE, Surface, draw, rotation, sheet
from tests.synthetic.camera.settings import SETS, Set, drawn
from tests.unit.liveness import heads
from tests.unit.liveness.tasks import both, every_way, far, goals

from visavis.face import FacePipeline, Photo, Seen
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher
from visavis.face.pipeline import Pose
from visavis.liveness._look import look
from visavis.liveness.challenge import HOLDS, Extent, Step, Task
from visavis.liveness.frames import Frame, require_frames
from visavis.liveness.guidance import Instruction, View, guide

TASKS = named([far(Step.TURN_LEFT, 0.5), both(Step.LOOK_UP, Step.TURN_RIGHT, 0.4, 0.4)])
SHORT = named([far(Step.TURN_LEFT, 0.5), both(Step.LOOK_UP, Step.TURN_LEFT, 0.3, 0.3)])
FEW = Setting(at_most=8, lost=0.0)


@pytest.fixture(scope="module")
def person() -> Person:
    return blended([plain(0), plain(1)], 0)


@pytest.fixture(scope="module")
def attacker() -> Person:
    return blended([plain(2), plain(3)], 1)


@pytest.fixture(scope="module")
def honestly(person: Person) -> list[Frame]:
    return honest(person, SHORT, seed=5)


def picture(frame: Frame) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_one_seed_gives_one_film(person: Person) -> None:
    films = [honest(person, TASKS, seed=seed, setting=FEW) for seed in (3, 3, 4)]
    assert films[0] == films[1]
    assert films[0] != films[2]


def test_frames_are_a_capture(person: Person) -> None:
    frames = honest(person, TASKS, seed=0, setting=Setting(at_most=20))
    require_frames(frames)
    assert len(frames) == 20
    assert picture(frames[0]).shape == (SIZE[1], SIZE[0], 3)


@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_a_face_that_turns_moves_its_nose_that_way(person: Person, yaw: float) -> None:
    """Signs are those of `visavis.face._pose`: positive is to the right of the picture."""
    straight = placed(person, Stance(), Setting()).points
    turned = placed(person, Stance(yaw=yaw), Setting()).points
    nose = straight[:468, 2].argmin()
    assert np.sign(turned[nose, 0] - straight[nose, 0]) == np.sign(yaw)
    down = placed(person, Stance(pitch=15), Setting()).points
    assert down[nose, 1] > straight[nose, 1]


def test_motion_does_what_is_asked_at_human_speed() -> None:
    nod = both(Step.LOOK_DOWN, Step.TURN_LEFT, 0.5, 0.5)
    tasks = [far(Step.TURN_LEFT, 0.5), far(Step.TURN_RIGHT, 0.5), nod]
    motion = asked(named(tasks), seed=1)
    times = np.arange(0, motion.end, 0.02)
    yaw = np.array([motion.at(time).yaw for time in times])
    pitch = np.array([motion.at(time).pitch for time in times])
    assert yaw.max() > 20
    assert yaw.min() < -20
    assert yaw.argmax() < yaw.argmin() < pitch.argmax()
    assert np.abs(np.diff(yaw)).max() / 0.02 < 150  # degrees a second


def test_motion_goes_as_far_as_is_asked_and_on_top_of_it_elsewhere() -> None:
    def goes(*tasks: Task) -> NDArray[np.float64]:
        motion = asked(named(tasks), seed=1)
        # Where it stays: a place like the one half a second before.
        stances = [motion.at(time) for time in np.arange(0.5, motion.end, 0.1)]
        places = np.array([(each.yaw, each.pitch) for each in stances])
        stays: NDArray[np.float64] = places[5:][np.abs(places[5:] - places[:-5]).max(1) < 3]
        return stays

    left = Step.TURN_LEFT
    much, two = goes(far(left, 1.5)), goes(both(left, Step.LOOK_DOWN, 1.5, 1.5))
    assert two[:, 0].max() < much[:, 0].max() - 5
    assert np.abs(much[:, 1]).max() < 5
    # It stays at both places, one after the other, and looks down at the second only.
    aside = two[two[:, 0] > 10]
    down = aside[:, 1] > 10
    assert down.sum() > 5
    assert (~down).sum() > 5
    assert not down[: down.argmax()].any()
    assert down[down.argmax() :].all()
    assert np.abs(aside[~down, 1]).max() < 5


def test_fast_people_are_done_earlier_and_small_movers_turn_less() -> None:
    assert asked(TASKS, seed=1, speed=1.6).end < asked(TASKS, seed=1, speed=0.6).end
    turns = [
        max(motion.at(time).yaw for time in np.arange(0, motion.end, 0.05))
        for motion in (asked(TASKS, seed=1, reach=reach) for reach in (0.6, 1.2))
    ]
    assert 22 < turns[0] < 0.85 * turns[1]


def test_a_sheet_is_drawn_where_perspective_puts_it() -> None:
    canvas = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    white = np.full((40, 40, 3), 255, np.uint8)
    draw(canvas, sheet(white, 10.0, (0.0, 0.0, 62.0), lit=False))
    rows, columns = np.nonzero(canvas[..., 0] > 128)
    assert (columns.min(), columns.max()) == pytest.approx((310, 410), abs=2)
    assert (rows.min(), rows.max()) == pytest.approx((220, 320), abs=2)


def test_rotations_are_rotations() -> None:
    turn = rotation(20, -10, 5)
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.parametrize(
    ("dimmer", "than"),
    [(Setting(light=0.3), Setting()), (Setting(skin=0.4), Setting())],
)
def test_light_and_skin_darken(person: Person, dimmer: Setting, than: Setting) -> None:
    middle = (slice(200, 340), slice(300, 420))
    dark, usual = (
        picture(honest(person, TASKS[:1], seed=0, setting=setting)[0])[middle].mean()
        for setting in (dimmer, than)
    )
    assert dark < 0.8 * usual


@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_is_a_capture_of_something_else(
    name: str, person: Person, attacker: Person, honestly: list[Frame]
) -> None:
    frames = ATTACKS[name](Case(person, attacker, SHORT, 5, Setting()))
    require_frames(frames)
    assert all(later.at > earlier.at for earlier, later in pairwise(frames))
    assert [frame.data for frame in frames] != [frame.data for frame in honestly]


def test_the_first_of_two_stays_leaves_or_is_covered(
    person: Person, attacker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes: list[Callable[[float], list[Surface]]] = []

    def no_film(scene: Callable[[float], list[Surface]], *_: object, **__: object) -> list[Frame]:
        scenes.append(scene)
        return []

    monkeypatch.setattr(attacks, "film", no_film)
    seen: Counter[str] = Counter()
    for seed in range(20):
        attacks.joined_later(Case(person, attacker, SHORT, seed, Setting()))
        alone, both_there = scenes[-1](0.5), scenes[-1](3.0)
        assert (len(alone), len(both_there)) == (1, 2)
        before = alone[0].points.mean(0)
        first, second = (surface.points.mean(0) for surface in both_there)
        if first[0] < before[0] - 30:
            seen["leaves"] += 1
        elif abs(second[0] - first[0]) > 15:
            seen["stays"] += 1
        else:
            # In the same place, and nearer.
            assert math.dist(first[:2], second[:2]) < 8
            assert second[2] < first[2]
            seen["covered"] += 1
    assert set(seen) == {"stays", "leaves", "covered"}


def test_whoever_knows_where_to_go_goes_there() -> None:
    places = [(step, extent, also) for step, stays in TASKS for extent, _, also in stays]
    known = {
        place: np.array([7.0 * number, -4.0 * number, 0, 0, 0, 2.0 * number])
        for number, place in enumerate(places, 1)
    }
    motion = asked(TASKS, seed=1, reach=0.0, known=known)
    marks = [(each.yaw, each.pitch, each.z) for each in map(motion.at, motion.times)]
    for place in known.values():
        assert min(math.dist(mark, place[[0, 1, 5]]) for mark in marks) < 3
    # Nobody else goes anywhere who keeps still.
    still = asked(TASKS, seed=1, reach=0.0)
    assert all(abs(still.at(time).yaw) < 5 for time in still.times)


class Stiff(FacePipeline):
    """Sees a head that was shown, as if it turned and nodded by other degrees than it does."""

    def __init__(self, turned: float, nodded: float) -> None:
        super().__init__(FakeDetector(), FakeMesher(), FakeEmbedder())
        self.factors = (turned, nodded)
        self.now = Stance()

    def show(self, now: Stance) -> list[Surface]:
        self.now = now
        return []

    def look(
        self,
        photo: Photo,  # noqa: ARG002 - nothing is drawn
        *,
        embed_within: float | None = None,  # noqa: ARG002
        tint: bool = False,  # noqa: ARG002
        near: NDArray[np.float64] | None = None,  # noqa: ARG002
    ) -> Seen:
        now = self.now
        yaw, pitch = now.yaw * self.factors[0], now.pitch * self.factors[1]
        mesh = heads.seen(heads.head(), Setting().distance + now.z)
        return Seen((640, 480), b"", 1, mesh=mesh, pose=Pose(yaw, pitch, 0.0), light=80.0)


@pytest.mark.parametrize(("turned", "nodded"), [(1.0, 1.0), (0.6, 0.7), (1.7, 1.5)])
def test_whoever_practises_finds_where_the_networks_see_what_is_asked(
    person: Person, attacker: Person, turned: float, nodded: float
) -> None:
    tasks = [way for step in Step for way in every_way(step, 1.0, 1.0)]
    faces = Stiff(turned, nodded)
    case = Case(person, attacker, named(tasks), 3, Setting(), faces)
    known = case.known(faces.show)
    assert known is not None
    usual = seen_in(faces, np.zeros(6))
    for task in tasks:
        for goal, stay in zip(goals(task), task.stays, strict=True):
            also = stay.also.name if stay.also else None
            view = seen_in(faces, known[task.step.name, stay.extent.name, also])
            assert guide(view, goal, usual=usual) is Instruction.HOLD_IT
    assert Case(person, attacker, named(tasks), 3, Setting()).known(faces.show) is None


def seen_in(faces: Stiff, stance: NDArray[np.float64]) -> View:
    faces.show(Stance(*stance))
    return View.of(look(Frame(b"", 0.0), faces))


def test_the_two_sets_share_no_person_no_seed_and_no_setting() -> None:
    tuning, reported = ([*runs(Plan(which))] for which in SETS)
    assert len(tuning) == len(reported) == 100 + 50 * len(ATTACKS)
    for one in ("person", "attacker", "seed"):
        assert not {getattr(run, one) for run in tuning} & {getattr(run, one) for run in reported}
    assert len({run.seed for run in tuning}) == len(tuning)
    assert all(run.person != run.attacker for run in (*tuning, *reported))
    shared = {"at_most", "rate", "glasses"}

    def values(which: Set) -> dict[str, set[object]]:
        settings = [asdict(drawn(which, seed)) for seed in range(200)]
        return {name: {setting[name] for setting in settings} for name in settings[0]}

    ours, theirs = values("tuning"), values("reported")
    assert {name for name in ours if ours[name] & theirs[name]} == shared


def test_every_class_has_as_many_runs_as_asked_spread_over_all_people() -> None:
    plan = Plan("reported", people=5, each=10, honest=20, only=(HONEST, "swapped"))
    films = [*runs(plan)]
    assert len({run.place for run in films}) == len(films) == 30
    assert {run.person for run in films if run.name == "swapped"} == set(range(100, 105))


def test_a_folder_of_films_has_the_layout_of_evaluate_pad(tmp_path: Path) -> None:
    plan = Plan("tuning", people=2, each=1, honest=1, only=(HONEST, "looped"))
    assert len([*film_all(plan, tmp_path)]) == 2
    for above in ("bona-fide", "attacks/looped"):
        films = [*(tmp_path / above).glob("person-000/*")]
        assert len(films) == 1
        told = json.loads((films[0] / "challenge.json").read_text())
        assert told["format"] == "visavis-recording-1"
        for _, *stays in told["steps"]:
            assert len(stays) in {1, 2}
            assert {stay[0] for stay in stays} <= {extent.value for extent in Extent}
            assert all(stay[1] in HOLDS for stay in stays)
        pictures = sorted(films[0].glob("*.jpg"))
        require_frames(
            [Frame(file.read_bytes(), at) for file, at in zip(pictures, told["times"], strict=True)]
        )


@pytest.mark.parametrize("seed", range(8))
def test_another_session_has_the_same_steps_and_goes_elsewhere_or_stays_longer(seed: int) -> None:
    steps = (Step.TURN_LEFT, Step.LOOK_UP)
    tasks = named([far(steps[0], HOLDS[0]), both(steps[1], steps[0], *HOLDS[:2])])
    old = earlier(tasks, seed)
    assert [name for name, _ in old] == [name for name, _ in tasks]
    assert old != tasks
    for step, task in zip(steps, old, strict=True):
        assert task in named(
            [way for one in HOLDS for other in HOLDS for way in every_way(step, one, other)]
        )


@pytest.mark.parametrize("hold", HOLDS)
def test_a_retimed_recording_ends_when_an_answer_would(
    person: Person, attacker: Person, hold: float
) -> None:
    tasks = named([far(Step.TURN_LEFT, hold), both(Step.LOOK_UP, Step.TURN_LEFT, hold, 1)])
    ends = asked(tasks, seed=4).end
    case = Case(person, attacker, tasks, 4, Setting(rate=8.0, lost=0.0))
    frames = refitted(case, fro=False)
    assert ends - 0.15 < frames[-1].at < ends + 0.05

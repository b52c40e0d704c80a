"""The synthetic camera films what it is told. Its heads are painted eggs here: no weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.synthetic.camera.attacks import ATTACKS
from tests.synthetic.camera.film import Setting, honest, placed
from tests.synthetic.camera.folder import HONEST, Plan, film_all, runs
from tests.synthetic.camera.head import Person, blended, plain
from tests.synthetic.camera.motion import Stance, asked, named
from tests.synthetic.camera.replay import earlier, refitted
from tests.synthetic.camera.scene import SIZE, draw, rotation, sheet
from tests.synthetic.camera.settings import SETS, Set, drawn
from tests.unit.liveness.tasks import both, every_way, far, further, halfway_back, slight

from visavis.liveness.challenge import HOLDS, Extent, Step, Task
from visavis.liveness.frames import Frame, require_frames

TASKS = named([far(Step.TURN_LEFT, 0.5), both(Step.LOOK_UP, Step.TURN_RIGHT, 0.4, 0.4)])
SHORT = named([far(Step.TURN_LEFT, 0.5), slight(Step.LOOK_UP, 0.4)])
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
    tasks = [far(step, 0.5) for step in (Step.TURN_LEFT, Step.TURN_RIGHT, Step.LOOK_DOWN)]
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
    little, much = goes(slight(left, 1.5)), goes(far(left, 1.5))
    assert little[:, 0].max() < much[:, 0].max() - 5
    for task in (further(left, 1.5, 1.5), halfway_back(left, 1.5, 1.5)):
        yaw = goes(task)[:, 0]
        assert yaw.max() == pytest.approx(much[:, 0].max(), abs=4)
        # On the way there or back it stays where it does for whoever goes a little only.
        assert (np.abs(yaw - little[:, 0].max()) < 4).sum() > 5
    assert np.abs(little[:, 1]).max() < 5
    assert goes(both(left, Step.LOOK_DOWN, 1.5, 1.5))[:, 1].max() > 10


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
    frames = ATTACKS[name](person, attacker, SHORT, 5, Setting())
    require_frames(frames)
    assert all(later.at > earlier.at for earlier, later in pairwise(frames))
    assert [frame.data for frame in frames] != [frame.data for frame in honestly]


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
            assert len(stays) == 2
            assert {stay[0] for stay in stays} <= {extent.value for extent in Extent}
            assert all(stay[1] in HOLDS for stay in stays)
        pictures = sorted(films[0].glob("*.jpg"))
        require_frames(
            [Frame(file.read_bytes(), at) for file, at in zip(pictures, told["times"], strict=True)]
        )


@pytest.mark.parametrize("seed", range(8))
def test_another_session_has_the_same_steps_and_goes_elsewhere_or_stays_longer(seed: int) -> None:
    steps = (Step.TURN_LEFT, Step.LOOK_UP)
    tasks = named([further(steps[0], HOLDS[0], HOLDS[1]), halfway_back(steps[1], *HOLDS[:2])])
    old = earlier(tasks, seed)
    assert [name for name, _ in old] == [name for name, _ in tasks]
    assert old != tasks
    for step, task in zip(steps, old, strict=True):
        assert task in named(
            [way for one in HOLDS for other in HOLDS for way in every_way(step, one, other)]
        )


@pytest.mark.parametrize("hold", HOLDS)
def test_a_retimed_recording_ends_when_an_answer_would(person: Person, hold: float) -> None:
    tasks = named(
        [further(Step.TURN_LEFT, hold, hold), both(Step.LOOK_UP, Step.TURN_LEFT, hold, 1)]
    )
    ends = asked(tasks, seed=4).end
    frames = refitted(person, tasks, 4, Setting(rate=8.0, lost=0.0), fro=False)
    assert ends - 0.15 < frames[-1].at < ends + 0.05

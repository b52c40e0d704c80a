"""Films on disk, in the layout that `visavis evaluate-pad` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from tests.synthetic.camera.attacks import ATTACKS
from tests.synthetic.camera.case import Case
from tests.synthetic.camera.head import Person, blended, people, plain
from tests.synthetic.camera.live import honestly
from tests.synthetic.camera.motion import named
from tests.synthetic.camera.settings import Set, drawn, first_person, seed_of

from visavis.face import FacePipeline, load_pipeline
from visavis.face.fake import FakeEmbedder
from visavis.liveness.challenge import Task, draw, recorded
from visavis.liveness.frames import Frame
from visavis.registry import ModelStore

__all__ = ["HONEST", "Plan", "Run", "asked_for", "film_all", "runs", "write"]

HONEST = "bona-fide"
_ATTACKS = "attacks"


@dataclass(frozen=True)
class Plan:
    """What to film.

    Attributes:
        which: set of settings.
        people: how many.
        each: films of every class of attack.
        honest: films of people who do what is asked.
        only: classes, or nothing for all.
        portraits: folder that people are made of; None for painted heads.
        scripted: whether those who do what is asked move as attackers do who have practised, and
            not as guidance says: a control, how much of an attack fails for its script alone.
    """

    which: Set
    people: int = 20
    each: int = 50
    honest: int = 100
    only: tuple[str, ...] = ()
    portraits: Path | None = None
    scripted: bool = False


@dataclass(frozen=True)
class Run:
    """One film: of a class, by number, with its seed and the people in it."""

    name: str
    number: int
    seed: int
    person: int
    attacker: int

    @property
    def place(self) -> Path:
        """Where it lies in the folder."""
        above = Path(HONEST) if self.name == HONEST else Path(_ATTACKS, self.name)
        return above / f"person-{self.person:03}" / f"{self.number:04}"


def runs(plan: Plan) -> Iterator[Run]:
    """Return every film of a plan; people take turns."""
    first = first_person(plan.which)
    for group, name in enumerate((HONEST, *ATTACKS)):
        if plan.only and name not in plan.only:
            continue
        for number in range(plan.honest if name == HONEST else plan.each):
            person = number % plan.people
            # Another one each time around, and never the same.
            other = (person + 1 + number // plan.people) % plan.people
            attacker = other if other != person else (person + 1) % plan.people
            seed = seed_of(plan.which, group, number)
            yield Run(name, number, seed, first + person, first + attacker)


def asked_for(seed: int) -> tuple[Task, ...]:
    """Draw a challenge as the product does."""
    chance = np.random.default_rng([seed, 1])
    return draw(lambda several: several[int(chance.integers(len(several)))])


def film_all(plan: Plan, out: Path, *, jobs: int = 1) -> Iterator[Run]:
    """Film a plan into a folder, and name each film as it is done."""
    todo = list(runs(plan))
    if jobs == 1:
        for run in todo:
            _film(plan, run, out)
            yield run
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _alone) as pool:
        waiting = {pool.submit(_film, plan, run, out): run for run in todo}
        for done in as_completed(waiting):
            done.result()
            yield waiting[done]


def write(folder: Path, tasks: Iterable[Task], frames: Sequence[Frame]) -> None:
    """Write one film: a picture for each frame, and what was asked."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        (folder / f"{number:03}.jpg").write_bytes(frame.data)
    asked = {
        "format": "visavis-recording-1",
        "steps": [
            [
                task.step.value,
                *(
                    [stay.extent.value, stay.hold, *([stay.also.value] if stay.also else [])]
                    for stay in task.stays
                ),
            ]
            for task in tasks
        ],
        "times": [frame.at for frame in frames],
    }
    (folder / "challenge.json").write_text(json.dumps(asked) + "\n")


def _alone() -> None:
    cv2.setNumThreads(1)


def _film(plan: Plan, run: Run, out: Path) -> None:
    tasks = asked_for(run.seed)
    names = named(tasks)
    setting = drawn(plan.which, run.seed)
    person = _person(plan.portraits, run.person)
    # The networks that guide somebody see no face on a painted head.
    seeing = _faces() if plan.portraits else None
    if run.name == HONEST and seeing and not plan.scripted:
        challenge = recorded(tasks)
        frames = honestly(person, challenge, seeing, seed=run.seed, setting=setting)
    else:
        attacker = _person(plan.portraits, run.attacker)
        case = Case(person, attacker, names, run.seed, setting, seeing)
        frames = case.honest() if run.name == HONEST else ATTACKS[run.name](case)
    write(out / run.place, tasks, frames)


@lru_cache(maxsize=1)
def _faces() -> FacePipeline:
    # Faces are looked at here to guide somebody, and never compared.
    seeing = load_pipeline(ModelStore.default())
    return FacePipeline(seeing._detector, seeing._mesher, FakeEmbedder())


@lru_cache(maxsize=128)
def _person(portraits: Path | None, number: int) -> Person:
    if portraits:
        return people(1, portraits, first=number)[0]
    return blended([plain(seed) for seed in range(4)], number)

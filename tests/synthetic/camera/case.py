"""One attack: whom, by whom, on what challenge, where; and the ways in which it can be filmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import Setting, dressed, film, placed
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Motion, Place, Tasks, asked
from tests.synthetic.camera.practised import Show, practised

from visavis.face import FacePipeline
from visavis.liveness.frames import Frame

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """What is attacked.

    Attributes:
        person: who is imitated.
        attacker: who does it.
        tasks: what is asked.
        seed: of everything that differs from run to run.
        setting: where it is filmed.
        faces: what attackers practise with; None for those who do not, before whose heads the
            networks see no face.
    """

    person: Person
    attacker: Person
    tasks: Tasks
    seed: int
    setting: Setting
    faces: FacePipeline | None = None

    def known(self, show: Show, *more: Tasks) -> Mapping[Place, NDArray[np.float64]] | None:
        """Return where to go with something, for what is asked and more, if anybody practises."""
        if self.faces is None:
            return None
        tasks: Sequence[Tasks] = (self.tasks, *more)
        return practised(show, tasks, self.faces, seed=self.seed, setting=self.setting)

    def motion(self, show: Show) -> Motion:
        """Return how somebody moves who does what is asked with something."""
        return asked(
            self.tasks,
            seed=self.seed,
            speed=self.setting.speed,
            reach=self.setting.reach,
            distance=self.setting.distance,
            known=self.known(show),
        )

    def film(self, show: Show, motion: Motion) -> list[Frame]:
        """Return the film of a motion."""
        return film(
            lambda time: show(motion.at(time)), motion, seed=self.seed, setting=self.setting
        )

    def moved(self, show: Show) -> list[Frame]:
        """Return the film of something that is moved as asked."""
        return self.film(show, self.motion(show))

    def honest(self) -> list[Frame]:
        """Return the film of the person who does all that is asked."""
        someone = dressed(self.person, self.setting)
        return self.moved(lambda now: [placed(someone, now, self.setting)])

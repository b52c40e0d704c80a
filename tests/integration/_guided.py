"""Somebody in front of a camera who does what the screen says, in a time of their own."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.liveness.tasks import asking, both, far, pose_of
from tests.unit.staged_verification import HOLDER, Person, Staged, features

from visavis._operating_point import OperatingPoint
from visavis.attempts import Attempts
from visavis.cli import _screen, _verify_camera
from visavis.cli._screen import Moment, Screen
from visavis.face import FacePipeline
from visavis.liveness import Challenge, Frame, Instruction, LiveCapture, Step, Task
from visavis.liveness.challenge import HOLDS
from visavis.liveness.guidance import Goal
from visavis.passes import IssuerKey, TrustedIssuer, VerifierKey, issue
from visavis.status import Register
from visavis.types import EnrolmentMethod, Template
from visavis.verification import Verifier

BEGAN = datetime.now(UTC)
ISSUER, KEY = IssuerKey.generate(), VerifierKey.generate()
REGISTER = Register(None, issuer=ISSUER.id)
POINT = OperatingPoint("staged/test", "provisional", "fake", "fake", "", 1e-4, 0.943, 0.924)

_EVERY = 0.14  # seconds from frame to frame
_REACTION = 3  # frames, the present one among them
_SPEED = (8.0, 7.0, 5.0)  # degrees and centimetres from frame to frame
_MIDDLE = (0.0, 0.0, 65.0)
_BACK = {Instruction.MIDDLE, Instruction.MOVE_BACK}
_STAY = {Instruction.HOLD_IT, Instruction.LESS_FAR}

TASKS = (
    far(Step.TURN_LEFT, HOLDS[0]),
    both(Step.LOOK_UP, Step.TURN_RIGHT, HOLDS[0], HOLDS[0]),
    both(Step.COME_CLOSER, Step.LOOK_DOWN, HOLDS[0], HOLDS[0]),
    both(Step.TURN_RIGHT, Step.LOOK_UP, HOLDS[0], HOLDS[0]),
)
"""Both ways of a movement."""


def pass_of_holder(pin: str | None = None) -> bytes:
    """Return a pass of the holder for the staged verifier, with its status in order."""
    made = issue(
        Template.from_features(features(HOLDER), embedder="fake", preprocessing="fake"),
        issuer=ISSUER,
        verifier=KEY.public,
        purpose="entry",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=BEGAN - timedelta(days=1),
        lifetime=timedelta(days=30),
        status=REGISTER.take(),
        pin=pin,
    )
    return made.sealed


@dataclass
class Guided:
    """A camera, and who stands before it.

    Attributes:
        person: whose face it is.
        flat: whether it is a print of one.
        obeys: whether anything is done.
        stops: frame at which ctrl-C is pressed.
        tasks: what is drawn, instead of by chance.
        shown: everything that the screen showed.
        closed: whether screen and camera were left, in this order.
        opened: numbers of the cameras that were opened.
        captures: what was seen.
        read: frames that were asked for.
        at: seconds since it began.
        attempts: counts them.
    """

    person: Person = field(default_factory=lambda: HOLDER)
    flat: bool = False
    obeys: bool = True
    stops: int | None = None
    tasks: tuple[Task, ...] = TASKS
    shown: list[Moment] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    captures: list[LiveCapture] = field(default_factory=list)
    read: int = 0
    at: float = 0.0
    attempts: Attempts = field(default_factory=Attempts)

    def stands_there(self, patch: pytest.MonkeyPatch) -> Guided:
        """Put this in the place of the camera, of the clock and of the networks."""
        patch.setattr(_verify_camera, "open_camera", self._camera)
        patch.setattr(_verify_camera, "_now", lambda: BEGAN + timedelta(seconds=self.at))
        patch.setattr("visavis.liveness.challenge.draw", lambda _: self.tasks)
        original = _screen.open_screen

        @contextlib.contextmanager
        def watched(console: Any) -> Iterator[Screen]:
            with original(console) as screen:
                self._screen = screen
                try:
                    yield self
                finally:
                    self.closed.append("screen")

        patch.setattr(_verify_camera, "open_screen", watched)
        patch.setattr(_verify_camera, "LiveCapture", self._capture)
        patch.setattr(Verifier, "from_home", lambda _: self.verifier())
        return self

    def _capture(self, challenge: Challenge, faces: FacePipeline) -> LiveCapture:
        self.captures.append(LiveCapture(challenge, faces))
        return self.captures[-1]

    def verifier(self) -> Verifier:
        return Verifier(
            [KEY],
            issuers=[TrustedIssuer(ISSUER.public)],
            statuses=REGISTER,
            faces=Staged(),
            operating_point=POINT,
            attempts=self.attempts,
        )

    def show(self, moment: Moment, frame: Frame) -> None:
        self.shown.append(moment)
        self._screen.show(moment, frame)
        if self.stops is not None and len(self.shown) >= self.stops:
            raise KeyboardInterrupt

    def close(self) -> None:
        self._screen.close()

    @contextlib.contextmanager
    def _camera(self, number: int) -> Iterator[Iterator[Frame]]:
        self.opened.append(number)
        try:
            yield self._frames()
        finally:
            self.closed.append("camera")

    def _frames(self) -> Iterator[Frame]:
        pose = there = _MIDDLE
        asked: Goal | None = None
        for seed in itertools.count():
            self.at += _EVERY
            self.read += 1
            told = {
                "pose": pose,
                "person": list(self.person),
                "seed": seed,
                "flat": self.flat,
                "faces": 1,
            }
            yield Frame(json.dumps(told).encode(), self.at)
            if not self.obeys:
                continue
            # It takes a moment until what is shown is done.
            said = self.shown[max(-_REACTION, -len(self.shown))].instruction
            if said in _STAY:
                there = pose
            elif said in _BACK:
                there, asked = _MIDDLE, None
            elif goal := asking(said, asked):
                there, asked = pose_of(goal, home=_MIDDLE[2]), goal
            pose = tuple(  # type: ignore[assignment]
                now + max(-step, min(step, then - now))
                for now, then, step in zip(pose, there, _SPEED, strict=True)
            )

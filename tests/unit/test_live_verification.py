from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.liveness.tasks import both, far
from tests.unit.staged_verification import (
    HOLDER,
    RELATIVE,
    STRANGER,
    TWIN,
    Person,
    Staged,
    capture,
    features,
    frames,
)

from visavis import verification
from visavis._operating_point import OperatingPoint
from visavis.attempts import Attempts
from visavis.errors import (
    CannotDecide,
    HomeProblem,
    InvalidArgument,
    ModelProblem,
    NoMatch,
    PassRejected,
    SpoofSuspected,
    VisavisError,
)
from visavis.liveness import Challenge, Challenges, Frame, LiveCapture, Step, recorded
from visavis.passes import (
    HolderKey,
    IssuerKey,
    OpenedPass,
    Pass,
    Policy,
    TrustedIssuer,
    VerifierKey,
    issue,
    open_pass,
    present,
)
from visavis.status import Register
from visavis.types import EnrolmentMethod, FloatArray, Presence, Template, Tier
from visavis.verification import Verified, Verifier, require_live

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANSWERED = NOW + 40 * SECOND
ISSUER, KEY, PHONE = IssuerKey.generate(), VerifierKey.generate(), HolderKey.generate()
REGISTER = Register(None, issuer=ISSUER.id)
SESSION = bytes(range(32))
PIN = "843917"
POINT = OperatingPoint(
    id="staged/test",
    status="provisional",
    embedder="fake",
    preprocessing="fake",
    model_sha256="0" * 64,
    fmr_target=0.0001,
    match=0.943,
    same_capture=0.924,
)
TASKS = (
    far(Step.TURN_LEFT, 0.4),
    both(Step.LOOK_UP, Step.TURN_LEFT, 0.4, 1.2),
    both(Step.TURN_RIGHT, Step.LOOK_DOWN, 0.4, 0.4),
)


def pass_of(person: Person = HOLDER, **changes: object) -> Pass:
    template = Template.from_features(features(person), embedder="fake", preprocessing="fake")
    arguments: dict[str, object] = {
        "issuer": ISSUER,
        "verifier": KEY.public,
        "purpose": "Gym entrance",
        "enrolment": EnrolmentMethod.LIVE,
        "consent": bytes(32),
        "issued_at": NOW - timedelta(days=1),
        "lifetime": timedelta(days=30),
        "status": REGISTER.take(),
    }
    return issue(template, **(arguments | changes))  # type: ignore[arg-type]


def rests(*people: Person) -> Callable[[int, int], Person]:
    """Show one person at each rest, the last one to the end."""
    return lambda rest, _: people[min(rest, len(people) - 1)]


@dataclass
class Door:
    """A verifier with its counts, and somebody with a pass before it."""

    folder: Path
    presented: Pass = field(default_factory=pass_of)
    statuses: Any = REGISTER
    point: OperatingPoint = POINT
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        self.file = self.folder / "attempts.db"
        self.verifier = Verifier(
            [KEY],
            issuers=[TrustedIssuer(ISSUER.public)],
            statuses=self.statuses,
            faces=Staged(),
            operating_point=self.point,
            attempts=Attempts(self.file),
        )

    def ask(self, *, now: datetime = NOW, **more: Any) -> tuple[Challenge, bytes]:
        arguments: dict[str, Any] = {"session": SESSION, "policy": self.policy} | more
        return self.verifier.challenge(self.presented, now=now, **arguments)

    def answer(
        self, seen: LiveCapture, token: bytes, *, now: datetime = ANSWERED, **more: Any
    ) -> Verified:
        arguments: dict[str, Any] = {"session": SESSION, "policy": self.policy} | more
        presented = arguments.pop("presented", self.presented)
        return self.verifier.verify_live(presented, seen, token=token, now=now, **arguments)

    def replay(self, seen: LiveCapture, *, now: datetime = NOW, **more: Any) -> Verified:
        return self.verifier.verify_recording(
            self.presented, seen, policy=self.policy, now=now, **more
        )

    @property
    def counted(self) -> int:
        """Failures in a row with any pass."""
        with closing(sqlite3.connect(self.file)) as database:
            rows = database.execute("SELECT count FROM in_a_row").fetchall()
        return sum(count for (count,) in rows)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def reason(kind: type[VisavisError], act: Callable[[], object]) -> str:
    with pytest.raises(kind) as caught:
        act()
    assert type(caught.value) is kind
    return caught.value.reason


# What is asked, and who answers.


def test_the_holder_who_answers_is_verified_live(door: Door) -> None:
    for _ in range(5):
        challenge, token = door.ask()
        answer = door.answer(capture(challenge), token)
        assert answer.presence is Presence.LIVE
        assert answer.tier is Tier.BEARER
        assert answer.enrolment is EnrolmentMethod.LIVE
        assert answer.purpose == "Gym entrance"
        assert answer.operating_point == "staged/test"
        assert {"challenge_fresh", "one_person_throughout", "movement", "relief"} <= {
            *answer.checks
        }
        assert {"same_person", "not_revoked", "fresh_frames"} <= {*answer.checks}
        assert len(set(answer.checks)) == len(answer.checks)


def test_a_recording_is_verified_as_one(door: Door) -> None:
    answer = door.replay(capture(recorded(TASKS)))
    assert answer.presence is Presence.RECORDING
    assert "challenge_fresh" not in answer.checks
    assert {"one_person_throughout", "movement", "relief", "fresh_frames"} <= {*answer.checks}
    assert Verified(Tier.BEARER, EnrolmentMethod.LIVE, "x", "y").presence is Presence.NOT_CHECKED


def test_frames_may_come_one_by_one_through_the_faces_of_the_verifier(door: Door) -> None:
    challenge, token = door.ask()
    seen = LiveCapture(challenge, door.verifier.faces)
    for frame in frames(challenge.tasks, settled=5, most=0.15):
        seen.add(frame)
        if seen.finished:
            break
    assert door.answer(seen, token).presence is Presence.LIVE


def test_somebody_else_does_not_match(door: Door) -> None:
    for person in (STRANGER, RELATIVE):
        challenge, token = door.ask()
        seen = capture(challenge, rests(person))
        assert reason(NoMatch, lambda: door.answer(seen, token)) == "different_person"  # noqa: B023
        recording = capture(recorded(TASKS), rests(person))
        # The wait that the failures have brought is over.
        later = NOW + timedelta(hours=1)
        assert reason(NoMatch, lambda: door.replay(recording, now=later)) == "different_person"  # noqa: B023


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("swapped", [STRANGER, RELATIVE])
def test_another_person_at_one_rest_is_a_spoof(door: Door, place: int, swapped: Person) -> None:
    people = [swapped if rest == place else HOLDER for rest in range(4)]
    seen = capture(recorded(TASKS), rests(*people))
    assert reason(SpoofSuspected, lambda: door.replay(seen)) == "person_changed"
    assert door.counted == 1


@pytest.mark.parametrize("place", range(4))
def test_about_a_rest_that_looks_a_little_different_nothing_is_decided(
    door: Door, place: int
) -> None:
    least = POINT.same_capture
    for alike, answer in ((least + 0.015, "person_unclear"), (1 - (1 - least) / 3, None)):
        angle = np.arccos(alike)
        beside: Person = [(3, np.cos(angle)), (9, np.sin(angle))]
        people = [beside if rest == place else HOLDER for rest in range(4)]
        seen = capture(recorded(TASKS), rests(*people))
        if answer is None:
            require_live(recorded(TASKS), seen.looks, POINT)
        else:
            assert reason(CannotDecide, lambda: door.replay(seen)) == answer  # noqa: B023


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("swapped", [STRANGER, RELATIVE])
def test_another_person_in_one_frame_is_a_spoof(door: Door, place: int, swapped: Person) -> None:
    def person(rest: int, frame: int) -> Person:
        # One of those in the middle.
        return swapped if rest == place and frame == (2 if place == 0 else 3) else HOLDER

    challenge = recorded(TASKS)
    seen = capture(challenge, person)
    shown = [look.row for look in seen.looks if look.row is not None]
    assert sum(float(row @ features(HOLDER)) < 0.9 for row in shown) == 1
    assert reason(SpoofSuspected, lambda: door.replay(seen)) == "person_changed"


def test_a_swap_among_many_frames_shows_between_two_of_them(door: Door) -> None:
    """Half a long rest each: every frame is near the mean of the others, and so are the rests."""

    def person(rest: int, frame: int) -> Person:
        return TWIN if rest == 0 and frame > 6 else HOLDER

    shown = LiveCapture.of(recorded(TASKS), frames(TASKS, person, settled=12), Staged())
    rows = np.stack([look.row for look in shown.looks[:12] if look.row is not None])
    assert len(rows) == 12
    assert all(
        np.dot(row, other := rows.sum(0) - row) / np.linalg.norm(other) > 0.95 for row in rows
    )
    assert float(rows.mean(0) @ features(HOLDER)) > POINT.same_capture
    assert reason(SpoofSuspected, lambda: door.replay(shown)) == "person_changed"


def test_a_face_that_changes_little_by_little_is_not_one(door: Door) -> None:
    """From frame to frame it is alike, and at the middle of it is who is seen at other rests."""

    def person(rest: int, frame: int) -> Person:
        angle = np.radians(4.6 * min(frame - 1, 11) if rest == 0 else 25.3)
        return [(3, np.cos(angle)), (9, np.sin(angle))]

    shown = LiveCapture.of(recorded(TASKS), frames(TASKS, person, settled=12), Staged())
    rows = np.stack([look.row for look in shown.looks[:12] if look.row is not None])
    assert (rows[1:] * rows[:-1]).sum(1).min() > 0.98
    assert float(rows.mean(0) @ features(person(1, 0))) > POINT.same_capture
    assert reason(SpoofSuspected, lambda: door.replay(shown)) == "person_changed"


def test_a_rest_that_is_far_from_the_pass_is_not_carried_by_the_others(door: Door) -> None:
    """Alike enough to be one person, and all together alike enough to the pass."""
    beside = [[(3, np.cos(angle)), (9, np.sin(angle))] for angle in np.radians([8.0, 25.0])]
    seen = capture(recorded(TASKS), rests(beside[0], beside[1], beside[0], beside[0]))
    require_live(recorded(TASKS), seen.looks, POINT)
    rows = np.stack([look.row for look in seen.looks if look.row is not None])
    assert float(rows.mean(0) @ features(HOLDER)) > POINT.match
    assert reason(NoMatch, lambda: door.replay(seen)) == "different_person"
    # All of them at the nearer one are the holder.
    door.replay(capture(recorded(TASKS), rests(beside[0])), now=NOW + SECOND)


def test_features_that_are_no_numbers_are_never_one_person(door: Door) -> None:
    seen = capture(recorded(TASKS))
    for look in seen.looks:
        if look.row is not None:
            look.row.fill(np.nan)
    assert reason(SpoofSuspected, lambda: door.replay(seen)) == "person_changed"


def test_a_flat_print_and_other_movements_are_spoofs(door: Door) -> None:
    challenge, token = door.ask()
    seen = capture(challenge, flat=True)
    assert reason(SpoofSuspected, lambda: door.answer(seen, token)) == "flat"
    other = LiveCapture.of(recorded(TASKS), frames(TASKS[::-1]), Staged())
    assert reason(SpoofSuspected, lambda: door.replay(other)) == "other_movement"


def test_strictness_is_handed_on_to_what_checks_relief() -> None:
    seen = capture(recorded(TASKS))
    require_live(recorded(TASKS), seen.looks, POINT)
    with pytest.raises(SpoofSuspected):
        require_live(recorded(TASKS), seen.looks, POINT, strictness=100.0)


def test_an_answer_that_is_not_whole_or_shows_two_is_no_decision(door: Door) -> None:
    challenge, token = door.ask()
    assert reason(CannotDecide, lambda: door.answer(capture(challenge, faces=2), token)) == (
        "several_faces"
    )
    challenge, token = door.ask()
    empty = LiveCapture(challenge, Staged())
    assert reason(CannotDecide, lambda: door.answer(empty, token)) == "no_face"
    half = LiveCapture.of(recorded(TASKS), frames(TASKS[:1]), Staged())
    assert reason(CannotDecide, lambda: door.replay(half, now=NOW + timedelta(hours=1))) == (
        "step_not_seen"
    )


def test_features_of_other_models_are_not_compared(door: Door) -> None:
    class Other(Staged):
        @property
        def embedder(self) -> str:
            return "another"

    seen = LiveCapture.of(recorded(TASKS), frames(TASKS), Other())
    assert reason(InvalidArgument, lambda: door.replay(seen)) == "wrong_capture"


# Which challenge is answered.


def test_a_challenge_is_answered_once(door: Door) -> None:
    challenge, token = door.ask()
    door.answer(capture(challenge), token)
    seen = capture(challenge)
    assert reason(SpoofSuspected, lambda: door.answer(seen, token)) == "challenge_refused"


@pytest.mark.parametrize("run", range(60))
def test_no_stale_challenge_is_accepted_of_twenty_people(tmp_path: Path, run: int) -> None:
    """What would be accepted if it were fresh, which is tried too: used, late, or another's."""
    angle = np.pi * (run % 20) / 20
    person: Person = [(3, np.cos(angle)), (9, np.sin(angle))]
    door = Door(tmp_path, pass_of(person))
    old, token = door.ask()
    assert door.answer(capture(old, rests(person)), token).presence is Presence.LIVE
    newer, fresh = door.ask()
    again = capture(newer, rests(person))
    stale: dict[str, Callable[[], object]] = {
        "used": lambda: door.answer(capture(old, rests(person)), token),
        "earlier answer": lambda: door.answer(capture(old, rests(person)), fresh),
        "late": lambda: door.answer(again, fresh, now=NOW + 60 * SECOND),
        "another session": lambda: door.answer(again, fresh, session=bytes(32)),
    }
    kind = list(stale)[run // 20 if run < 40 else 2 + run % 2]
    assert reason(SpoofSuspected, stale[kind]) == "challenge_refused"


def test_an_answer_that_failed_uses_the_challenge_up(door: Door) -> None:
    challenge, token = door.ask()
    with pytest.raises(CannotDecide):
        door.answer(capture(challenge, faces=2), token)
    seen = capture(challenge)
    assert reason(SpoofSuspected, lambda: door.answer(seen, token)) == "challenge_refused"


def test_a_challenge_of_something_else_is_refused(door: Door, tmp_path: Path) -> None:
    challenge, token = door.ask()
    elsewhere = Door(tmp_path / "..", door.presented)
    foreign = Challenges().issue(SESSION, verifier=KEY.id, now=NOW)[1]
    altered = bytes([*token[:-1], token[-1] ^ 1])
    attacks: dict[str, Callable[[], object]] = {
        "session": lambda: door.answer(capture(challenge), token, session=bytes(32)),
        "pass": lambda: door.answer(capture(challenge), token, presented=pass_of()),
        "verifier": lambda: elsewhere.answer(capture(challenge), token),
        "not drawn here": lambda: door.answer(capture(challenge), foreign),
        "altered": lambda: door.answer(capture(challenge), altered),
        "nothing": lambda: door.answer(capture(challenge), b""),
        "expired": lambda: door.answer(capture(challenge), token, now=NOW + 60 * SECOND),
        "before": lambda: door.answer(capture(challenge), token, now=NOW - SECOND),
    }
    for name, attack in attacks.items():
        assert reason(SpoofSuspected, attack) == "challenge_refused", name
    # None of it has used the challenge up.
    assert door.answer(capture(challenge), token).presence is Presence.LIVE


def test_a_challenge_is_bound_to_the_key_of_the_verifier(door: Door) -> None:
    challenge, token = door.ask()
    other = Verifier(
        [VerifierKey.generate(), KEY],
        issuers=[TrustedIssuer(ISSUER.public)],
        statuses=REGISTER,
        faces=Staged(),
        operating_point=POINT,
    )
    other._challenges = door.verifier._challenges
    with pytest.raises(SpoofSuspected) as caught:
        other.verify_live(
            door.presented,
            capture(challenge),
            token=token,
            session=SESSION,
            policy=Policy(),
            now=ANSWERED,
        )
    assert caught.value.reason == "challenge_refused"


def test_the_answer_to_another_challenge_is_refused(door: Door) -> None:
    first, second = door.ask(), door.ask()
    seen = capture(first[0])
    assert reason(SpoofSuspected, lambda: door.answer(seen, second[1])) == "challenge_refused"
    seen = capture(recorded(first[0].tasks))
    assert reason(SpoofSuspected, lambda: door.answer(seen, first[1])) == "challenge_refused"


def test_an_answer_cannot_last_longer_than_the_challenge_is_known(door: Door) -> None:
    challenge, token = door.ask()
    seen = capture(challenge)
    lasted = timedelta(seconds=seen.looks[-1].at - seen.looks[0].at)
    early = NOW + lasted - timedelta(milliseconds=1)
    assert reason(SpoofSuspected, lambda: door.answer(seen, token, now=early)) == (
        "older_than_challenge"
    )
    challenge, token = door.ask()
    seen = capture(challenge)
    lasted = timedelta(seconds=seen.looks[-1].at - seen.looks[0].at)
    door.answer(seen, token, now=NOW + lasted + timedelta(milliseconds=1))


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1e9])
def test_a_time_that_cannot_be_is_no_answer(door: Door, at: float) -> None:
    challenge, token = door.ask()
    seen = capture(challenge)
    seen._looks[-1] = replace(seen._looks[-1], at=at)
    assert reason(SpoofSuspected, lambda: door.answer(seen, token)) == "older_than_challenge"


@pytest.mark.parametrize("session", [b"", bytes(15), bytes(65), "x" * 32, None])
def test_a_session_is_16_to_64_bytes(door: Door, session: Any) -> None:
    assert reason(InvalidArgument, lambda: door.ask(session=session)) == "session_length"
    challenge, token = door.ask()
    answer = lambda: door.answer(capture(challenge), token, session=session)  # noqa: E731
    assert reason(InvalidArgument, answer) == "session_length"
    assert door.counted == 1


def test_what_cannot_be_an_argument_uses_nothing_up(door: Door) -> None:
    naive = NOW.replace(tzinfo=None)
    assert reason(InvalidArgument, lambda: door.ask(now=naive)) == "naive_datetime"
    challenge, token = door.ask()
    for wrong in ("text", None):
        answer = lambda: door.answer(capture(challenge), wrong)  # type: ignore[arg-type]  # noqa: B023, E731
        assert reason(InvalidArgument, answer) == "bad_token"
    answer = lambda: door.answer(capture(challenge), token, now=naive)  # noqa: E731
    assert reason(InvalidArgument, answer) == "naive_datetime"
    door.answer(capture(challenge), token)


# What the pass is asked.


class _Unknown:
    """Statuses that cannot be found out."""

    def require_valid(self, *_: object, **__: object) -> None:
        raise HomeProblem("register_damaged", "The register is damaged.", "Repair it.")


def called_back() -> Pass:
    place = REGISTER.take()
    REGISTER.call_back(place)
    return pass_of(status=place)


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("expired", {"presented": lambda: pass_of(lifetime=timedelta(hours=1))}, 0),
    ("revoked", {"presented": called_back}, 0),
    ("wrong_verifier", {"presented": lambda: pass_of(verifier=VerifierKey.generate().public)}, 0),
    ("tier_too_low", {"policy": Policy(lowest_tier=Tier.PIN)}, 0),
    ("malformed", {"presented": lambda: Pass(b"\xa0")}, 0),
    ("pin_required", {"presented": lambda: pass_of(pin=PIN)}, 0),
    ("wrong_pin", {"presented": lambda: pass_of(pin=PIN), "pin": "843918"}, 1),
    ("proof_missing", {"presented": lambda: pass_of(holder=PHONE.public)}, 0),
    ("register_damaged", {"statuses": _Unknown()}, 0),
    ("operating_point_provisional", {"policy": Policy(proven_operating_point=True)}, 0),
]


@pytest.mark.parametrize(("why", "how", "counts"), REFUSED, ids=[row[0] for row in REFUSED])
def test_nothing_is_asked_of_somebody_whose_pass_is_refused(
    tmp_path: Path, why: str, how: dict[str, Any], counts: int
) -> None:
    door = Door(
        tmp_path,
        presented=how.get("presented", pass_of)(),
        statuses=how.get("statuses", REGISTER),
        policy=how.get("policy", Policy()),
    )
    with pytest.raises((PassRejected, HomeProblem, ModelProblem)) as caught:
        door.ask(pin=how.get("pin"))
    assert caught.value.reason == why
    if door.file.exists():
        assert door.counted == counts
    else:
        assert counts == 0


def test_a_pass_is_asked_again_when_the_answer_comes(door: Door) -> None:
    place = REGISTER.take()
    door.presented = pass_of(status=place)
    challenge, token = door.ask()
    REGISTER.call_back(place)
    assert reason(PassRejected, lambda: door.answer(capture(challenge), token)) == "revoked"
    assert door.counted == 1
    door.presented = pass_of(pin=PIN)
    challenge, token = door.ask(pin=PIN)
    wrong = lambda: door.answer(capture(challenge), token, pin="843918")  # noqa: E731
    assert reason(PassRejected, wrong) == "wrong_pin"
    # Nor can the PIN be guessed with it: it is used up.
    assert reason(SpoofSuspected, wrong) == "challenge_refused"
    challenge, token = door.ask(pin=PIN)
    assert door.answer(capture(challenge), token, pin=PIN).tier is Tier.PIN


def test_a_proof_is_used_up_by_the_answer_and_not_by_asking(door: Door) -> None:
    sealed = pass_of(holder=PHONE.public)
    door.presented = present(sealed, holder=PHONE, now=NOW)
    door.ask()
    challenge, token = door.ask()
    assert door.answer(capture(challenge), token).tier is Tier.HOLDER_KEY
    challenge, token = door.ask()
    assert reason(PassRejected, lambda: door.answer(capture(challenge), token)) == "proof_replayed"
    # A new one of the same pass will do for what was asked with the one before.
    challenge, token = door.ask()
    again = present(sealed, holder=PHONE, now=ANSWERED)
    assert door.answer(capture(challenge), token, presented=again).presence is Presence.LIVE
    later = NOW + timedelta(hours=1)
    assert reason(PassRejected, lambda: door.ask(now=later)) == "proof_stale"
    assert door.counted == 0


def test_a_nonce_is_signed_for_asking_and_for_the_answer(door: Door) -> None:
    nonce = bytes(range(16))
    sealed = pass_of(holder=PHONE.public)
    door.presented = present(sealed, holder=PHONE, now=NOW, nonce=nonce)
    assert reason(PassRejected, door.ask) == "proof_wrong_nonce"
    challenge, token = door.ask(nonce=nonce)
    assert door.answer(capture(challenge), token, nonce=nonce).tier is Tier.HOLDER_KEY


# What is counted.


def _spoof(challenge: Challenge) -> LiveCapture:
    return capture(challenge, flat=True)


def _stranger(challenge: Challenge) -> LiveCapture:
    return capture(challenge, rests(STRANGER))


def _two(challenge: Challenge) -> LiveCapture:
    return capture(challenge, faces=2)


@pytest.mark.parametrize(
    ("show", "kind"), [(_spoof, SpoofSuspected), (_stranger, NoMatch), (_two, CannotDecide)]
)
def test_asking_counts_once_whatever_comes_of_the_answer(
    door: Door, show: Callable[[Challenge], LiveCapture], kind: type[VisavisError]
) -> None:
    for asked in (1, 2):
        challenge, token = door.ask()
        assert door.counted == asked
        with pytest.raises(kind):
            door.answer(show(challenge), token)
        assert door.counted == asked
    challenge, token = door.ask()
    # The holder, although the pass has to wait now.
    assert reason(PassRejected, door.ask) == "too_many_attempts"
    door.answer(capture(challenge), token)
    assert door.counted == 0
    door.ask()


@pytest.mark.parametrize(
    ("show", "kind", "counts"),
    [(_spoof, SpoofSuspected, 1), (_stranger, NoMatch, 1), (_two, CannotDecide, 0)],
)
def test_of_recordings_a_spoof_and_somebody_else_count(
    door: Door, show: Callable[[Challenge], LiveCapture], kind: type[VisavisError], counts: int
) -> None:
    for number in (1, 2, 3):
        with pytest.raises(kind):
            door.replay(show(recorded(TASKS)))
        assert door.counted == counts * number
    if counts:
        seen = capture(recorded(TASKS))
        assert reason(PassRejected, lambda: door.replay(seen)) == "too_many_attempts"
    door.replay(capture(recorded(TASKS)), now=NOW + timedelta(minutes=1))
    assert door.counted == 0


def test_fifty_challenges_disable_a_pass_and_the_last_may_be_answered(door: Door) -> None:
    for number in range(50):
        challenge, token = door.ask(now=NOW + number * 30 * SECOND)
    last = NOW + 49 * 30 * SECOND
    assert reason(PassRejected, lambda: door.ask(now=last + timedelta(days=1))) == "disabled"
    door.answer(capture(challenge), token, now=last + 40 * SECOND)
    assert door.counted == 0


def test_a_challenge_that_cannot_be_counted_is_not_drawn(door: Door) -> None:
    door.file.write_bytes(b"not a database" * 100)
    assert reason(HomeProblem, door.ask) == "attempts_unusable"


def test_where_success_cannot_be_counted_nobody_is_verified(door: Door) -> None:
    challenge, token = door.ask()
    door.file.write_bytes(b"not a database" * 100)
    seen = capture(challenge)
    assert reason(HomeProblem, lambda: door.answer(seen, token)) == "attempts_unusable"
    assert seen.looks == ()


def at_once(times: int, act: Callable[[int], object]) -> list[object]:
    """Do something in several threads, and return what came of it, or why nothing did."""
    results: list[object] = []
    ready = threading.Barrier(times)

    def run(number: int) -> None:
        ready.wait()
        try:
            results.append(act(number))
        except VisavisError as error:
            results.append(error.reason)

    threads = [threading.Thread(target=run, args=[number]) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_who_ask_at_once_three_are_answered(door: Door) -> None:
    results = at_once(8, lambda _: door.ask())
    assert results.count("too_many_attempts") == 5
    assert door.counted == 3


def test_of_many_who_answer_at_once_one_is_verified(door: Door) -> None:
    challenge, token = door.ask()
    shown = [capture(challenge) for _ in range(6)]
    results = at_once(6, lambda number: door.answer(shown[number], token))
    assert results.count("challenge_refused") == 5
    assert sum(isinstance(result, Verified) for result in results) == 1


# What is left.


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("show", [capture, _spoof, _stranger, _two])
def test_what_was_seen_is_erased_whatever_comes_of_it(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    show: Callable[[Challenge], LiveCapture],
    live: bool,
) -> None:
    opened: list[OpenedPass] = []

    def noted(*arguments: Any, **more: Any) -> OpenedPass:
        opened.append(genuine(*arguments, **more))
        assert opened[-1].template.reveal().any()
        return opened[-1]

    genuine = open_pass
    monkeypatch.setattr("visavis._admission.open_pass", noted)
    copies: list[FloatArray] = []

    def copied(*arguments: Any) -> list[FloatArray]:
        made = genuine_rests(*arguments)
        copies.extend(made)
        return made

    genuine_rests = verification._rests
    monkeypatch.setattr(verification, "_rests", copied)
    challenge, token = door.ask() if live else (recorded(TASKS), b"")
    assert len(opened) == live
    assert not any(each.template.reveal().any() for each in opened)
    seen = show(challenge)
    looks = seen.looks
    with contextlib.suppress(VisavisError):
        _ = door.answer(seen, token) if live else door.replay(seen)
    assert len(opened) == 1 + live
    assert not any(each.template.reveal().any() for each in opened)
    assert seen.looks == ()
    rows = [look.row for look in looks if look.row is not None]
    assert rows
    assert not any(row.any() for row in rows)
    assert not any(copy.any() for copy in copies)
    # Nothing was compared where nobody living was seen; otherwise it was with the pass.
    assert len(copies) in {0, len(challenge.tasks) + 1, 2 * len(challenge.tasks) + 2}


@pytest.mark.parametrize("wrong", [{"session": b""}, {"token": b""}, {"now": datetime.max}])
def test_what_was_seen_is_erased_even_if_it_was_not_looked_at(
    door: Door, wrong: dict[str, Any]
) -> None:
    challenge, token = door.ask()
    seen = capture(challenge)
    with pytest.raises(VisavisError):
        door.answer(seen, **({"token": token} | wrong))
    assert seen.looks == ()


def test_a_frame_that_is_no_picture_is_no_decision(door: Door) -> None:
    challenge, _ = door.ask()
    with pytest.raises(CannotDecide):
        LiveCapture(challenge, door.verifier.faces).add(Frame(b"", 0.0))

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from visavis._operating_point import OperatingPoint
from visavis.attempts import Attempts
from visavis.errors import (
    CannotDecide,
    InvalidArgument,
    ModelProblem,
    NoMatch,
    NotVerified,
    PassRejected,
)
from visavis.face import Capture, FacePipeline
from visavis.face._detect import Detection
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, fake_pipeline, photo
from visavis.passes import (
    HolderKey,
    IssuerKey,
    Pass,
    Policy,
    TrustedIssuer,
    VerifierKey,
    issue,
    new_nonce,
    present,
)
from visavis.status import Register
from visavis.types import EnrolmentMethod, FloatArray, Template, Tier
from visavis.verification import Verified, Verifier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER, KEY = IssuerKey.generate(), VerifierKey.generate()
REGISTER = Register(None, issuer=ISSUER.id)
PHONE = HolderKey.generate()
PIN = "843917"
POINT = OperatingPoint(
    id="fake/test",
    status="provisional",
    embedder="fake",
    preprocessing="fake",
    model_sha256="0" * 64,
    fmr_target=0.0001,
    match=0.9,
    same_capture=0.8,
)


class Untouchable(FakeDetector):
    """Fails the test when a face is looked for."""

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:  # noqa: ARG002
        raise AssertionError(f"a face was looked for in {image.size}")


def pass_of(person: int, photos: int = 1, **changes: object) -> Pass:
    capture = Capture([photo(person, seed=100 + seed) for seed in range(photos)])
    template = fake_pipeline().features(capture).template()
    arguments: dict[str, object] = {
        "issuer": ISSUER,
        "verifier": KEY.public,
        "purpose": "Gym entrance",
        "enrolment": EnrolmentMethod.PHOTO,
        "consent": bytes(32),
        "issued_at": NOW,
        "lifetime": timedelta(days=30),
        "status": REGISTER.take(),
    }
    return issue(template, **(arguments | changes))  # type: ignore[arg-type]


def verifier(
    faces: FacePipeline | None = None,
    point: OperatingPoint = POINT,
    attempts: Attempts | None = None,
) -> Verifier:
    return Verifier(
        [KEY],
        issuers=[TrustedIssuer(ISSUER.public)],
        statuses=REGISTER,
        faces=faces or fake_pipeline(),
        operating_point=point,
        attempts=attempts,
    )


def verify(presented: Pass, *photos: bytes, by: Verifier | None = None) -> Verified:
    return (by or verifier()).verify(
        presented, Capture(photos), policy=Policy(), now=NOW + timedelta(days=1)
    )


@pytest.mark.parametrize("person", range(16))
def test_the_person_the_pass_was_issued_to_is_verified(person: int) -> None:
    assert isinstance(verify(pass_of(person), photo(person, seed=1)), Verified)


@pytest.mark.parametrize("enrolled", [1, 3, 20])
@pytest.mark.parametrize("presented", [1, 3, 20])
def test_any_number_of_photos_on_either_side_will_do(enrolled: int, presented: int) -> None:
    photos = [photo(5, seed=seed, face=80) for seed in range(presented)]
    verify(pass_of(5, enrolled), *photos)


@pytest.mark.parametrize("other", [0, 4, 6, 15])
def test_somebody_else_does_not_match(other: int) -> None:
    with pytest.raises(NoMatch) as caught:
        verify(pass_of(5, 3), photo(other))
    assert caught.value.reason == "different_person"


def test_the_facts_are_those_of_the_pass() -> None:
    presented = pass_of(3, purpose="Staff canteen", enrolment=EnrolmentMethod.LIVE)
    verified = verify(presented, photo(3))
    assert verified.tier is Tier.BEARER
    assert verified.enrolment is EnrolmentMethod.LIVE
    assert verified.purpose == "Staff canteen"
    assert verified.operating_point == verifier().operating_point == "fake/test"
    assert verified.checks[0] == "sealed_to_this_verifier"
    assert verified.checks[-1] == "same_person"


def test_photos_of_two_people_are_refused_whoever_the_pass_is_for() -> None:
    for person in (3, 7):
        for photos in ([3, 7], [7, 3], [3, 3, 7], [3, 3, 3, 3, 3, 7]):
            with pytest.raises(CannotDecide) as caught:
                verify(pass_of(person), *(photo(who, seed=n) for n, who in enumerate(photos)))
            assert caught.value.reason == "photos_differ"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [(photo(), "no_face"), (photo(3, 7), "several_faces"), (b"", "photo_empty")],
)
def test_a_bad_capture_is_no_decision(bad: bytes, reason: str) -> None:
    for photos in ([bad], [photo(3), bad]):
        with pytest.raises(CannotDecide) as caught:
            verify(pass_of(3), *photos)
        assert caught.value.reason == reason


def called_back() -> Pass:
    place = REGISTER.take()
    REGISTER.call_back(place)
    return pass_of(3, status=place)


def never_taken() -> int:
    return next(place for place in range(131_072) if not REGISTER.has(place))


def on_the_phone(moment: datetime) -> Pass:
    return present(pass_of(3, holder=PHONE.public), holder=PHONE, now=moment)


REJECTED: list[tuple[str, Callable[[], Pass], Policy, timedelta]] = [
    ("expired", lambda: pass_of(3), Policy(), timedelta(days=31)),
    ("not_yet_valid", lambda: pass_of(3), Policy(), timedelta(days=-1)),
    (
        "wrong_verifier",
        lambda: pass_of(3, verifier=VerifierKey.generate().public),
        Policy(),
        timedelta(days=1),
    ),
    (
        "unknown_issuer",
        lambda: pass_of(3, issuer=IssuerKey.generate()),
        Policy(),
        timedelta(days=1),
    ),
    (
        "wrong_purpose",
        lambda: pass_of(3),
        Policy(purposes=frozenset({"Library"})),
        timedelta(days=1),
    ),
    ("tier_too_low", lambda: pass_of(3), Policy(lowest_tier=Tier.PIN), timedelta(days=1)),
    (
        "enrolment_too_weak",
        lambda: pass_of(3),
        Policy(lowest_enrolment=EnrolmentMethod.LIVE),
        timedelta(days=1),
    ),
    ("wrong_embedder", lambda: other_template("fake", "other"), Policy(), timedelta(days=1)),
    ("wrong_embedder", lambda: other_template("other", "fake"), Policy(), timedelta(days=1)),
    ("revoked", called_back, Policy(), timedelta(days=1)),
    ("status_missing", lambda: pass_of(3, status=never_taken()), Policy(), timedelta(days=1)),
    ("pin_required", lambda: pass_of(3, pin=PIN), Policy(), timedelta(days=1)),
    ("proof_missing", lambda: pass_of(3, holder=PHONE.public), Policy(), timedelta(days=1)),
    ("proof_stale", lambda: on_the_phone(NOW), Policy(), timedelta(days=1)),
    ("issuer_not_accepted", lambda: pass_of(3), Policy(issuers=frozenset()), timedelta(days=1)),
    ("malformed", lambda: Pass(b"\xa0"), Policy(), timedelta(days=1)),
    ("empty", lambda: Pass(b""), Policy(), timedelta(days=1)),
]


def other_template(embedder: str, preprocessing: str) -> Pass:
    values = np.arange(1, 128, dtype=np.int8)
    template = Template(values, embedder=embedder, preprocessing=preprocessing)
    return issue(
        template,
        issuer=ISSUER,
        verifier=KEY.public,
        purpose="Gym entrance",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=NOW,
        lifetime=timedelta(days=30),
        status=REGISTER.take(),
    )


@pytest.mark.parametrize(("reason", "make", "policy", "after"), REJECTED)
def test_no_face_is_looked_for_when_the_pass_is_rejected(
    reason: str, make: Callable[[], Pass], policy: Policy, after: timedelta
) -> None:
    blind = verifier(FacePipeline(Untouchable(), FakeMesher(), FakeEmbedder()))
    # Not even an empty photo is noticed.
    for capture in (Capture([photo(3)]), Capture([b""])):
        with pytest.raises(PassRejected) as caught:
            blind.verify(make(), capture, policy=policy, now=NOW + after)
        assert caught.value.reason == reason


def test_a_time_without_a_zone_is_refused_before_a_face_is_looked_for() -> None:
    blind = verifier(FacePipeline(Untouchable(), FakeMesher(), FakeEmbedder()))
    presented, naive = pass_of(3), NOW.replace(tzinfo=None)
    with pytest.raises(InvalidArgument) as caught:
        blind.verify(presented, Capture([photo(3)]), policy=Policy(), now=naive)
    assert caught.value.reason == "naive_datetime"


@pytest.mark.parametrize("change", [{"embedder": "other"}, {"preprocessing": "other"}])
def test_a_threshold_of_another_embedder_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        verifier(point=replace(POINT, **change))  # type: ignore[arg-type]
    assert caught.value.reason == "wrong_operating_point"


def test_a_policy_may_ask_for_a_proven_threshold_before_anything_else() -> None:
    attempts = Attempts()
    policy = Policy(proven_operating_point=True)
    blind = verifier(FacePipeline(Untouchable(), FakeMesher(), FakeEmbedder()), attempts=attempts)
    presented, now = pass_of(3), NOW + timedelta(days=1)
    # Not even a pass that cannot be read is noticed, and nothing is counted, however often.
    for one in (presented, Pass(b"\xa0"), presented, presented, presented, presented):
        with pytest.raises(ModelProblem) as caught:
            blind.verify(one, Capture([b""]), policy=policy, now=now)
        assert caught.value.reason == "operating_point_provisional"
        assert POINT.id in caught.value.message
    proven = verifier(point=replace(POINT, status="proven"), attempts=attempts)
    proven.verify(presented, Capture([photo(3)]), policy=policy, now=now)


@pytest.mark.parametrize("status", ["", "Proven", "proven ", "measured"])
def test_only_one_word_means_proven(status: str) -> None:
    with pytest.raises(ModelProblem):
        verifier(point=replace(POINT, status=status)).verify(
            pass_of(3), Capture([photo(3)]), policy=Policy(proven_operating_point=True), now=NOW
        )


def test_the_threshold_decides_and_nothing_else() -> None:
    presented = pass_of(3)
    with pytest.raises(NoMatch):
        verify(presented, photo(3), by=verifier(point=replace(POINT, match=1.01)))
    verify(presented, photo(9), by=verifier(point=replace(POINT, match=-1.01)))


class NotANumber(FakeEmbedder):
    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        return super().embed(chip) * np.float32("nan")


@pytest.mark.parametrize(("photos", "answer"), [(1, NoMatch), (2, CannotDecide)])
def test_what_is_not_a_number_never_verifies(photos: int, answer: type[NotVerified]) -> None:
    broken = verifier(FacePipeline(FakeDetector(), FakeMesher(), NotANumber()))
    with pytest.raises(answer):
        verify(pass_of(3), *[photo(3)] * photos, by=broken)


def reason_of(by: Verifier, presented: Pass, person: int, now: datetime, **more: Any) -> str:
    try:
        capture = Capture([photo(person, seed=1)])
        by.verify(presented, capture, policy=Policy(), now=now, **more)
    except NotVerified as error:
        return error.reason
    return "verified"


def test_a_pass_with_a_pin_needs_both_the_pin_and_the_face() -> None:
    by, presented = verifier(), pass_of(3, pin=PIN)
    assert reason_of(by, presented, 3, NOW, pin="843918") == "wrong_pin"
    assert reason_of(by, presented, 9, NOW, pin=PIN) == "different_person"
    answer = by.verify(presented, Capture([photo(3)]), policy=Policy(), now=NOW, pin=PIN)
    assert answer.tier is Tier.PIN


def test_a_pass_on_a_phone_needs_both_the_phone_and_the_face() -> None:
    by = verifier()
    assert reason_of(by, on_the_phone(NOW), 9, NOW) == "different_person"
    strict = Policy(lowest_tier=Tier.HOLDER_KEY)
    answer = by.verify(on_the_phone(NOW), Capture([photo(3)]), policy=strict, now=NOW)
    assert answer.tier is Tier.HOLDER_KEY


def test_what_was_presented_once_is_not_accepted_again() -> None:
    by, shown = verifier(), on_the_phone(NOW)
    assert reason_of(by, shown, 3, NOW) == "verified"
    assert reason_of(by, shown, 3, NOW) == "proof_replayed"
    # Nor on the next try after a bad photo: the phone makes a new one.
    shown = present(Pass(shown.sealed), holder=PHONE, now=NOW)
    with pytest.raises(CannotDecide):
        by.verify(shown, Capture([photo()]), policy=Policy(), now=NOW)
    assert reason_of(by, shown, 3, NOW) == "proof_replayed"


def test_a_nonce_that_was_given_out_must_be_signed() -> None:
    by, sealed, nonce = verifier(), pass_of(3, holder=PHONE.public), new_nonce()
    shown = present(sealed, holder=PHONE, now=NOW, nonce=nonce)
    assert reason_of(by, shown, 3, NOW) == "proof_wrong_nonce"
    assert reason_of(by, shown, 3, NOW, nonce=new_nonce()) == "proof_wrong_nonce"
    assert reason_of(by, shown, 3, NOW, nonce=nonce) == "verified"
    assert reason_of(by, shown, 3, NOW, nonce=nonce) == "proof_replayed"


@pytest.mark.parametrize("person", [3, 9])
def test_three_failures_and_then_a_wait(person: int) -> None:
    by, presented = verifier(), pass_of(3, pin=PIN)
    wrong = "843918" if person == 3 else PIN
    expected = "wrong_pin" if person == 3 else "different_person"
    for _ in range(3):
        assert reason_of(by, presented, person, NOW, pin=wrong) == expected
    soon, later = NOW + timedelta(seconds=29), NOW + timedelta(seconds=30)
    assert reason_of(by, presented, 3, soon, pin=PIN) == "too_many_attempts"
    assert reason_of(by, presented, person, later, pin=wrong) == expected
    assert reason_of(by, presented, 3, later, pin=PIN) == "too_many_attempts"
    assert reason_of(by, presented, 3, later + timedelta(seconds=30), pin=PIN) == "verified"
    assert reason_of(by, presented, person, later + timedelta(minutes=1), pin=wrong) == expected


def test_fifty_failures_disable_a_pass_and_a_new_one_is_the_way_on() -> None:
    by, presented, now = verifier(), pass_of(3), NOW
    for _ in range(50):
        assert reason_of(by, presented, 9, now) == "different_person"
        now += timedelta(hours=1)
    assert reason_of(by, presented, 3, now) == "disabled"
    # No face is looked for.
    with pytest.raises(PassRejected):
        by.verify(presented, Capture([b""]), policy=Policy(), now=now)
    assert reason_of(by, pass_of(3), 3, now) == "verified"


def test_what_is_nobodys_fault_is_not_counted() -> None:
    by, presented = verifier(), pass_of(3)
    for _ in range(5):
        with pytest.raises(CannotDecide):
            by.verify(presented, Capture([photo()]), policy=Policy(), now=NOW)
        assert reason_of(by, presented, 3, NOW - timedelta(days=1)) == "not_yet_valid"
    assert reason_of(by, presented, 3, NOW) == "verified"

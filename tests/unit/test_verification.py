from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from visavis._operating_point import OperatingPoint
from visavis.errors import CannotDecide, InvalidArgument, NoMatch, NotVerified, PassRejected
from visavis.face import Capture, FacePipeline
from visavis.face._detect import Detection
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, fake_pipeline, photo
from visavis.passes import IssuerKey, Pass, Policy, VerifierKey, issue
from visavis.types import EnrolmentMethod, FloatArray, Template, Tier
from visavis.verification import Verified, Verifier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER, KEY = IssuerKey.generate(), VerifierKey.generate()
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

    def detect(self, image: Image.Image) -> list[Detection]:
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
    }
    return issue(template, **(arguments | changes))  # type: ignore[arg-type]


def verifier(faces: FacePipeline | None = None, point: OperatingPoint = POINT) -> Verifier:
    return Verifier(
        KEY, issuers=[ISSUER.public], faces=faces or fake_pipeline(), operating_point=point
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

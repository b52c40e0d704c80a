from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from visavis._operating_point import OperatingPoint
from visavis.enrolment import Consent, Issuer, consent_notice
from visavis.errors import (
    CannotDecide,
    ConsentRequired,
    InvalidArgument,
    NoMatch,
    PassRejected,
    VisavisError,
)
from visavis.face import Capture, CaptureFeatures, FacePipeline
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, fake_pipeline, photo
from visavis.passes import (
    LONGEST_LIFETIME,
    HolderKey,
    IssuerKey,
    OpenedPass,
    Policy,
    TrustedIssuer,
    VerifierKey,
    open_pass,
)
from visavis.status import Register
from visavis.types import EnrolmentMethod, Template, Tier
from visavis.verification import Verifier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER, KEY = IssuerKey.generate(), VerifierKey.generate()
TRUSTED = [TrustedIssuer(ISSUER.public)]
REGISTER = Register(None, issuer=ISSUER.id)
POINT = OperatingPoint("fake/test", "provisional", "fake", "fake", "0" * 64, 0.0001, 0.9, 0.8)
CONSENT = Consent("Gym entrance", timedelta(days=30), NOW)


class RecordingPipeline(FacePipeline):
    """Keeps the features that it gave away, to see what becomes of them."""

    def __init__(self) -> None:
        super().__init__(FakeDetector(), FakeMesher(), FakeEmbedder())
        self.given: list[CaptureFeatures] = []

    def features(self, capture: Capture) -> CaptureFeatures:
        features = super().features(capture)
        assert features.reveal().any()
        self.given.append(features)
        return features


def issuer(faces: FacePipeline | None = None, point: OperatingPoint = POINT) -> Issuer:
    return Issuer(
        ISSUER,
        verifier=KEY.public,
        register=REGISTER,
        faces=faces or fake_pipeline(),
        operating_point=point,
    )


def verifier(faces: FacePipeline | None = None) -> Verifier:
    return Verifier(
        [KEY],
        issuers=TRUSTED,
        statuses=REGISTER,
        faces=faces or fake_pipeline(),
        operating_point=POINT,
    )


def capture(*people: int) -> Capture:
    return Capture([photo(person, seed=seed) for seed, person in enumerate(people)])


def test_a_pass_says_what_was_agreed_to() -> None:
    made = issuer().enroll(capture(3, 3, 3), consent=CONSENT, now=NOW).credential
    claims = open_pass(made, verifiers=[KEY], issuers=TRUSTED).claims
    assert claims.purpose == "Gym entrance"
    assert claims.issued_at == NOW
    assert claims.expires_at == NOW + timedelta(days=30)
    assert claims.consent == CONSENT.digest
    assert claims.enrolment is EnrolmentMethod.PHOTO
    assert claims.tier is Tier.BEARER
    assert (claims.embedder, claims.preprocessing) == ("fake", "fake")


def test_the_pass_carries_the_mean_of_the_photos() -> None:
    photos = capture(3, 3, 3)
    made = issuer().enroll(photos, consent=CONSENT, now=NOW).credential
    template = open_pass(made, verifiers=[KEY], issuers=TRUSTED).template
    expected = fake_pipeline().features(photos).template()
    assert (template.reveal() == expected.reveal()).all()


@pytest.mark.parametrize("people", [(3, 7), (3, 3, 7), (7, 3, 3, 3, 3)])
def test_photos_of_two_people_give_no_pass(people: tuple[int, ...]) -> None:
    with pytest.raises(CannotDecide) as caught:
        issuer().enroll(capture(*people), consent=CONSENT, now=NOW)
    assert caught.value.reason == "photos_differ"


def test_a_bad_photo_gives_no_pass() -> None:
    with pytest.raises(CannotDecide, match="photo 2") as caught:
        issuer().enroll(Capture([photo(3), photo()]), consent=CONSENT, now=NOW)
    assert caught.value.reason == "no_face"


def test_consent_comes_before_enrolment_and_before_any_face_is_looked_for() -> None:
    faces = RecordingPipeline()
    late = replace(CONSENT, accepted_at=NOW + timedelta(seconds=1))
    with pytest.raises(ConsentRequired) as caught:
        issuer(faces).enroll(Capture([b"no photo"]), consent=late, now=NOW)
    assert caught.value.reason == "consent_in_future"
    assert faces.given == []


def test_consent_in_another_zone_is_the_same_moment() -> None:
    west = NOW.astimezone(timezone(timedelta(hours=-7)))
    issuer().enroll(capture(3), consent=replace(CONSENT, accepted_at=west), now=NOW)


def test_times_without_a_zone_are_refused() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(InvalidArgument) as caught:
        replace(CONSENT, accepted_at=naive)
    assert caught.value.reason == "naive_datetime"
    with pytest.raises(InvalidArgument) as caught:
        issuer().enroll(capture(3), consent=CONSENT, now=naive)
    assert caught.value.reason == "naive_datetime"


def test_a_pass_lasts_for_up_to_five_years() -> None:
    assert replace(CONSENT, lifetime=LONGEST_LIFETIME).lifetime == LONGEST_LIFETIME
    second = timedelta(seconds=1)
    for lifetime in (timedelta(0), -second, LONGEST_LIFETIME + second):
        with pytest.raises(InvalidArgument) as caught:
            replace(CONSENT, lifetime=lifetime)
        assert caught.value.reason == "bad_lifetime"


@pytest.mark.parametrize("purpose", ["", " Gym", "x" * 81, "Gym\nentrance"])
def test_a_purpose_that_cannot_be_one_gives_no_pass(purpose: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        issuer().enroll(capture(3), consent=replace(CONSENT, purpose=purpose), now=NOW)
    assert caught.value.reason == "bad_purpose"


def test_the_digest_depends_on_everything_that_was_agreed_to() -> None:
    others = [
        replace(CONSENT, purpose="Library"),
        replace(CONSENT, lifetime=timedelta(days=31)),
        replace(CONSENT, accepted_at=NOW + timedelta(seconds=1)),
    ]
    digests = {consent.digest for consent in (CONSENT, replace(CONSENT), *others)}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}


def test_the_notice_says_what_for_and_until_when() -> None:
    notice = consent_notice("Gym entrance", timedelta(days=10), now=NOW)
    assert "Gym entrance" in notice
    assert "2 December 2026" in notice
    assert max(len(line) for line in notice.splitlines()) <= 76


def test_a_threshold_of_another_embedder_is_refused() -> None:
    with pytest.raises(InvalidArgument) as caught:
        issuer(point=replace(POINT, embedder="other"))
    assert caught.value.reason == "wrong_operating_point"


@pytest.mark.parametrize("fails", [False, True])
def test_enrolment_leaves_nothing_behind(fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    templates: list[Template] = []
    make = CaptureFeatures.template

    def recording(features: CaptureFeatures) -> Template:
        templates.append(make(features))
        assert templates[0].reveal().any()
        return templates[0]

    monkeypatch.setattr(CaptureFeatures, "template", recording)
    faces = RecordingPipeline()
    # A pass from the last day of the calendar could not end.
    now = datetime.max.replace(tzinfo=UTC) if fails else NOW
    try:
        issuer(faces).enroll(capture(3, 3), consent=CONSENT, now=now)
    except InvalidArgument:
        assert fails
    assert not templates[0].reveal().any()
    assert not faces.given[0].reveal().any()


def test_enrolment_with_photos_of_two_people_leaves_nothing_behind() -> None:
    faces = RecordingPipeline()
    with pytest.raises(CannotDecide):
        issuer(faces).enroll(capture(3, 7), consent=CONSENT, now=NOW)
    assert not faces.given[0].reveal().any()


OUTCOMES = [
    ((3, 3), timedelta(0), None),
    ((7, 7), timedelta(0), NoMatch),
    ((3, 7), timedelta(0), CannotDecide),
    ((3,), timedelta(days=99), PassRejected),
]


@pytest.mark.parametrize(("people", "later", "error"), OUTCOMES)
def test_verification_leaves_nothing_behind(
    people: tuple[int, ...],
    later: timedelta,
    error: type[VisavisError] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = issuer().enroll(capture(3, 3), consent=CONSENT, now=NOW).credential
    opened: list[OpenedPass] = []

    def recording(*arguments: object, **options: object) -> OpenedPass:
        opened.append(open_pass(*arguments, **options))  # type: ignore[arg-type]
        assert opened[0].template.reveal().any()
        return opened[0]

    monkeypatch.setattr("visavis._admission.open_pass", recording)
    faces = RecordingPipeline()
    caught: VisavisError | None = None
    try:
        verifier(faces).verify(made, capture(*people), policy=Policy(), now=NOW + later)
    except VisavisError as problem:
        caught = problem
    assert type(caught) is (error or type(None))
    assert not opened[0].template.reveal().any()
    assert all(not features.reveal().any() for features in faces.given)
    assert len(faces.given) == (error is not PassRejected)


def test_every_pass_has_a_number_of_its_own_with_which_it_can_be_called_back() -> None:
    by, made = verifier(), [issuer().enroll(capture(3), consent=CONSENT, now=NOW) for _ in range(3)]
    assert len({each.number for each in made}) == 3
    REGISTER.call_back(made[0].number)
    with pytest.raises(PassRejected) as caught:
        by.verify(made[0].credential, capture(3), policy=Policy(), now=NOW)
    assert caught.value.reason == "revoked"
    by.verify(made[1].credential, capture(3), policy=Policy(), now=NOW)


def test_a_pin_and_a_phone_can_be_asked_for() -> None:
    phone = HolderKey.generate().public
    made = issuer().enroll(capture(3), consent=CONSENT, now=NOW, pin="843917", holder=phone)
    opened = open_pass(made.credential, verifiers=[KEY], issuers=TRUSTED, pin="843917")
    assert opened.claims.tier is Tier.HOLDER_KEY
    assert opened.claims.holder == phone
    made = issuer().enroll(capture(3), consent=CONSENT, now=NOW, pin="843917")
    assert made.credential.needs_pin


def test_a_common_pin_is_refused_before_a_face_is_looked_for() -> None:
    faces = RecordingPipeline()
    with pytest.raises(InvalidArgument) as caught:
        issuer(faces).enroll(capture(3), consent=CONSENT, now=NOW, pin="123456")
    assert caught.value.reason == "common_pin"
    assert faces.given == []

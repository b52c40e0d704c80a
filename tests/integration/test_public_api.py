"""Whatever goes into the public API, only errors of `visavis.errors` come out."""

from __future__ import annotations

import contextlib
import functools
import tempfile
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.liveness.tasks import both, far

from visavis import (
    Capture,
    Consent,
    Frame,
    Home,
    Issuer,
    LiveCapture,
    Pass,
    Policy,
    Verified,
    Verifier,
)
from visavis._operating_point import OperatingPoint
from visavis.errors import (
    CannotDecide,
    InvalidArgument,
    PassRejected,
    SpoofSuspected,
    VisavisError,
)
from visavis.face.fake import fake_pipeline, photo
from visavis.liveness import Challenge, Step, recorded
from visavis.passes import IssuerKey, TrustedIssuer, VerifierKey
from visavis.status import Register
from visavis.types import EnrolmentMethod, Tier

POINT = OperatingPoint(
    id="fake/test",
    status="test",
    embedder="fake",
    preprocessing="fake",
    model_sha256="",
    fmr_target=1e-4,
    match=0.8,
    same_capture=0.5,
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALICE, BOB = photo(3), photo(9)
ISSUER_KEY, VERIFIER_KEY = IssuerKey.generate(), VerifierKey.generate()
REGISTER = Register(None, issuer=ISSUER_KEY.id)
ISSUER = Issuer(
    ISSUER_KEY,
    verifier=VERIFIER_KEY.public,
    register=REGISTER,
    faces=fake_pipeline(),
    operating_point=POINT,
)


def verifier() -> Verifier:
    """Return a verifier that has counted no failures yet."""
    return Verifier(
        [VERIFIER_KEY],
        issuers=[TrustedIssuer(ISSUER_KEY.public)],
        statuses=REGISTER,
        faces=fake_pipeline(),
        operating_point=POINT,
    )


class Timeless(tzinfo):
    """A time zone that does not say how far it is from UTC; such a time counts as naive."""

    def utcoffset(self, moment: datetime | None) -> None:  # noqa: ARG002
        return None

    def dst(self, moment: datetime | None) -> None:  # noqa: ARG002
        return None

    def tzname(self, moment: datetime | None) -> None:  # noqa: ARG002
        return None


ZONES = st.sampled_from(
    [
        None,
        UTC,
        Timeless(),
        timezone(timedelta(hours=23, minutes=59)),
        timezone(-timedelta(hours=23, minutes=59)),
        timezone(timedelta(microseconds=1)),
        zoneinfo.ZoneInfo("Pacific/Apia"),  # skipped a whole day
        zoneinfo.ZoneInfo("Africa/Monrovia"),  # 44 minutes and 30 seconds
    ]
)
MOMENTS = st.one_of(
    st.datetimes(timezones=ZONES),
    st.builds(lambda zone: datetime.max.replace(tzinfo=zone), ZONES),
    st.builds(lambda zone: datetime.min.replace(tzinfo=zone), ZONES),
)
NEAR = st.timedeltas(-timedelta(days=2000), timedelta(days=2000)).map(lambda span: NOW + span)
TEXTS = st.one_of(
    st.text(), st.text(st.characters(categories=("Cs", "Cc", "Cf", "Co")), max_size=90)
)
POLICIES = st.tuples(
    st.sampled_from(Tier),
    st.sampled_from(EnrolmentMethod),
    st.none() | st.frozensets(TEXTS | st.just("entry"), max_size=3),
    st.timedeltas() | st.timedeltas(timedelta(0), timedelta(hours=2)),
)
PNG_HEAD = ALICE[:60]
PHOTOS = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=60).map(lambda rest: PNG_HEAD + rest),
    st.sampled_from(
        [b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x20\0\0\0WEBP", b"BM", b"II*\0"]
    ).flatmap(lambda head: st.binary(max_size=200).map(lambda rest: head + rest)),
    st.sampled_from([ALICE, BOB, photo(), photo(3, 9), ALICE[:-40]]),
)


@functools.cache
def alices_pass() -> Pass:
    consent = Consent("entry", timedelta(days=30), NOW)
    return ISSUER.enroll(Capture([ALICE]), consent=consent, now=NOW).credential


def test_the_fakes_themselves_verify_the_right_person_only() -> None:
    right = verifier().verify(alices_pass(), Capture([photo(3, seed=4)]), policy=Policy(), now=NOW)
    assert isinstance(right, Verified)
    with pytest.raises(VisavisError, match="not the person"):
        verifier().verify(alices_pass(), Capture([BOB]), policy=Policy(), now=NOW)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=600), place=st.integers(0, 2000), mask=st.integers(1, 255))
def test_any_bytes_as_a_pass_are_rejected(data: bytes, place: int, mask: int) -> None:
    genuine = alices_pass().sealed
    altered = bytearray(genuine)
    altered[place % len(genuine)] ^= mask
    for sealed in (data, genuine[: place % len(genuine)], genuine + data + b"\0", bytes(altered)):
        with pytest.raises(PassRejected):
            verifier().verify(Pass(sealed), Capture([ALICE]), policy=Policy(), now=NOW)
        with contextlib.suppress(PassRejected):
            assert isinstance(Pass(sealed).verifier_id, str)


@settings(max_examples=150, deadline=None)
@given(photos=st.lists(PHOTOS, max_size=3))
@example(photos=[ALICE] * 21)
def test_any_bytes_as_photos(photos: list[bytes]) -> None:
    reason = ""
    consent = Consent("entry", timedelta(days=30), NOW)
    try:
        capture = Capture(photos)
        made = ISSUER.enroll(capture, consent=consent, now=NOW).credential
        verifier().verify(made, capture, policy=Policy(), now=NOW)
        verifier().verify(alices_pass(), capture, policy=Policy(), now=NOW)
    except VisavisError as error:
        reason = error.reason
    right = set(photos) == {ALICE} and len(photos) <= 20
    assert (reason == "") == right


@settings(max_examples=200, deadline=None)
@given(
    purpose=TEXTS,
    lifetime=st.timedeltas() | st.timedeltas(timedelta(0), timedelta(days=2000)),
    accepted_at=MOMENTS | NEAR,
    now=MOMENTS | NEAR,
)
@example("entry", timedelta(days=365), datetime.max.replace(tzinfo=UTC), NOW)
@example("entry", timedelta(days=365), NOW, datetime.max.replace(tzinfo=UTC))
@example("entry", timedelta(days=1), datetime.min.replace(tzinfo=UTC), NOW)
@example("entry", timedelta(days=1), datetime(2026, 1, 1, tzinfo=Timeless()), NOW)
@example("entry", timedelta(microseconds=1), NOW, NOW)
def test_any_consent_at_any_time(
    purpose: str, lifetime: timedelta, accepted_at: datetime, now: datetime
) -> None:
    with contextlib.suppress(VisavisError):
        consent = Consent(purpose, lifetime, accepted_at)
        assert len(consent.digest) == 32
        made = ISSUER.enroll(Capture([ALICE]), consent=consent, now=now).credential
        verified = verifier().verify(made, Capture([ALICE]), policy=Policy(), now=now)
        assert verified.purpose == purpose


@settings(max_examples=200, deadline=None)
@given(policy=POLICIES, now=MOMENTS | NEAR)
@example((Tier.BEARER, EnrolmentMethod.PHOTO, None, timedelta(hours=1)), datetime.max)
@example(
    (Tier.BEARER, EnrolmentMethod.PHOTO, None, timedelta(hours=1)),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
)
def test_any_policy_at_any_time(
    policy: tuple[Tier, EnrolmentMethod, frozenset[str] | None, timedelta], now: datetime
) -> None:
    tier, enrolment, purposes, clock_skew = policy
    try:
        made = Policy(
            lowest_tier=tier, lowest_enrolment=enrolment, purposes=purposes, clock_skew=clock_skew
        )
        verifier().verify(alices_pass(), Capture([ALICE]), policy=made, now=now)
    except VisavisError:
        return
    assert (tier, enrolment) == (Tier.BEARER, EnrolmentMethod.PHOTO)
    assert purposes is None or "entry" in purposes
    assert NOW - clock_skew <= now < NOW + timedelta(days=30) + clock_skew


def drawn(by: Verifier, *, session: bytes = bytes(32)) -> tuple[Challenge, bytes]:
    return by.challenge(alices_pass(), session=session, policy=Policy(), now=NOW)


@settings(max_examples=150, deadline=None)
@given(
    session=st.binary(max_size=80),
    other=st.binary(max_size=80),
    token=st.binary(max_size=200),
    place=st.integers(0, 2000),
    mask=st.integers(1, 255),
)
def test_any_session_and_any_token(
    session: bytes, other: bytes, token: bytes, place: int, mask: int
) -> None:
    by = verifier()
    if not 16 <= len(session) <= 64:
        with pytest.raises(InvalidArgument):
            drawn(by, session=session)
        session = bytes(32)
    challenge, genuine = drawn(by, session=session)
    altered = bytearray(genuine)
    altered[place % len(genuine)] ^= mask
    attacks = [(session, token), (session, bytes(altered)), (session, genuine + b"\0")]
    if other != session:
        attacks.append((other, genuine))
    for who, what in attacks:
        with pytest.raises((SpoofSuspected, InvalidArgument)):
            by.verify_live(
                alices_pass(),
                LiveCapture(challenge, by.faces),
                token=what,
                session=who,
                policy=Policy(),
                now=NOW,
            )
    # It was not used up by any of them: now it is the answer that is missing.
    with pytest.raises(CannotDecide):
        by.verify_live(
            alices_pass(),
            LiveCapture(challenge, by.faces),
            token=genuine,
            session=session,
            policy=Policy(),
            now=NOW,
        )


@settings(max_examples=60, deadline=None)
@given(
    frames=st.lists(st.tuples(PHOTOS, st.floats() | st.integers(0, 9).map(float)), max_size=9),
    spaced=st.booleans(),
)
@example(frames=[(ALICE, float(at)) for at in range(8)], spaced=False)
@example(frames=[(ALICE, 0.0)] * 61, spaced=True)
def test_any_frames_are_no_living_person(frames: list[tuple[bytes, float]], spaced: bool) -> None:
    by = verifier()
    challenge, token = drawn(by)
    shown = [Frame(data, number / 5 if spaced else at) for number, (data, at) in enumerate(frames)]
    live, one_by_one = None, LiveCapture(challenge, by.faces)
    with contextlib.suppress(VisavisError):
        live = LiveCapture.of(challenge, shown, by.faces)
    for frame in shown:
        with contextlib.suppress(VisavisError):
            assert one_by_one.add(frame).value
    later = NOW + timedelta(seconds=40)
    for seen in (one_by_one, live):
        if seen is not None:
            with pytest.raises(VisavisError):
                by.verify_live(
                    alices_pass(),
                    seen,
                    token=token,
                    session=bytes(32),
                    policy=Policy(),
                    now=later,
                )
    tasks = [far(Step.TURN_LEFT, 0.3), both(Step.LOOK_UP, Step.TURN_LEFT, 0.3, 0.3)]
    recording = LiveCapture(recorded(tasks), by.faces)
    for frame in shown:
        with contextlib.suppress(VisavisError):
            recording.add(frame)
    with pytest.raises(VisavisError):
        by.verify_recording(alices_pass(), recording, policy=Policy(), now=later)


@settings(max_examples=100, deadline=None)
@given(policy=POLICIES, now=MOMENTS | NEAR, later=MOMENTS | NEAR)
@example((Tier.BEARER, EnrolmentMethod.PHOTO, None, timedelta(hours=1)), NOW, datetime.max)
@example(
    (Tier.BEARER, EnrolmentMethod.PHOTO, None, timedelta(hours=1)),
    NOW,
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
)
def test_any_policy_and_any_time_of_a_challenge_and_its_answer(
    policy: tuple[Tier, EnrolmentMethod, frozenset[str] | None, timedelta],
    now: datetime,
    later: datetime,
) -> None:
    tier, enrolment, purposes, clock_skew = policy
    by = verifier()
    with contextlib.suppress(VisavisError):
        asked = Policy(
            lowest_tier=tier, lowest_enrolment=enrolment, purposes=purposes, clock_skew=clock_skew
        )
        challenge, token = by.challenge(alices_pass(), session=bytes(32), policy=asked, now=now)
        seen = LiveCapture(challenge, by.faces)
        with pytest.raises(VisavisError):
            by.verify_live(
                alices_pass(), seen, token=token, session=bytes(32), policy=asked, now=later
            )


@settings(max_examples=100, deadline=None)
@given(name=st.text(min_size=1, max_size=300), data=st.binary(max_size=200))
@example("a\0b", b"")
@example("\ud800", b"x")
@example("\udcff", b"x")
@example("n" * 300, b"x")
@example("..", b"x")
@example("no/such/folder", b"x")
def test_any_name_of_a_file_or_folder(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        # Names may lead out of the folder; nothing outside of it is written.
        path = Path(temporary) / name.replace("..", "__").replace("/", "_")
        with contextlib.suppress(VisavisError):
            Pass(data).write(path)
            assert Pass.read(path).sealed == data
        with contextlib.suppress(VisavisError):
            Capture.read(path, name)
        with contextlib.suppress(VisavisError):
            Pass.read(Path(name))
        with contextlib.suppress(VisavisError):
            Home.open(path)
        with contextlib.suppress(VisavisError):
            home = Home.create(path / name.replace("..", "__").lstrip("/"))
            assert Home.open(home.folder).trusted_issuers == (TrustedIssuer(home.issuer.public),)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["issuer.key", "verifier.key", "trusted", "issuer.pub"]),
    data=st.binary(max_size=300),
)
def test_any_damage_to_a_home(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        home = Home.create(Path(temporary) / "keys")
        spoilt = home.folder / name
        if spoilt.is_dir():
            spoilt = spoilt / "0123456789abcdef.pub"
        spoilt.write_bytes(data)
        opened = Home.open(home.folder)
        used = {"issuer.key": "issuer", "verifier.key": "verifier", "trusted": "trusted_issuers"}
        if name in used:
            with pytest.raises(VisavisError):
                getattr(opened, used[name])


@pytest.mark.parametrize("value", ["text", 5, None, bytearray(b"x"), memoryview(b"x")])
def test_a_pass_of_anything_but_bytes_is_an_invalid_argument(value: object) -> None:
    with pytest.raises(InvalidArgument):
        Pass(value)  # type: ignore[arg-type]

"""What leaves a comparison: an answer and no number. And whether all photos show one person."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from visavis._operating_point import OperatingPoint
from visavis.enrolment import Consent, Issuer
from visavis.errors import CannotDecide, NotVerified
from visavis.face import Capture, CaptureFeatures
from visavis.face.fake import fake_pipeline, photo
from visavis.passes import IssuerKey, Policy, TrustedIssuer, VerifierKey
from visavis.status import Register
from visavis.verification import Verified, Verifier, require_one_person

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
POINT = OperatingPoint("fake/test", "provisional", "fake", "fake", "0" * 64, 0.0001, 0.9, 0.8)


def answer_to(*people: int) -> Verified | NotVerified:
    """Verify photos with the pass of person 3."""
    issuer, key, faces = IssuerKey.generate(), VerifierKey.generate(), fake_pipeline()
    consent = Consent("Gym entrance", timedelta(days=30), NOW)
    register = Register(None, issuer=issuer.id)
    made = Issuer(
        issuer, verifier=key.public, register=register, faces=faces, operating_point=POINT
    ).enroll(Capture([photo(3)]), consent=consent, now=NOW)
    verifier = Verifier(
        [key],
        issuers=[TrustedIssuer(issuer.public)],
        statuses=register,
        faces=faces,
        operating_point=POINT,
    )
    capture = Capture([photo(person, seed=seed) for seed, person in enumerate(people)])
    try:
        return verifier.verify(made.credential, capture, policy=Policy(), now=NOW)
    except NotVerified as answer:
        return answer


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    ("people", "reason"), [((7,), "different_person"), ((3, 7), "photos_differ")]
)
def test_an_error_carries_no_number(people: tuple[int, ...], reason: str) -> None:
    answer = answer_to(*people)
    assert isinstance(answer, NotVerified)
    assert answer.reason == reason
    for error in chain(answer):
        assert vars(error).keys() == {"reason", "message", "remedy"}
        assert error.args == (answer.message,)
        for shown in (repr(error), str(error), *vars(error).values()):
            assert not re.search(r"\d", shown)


@pytest.mark.parametrize("people", [(7,), (7, 7), (3, 7)])
def test_the_frames_behind_an_error_hold_no_number(people: tuple[int, ...]) -> None:
    """Whoever reports errors with their local variables would report the score."""
    answer = answer_to(*people)
    assert isinstance(answer, NotVerified)
    frames = answer.__traceback__
    looked_at = 0
    while frames is not None:
        if frames.tb_frame.f_globals["__name__"] == "visavis.verification":
            looked_at += 1
            for value in frames.tb_frame.f_locals.values():
                assert not isinstance(value, float | np.floating)
                assert not (isinstance(value, np.ndarray) and value.any())
        frames = frames.tb_next
    assert looked_at >= 2


def test_a_success_carries_no_number() -> None:
    answer = answer_to(3)
    assert isinstance(answer, Verified)
    assert not re.search(r"\d", repr(answer))


def test_the_thresholds_are_not_shown() -> None:
    assert "0.9" not in repr(POINT)
    assert "0.8" not in repr(POINT)


def rows(*angles: float) -> CaptureFeatures:
    values = np.array([(np.cos(angle), np.sin(angle)) for angle in angles], np.float32)
    return CaptureFeatures(values, embedder="fake", preprocessing="fake")


def test_each_photo_is_held_against_the_mean_of_the_others() -> None:
    limit = float(np.arccos(POINT.same_capture))
    require_one_person(rows(0.0), POINT)
    require_one_person(rows(0.0, limit - 0.01), POINT)
    require_one_person(rows(0.0, 0.0, limit - 0.01), POINT)
    for apart in (rows(0.0, limit + 0.01), rows(0.0, 0.0, 0.0, limit + 0.01)):
        with pytest.raises(CannotDecide):
            require_one_person(apart, POINT)


def test_photos_that_cancel_each_other_out_are_of_no_person() -> None:
    with pytest.raises(CannotDecide):
        require_one_person(rows(0.0, np.pi), POINT)
    with pytest.raises(CannotDecide):
        require_one_person(rows(0.0, 2 * np.pi / 3, 4 * np.pi / 3), POINT)

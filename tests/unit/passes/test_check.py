from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import OpenedPass, Pass, Policy, check
from visavis.types import EnrolmentMethod, Tier

MakePass = Callable[..., Pass]
OpenBytes = Callable[[bytes], OpenedPass]

LIFETIME = timedelta(days=365)
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def opened(make_pass: MakePass, open_bytes: OpenBytes) -> OpenedPass:
    return open_bytes(make_pass(lifetime=LIFETIME).sealed)


def _check(opened: OpenedPass, now: datetime, policy: Policy | None = None, **ids: str) -> None:
    arguments: dict[str, Any] = {"embedder": "embedder-1", "preprocessing": "chip-1"} | ids
    check(opened, policy=policy or Policy(), now=now, **arguments)


def _reason(opened: OpenedPass, now: datetime, policy: Policy | None = None, **ids: str) -> str:
    with pytest.raises(PassRejected) as caught:
        _check(opened, now, policy, **ids)
    return caught.value.reason


def test_the_default_policy() -> None:
    policy = Policy()
    assert policy.lowest_tier is Tier.BEARER
    assert policy.lowest_enrolment is EnrolmentMethod.PHOTO
    assert policy.purposes is None
    assert policy.issuers is None
    assert (policy.longest_lifetime, policy.oldest_enrolment) == (None, None)
    assert policy.clock_skew == timedelta(seconds=60)
    assert policy.proven_operating_point is False


def test_validity_ends_to_the_second(opened: OpenedPass, now: datetime) -> None:
    end = now + LIFETIME + timedelta(seconds=60)
    _check(opened, end - SECOND)
    assert _reason(opened, end) == "expired"
    exact = Policy(clock_skew=timedelta(0))
    _check(opened, now + LIFETIME - SECOND, exact)
    assert _reason(opened, now + LIFETIME, exact) == "expired"


def test_validity_starts_to_the_second(opened: OpenedPass, now: datetime) -> None:
    start = now - timedelta(seconds=60)
    _check(opened, start)
    assert _reason(opened, start - SECOND) == "not_yet_valid"


def test_purposes(opened: OpenedPass, now: datetime) -> None:
    _check(opened, now, Policy(purposes=frozenset({"Library", "Gym entrance"})))
    for purposes in (frozenset[str](), frozenset({"Gym"}), frozenset({"gym entrance"})):
        assert _reason(opened, now, Policy(purposes=purposes)) == "wrong_purpose"


def test_tier(opened: OpenedPass, now: datetime) -> None:
    for tier in (Tier.PIN, Tier.HOLDER_KEY):
        assert _reason(opened, now, Policy(lowest_tier=tier)) == "tier_too_low"


def test_enrolment(opened: OpenedPass, now: datetime) -> None:
    _check(opened, now, Policy(lowest_enrolment=EnrolmentMethod.LIVE))
    strict = Policy(lowest_enrolment=EnrolmentMethod.LIVE_ATTENDED)
    assert _reason(opened, now, strict) == "enrolment_too_weak"


def test_issuers(opened: OpenedPass, now: datetime) -> None:
    _check(opened, now, Policy(issuers=frozenset({opened.claims.issuer, "0011223344556677"})))
    for issuers in (frozenset[str](), frozenset({"0011223344556677"})):
        assert _reason(opened, now, Policy(issuers=issuers)) == "issuer_not_accepted"


def test_longest_lifetime(opened: OpenedPass, now: datetime) -> None:
    _check(opened, now, Policy(longest_lifetime=LIFETIME))
    shorter = Policy(longest_lifetime=LIFETIME - SECOND)
    assert _reason(opened, now, shorter) == "lifetime_not_accepted"


def test_oldest_enrolment(opened: OpenedPass, now: datetime) -> None:
    month = Policy(oldest_enrolment=timedelta(days=30))
    _check(opened, now + timedelta(days=30), month)
    assert _reason(opened, now + timedelta(days=30) + SECOND, month) == "enrolment_too_old"


def test_another_model_is_an_error_and_not_a_comparison(opened: OpenedPass, now: datetime) -> None:
    assert _reason(opened, now, embedder="embedder-2") == "wrong_embedder"
    assert _reason(opened, now, preprocessing="chip-2") == "wrong_embedder"


def test_now_needs_a_time_zone(opened: OpenedPass, now: datetime) -> None:
    with pytest.raises(InvalidArgument):
        _check(opened, now.replace(tzinfo=None))


def test_a_policy_that_cannot_be_meant() -> None:
    with pytest.raises(InvalidArgument):
        Policy(purposes="Gym entrance")  # type: ignore[arg-type]
    for wrong in (
        {"lowest_tier": "pin"},
        {"lowest_enrolment": None},
        {"clock_skew": None},
        {"longest_lifetime": 5},
    ):
        with pytest.raises(InvalidArgument):
            Policy(**wrong)
    with pytest.raises(InvalidArgument):
        Policy(issuers=["0011223344556677"])  # type: ignore[arg-type]
    for length in (timedelta(0), -SECOND):
        with pytest.raises(InvalidArgument):
            Policy(longest_lifetime=length)
        with pytest.raises(InvalidArgument):
            Policy(oldest_enrolment=length)
    for skew in (-SECOND, timedelta(days=1)):
        with pytest.raises(InvalidArgument):
            Policy(clock_skew=skew)

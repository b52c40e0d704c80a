from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from visavis.errors import InvalidArgument
from visavis.passes import IssuerKey, OpenedPass, Pass, VerifierKey
from visavis.types import EnrolmentMethod, Template, Tier

MakePass = Callable[..., Pass]
MakeTemplate = Callable[..., Template]
OpenBytes = Callable[[bytes], OpenedPass]

# ISO/IEC 18004: 734 alphanumeric characters in a 17-M code; "VAV1:" and 3 for every 2 bytes.
QR_17_M = (734 - 5) * 2 // 3


def test_what_was_issued_comes_out(
    make_pass: MakePass,
    make_template: MakeTemplate,
    open_bytes: OpenBytes,
    now: datetime,
) -> None:
    template = make_template()
    opened = open_bytes(make_pass(template=template).sealed)
    claims = opened.claims
    assert len(claims.id) == 16
    assert claims.purpose == "Gym entrance"
    assert claims.issued_at == now
    assert claims.issued_at.tzinfo is UTC
    assert claims.expires_at == now + timedelta(days=365)
    assert claims.enrolment is EnrolmentMethod.LIVE
    assert claims.consent == bytes(range(32))
    assert (claims.embedder, claims.preprocessing) == ("embedder-1", "chip-1")
    assert claims.quantisation == "int8-4.5s"
    assert claims.tier is Tier.BEARER
    assert claims.status == 70_000
    assert claims.holder is None
    assert np.array_equal(opened.template.reveal(), template.reveal())
    assert opened.template.embedder == "embedder-1"
    assert opened.template.preprocessing == "chip-1"


def test_the_claims_name_both_keys(
    make_pass: MakePass, open_bytes: OpenBytes, issuer: IssuerKey, verifier: VerifierKey
) -> None:
    claims = open_bytes(make_pass().sealed).claims
    assert claims.issuer == issuer.id == issuer.public.id
    assert claims.audience == verifier.id == verifier.public.id


def test_the_opened_template_can_be_erased(make_pass: MakePass, open_bytes: OpenBytes) -> None:
    opened = open_bytes(make_pass().sealed)
    opened.template.erase()
    assert not opened.template.reveal().any()


@pytest.mark.parametrize("dimension", [32, 512, 2048])
@pytest.mark.parametrize("enrolment", list(EnrolmentMethod))
def test_other_sizes_and_methods(
    make_pass: MakePass,
    make_template: MakeTemplate,
    open_bytes: OpenBytes,
    dimension: int,
    enrolment: EnrolmentMethod,
) -> None:
    template = make_template(dimension=dimension)
    opened = open_bytes(make_pass(template=template, enrolment=enrolment).sealed)
    assert np.array_equal(opened.template.reveal(), template.reveal())
    assert opened.claims.enrolment is enrolment


def test_times_are_whole_seconds_in_utc(
    make_pass: MakePass, open_bytes: OpenBytes, now: datetime
) -> None:
    local = (now + timedelta(microseconds=999_999)).astimezone(timezone(timedelta(hours=5)))
    lifetime = timedelta(seconds=90, microseconds=5)
    claims = open_bytes(make_pass(issued_at=local, lifetime=lifetime).sealed).claims
    assert claims.issued_at == now
    assert claims.expires_at == now + timedelta(seconds=90)


def test_fits_the_code_it_will_be_printed_as(
    make_pass: MakePass, make_template: MakeTemplate
) -> None:
    template = Template(
        make_template().reveal(), embedder="dlib-resnet29-v1", preprocessing="mesh5-150-v1"
    )
    assert len(make_pass(template=template).sealed) <= QR_17_M


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"purpose": ""}, "bad_purpose"),
        ({"purpose": "   "}, "bad_purpose"),
        ({"purpose": "gym "}, "bad_purpose"),
        ({"purpose": "gym\nentrance"}, "bad_purpose"),
        ({"purpose": "x" * 81}, "bad_purpose"),
        ({"consent": b""}, "bad_consent"),
        ({"consent": bytes(31)}, "bad_consent"),
        ({"issued_at": datetime(2026, 11, 22)}, "naive_datetime"),  # noqa: DTZ001, RUF100
        ({"issued_at": datetime(1969, 12, 31, tzinfo=UTC)}, "bad_issued_at"),
        ({"issued_at": datetime(9999, 12, 31, tzinfo=UTC)}, "bad_issued_at"),
        ({"status": -1}, "bad_status"),
        ({"status": 1 << 20}, "bad_status"),
        ({"pin": "12345"}, "bad_pin"),
        ({"pin": "123456"}, "common_pin"),
        ({"lifetime": timedelta(0)}, "bad_lifetime"),
        ({"lifetime": timedelta(milliseconds=999)}, "bad_lifetime"),
        ({"lifetime": timedelta(days=-1)}, "bad_lifetime"),
        ({"lifetime": timedelta(days=5 * 366, seconds=1)}, "bad_lifetime"),
    ],
)
def test_issue_refuses(make_pass: MakePass, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make_pass(**changes)
    assert caught.value.reason == reason


def test_the_longest_purpose_and_lifetime_are_accepted(
    make_pass: MakePass, open_bytes: OpenBytes
) -> None:
    sealed = make_pass(purpose="é" * 80, lifetime=timedelta(days=5 * 366)).sealed
    assert open_bytes(sealed).claims.purpose == "é" * 80


@pytest.mark.parametrize(
    "values",
    [
        np.ones(31, dtype=np.int8),
        np.ones(2049, dtype=np.int8),
        np.zeros(128, dtype=np.int8),
        np.full(128, -128, dtype=np.int8),
        np.ones((2, 64), dtype=np.int8),
        np.ones(128, dtype=np.float32),
    ],
)
def test_issue_refuses_a_template_that_cannot_be_one(make_pass: MakePass, values: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make_pass(template=Template(values, embedder="e", preprocessing="p"))
    assert caught.value.reason == "bad_template"


@pytest.mark.parametrize("name", ["", "two words", "é", "x" * 65])
def test_issue_refuses_ids_that_cannot_be_compared(make_pass: MakePass, name: str) -> None:
    values = np.ones(128, dtype=np.int8)
    for template in (
        Template(values, embedder=name, preprocessing="p"),
        Template(values, embedder="e", preprocessing=name),
    ):
        with pytest.raises(InvalidArgument):
            make_pass(template=template)


def test_nothing_shows_what_is_inside(make_pass: MakePass, open_bytes: OpenBytes) -> None:
    sealed = make_pass()
    opened = open_bytes(sealed.sealed)
    assert repr(sealed) == f"<Pass: {len(sealed.sealed)} bytes, sealed>"
    shown = repr(opened)
    assert "redacted" in shown
    assert repr(opened.claims.id) not in shown
    assert repr(opened.claims.consent) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(opened)
    with pytest.raises(TypeError):
        copy.deepcopy(opened)


def test_passes_are_immutable_and_cannot_be_compared(make_pass: MakePass) -> None:
    sealed = make_pass()
    with pytest.raises(AttributeError):
        sealed.sealed = b""  # type: ignore[misc]
    assert Pass.__eq__ is object.__eq__
    assert OpenedPass.__eq__ is object.__eq__


def test_a_pass_is_made_of_bytes() -> None:
    with pytest.raises(InvalidArgument):
        Pass("text")  # type: ignore[arg-type]

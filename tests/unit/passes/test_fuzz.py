"""Whatever the bytes are, opening answers with PassRejected and nothing else."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import PassRejected
from visavis.passes import OpenedPass, Pass

Craft = Callable[..., bytes]
MakePass = Callable[..., Pass]
OpenBytes = Callable[[bytes], OpenedPass]
Reason = Callable[[bytes], str]

steady = settings(derandomize=True, database=None, deadline=None, max_examples=300)

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.binary(max_size=40)
    | st.text(max_size=20)
    | st.decimals(allow_nan=False)
    | st.datetimes(timezones=st.just(dt.UTC))
    | st.sampled_from([cbor2.undefined, cbor2.CBORSimpleValue(99)])
)
_labels = st.integers(-8, 8) | st.sampled_from([16, 65535, -65537, -65538]) | st.text(max_size=3)
cbor = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(_labels, inner, max_size=5)
        | st.builds(cbor2.CBORTag, st.sampled_from([16, 17, 18, 61, 96, 97, 98, 4242]), inner)
    ),
    max_leaves=12,
)


def test_every_single_bit_matters(make_pass: MakePass, reason_for: Reason) -> None:
    sealed = make_pass().sealed
    reasons = set()
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << (bit % 8)
        reasons.add(reason_for(bytes(changed)))
    assert reasons == {
        "malformed",
        "truncated",
        "unsupported_version",
        "wrong_verifier",
        "altered",
    }


def test_every_byte_matters(make_pass: MakePass, reason_for: Reason) -> None:
    sealed = make_pass().sealed
    for position in range(len(sealed)):
        for value in (0x00, 0x1F, 0x5F, 0x7F, 0x9F, 0xBF, 0xDF, 0xF6, 0xF7, 0xFB, 0xFF):
            if value != sealed[position]:
                reason_for(sealed[:position] + bytes([value]) + sealed[position + 1 :])


def test_every_truncation_is_told(make_pass: MakePass, reason_for: Reason) -> None:
    sealed = make_pass().sealed
    for length in range(1, len(sealed)):
        assert reason_for(sealed[:length]) == "truncated"
        reason_for(sealed[length:])


def test_every_bit_of_the_signed_layer_matters(craft: Craft, reason_for: Reason) -> None:
    payload = cbor2.dumps({1: "x"})
    content = cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {}, payload, bytes(64)]))
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << (bit % 8)
        assert reason_for(craft(content=bytes(changed))) == "malformed"


def test_every_bit_of_the_claims_is_signed_or_checked(
    craft: Craft, open_bytes: OpenBytes, claims: dict[Any, Any]
) -> None:
    """Claims that a trusted issuer has signed can still be nonsense."""
    encoded = cbor2.dumps(claims)
    open_bytes(craft(encoded))
    for bit in range(8 * len(encoded)):
        changed = bytearray(encoded)
        changed[bit // 8] ^= 1 << (bit % 8)
        with contextlib.suppress(PassRejected):
            open_bytes(craft(bytes(changed)))


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1\x00", b"\x9f", b"\xbf\x00", b"\xd8\x60"])
def test_bombs(craft: Craft, reason_for: Reason, opening: bytes) -> None:
    bomb = opening * (60_000 // len(opening))
    for sealed in (
        bomb,
        b"\xd8\x60" + bomb,
        b"\xd8\x60\x84" + bomb,
        craft(header=bomb),
        craft(recipient=bomb),
        craft(content=bomb),
        craft(content=b"\xd2\x84" + bomb),
        craft(bomb),
    ):
        assert reason_for(sealed) in {"malformed", "truncated"}


@pytest.mark.parametrize("major", range(8))
@pytest.mark.parametrize("length", [b"\x1a\xff\xff\xff\xff", b"\x1b" + b"\xff" * 8])
def test_huge_lengths_take_no_memory(reason_for: Reason, major: int, length: bytes) -> None:
    head = bytes([length[0] | major << 5]) + length[1:]
    for before in (b"", b"\xd8\x60", b"\xd8\x60\x84", b"\xd8\x60\x84\x40\xa1\x05"):
        assert reason_for(before + head) in {"malformed", "truncated"}


@steady
@given(st.binary(max_size=600))
def test_random_bytes(reason_for: Reason, data: bytes) -> None:
    reason_for(data)


@steady
@given(st.binary(max_size=300))
def test_random_bytes_after_a_good_start(reason_for: Reason, data: bytes) -> None:
    reason_for(b"\xd8\x60\x84\x4c\xa3\x01\x03\x03\x18\x3d\x3a\x00\x01\x00\x00\x01" + data)


@steady
@given(cbor)
def test_random_cbor(reason_for: Reason, value: object) -> None:
    reason_for(cbor2.dumps(value))
    reason_for(cbor2.dumps(cbor2.CBORTag(96, value)))


@steady
@given(cbor)
def test_random_cbor_as_each_part(craft: Craft, reason_for: Reason, value: Any) -> None:
    encoded = cbor2.dumps(value)
    reason_for(craft(header=encoded))
    reason_for(craft(recipient=encoded))
    reason_for(craft(unprotected=lambda _: value))
    reason_for(craft(envelope=lambda fields: cbor2.CBORTag(96, [*fields[:3], value])))
    reason_for(craft(envelope=lambda fields: cbor2.CBORTag(96, [fields[0], value, *fields[2:]])))


@steady
@given(cbor)
def test_random_cbor_under_a_good_seal(craft: Craft, reason_for: Reason, value: object) -> None:
    reason_for(craft(content=cbor2.dumps(value)))
    reason_for(craft(content=cbor2.dumps(cbor2.CBORTag(18, value))))


@steady
@given(value=cbor, key=st.sampled_from([1, 3, 4, 5, 6, 7, 8, 65535, -65537, -65538, "x"]))
def test_random_claims_under_a_good_signature(
    craft: Craft, open_bytes: OpenBytes, claims: dict[Any, Any], value: object, key: Any
) -> None:
    own = claims[-65537]
    for changed in (
        value,
        claims | {key: value},
        claims | {-65537: [*own[:5], [value, *own[5][1:]]]},
        claims | {-65537: [*own[:5], [*own[5][:3], value]]},
        *(claims | {-65537: [*own[:i], value, *own[i + 1 :]]} for i in range(len(own))),
    ):
        with contextlib.suppress(PassRejected):
            open_bytes(craft(cbor2.dumps(changed)))

"""Status lists: a reader that takes one encoding only, and a writer that makes it."""

from __future__ import annotations

import contextlib
import secrets
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import IssuerKey, StatusList

Craft = Callable[..., bytes]

SMALLEST, LARGEST = 1 << 17, 1 << 20
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EMPTY = bytes(SMALLEST // 8)
HEADER = bytes.fromhex("a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774")
"""The protected header of the example in draft-ietf-oauth-status-list-21, section 5.2."""

DRAFT_PLACES = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
DRAFT_LIST = bytes.fromhex(
    "78daeddc010dc0200c0041a88249400ad2903e0f4bba00bd93f002beb7a2a2010000a91e0900000000000000"
    "0000000000000000807296040000000000000000000000000000000000000000000000000000000000000000"
    "00000000000000005c6f4800000000000000fc2c240000000000000000000000be1b12000000000000000000"
    "ecaa4b000000000000000000000000000000009b0b0900000000000000000038de9400000000000000002a30"
    "cc010000000080642f0bd8011b"
)
"""Its test vector C.1: 2^20 entries of one bit."""


def _signed(key: IssuerKey, claims: bytes, header: bytes = HEADER, *, aad: bytes = b"") -> bytes:
    """Sign claims without any of the package's code."""
    private = load_pem_private_key(key.to_pem(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    to_sign = cbor2.dumps(["Signature1", header, aad, claims])
    der = private.sign(to_sign, ec.ECDSA(hashes.SHA256()))
    signature = b"".join(part.to_bytes(32, "big") for part in utils.decode_dss_signature(der))
    return cbor2.dumps(cbor2.CBORTag(18, [header, {}, claims, signature]))


@pytest.fixture(scope="module")
def craft(issuer: IssuerKey, now: datetime) -> Craft:
    """Make a token that the issuer has signed, with anything in its claims changed."""
    start = int(now.timestamp())
    lst = zlib.compress(EMPTY, 9)
    good = {
        2: f"visavis:status/{issuer.id}",
        4: start + 86400,
        6: start,
        65533: {"lst": lst, "bits": 1},
        65534: 3600,
    }

    def make(changes: dict[Any, Any] | None = None, **how: Any) -> bytes:
        key = how.pop("key", issuer)
        return _signed(key, cbor2.dumps(good | (changes or {})), **how)

    return make


@pytest.fixture(scope="module")
def token(issuer: IssuerKey, now: datetime) -> bytes:
    return StatusList.sign(EMPTY, issuer=issuer, issued_at=now, expires_at=now + DAY, ttl=HOUR)


def _refused(token: bytes, issuer: IssuerKey) -> None:
    with pytest.raises(PassRejected) as caught:
        StatusList.open(token, issuer.public)
    assert caught.value.reason == "status_malformed"


def test_a_list_says_what_was_signed(issuer: IssuerKey, now: datetime) -> None:
    bits = secrets.token_bytes(SMALLEST // 8)
    made = StatusList.sign(
        bits,
        issuer=issuer,
        issued_at=now + timedelta(microseconds=7),
        expires_at=now + DAY,
        ttl=HOUR,
    )
    opened = StatusList.open(made, issuer.public)
    assert opened == StatusList(issuer.id, now, now + DAY, HOUR, bits)
    whole = int.from_bytes(bits, "little")
    assert all(opened.valid(place) == (not whole >> place & 1) for place in range(SMALLEST))


def test_no_place_beyond_the_end_is_valid(token: bytes, issuer: IssuerKey) -> None:
    opened = StatusList.open(token, issuer.public)
    assert opened.valid(0)
    assert opened.valid(SMALLEST - 1)
    for place in (-1, -SMALLEST, SMALLEST, SMALLEST + 1, LARGEST, 2**70, -(2**70)):
        assert not opened.valid(place)


def test_the_bits_are_not_shown(token: bytes, issuer: IssuerKey) -> None:
    assert "x00" not in repr(StatusList.open(token, issuer.public))


def test_the_vector_of_the_draft_is_read(craft: Craft, issuer: IssuerKey) -> None:
    made = craft({65533: {"lst": DRAFT_LIST, "bits": 1}})
    opened = StatusList.open(made, issuer.public)
    assert len(opened.bits) == LARGEST // 8
    assert {place for place in range(LARGEST) if not opened.valid(place)} == set(DRAFT_PLACES)


def test_the_vector_of_the_draft_is_written(issuer: IssuerKey, now: datetime) -> None:
    bits = sum(1 << place for place in DRAFT_PLACES).to_bytes(LARGEST // 8, "little")
    made = StatusList.sign(bits, issuer=issuer, issued_at=now, expires_at=now + DAY, ttl=HOUR)
    [header, unprotected, claims, _] = cbor2.loads(made).value
    assert (header, unprotected) == (HEADER, {})
    assert made.startswith(b"\xd2\x84")
    decoded = cbor2.loads(claims)
    assert set(decoded) == {2, 4, 6, 65533, 65534}
    assert decoded[65533]["bits"] == 1
    assert zlib.decompress(decoded[65533]["lst"]) == zlib.decompress(DRAFT_LIST)


def test_the_signature_is_that_of_the_standard(token: bytes, issuer: IssuerKey) -> None:
    [header, _, claims, signature] = cbor2.loads(token).value
    public = load_pem_public_key(issuer.public.to_pem())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(part) for part in (signature[:32], signature[32:]))
    signed = cbor2.dumps(["Signature1", header, b"", claims])
    public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def test_what_others_sign_in_the_same_form_is_read(craft: Craft, issuer: IssuerKey) -> None:
    assert StatusList.open(craft(), issuer.public).bits == EMPTY


def test_every_single_bit_matters(token: bytes, issuer: IssuerKey) -> None:
    assert len(token) < 256
    for bit in range(8 * len(token)):
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << (bit % 8)
        _refused(bytes(changed), issuer)


def test_every_truncation_and_any_addition_is_refused(token: bytes, issuer: IssuerKey) -> None:
    for length in range(len(token)):
        _refused(token[:length], issuer)
        _refused(token[length:] + b"\0", issuer)
    for more in (b"\0", b"\xf6", token):
        _refused(token + more, issuer)


def test_another_issuers_list_is_refused(craft: Craft, token: bytes, issuer: IssuerKey) -> None:
    other = IssuerKey.generate()
    _refused(token, other)
    _refused(craft(key=other), issuer)
    # Signed by the right key, but about somebody else's passes.
    _refused(craft({2: f"visavis:status/{other.id}"}), issuer)


@pytest.mark.parametrize(
    "header",
    [
        cbor2.dumps({1: -7}),
        cbor2.dumps({1: -7, 16: "statuslist+cwt"}),
        cbor2.dumps({1: -7, 4: b"12", 16: "application/statuslist+cwt"}),
        cbor2.dumps({1: -35, 16: "application/statuslist+cwt"}),
        cbor2.dumps({16: "application/statuslist+cwt", 1: -7}),
        b"",
    ],
)
def test_another_header_is_refused(craft: Craft, issuer: IssuerKey, header: bytes) -> None:
    _refused(craft(header=header), issuer)


def test_another_tag_is_refused(token: bytes, issuer: IssuerKey) -> None:
    _refused(token[1:], issuer)
    _refused(cbor2.dumps(cbor2.CBORTag(61, cbor2.loads(token))), issuer)
    _refused(b"\xd1" + token[1:], issuer)


@pytest.mark.parametrize("aad", [b"visavis-pass-1", b"visavis-proof-1"])
def test_what_was_signed_for_something_else_is_refused(
    craft: Craft, issuer: IssuerKey, aad: bytes
) -> None:
    _refused(craft(aad=aad), issuer)


@pytest.mark.parametrize(
    "changes",
    [
        {4: 0},
        {4: 1, 6: 1, 65534: 1},
        {4: True, 6: False, 65534: True},
        {4: 2, 6: 0, 65534: True},
        {4: 253370764801},
        {4: 2**63, 65534: 2**62},
        {6: -1},
        {6: 2**63},
        {65534: 0},
        {65534: -1},
        {65534: 86401},
        {65534: 2**63},
        {65533: zlib.compress(EMPTY)},
        {65533: {"lst": zlib.compress(EMPTY)}},
        {65533: {"lst": zlib.compress(EMPTY), "bits": 2}},
        {65533: {"lst": zlib.compress(EMPTY), "bits": True}},
        {65533: {"bits": 1, "lst": zlib.compress(EMPTY)}},
        {65533: {"lst": zlib.compress(EMPTY), "bits": 1, "aggregation_uri": "https://x"}},
        {1: "somebody"},
        {5: 0},
        {7: b"id"},
        {2: "visavis:status/"},
        {2: b"visavis:status/"},
        {2: 1.5},
    ],
)
def test_claims_that_cannot_be_are_refused_whoever_signed_them(
    craft: Craft, issuer: IssuerKey, changes: dict[Any, Any]
) -> None:
    _refused(craft(changes), issuer)


def _with_list(compressed: bytes) -> dict[int, object]:
    return {65533: {"lst": compressed, "bits": 1}}


@pytest.mark.parametrize("size", [0, 1, SMALLEST // 8 - 1, LARGEST // 8 + 1, LARGEST // 8 + 2])
def test_a_list_of_another_size_is_refused(craft: Craft, issuer: IssuerKey, size: int) -> None:
    _refused(craft(_with_list(zlib.compress(bytes(size)))), issuer)


@pytest.mark.parametrize("size", [SMALLEST // 8, SMALLEST // 8 + 1, LARGEST // 8])
def test_a_list_of_every_size_between_is_read(craft: Craft, issuer: IssuerKey, size: int) -> None:
    made = craft(_with_list(zlib.compress(bytes(size))))
    assert StatusList.open(made, issuer.public).bits == bytes(size)


def test_what_is_not_one_whole_zlib_stream_is_refused(craft: Craft, issuer: IssuerKey) -> None:
    whole = zlib.compress(EMPTY)
    raw = zlib.compressobj(wbits=-15)
    zipped = zlib.compressobj(wbits=31)
    named = zlib.compressobj(zdict=b"visavis")
    for compressed in (
        b"",
        EMPTY,
        whole[:-1],
        whole[:-4],
        whole[:-4] + bytes(4),
        whole + b"\0",
        whole + whole,
        raw.compress(EMPTY) + raw.flush(),
        zipped.compress(EMPTY) + zipped.flush(),
        named.compress(EMPTY) + named.flush(),
    ):
        _refused(craft(_with_list(compressed)), issuer)


def test_a_bomb_does_not_expand(craft: Craft, issuer: IssuerKey) -> None:
    stream = zlib.compressobj(9)
    megabyte = bytes(1 << 20)
    bomb = b"".join(stream.compress(megabyte) for _ in range(200)) + stream.flush()
    token = craft(_with_list(bomb))
    assert 190_000 < len(token) < StatusList.MOST_BYTES
    tracemalloc.start()
    try:
        _refused(token, issuer)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_what_is_too_long_is_not_looked_at(craft: Craft, issuer: IssuerKey) -> None:
    whole = zlib.compress(EMPTY)
    empty_block = b"\0\0\0\xff\xff"
    padded = whole[:2] + empty_block * 10 + whole[2:]
    assert StatusList.open(craft(_with_list(padded)), issuer.public).bits == EMPTY
    padded = whole[:2] + empty_block * (StatusList.MOST_BYTES // 5) + whole[2:]
    _refused(craft(_with_list(padded)), issuer)
    _refused(bytes(StatusList.MOST_BYTES + 1), issuer)


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes(issuer: IssuerKey, data: bytes) -> None:
    _refused(data, issuer)
    _refused(b"\xd2\x84\x58\x20" + HEADER + data, issuer)


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.binary(max_size=40)
    | st.text(max_size=20)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(key=st.sampled_from([1, 2, 4, 6, 7, 65533, 65534, "x"]), value=_values)
def test_random_claims_under_a_good_signature(
    craft: Craft, issuer: IssuerKey, key: Any, value: Any
) -> None:
    if type(value) is int and key in {4, 6, 65534}:  # a time, which may happen to fit
        with contextlib.suppress(PassRejected):
            StatusList.open(craft({key: value}), issuer.public)
    else:
        _refused(craft({key: value}), issuer)
    _refused(craft({65533: {"lst": value, "bits": 1}}), issuer)
    _refused(_signed(issuer, cbor2.dumps(value)), issuer)


@pytest.mark.parametrize("size", [0, 1, SMALLEST // 8 - 1, LARGEST // 8 + 1])
def test_a_list_that_nobody_may_read_is_not_signed(
    issuer: IssuerKey, now: datetime, size: int
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        StatusList.sign(bytes(size), issuer=issuer, issued_at=now, expires_at=now + DAY, ttl=HOUR)
    assert caught.value.reason == "bad_status_list"


@pytest.mark.parametrize(
    ("life", "ttl", "reason"),
    [
        (timedelta(0), HOUR, "bad_status_times"),
        (-DAY, HOUR, "bad_status_times"),
        (DAY, timedelta(0), "bad_status_times"),
        (DAY, timedelta(milliseconds=999), "bad_status_times"),
        (DAY, -HOUR, "bad_status_times"),
        (DAY, DAY + HOUR, "bad_status_times"),
        (timedelta(days=2912000), DAY, "bad_status_times"),
        (None, HOUR, "naive_datetime"),
    ],
)
def test_times_that_cannot_be_are_not_signed(
    issuer: IssuerKey, now: datetime, life: timedelta | None, ttl: timedelta, reason: str
) -> None:
    end = now.replace(tzinfo=None) if life is None else now + life
    with pytest.raises(InvalidArgument) as caught:
        StatusList.sign(EMPTY, issuer=issuer, issued_at=now, expires_at=end, ttl=ttl)
    assert caught.value.reason == reason

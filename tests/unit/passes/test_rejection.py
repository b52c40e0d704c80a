"""Every reason for which opening rejects a pass, provoked by a second writer of the format."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from visavis.errors import PassRejected
from visavis.passes import IssuerKey, OpenedPass, Pass, TrustedIssuer, VerifierKey, open_pass
from visavis.passes._rejections import REASONS, rejected

Craft = Callable[..., bytes]
MakePass = Callable[..., Pass]
OpenBytes = Callable[[bytes], OpenedPass]
Reason = Callable[[bytes], str]
Claims = dict[Any, Any]

STRANGER = ec.generate_private_key(ec.SECP256R1())


def test_the_second_writer_is_understood(craft: Craft, open_bytes: OpenBytes) -> None:
    assert open_bytes(craft()).claims.purpose == "Gym entrance"


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_says_what_is_wrong_and_what_to_do(reason: str) -> None:
    error = rejected(reason)
    assert isinstance(error, PassRejected)
    assert error.reason == reason
    for sentence in (error.message, error.remedy):
        assert sentence.endswith(".")
        assert not {"CBOR", "COSE", "claim", "signature"} & set(sentence.split())


def test_empty(reason_for: Reason) -> None:
    assert reason_for(b"") == "empty"


def test_too_large(reason_for: Reason) -> None:
    assert reason_for(bytes(64 * 1024 + 1)) == "too_large"
    assert reason_for(bytes(64 * 1024)) == "malformed"


def test_unknown_issuer(make_pass: MakePass, verifier: VerifierKey) -> None:
    other = TrustedIssuer(IssuerKey.generate().public)
    for issuers in ([], [other]):
        with pytest.raises(PassRejected) as caught:
            open_pass(make_pass(), verifiers=[verifier], issuers=issuers)
        assert caught.value.reason == "unknown_issuer"


def test_wrong_verifier(make_pass: MakePass, issuer: IssuerKey) -> None:
    sealed = make_pass()
    for verifiers in ([], [VerifierKey.generate()]):
        with pytest.raises(PassRejected) as caught:
            open_pass(sealed, verifiers=verifiers, issuers=[TrustedIssuer(issuer.public)])
        assert caught.value.reason == "wrong_verifier"


def test_former_keys_still_open_and_sign(
    make_pass: MakePass, issuer: IssuerKey, verifier: VerifierKey
) -> None:
    verifiers = [VerifierKey.generate(), verifier]
    issuers = [TrustedIssuer(IssuerKey.generate().public), TrustedIssuer(issuer.public)]
    opened = open_pass(make_pass(), verifiers=verifiers, issuers=issuers)
    assert opened.claims.purpose == "Gym entrance"


def test_a_retired_key_is_good_for_passes_that_are_older(
    make_pass: MakePass, issuer: IssuerKey, verifier: VerifierKey, now: datetime
) -> None:
    sealed = make_pass(issued_at=now)
    later = TrustedIssuer(issuer.public, retired_at=now + timedelta(seconds=1))
    open_pass(sealed, verifiers=[verifier], issuers=[later])
    with pytest.raises(PassRejected) as caught:
        open_pass(sealed, verifiers=[verifier], issuers=[TrustedIssuer(issuer.public, now)])
    assert caught.value.reason == "issuer_retired"


def test_a_pass_sealed_again_for_another_verifier(
    craft: Craft, reason_for: Reason, claims: Claims
) -> None:
    assert reason_for(craft(claims | {3: "0011223344556677"})) == "wrong_verifier"


def test_bad_signature(craft: Craft, reason_for: Reason) -> None:
    assert reason_for(craft(signed_with=STRANGER)) == "bad_signature"
    # Something else that the same issuer has signed.
    for domain in (b"", b"visavis-status-1"):
        assert reason_for(craft(domain=domain)) == "bad_signature"


def test_impossible_signatures(craft: Craft, reason_for: Reason, claims: Claims) -> None:
    for signature in (bytes(64), b"\xff" * 64):
        fields = [cbor2.dumps({1: -7}), {}, cbor2.dumps(claims), signature]
        content = cbor2.dumps(cbor2.CBORTag(18, fields))
        assert reason_for(craft(content=content)) == "bad_signature"


def test_altered(craft: Craft, reason_for: Reason) -> None:
    assert reason_for(craft(unprotected=lambda _: {5: b"another iv.."})) == "altered"
    # No point of P-256 has 4 as its x coordinate.
    no_point = (4).to_bytes(32, "big")
    assert reason_for(craft(ephemeral=lambda key: key | {-2: no_point})) == "altered"
    too_large = b"\xff" * 32
    assert reason_for(craft(ephemeral=lambda key: key | {-2: too_large})) == "altered"


def test_the_mirrored_one_time_key_is_not_another_valid_pass(
    craft: Craft, reason_for: Reason
) -> None:
    assert reason_for(craft(ephemeral=lambda key: key | {-3: True})) == "malformed"


def test_another_version(craft: Craft, reason_for: Reason) -> None:
    for version in (0, 2, 1000):
        header = {1: 3, 3: 61, -65537: version}
        assert reason_for(craft(header=header)) == "unsupported_version"
    later = cbor2.CBORTag(96, [cbor2.dumps({1: 3, -65537: 2}), "entirely", "different"])
    assert reason_for(cbor2.dumps(later)) == "unsupported_version"


def test_lifetime_too_long(craft: Craft, reason_for: Reason, claims: Claims) -> None:
    longest = claims[6] + 5 * 366 * 86400
    assert reason_for(craft(claims | {4: longest + 1})) == "lifetime_too_long"


@pytest.mark.parametrize("alg", [1, 2, 24, 5, -7, "A256GCM", True])
def test_only_our_content_algorithm(craft: Craft, reason_for: Reason, alg: Any) -> None:
    assert reason_for(craft(header={1: alg, 3: 61, -65537: 1})) == "malformed"


@pytest.mark.parametrize("alg", [-6, -26, -27, -29, -31, 1, "ECDH-ES+HKDF-256"])
def test_only_our_key_agreement(
    craft: Craft, reason_for: Reason, verifier: VerifierKey, alg: Any
) -> None:
    assert reason_for(craft(recipient={1: alg, 4: bytes.fromhex(verifier.id)})) == "malformed"


@pytest.mark.parametrize("alg", [-35, -8, 5, -47, "ES256"])
def test_only_our_signature_algorithm(craft: Craft, reason_for: Reason, alg: Any) -> None:
    assert reason_for(craft(sign_header={1: alg})) == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        {},
        b"",
        {1: 3, 3: 61},
        {1: 3, -65537: 1},
        {1: 3, 3: 60, -65537: 1},
        {1: 3, 3: 61, -65537: "1"},
        {1: 3, 3: 61, -65537: True},
        {1: 3, 2: [-65537], 3: 61, -65537: 1},
        {1: 3, 3: 61, -65538: 0, -65537: 1},
        [1, 3],
        b"\xa3\x03\x18\x3d\x01\x03\x3a\x00\x01\x00\x00\x01",
    ],
)
def test_only_our_header(craft: Craft, reason_for: Reason, header: Any) -> None:
    assert reason_for(craft(header=header)) == "malformed"


def test_only_our_other_headers(craft: Craft, reason_for: Reason, verifier: VerifierKey) -> None:
    kid = bytes.fromhex(verifier.id)
    for recipient in ({1: -25}, {1: -25, 4: kid[:7]}, {1: -25, 4: kid, 5: b""}, {4: kid}, b"x"):
        assert reason_for(craft(recipient=recipient)) == "malformed"
    for extra in ({4: kid}, {1: 3}, {-65537: 2}, {"x": 1}):
        assert reason_for(craft(unprotected=lambda h, e=extra: h | e)) == "malformed"
        assert reason_for(craft(ephemeral=lambda h, e=extra: h | e)) == "malformed"
        assert reason_for(craft(sign_unprotected=extra)) == "malformed"
        assert reason_for(craft(sign_header={1: -7} | extra)) == "malformed"
    assert reason_for(craft(unprotected=lambda _: {})) == "malformed"
    assert reason_for(craft(unprotected=lambda _: {5: bytes(13)})) == "malformed"


@pytest.mark.parametrize("key", [{1: 1}, {-1: 2}, {-2: bytes(31)}, {-3: bytes(32)}, {3: -25}])
def test_only_our_one_time_key(craft: Craft, reason_for: Reason, key: Claims) -> None:
    assert reason_for(craft(ephemeral=lambda fields: fields | key)) == "malformed"


def _twice(fields: list[Any]) -> Any:
    return cbor2.CBORTag(96, [*fields[:3], fields[3] * 2])


@pytest.mark.parametrize(
    "envelope",
    [
        lambda fields: fields,
        lambda fields: cbor2.CBORTag(16, fields),
        lambda fields: cbor2.CBORTag(97, fields),
        lambda fields: cbor2.CBORTag(61, cbor2.CBORTag(96, fields)),
        lambda fields: cbor2.CBORTag(96, cbor2.CBORTag(96, fields)),
        lambda fields: cbor2.CBORTag(96, fields[:3]),
        lambda fields: cbor2.CBORTag(96, [*fields, b""]),
        lambda fields: cbor2.CBORTag(96, [*fields[:3], []]),
        lambda fields: cbor2.CBORTag(96, [*fields[:2], b"", fields[3]]),
        lambda fields: cbor2.CBORTag(96, [*fields[:2], bytes(16), fields[3]]),
        lambda fields: cbor2.CBORTag(96, [*fields[:2], None, fields[3]]),
        lambda fields: cbor2.CBORTag(96, [*fields[:3], [[*fields[3][0][:2], b"x"]]]),
        lambda fields: cbor2.CBORTag(96, [*fields[:3], [[*fields[3][0], []]]]),
        _twice,
    ],
)
def test_only_our_envelope(
    craft: Craft, reason_for: Reason, envelope: Callable[[list[Any]], Any]
) -> None:
    assert reason_for(craft(envelope=envelope)) == "malformed"


def test_only_our_signed_layer(craft: Craft, reason_for: Reason, claims: Claims) -> None:
    payload, header = cbor2.dumps(claims), cbor2.dumps({1: -7})
    for content in (
        b"",
        b"\x00",
        payload,
        cbor2.dumps([header, {}, payload, bytes(64)]),
        cbor2.dumps(cbor2.CBORTag(17, [header, {}, payload, bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(98, [header, {}, payload, [[header, {}, bytes(64)]]])),
        cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, bytes(63)])),
        cbor2.dumps(cbor2.CBORTag(18, [header, {}, None, bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, bytes(64)])) + b"\x00",
    ):
        assert reason_for(craft(content=content)) == "malformed"


def test_bytes_around_a_pass(make_pass: MakePass, reason_for: Reason) -> None:
    sealed = make_pass().sealed
    for changed in (sealed + b"\x00", sealed + sealed, b"\x00" + sealed, b"VAV1:" + sealed):
        assert reason_for(changed) == "malformed"


@pytest.mark.parametrize(
    "change",
    [
        {1: 7},
        {1: b"0011223344556677"},
        {3: ["0011223344556677"]},
        {4: -1},
        {4: 1.5},
        {4: 2**63},
        {6: True},
        {6: 2**40},
        {7: bytes(15)},
        {7: "0" * 16},
        {5: 0},
        {"x": 1},
        {-65538: 1},
        {65535: {}},
    ],
)
def test_claims_of_another_shape(
    craft: Craft, reason_for: Reason, claims: Claims, change: Claims
) -> None:
    changed = claims | change
    changed[-65537] = changed.pop(-65537)
    assert reason_for(craft(changed)) == "malformed"


@pytest.mark.parametrize("missing", [1, 3, 4, 6, 7, -65537])
def test_claims_that_are_missing(
    craft: Craft, reason_for: Reason, claims: Claims, missing: int
) -> None:
    rest = {key: value for key, value in claims.items() if key != missing}
    assert reason_for(craft(rest)) == "malformed"


NUMBERS = bytes(range(1, 128))
PLACE = bytes(3)


@pytest.mark.parametrize(
    "own",
    [
        ["", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym\x00", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["x" * 81, 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym", 1, 0, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym", 1, 4, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym", 1, True, bytes(32), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym", 1, 2, bytes(16), PLACE, ["e", "p", 1, NUMBERS]],
        ["gym", 1, 2, bytes(32), PLACE, ["", "p", 1, NUMBERS]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "x" * 65, 1, NUMBERS]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 2, NUMBERS]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, bytes(128)]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS[:31]]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS * 17]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS + b"\x80"]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, [0.5] * 128]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, list(NUMBERS)]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS, b""]],
        ["gym", 1, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS], "name"],
        *(
            ["gym", tier, 2, bytes(32), PLACE, ["e", "p", 1, NUMBERS]]
            for tier in (0, 2, 3, 4, True)
        ),
        *(
            ["gym", 1, 2, bytes(32), at, ["e", "p", 1, NUMBERS]]
            for at in (0, True, "abc", bytes(2), bytes(4), b"\x10\0\0")
        ),
        {},
    ],
)
def test_own_claim_of_another_shape(
    craft: Craft, reason_for: Reason, claims: Claims, own: Any
) -> None:
    assert reason_for(craft(claims | {-65537: own})) == "malformed"


def test_claims_written_differently(craft: Craft, reason_for: Reason, claims: Claims) -> None:
    encoded = cbor2.dumps(claims)
    assert encoded[0] == 0xA6
    reordered = cbor2.dumps({key: claims[key] for key in reversed(claims)})
    indefinite = b"\xbf" + encoded[1:] + b"\xff"
    doubled = b"\xa7" + encoded[1:2] + cbor2.dumps(claims[1]) + encoded[1:]
    long_head = b"\xb8\x06" + encoded[1:]
    for written in (reordered, indefinite, doubled, long_head, encoded + b"\x00"):
        assert reason_for(craft(written)) == "malformed"


def test_errors_quote_nothing_from_the_pass(
    craft: Craft, open_bytes: OpenBytes, claims: Claims
) -> None:
    with pytest.raises(PassRejected) as caught:
        open_bytes(
            craft(claims | {-65537: ["secret", 1, 9, bytes(32), PLACE, ["e", "p", 1, NUMBERS]]})
        )
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in repr(error)
        assert repr(NUMBERS[:8])[2:-1] not in repr(error)
        error = error.__cause__ or error.__context__


def test_verifier_id_needs_no_key(make_pass: MakePass, verifier: VerifierKey) -> None:
    assert make_pass().verifier_id == verifier.id
    with pytest.raises(PassRejected):
        _ = Pass(b"\x00").verifier_id

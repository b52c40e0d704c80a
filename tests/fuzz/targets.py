"""Bytes from strangers, through every reader: an answer or ``PassRejected``, and nothing else.

The first byte chooses the reader, the rest is what it reads. Layers behind a signature or a seal
are reached directly as well, because no change of bytes gets through those.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cbor2
from cryptography.hazmat.primitives import serialization as ser
from tests.spec.vectors import expand, key, load

from visavis.carriers import from_text, to_text
from visavis.errors import PassRejected
from visavis.passes import (
    Claims,
    IssuerKey,
    Pass,
    Policy,
    StatusList,
    TrustedIssuer,
    VerifierKey,
    check,
    check_proof,
    open_pass,
)
from visavis.passes._claims import decode_claims
from visavis.passes._envelope import Envelope
from visavis.passes._open import _read
from visavis.passes._proof import _Statement
from visavis.passes._seal import unseal
from visavis.passes._sign1 import PROOF, Signed
from visavis.passes._status_list import _Claims as _ListClaims
from visavis.passes._status_list import _decompress
from visavis.passes._strict import NotStrict, loads

__all__ = ["NAMES", "one_input", "seeds"]

_NOW = datetime.fromtimestamp(1_800_000_000, UTC)


def _pem(name: str) -> bytes:
    return key(name).private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())


_VERIFIER = VerifierKey.from_pem(_pem("verifier"))
_ISSUER = IssuerKey.from_pem(_pem("issuer")).public
_TRUSTED = [TrustedIssuer(_ISSUER)]


def _valid(topic: str) -> list[bytes]:
    return [expand(v["input"]) for v in load(topic) if v["expected"]["result"] == "valid"]


_PRESENTED = [*_valid("pass-valid"), *_valid("pin")[:2], *_valid("proof")]
_LISTS = _valid("status-list")[:2]
_TEXTS = [v["text"].encode() for v in load("text") if v["expected"]["result"] == "valid"]
_KNOWN = frozenset(_PRESENTED)
_KNOWN_PASSES = frozenset(Pass.decode(data).sealed for data in _PRESENTED)


def _contents() -> list[bytes]:
    """Return what is inside the seals that need no PIN."""
    envelopes = [Envelope.decode(Pass.decode(data).sealed) for data in _valid("pass-valid")]
    ours = [e for e in envelopes if e.pin is None and e.verifier_id.hex() == _VERIFIER.id]
    return [bytes(unseal(envelope, _VERIFIER)) for envelope in ours]


_CONTENTS = _contents()
_PAYLOADS = [bytes(cbor2.loads(content).value[2]) for content in _CONTENTS]
_WITH_PROOF = [Pass.decode(data) for data in _valid("proof")]
_PROOFS = [shown.proof for shown in _WITH_PROOF if shown.proof is not None]
_STATEMENTS = [bytes(cbor2.loads(proof).value[2]) for proof in _PROOFS]
_LIST_CLAIMS = [bytes(cbor2.loads(token).value[2]) for token in _LISTS]


def _holder_claims() -> Claims:
    shown = _WITH_PROOF[0]
    return open_pass(Pass(shown.sealed), verifiers=[_VERIFIER], issuers=_TRUSTED).claims


_CLAIMS = _holder_claims()


def _presented(data: bytes) -> None:
    presented = Pass.decode(data)
    assert presented.encode() == data
    opened = open_pass(presented, verifiers=[_VERIFIER], issuers=_TRUSTED)
    # Whoever gets this far without the issuer's key has forged a pass.
    assert presented.sealed in _KNOWN_PASSES
    check(opened, policy=Policy(), now=_NOW, embedder="embedder-1", preprocessing="chip-1")
    check_proof(presented, claims=opened.claims, now=_NOW, clock_skew=timedelta(seconds=30))
    assert data in _KNOWN


def _content(data: bytes) -> None:
    _read(bytearray(data), _TRUSTED, with_pin=False)
    assert data in _CONTENTS


def _claims(data: bytes) -> None:
    claims, template = decode_claims(data)
    assert template.reveal().any()
    assert claims.issued_at < claims.expires_at
    repr(claims)


def _proof(data: bytes) -> None:
    shown = Pass(_WITH_PROOF[0].sealed, data)
    check_proof(shown, claims=_CLAIMS, now=_NOW, clock_skew=timedelta(seconds=30))
    assert data in _PROOFS


def _statement(data: bytes) -> None:
    try:
        assert _Statement.decode(data).encode() == data
        Signed.decode(data, PROOF)
    except NotStrict:
        return


def _status_list(data: bytes) -> None:
    StatusList.open(data, _ISSUER)
    assert data in _LISTS


def _list_claims(data: bytes) -> None:
    try:
        bits = _decompress(_ListClaims.decode(data).compressed)
    except NotStrict:
        return
    assert len(bits) <= 1 << 17


def _text(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert to_text(from_text(text)) == text.strip()


def _strict(data: bytes) -> None:
    try:
        value = loads(data)
    except NotStrict:
        return
    # What is accepted means the same to the general reader, and is written in the same way.
    assert cbor2.loads(data) == value
    assert cbor2.dumps(value) == data


_TARGETS: tuple[tuple[Callable[[bytes], None], list[bytes]], ...] = (
    (_presented, _PRESENTED),
    (_content, _CONTENTS),
    (_claims, _PAYLOADS),
    (_proof, _PROOFS),
    (_statement, [*_STATEMENTS, *_PROOFS]),
    (_status_list, _LISTS),
    (_list_claims, _LIST_CLAIMS),
    (_text, _TEXTS),
    (_strict, [*_PAYLOADS, *_STATEMENTS]),
)
NAMES = tuple(target.__name__.lstrip("_") for target, _ in _TARGETS)


def one_input(data: bytes) -> None:
    """Give bytes to the reader that the first of them chooses."""
    if not data:
        return
    target, _ = _TARGETS[data[0] % len(_TARGETS)]
    try:
        target(data[1:])
    except PassRejected:
        return


def seeds() -> list[bytes]:
    """Return inputs that are good, to start from."""
    return [
        bytes([number]) + seed
        for number, (_, own) in enumerate(_TARGETS)
        for seed in own
        if len(seed) < 4096  # longer ones slow everything down
    ]

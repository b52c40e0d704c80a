"""Keys, passes, and a second writer of the format that shares no code with the package."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import cbor2
import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from visavis.errors import PassRejected
from visavis.passes import (
    IssuerKey,
    OpenedPass,
    Pass,
    TrustedIssuer,
    VerifierKey,
    issue,
    open_pass,
)
from visavis.types import EnrolmentMethod, Template

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def _template(seed: int = 1, dimension: int = 128) -> Template:
    features = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return Template.from_features(features, embedder="embedder-1", preprocessing="chip-1")


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def issuer() -> IssuerKey:
    return IssuerKey.generate()


@pytest.fixture(scope="session")
def verifier() -> VerifierKey:
    return VerifierKey.generate()


@pytest.fixture(scope="session")
def make_template() -> Callable[..., Template]:
    return _template


@pytest.fixture(scope="session")
def make_pass(issuer: IssuerKey, verifier: VerifierKey) -> Callable[..., Pass]:
    def make(**changes: Any) -> Pass:
        arguments: dict[str, Any] = {
            "template": _template(),
            "issuer": issuer,
            "verifier": verifier.public,
            "purpose": "Gym entrance",
            "enrolment": EnrolmentMethod.LIVE,
            "consent": bytes(range(32)),
            "issued_at": NOW,
            "lifetime": timedelta(days=365),
            "status": 70_000,
        }
        arguments |= changes
        return issue(arguments.pop("template"), **arguments)

    return make


@pytest.fixture(scope="session")
def open_bytes(issuer: IssuerKey, verifier: VerifierKey) -> Callable[[bytes], OpenedPass]:
    trusted = [TrustedIssuer(issuer.public)]
    return lambda sealed: open_pass(Pass(sealed), verifiers=[verifier], issuers=trusted)


@pytest.fixture(scope="session")
def reason_for(open_bytes: Callable[[bytes], OpenedPass]) -> Callable[[bytes], str]:
    """Open bytes that must be rejected, and tell why they were."""

    def reason(sealed: bytes) -> str:
        with pytest.raises(PassRejected) as caught:
            open_bytes(sealed)
        return caught.value.reason

    return reason


@pytest.fixture(scope="session")
def claims(issuer: IssuerKey, verifier: VerifierKey) -> dict[Any, Any]:
    """Well-formed claims; change a copy."""
    start = int(NOW.timestamp())
    numbers = bytes(range(1, 128))
    return {
        1: issuer.id,
        3: verifier.id,
        4: start + 3600,
        6: start,
        7: bytes(16),
        -65537: ["Gym entrance", 1, 2, bytes(32), bytes(3), ["embedder-1", "chip-1", 1, numbers]],
    }


@pytest.fixture(scope="session")
def craft(issuer: IssuerKey, verifier: VerifierKey, claims: dict[Any, Any]) -> Callable[..., bytes]:
    """Write a pass after spec/pass.md alone, with anything in it changed at will."""
    return functools.partial(
        _craft, _private(issuer.to_pem()), _private(verifier.to_pem()), verifier.id, claims
    )


def _private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _dumps(value: Any) -> bytes:
    return value if isinstance(value, bytes) else cbor2.dumps(value)


def _craft(  # noqa: PLR0913 - one for each thing that can be changed
    signer: ec.EllipticCurvePrivateKey,
    opener: ec.EllipticCurvePrivateKey,
    opener_id: str,
    default_claims: dict[Any, Any],
    claims: Any = None,
    *,
    signed_with: ec.EllipticCurvePrivateKey | None = None,
    sign_header: Any = None,
    sign_unprotected: Any = None,
    domain: bytes = b"visavis-pass-1",
    content: bytes | None = None,
    header: Any = None,
    pin: bytes | None = None,
    recipient: Any = None,
    unprotected: Callable[[dict[Any, Any]], Any] = lambda fields: fields,
    ephemeral: Callable[[dict[Any, Any]], Any] = lambda fields: fields,
    envelope: Callable[[list[Any]], Any] = lambda fields: cbor2.CBORTag(96, fields),
) -> bytes:
    payload = _dumps(default_claims if claims is None else claims)
    sign_header = _dumps({1: -7} if sign_header is None else sign_header)
    to_sign = cbor2.dumps(["Signature1", sign_header, domain, payload])
    der = (signed_with or signer).sign(to_sign, ec.ECDSA(hashes.SHA256()))
    signature = b"".join(part.to_bytes(32, "big") for part in utils.decode_dss_signature(der))
    if content is None:
        fields = [sign_header, sign_unprotected or {}, payload, signature]
        content = cbor2.dumps(cbor2.CBORTag(18, fields))

    header = _dumps({1: 3, 3: 61, -65537: 1} if header is None else header)
    recipient = _dumps({1: -25, 4: bytes.fromhex(opener_id)} if recipient is None else recipient)
    one_time = ec.generate_private_key(ec.SECP256R1())
    stretched = [] if pin is None else [pin]
    context = cbor2.dumps([3, [None] * 3, [None] * 3, [256, recipient], *stretched])
    secret = one_time.exchange(ec.ECDH(), opener.public_key())
    key = HKDF(hashes.SHA256(), 32, salt=None, info=context).derive(secret)
    iv = bytes(12)
    sealed = AESGCM(key).encrypt(iv, content, cbor2.dumps(["Encrypt", header, b""]))
    x = one_time.public_key().public_numbers().x.to_bytes(32, "big")
    public = {-1: ephemeral({1: 2, -1: 1, -2: x, -3: False})}
    outer = [header, unprotected({5: iv}), sealed, [[recipient, public, b""]]]
    return cbor2.dumps(envelope(outer))

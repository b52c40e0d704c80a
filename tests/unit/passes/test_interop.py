"""A pass read with cbor2 and cryptography alone, following docs/adr/0003-the-pass.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from visavis.passes import IssuerKey, Pass, VerifierKey
from visavis.types import Template

MakePass = Callable[..., Pass]


def _unseal(sealed: bytes, pem: bytes, key_id: bytes) -> bytes:
    message = cbor2.loads(sealed)
    assert message.tag == 96
    header, unprotected, ciphertext, [[recipient, public, nothing]] = message.value
    assert cbor2.loads(header) == {1: 3, 3: 61, -65537: 1}
    assert cbor2.loads(recipient) == {1: -25, 4: key_id}
    assert nothing == b""
    one_time = public[-1]
    assert one_time == {1: 2, -1: 1, -2: one_time[-2], -3: False}
    private = load_pem_private_key(pem, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x02" + one_time[-2])
    secret = private.exchange(ec.ECDH(), peer)
    context = cbor2.dumps([3, [None, None, None], [None, None, None], [256, recipient]])
    key = HKDF(hashes.SHA256(), 32, salt=None, info=context).derive(secret)
    return AESGCM(key).decrypt(unprotected[5], ciphertext, cbor2.dumps(["Encrypt", header, b""]))


def _verify(content: bytes, pem: bytes) -> bytes:
    message = cbor2.loads(content)
    assert message.tag == 18
    header, unprotected, payload, signature = message.value
    assert cbor2.loads(header) == {1: -7}
    assert unprotected == {}
    public = load_pem_public_key(pem)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    signed = cbor2.dumps(["Signature1", header, b"visavis-pass-1", payload])
    public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    assert isinstance(payload, bytes)
    return payload


def test_another_reader(
    make_pass: MakePass,
    make_template: Callable[..., Template],
    issuer: IssuerKey,
    verifier: VerifierKey,
    now: datetime,
) -> None:
    template = make_template()
    sealed = make_pass(template=template).sealed
    content = _unseal(sealed, verifier.to_pem(), bytes.fromhex(verifier.id))
    claims = cbor2.loads(_verify(content, issuer.public.to_pem()))
    start = int(now.timestamp())
    numbers = template.reveal().tobytes()
    assert claims == {
        1: issuer.id,
        3: verifier.id,
        4: start + 365 * 86400,
        6: start,
        7: claims[7],
        -65537: ["Gym entrance", 2, bytes(range(32)), ["embedder-1", "chip-1", 1, numbers]],
    }
    assert len(claims[7]) == 16

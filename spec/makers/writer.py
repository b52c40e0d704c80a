"""Write passes, proofs and status lists after ``pass.md`` and nothing else.

Shares no code with the package. Any part can be replaced, so that what must be refused can be
written as well: a value given for a part stands for it, and `Raw` stands for its own bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = [
    "ORDER",
    "Pin",
    "Raw",
    "Seal",
    "encode",
    "key_id",
    "negate",
    "presentation",
    "sha256",
    "sign1",
    "sign_pass",
    "sign_proof",
    "sign_status_list",
    "thumbprint",
]

ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Number of points of P-256 (FIPS 186-5)."""

CONTENT_HEADER: Final = {1: 3, 3: 61, -65537: 1}
SIGN_HEADER: Final = {1: -7}
STATUS_HEADER: Final = {1: -7, 16: "application/statuslist+cwt"}


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that stand in CBOR as they are, whether they are well-formed or not."""

    data: bytes


def encode(value: Any) -> bytes:
    """Write CBOR. Maps keep the order that they are given in."""
    return cbor2.dumps(value, default=_write_raw)


def thumbprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """Section 2: the COSE Key Thumbprint with SHA-256."""
    numbers = key.public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return sha256(encode({1: 2, -1: 1, -2: x, -3: y}))


def sha256(data: bytes) -> bytes:
    """Return the hash of some bytes."""
    return hashlib.sha256(data).digest()


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Section 2: the first eight bytes of the thumbprint."""
    return thumbprint(key)[:8]


@dataclass(frozen=True, slots=True)
class Pin:
    """Section 6: a PIN, and how it is stretched."""

    digits: str
    salt: bytes
    memory: int = 65_536
    passes: int = 3
    lanes: int = 4

    @property
    def parameters(self) -> list[Any]:
        """What stands in the recipient header."""
        return [self.salt, self.memory, self.passes, self.lanes]

    def stretch(self) -> bytes:
        """Return the 32 bytes that enter the key derivation."""
        argon2 = Argon2id(
            salt=self.salt,
            length=32,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory,
        )
        return argon2.derive(self.digits.encode())


@dataclass(frozen=True, slots=True)
class Seal:
    """Section 3: the sealed layer.

    The first four say what to seal and to whom. Each of the others takes the place of a part;
    ``domain`` and ``algorithm`` stand in what is hashed and authenticated, but are not sent.
    """

    verifier: ec.EllipticCurvePublicKey
    one_time: ec.EllipticCurvePrivateKey
    iv: bytes
    pin: Pin | None = None
    content_header: Any = None
    unprotected: Any = None
    recipient_header: Any = None
    ephemeral: Any = None
    nothing: Any = b""
    tag: int = 96
    domain: str = "Encrypt"
    algorithm: int = 3

    def seal(self, content: bytes) -> bytes:
        """Seal the signed layer."""
        header = _bytes(CONTENT_HEADER if self.content_header is None else self.content_header)
        recipient = self.recipient()
        associated = encode([self.domain, header, b""])
        ciphertext = AESGCM(self.content_key(recipient)).encrypt(self.iv, content, associated)
        return self.wrap(header, ciphertext, [self.recipient_item(recipient)])

    def wrap(self, header: bytes, ciphertext: Any, recipients: Any) -> bytes:
        """Put the parts together."""
        unprotected = {5: self.iv} if self.unprotected is None else self.unprotected
        return encode(cbor2.CBORTag(self.tag, [header, unprotected, ciphertext, recipients]))

    def recipient(self) -> bytes:
        """Return the encoded recipient header."""
        if self.recipient_header is not None:
            return _bytes(self.recipient_header)
        header: dict[int, Any] = {1: -25, 4: key_id(self.verifier)}
        if self.pin is not None:
            header[-65538] = self.pin.parameters
        return encode(header)

    def recipient_item(self, recipient: bytes) -> list[Any]:
        """Return the one recipient."""
        ephemeral = self.ephemeral
        if ephemeral is None:
            ephemeral = {-1: {1: 2, -1: 1, -2: self.x(), -3: False}}
        return [recipient, ephemeral, self.nothing]

    def x(self) -> bytes:
        """Return the x coordinate of the one-time public key."""
        return self.one_time.public_key().public_numbers().x.to_bytes(32, "big")

    def secret(self) -> bytes:
        """Return what sender and verifier have in common."""
        return self.one_time.exchange(ec.ECDH(), self.verifier)

    def content_key(self, recipient: bytes) -> bytes:
        """Return the key that encrypts the signed layer."""
        context: list[Any] = [self.algorithm, [None] * 3, [None] * 3, [256, recipient]]
        if self.pin is not None:
            context.append(self.pin.stretch())
        hkdf = HKDF(hashes.SHA256(), 32, salt=None, info=encode(context))
        return hkdf.derive(self.secret())


def sign_pass(claims: Any, issuer: ec.EllipticCurvePrivateKey, **parts: Any) -> bytes:
    """Section 4: the signed layer of a pass."""
    return sign1(_bytes(claims), issuer, **({"domain": b"visavis-pass-1"} | parts))


def sign_proof(statement: Any, holder: ec.EllipticCurvePrivateKey, **parts: Any) -> bytes:
    """Section 7: a proof."""
    return sign1(_bytes(statement), holder, **({"domain": b"visavis-proof-1"} | parts))


def sign_status_list(claims: Any, issuer: ec.EllipticCurvePrivateKey, **parts: Any) -> bytes:
    """Section 8: a status list token."""
    parts = {"domain": b"", "header": STATUS_HEADER} | parts
    return sign1(_bytes(claims), issuer, **parts)


def presentation(sealed: bytes, proof: bytes) -> bytes:
    """Section 7: a pass together with a proof."""
    return encode([sealed, proof])


def sign1(  # noqa: PLR0913 - each can be replaced
    payload: bytes,
    key: ec.EllipticCurvePrivateKey,
    *,
    domain: bytes,
    header: Any = SIGN_HEADER,
    unprotected: Any = None,
    context: str = "Signature1",
    signature: Any = None,
    sent: Any = None,
    tag: int = 18,
) -> bytes:
    """Write a COSE_Sign1; ``sent`` goes out in place of the payload that was signed."""
    encoded = _bytes(header)
    if signature is None:
        signature = _ecdsa(encode([context, encoded, domain, payload]), key)
    fields = [
        encoded,
        {} if unprotected is None else unprotected,
        payload if sent is None else sent,
        signature,
    ]
    return encode(cbor2.CBORTag(tag, fields))


def negate(signature: bytes) -> bytes:
    """Return the other signature that is good for the same message."""
    s = ORDER - int.from_bytes(signature[32:], "big")
    return signature[:32] + s.to_bytes(32, "big")


def _ecdsa(message: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Section 2: 64 bytes; the same every time (RFC 6979)."""
    der = key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _bytes(value: Any) -> bytes:
    """Encode a value, unless it is bytes already."""
    return value if isinstance(value, bytes) else encode(value)


def _write_raw(encoder: Any, value: Any) -> None:
    if not isinstance(value, Raw):
        raise TypeError(f"{value!r} cannot be written")
    encoder.write(value.data)

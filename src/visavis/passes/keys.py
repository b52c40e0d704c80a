"""The two kinds of key: an issuer signs passes, a verifier opens them.

Both are on the curve P-256. A key's id is the first eight bytes of its COSE Key Thumbprint
(RFC 9679, SHA-256) in hexadecimal. An id finds a key; it never stands in for one.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NoReturn, Self, final

import cbor2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

__all__ = ["IssuerKey", "IssuerPublicKey", "VerifierKey", "VerifierPublicKey"]

# load_pem_* raise TypeError for a key that is locked with a password.
_PEM_ERRORS = (ValueError, TypeError, UnsupportedAlgorithm)


class _PublicKey:
    """A P-256 public key. Equal keys compare equal, whatever file they came from."""

    __slots__ = ("_key", "id")

    id: str

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self.id = _thumbprint(key)[: label.KEY_ID_BYTES].hex()

    @classmethod
    def from_pem(cls, data: bytes) -> Self:
        """Read a SubjectPublicKeyInfo PEM file's content.

        Raises:
            InvalidArgument: ``bad_key``: not such a file, or not on P-256.
        """
        try:
            key: PublicKeyTypes = serialization.load_pem_public_key(data)
        except _PEM_ERRORS as error:
            raise _bad_key("public") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not _is_p256(key.curve):
            raise _bad_key("public")
        return cls(key)

    def to_pem(self) -> bytes:
        """Write the key as SubjectPublicKeyInfo PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _PublicKey) or type(self) is not type(other):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


class _PrivateKey:
    """A P-256 private key, which shows only its id and cannot be copied or pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """Make a new random key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, data: bytes) -> Self:
        """Read an unencrypted private key from a PEM file's content.

        Raises:
            InvalidArgument: ``bad_key``: not such a file, locked, or not on P-256.
        """
        try:
            key: PrivateKeyTypes = serialization.load_pem_private_key(data, password=None)
        except _PEM_ERRORS as error:
            # The cause could quote the file, so it is left behind.
            del error
            raise _bad_key("private") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not _is_p256(key.curve):
            raise _bad_key("private")
        return cls(key)

    def to_pem(self) -> bytes:
        """Write the key as unencrypted PKCS #8 PEM. Keep it where nobody else can read it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def id(self) -> str:
        """The id of the key pair, which is that of the public key."""
        return _PublicKey(self._key.public_key()).id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: private, redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A private key cannot be copied or pickled.")


@final
class IssuerPublicKey(_PublicKey):
    """Checks that a pass was signed by its issuer (ES256)."""

    __slots__ = ()


@final
class IssuerKey(_PrivateKey):
    """Signs passes (ES256)."""

    __slots__ = ()

    @property
    def public(self) -> IssuerPublicKey:
        """The key that verifiers need to trust this issuer."""
        return IssuerPublicKey(self._key.public_key())


@final
class VerifierPublicKey(_PublicKey):
    """Seals passes so that only one verifier can open them (ECDH-ES on P-256)."""

    __slots__ = ()


@final
class VerifierKey(_PrivateKey):
    """Opens the passes that were sealed to it (ECDH-ES on P-256)."""

    __slots__ = ()

    @property
    def public(self) -> VerifierPublicKey:
        """The key that issuers need to make passes for this verifier."""
        return VerifierPublicKey(self._key.public_key())


def _thumbprint(key: ec.EllipticCurvePublicKey) -> bytes:
    """RFC 9679: SHA-256 over the required members in deterministic CBOR, y never compressed."""
    numbers = key.public_numbers()
    members = {
        label.KTY: label.EC2,
        label.CRV: label.P256,
        label.X: numbers.x.to_bytes(label.COORDINATE_BYTES, "big"),
        label.Y: numbers.y.to_bytes(label.COORDINATE_BYTES, "big"),
    }
    return hashlib.sha256(cbor2.dumps(members)).digest()


def _is_p256(curve: ec.EllipticCurve) -> bool:
    return isinstance(curve, ec.SECP256R1)


def _bad_key(kind: str) -> InvalidArgument:
    return InvalidArgument(
        "bad_key",
        f"This is not a {kind} key that can be used here.",
        f"Use a P-256 {kind} key in PEM form, such as `visavis init` makes.",
    )

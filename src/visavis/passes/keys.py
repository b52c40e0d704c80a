"""The three kinds of key: an issuer signs passes, a verifier opens them, a holder presents them.

All are on the curve P-256. A key's id is the first eight bytes of its COSE Key Thumbprint
(RFC 9679, SHA-256) in hexadecimal. An id finds a key; it never stands in for one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NoReturn, Self, final

import cbor2
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

__all__ = [
    "HolderKey",
    "HolderPublicKey",
    "IssuerKey",
    "IssuerPublicKey",
    "TrustedIssuer",
    "VerifierKey",
    "VerifierPublicKey",
    "is_locked",
]

# load_pem_* raise TypeError for a passphrase that is missing or not needed.
_PEM_ERRORS = (ValueError, TypeError, UnsupportedAlgorithm)
_LOCKED: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
# About a second of bcrypt_pbkdf, as `ssh-keygen -a` counts. PKCS #8 and PKCS #12, as the library
# writes them, allow two thousand guesses for each one that this allows.
_ROUNDS: Final = 64
_LONGEST_PASSPHRASE: Final = 72  # what the library takes


class _PublicKey:
    """A P-256 public key. Equal keys compare equal, whatever file they came from."""

    __slots__ = ("_key", "id")

    id: str

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self.id = _thumbprint(key)[: label.KEY_ID_BYTES].hex()

    @property
    def thumbprint(self) -> str:
        """The whole COSE Key Thumbprint (RFC 9679, SHA-256), 64 hexadecimal digits."""
        return _thumbprint(self._key).hex()

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
    def from_pem(cls, data: bytes, *, passphrase: str | None = None) -> Self:
        """Read a private key from a PEM file's content.

        Args:
            data: PKCS #8, unencrypted or encrypted.
            passphrase: for an encrypted one.

        Raises:
            InvalidArgument: ``passphrase_required``; ``wrong_passphrase``; ``bad_key``: not such
                a file, or not on P-256.
        """
        try:
            key: object = (
                _unlock(data, passphrase)
                if is_locked(data)
                else serialization.load_pem_private_key(data, None)
            )
        except _PEM_ERRORS as error:
            # The cause could quote the file, so it is left behind.
            del error
            raise _bad_key("private") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not _is_p256(key.curve):
            raise _bad_key("private")
        return cls(key)

    def to_pem(self, *, passphrase: str | None = None) -> bytes:
        """Write the key as PKCS #8 PEM. Keep it where nobody else can read it.

        Args:
            passphrase: if given, locks the key; it is then written in the form of OpenSSH
                (bcrypt_pbkdf with 64 rounds, AES-256-CTR).

        Raises:
            InvalidArgument: ``bad_passphrase``: empty, or longer than 72 bytes.
        """
        if passphrase is not None:
            return self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                _encryption(passphrase.encode(errors="surrogatepass")),
            )
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


@final
class HolderPublicKey(_PublicKey):
    """Checks that whoever presents a pass holds the key it is tied to (ES256)."""

    __slots__ = ()

    @classmethod
    def from_coordinates(cls, x: bytes, *, odd: bool) -> HolderPublicKey:
        """Return the key whose point has this x, 32 bytes, and a y that is odd or even.

        Raises:
            ValueError: no point of the curve has this x.
        """
        compressed = (b"\x03" if odd else b"\x02") + x
        return cls(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), compressed))

    @property
    def coordinates(self) -> tuple[bytes, bool]:
        """The x coordinate, 32 bytes, and whether y is odd."""
        numbers = self._key.public_numbers()
        return numbers.x.to_bytes(label.COORDINATE_BYTES), numbers.y % 2 == 1


@final
class HolderKey(_PrivateKey):
    """Signs that a pass is presented here and now (ES256); on a phone it never leaves it."""

    __slots__ = ()

    @property
    def public(self) -> HolderPublicKey:
        """The key that the issuer ties a pass to."""
        return HolderPublicKey(self._key.public_key())


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer whose passes a verifier accepts.

    Args:
        key: checks its signatures.
        retired_at: passes issued at this time or later are not accepted; earlier ones are, until
            they end. None while the key is in use.

    Raises:
        InvalidArgument: ``naive_datetime``.
    """

    key: IssuerPublicKey
    retired_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.retired_at is not None and self.retired_at.utcoffset() is None:
            raise InvalidArgument(
                "naive_datetime",
                "The time of retirement has no time zone.",
                "Use datetime(..., tzinfo=UTC).",
            )

    @property
    def id(self) -> str:
        """The id of the key."""
        return self.key.id


def is_locked(pem: bytes) -> bool:
    """Tell whether a private key file's content needs a passphrase."""
    return _LOCKED in pem


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


def _encryption(passphrase: bytes) -> serialization.KeySerializationEncryption:
    if not 0 < len(passphrase) <= _LONGEST_PASSPHRASE:
        raise InvalidArgument(
            "bad_passphrase",
            f"The passphrase is empty or longer than {_LONGEST_PASSPHRASE} bytes.",
            "Choose another one, such as six words picked at random.",
        )
    builder = serialization.PrivateFormat.OpenSSH.encryption_builder()
    return builder.kdf_rounds(_ROUNDS).build(passphrase)


def _unlock(data: bytes, passphrase: str | None) -> object:
    if passphrase is None:
        raise InvalidArgument(
            "passphrase_required",
            "The private key is locked by a passphrase.",
            "Type the passphrase, or set VISAVIS_PASSPHRASE.",
        )
    secret = passphrase.encode(errors="surrogatepass")
    if not 0 < len(secret) <= _LONGEST_PASSPHRASE:
        raise _wrong_passphrase()
    try:
        return serialization.load_ssh_private_key(data, secret)
    except _PEM_ERRORS as error:
        del error
    raise _wrong_passphrase()


def _wrong_passphrase() -> InvalidArgument:
    return InvalidArgument(
        "wrong_passphrase",
        "The passphrase does not unlock the private key.",
        "Type it again; capitals and spaces count.",
    )


def _bad_key(kind: str) -> InvalidArgument:
    return InvalidArgument(
        "bad_key",
        f"This is not a {kind} key that can be used here.",
        f"Use a P-256 {kind} key in PEM form, such as `visavis init` makes.",
    )

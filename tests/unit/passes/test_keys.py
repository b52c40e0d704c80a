from __future__ import annotations

import copy
import hashlib
import pickle

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from visavis.errors import InvalidArgument
from visavis.passes import (
    HolderKey,
    HolderPublicKey,
    IssuerKey,
    IssuerPublicKey,
    VerifierKey,
    VerifierPublicKey,
)
from visavis.passes.keys import is_locked

PRIVATE = (IssuerKey, VerifierKey, HolderKey)
PUBLIC = (IssuerPublicKey, VerifierPublicKey, HolderPublicKey)
PrivateKey = IssuerKey | VerifierKey | HolderKey
PublicKey = IssuerPublicKey | VerifierPublicKey | HolderPublicKey
SPKI = (ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)
PKCS8 = (ser.Encoding.PEM, ser.PrivateFormat.PKCS8)


@pytest.mark.parametrize("kind", PRIVATE)
def test_keys_survive_being_written(kind: type[PrivateKey]) -> None:
    key = kind.generate()
    again = kind.from_pem(key.to_pem())
    assert again.to_pem() == key.to_pem()
    assert again.id == key.id == key.public.id
    public = type(key.public).from_pem(key.public.to_pem())
    assert public == key.public
    assert hash(public) == hash(key.public)
    assert public.id == key.id
    assert key.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert public.to_pem().startswith(b"-----BEGIN PUBLIC KEY-----")


def test_different_keys_are_different() -> None:
    one, other = IssuerKey.generate(), IssuerKey.generate()
    assert one.id != other.id
    assert one.public != other.public
    assert one.public != VerifierPublicKey.from_pem(one.public.to_pem())
    assert one.public != "key"


def test_the_id_is_a_cose_key_thumbprint() -> None:
    """The example of RFC 9679, section 6."""
    x = "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
    y = "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
    numbers = ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), ec.SECP256R1())
    pem = numbers.public_key().public_bytes(*SPKI)
    key = IssuerPublicKey.from_pem(pem)
    assert key.id == "496bd8afadf307e5"
    assert key.thumbprint.startswith(key.id)
    assert len(bytes.fromhex(key.thumbprint)) == 32


def test_coordinates_that_start_with_zero_keep_their_length() -> None:
    candidates = (ec.derive_private_key(private, ec.SECP256R1()) for private in range(1, 5000))
    key = next(key for key in candidates if key.public_key().public_numbers().x >> 248 == 0)
    numbers = key.public_key().public_numbers()
    members = {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    expected = hashlib.sha256(cbor2.dumps(members)).hexdigest()[:16]
    pem = key.private_bytes(*PKCS8, ser.NoEncryption())
    assert VerifierKey.from_pem(pem).id == expected


@pytest.mark.parametrize("kind", PRIVATE)
def test_private_keys_do_not_show_or_travel(kind: type[PrivateKey]) -> None:
    key = kind.generate()
    assert repr(key) == f"<{kind.__name__} {key.id}: private, redacted>"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            leave(key)


def _wrong_private() -> list[bytes]:
    other = ec.generate_private_key(ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    pem = IssuerKey.generate().to_pem()
    return [
        b"",
        b"-----BEGIN PRIVATE KEY-----",
        pem[:100],
        pem.replace(b"PRIVATE", b"PUBLIC"),
        IssuerKey.generate().public.to_pem(),
        other.private_bytes(*PKCS8, ser.NoEncryption()),
        edwards.private_bytes(*PKCS8, ser.NoEncryption()),
    ]


@pytest.mark.parametrize("kind", PRIVATE)
def test_not_a_private_key(kind: type[PrivateKey]) -> None:
    for data in _wrong_private():
        with pytest.raises(InvalidArgument) as caught:
            kind.from_pem(data)
        assert caught.value.reason == "bad_key"


@pytest.mark.parametrize("kind", PUBLIC)
def test_not_a_public_key(kind: type[PublicKey]) -> None:
    other = ec.generate_private_key(ec.SECP384R1()).public_key().public_bytes(*SPKI)
    edwards = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(*SPKI)
    for data in (b"", b"key", other, edwards, IssuerKey.generate().to_pem()):
        with pytest.raises(InvalidArgument) as caught:
            kind.from_pem(data)
        assert caught.value.reason == "bad_key"


def test_a_passphrase_locks_a_key() -> None:
    key = IssuerKey.generate()
    locked = key.to_pem(passphrase="correct horse é")
    assert is_locked(locked)
    assert not is_locked(key.to_pem())
    assert IssuerKey.from_pem(locked, passphrase="correct horse é").id == key.id
    for passphrase, reason in (
        (None, "passphrase_required"),
        ("", "wrong_passphrase"),
        ("correct horse", "wrong_passphrase"),
        ("x" * 2000, "wrong_passphrase"),
    ):
        with pytest.raises(InvalidArgument) as caught:
            IssuerKey.from_pem(locked, passphrase=passphrase)
        assert caught.value.reason == reason
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("passphrase", ["", "x" * 73])
def test_a_passphrase_that_cannot_lock(passphrase: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        IssuerKey.generate().to_pem(passphrase=passphrase)
    assert caught.value.reason == "bad_passphrase"


def test_a_passphrase_is_not_needed_for_a_key_without_one() -> None:
    key = IssuerKey.generate()
    assert IssuerKey.from_pem(key.to_pem(), passphrase="any").id == key.id


def test_a_holder_key_is_known_by_one_coordinate_and_a_sign() -> None:
    seen = set()
    for _ in range(12):
        key = HolderKey.generate().public
        x, odd = key.coordinates
        seen.add(odd)
        assert HolderPublicKey.from_coordinates(x, odd=odd) == key
        assert HolderPublicKey.from_coordinates(x, odd=not odd) != key
    assert seen == {True, False}
    with pytest.raises(ValueError, match="EC key"):
        HolderPublicKey.from_coordinates((4).to_bytes(32, "big"), odd=False)

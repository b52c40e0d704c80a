"""The keys of the vectors: made from their names, and so known to everybody."""

from __future__ import annotations

import hashlib
import itertools
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from spec.makers import writer

__all__ = ["KEYS", "describe", "digest", "private"]

_NAMES: Final = {
    "issuer": "signs the passes and status lists of most vectors",
    "second-issuer": "another issuer that is trusted where a vector says so",
    "stranger": "an issuer that nobody trusts",
    "verifier": "passes are sealed to it",
    "former-verifier": "an older key of the same verifier",
    "other-verifier": "another verifier",
    "holder": "passes are tied to it; y is even",
    "holder-odd": "passes are tied to it; y is odd",
    "other-holder": "the key of another device",
}
_ODD: Final = {"holder": False, "holder-odd": True}


def digest(label: str, size: int = 32) -> bytes:
    """Return bytes that look random and are always the same."""
    return hashlib.shake_256(f"visavis vectors: {label}".encode()).digest(size)


def private(label: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key that belongs to a label."""
    number = int.from_bytes(digest(f"key {label}"), "big") % (writer.ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def describe() -> dict[str, dict[str, str]]:
    """Return the keys as they stand in ``keys.json``."""
    return {name: {"use": use, **_numbers(KEYS[name])} for name, use in _NAMES.items()}


def _numbers(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.private_numbers()
    public = numbers.public_numbers
    return {
        "d": f"{numbers.private_value:064x}",
        "x": f"{public.x:064x}",
        "y": f"{public.y:064x}",
        "thumbprint": writer.thumbprint(key.public_key()).hex(),
        "id": writer.key_id(key.public_key()).hex(),
    }


def _named(name: str) -> ec.EllipticCurvePrivateKey:
    for count in itertools.count():
        key = private(f"{name} {count}")
        odd = key.public_key().public_numbers().y % 2 == 1
        if odd == _ODD.get(name, odd):
            return key
    raise AssertionError


KEYS: Final = {name: _named(name) for name in _NAMES}

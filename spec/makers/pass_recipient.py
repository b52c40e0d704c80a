"""Sealed layers with something wrong in the recipient."""

from __future__ import annotations

from typing import Any, Final

from spec.makers import writer
from spec.makers.common import case, claims, make, ordered, sealer
from spec.makers.keys import KEYS

__all__ = ["vectors"]

_SECTION: Final = "3"


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this module."""
    return [*_recipient_headers(), *_ephemeral()]


def _recipient_headers() -> list[dict[str, Any]]:
    kid = writer.key_id(KEYS["verifier"].public_key())
    thumbprint = writer.thumbprint(KEYS["verifier"].public_key())
    ephemeral = sealer("x").recipient_item(b"")[1]
    good = {1: -25, 4: kid}
    headers = {
        "recipient-alg-512": ("ECDH-ES + HKDF-512", good | {1: -26}),
        "recipient-alg-static": ("ECDH-SS + HKDF-256", good | {1: -27}),
        "recipient-alg-wrap": ("ECDH-ES + A256KW", good | {1: -31}),
        "recipient-alg-direct": ("direct use of a shared key", good | {1: -6}),
        "recipient-alg-missing": ("no algorithm", {4: kid}),
        "recipient-alg-text": ("the algorithm as text", good | {1: "ECDH-ES+HKDF-256"}),
        "kid-missing": ("no key id", {1: -25}),
        "kid-empty": ("an empty key id", good | {4: b""}),
        "kid-short": ("a key id of 7 bytes", good | {4: kid[:7]}),
        "kid-long": ("the whole thumbprint", good | {4: thumbprint}),
        "kid-text": ("the key id as text", good | {4: kid.hex()}),
        "recipient-crit": ("a critical header (label 2)", good | {2: [-65538]}),
        "recipient-salt": ("a salt (label -20)", good | {-20: bytes(32)}),
        "recipient-party": ("an identity of party V (label -24)", good | {-24: b"x"}),
        "recipient-unknown": ("an unknown label", good | {-65539: 0}),
        "recipient-ephemeral": ("the one-time key in the protected header", good | ephemeral),
    }
    return [
        case(
            name,
            f"recipient header: {text}",
            _SECTION,
            make("recipient header", claims(), recipient_header=ordered(header)),
            "malformed",
        )
        for name, (text, header) in headers.items()
    ]


def _ephemeral() -> list[dict[str, Any]]:
    x = sealer("ephemeral").x()
    good = {1: 2, -1: 1, -2: x, -3: False}
    y = sealer("ephemeral").one_time.public_key().public_numbers().y.to_bytes(32, "big")
    keys = {
        "ephemeral-y-true": ("y is `true`", {-1: good | {-3: True}}),
        "ephemeral-y-bytes": ("y in full", {-1: good | {-3: y}}),
        "ephemeral-y-missing": ("no y", {-1: {1: 2, -1: 1, -2: x}}),
        "ephemeral-y-zero": ("y is 0", {-1: good | {-3: 0}}),
        "ephemeral-x-empty": ("x without bytes", {-1: good | {-2: b""}}),
        "ephemeral-x-short": ("x of 31 bytes", {-1: good | {-2: x[1:]}}),
        "ephemeral-x-long": ("x of 33 bytes", {-1: good | {-2: b"\0" + x}}),
        "ephemeral-curve": ("curve P-384", {-1: good | {-1: 2}}),
        "ephemeral-curve-true": ("curve `true`", {-1: good | {-1: True}}),
        "ephemeral-type": ("key type 1", {-1: good | {1: 1}}),
        "ephemeral-kid": ("a key id in the key", {-1: ordered(good | {2: b"x"})}),
        "ephemeral-alg": ("an algorithm in the key", {-1: ordered(good | {3: -25})}),
        "ephemeral-private": ("a private part", {-1: good | {-4: bytes(32)}}),
        "ephemeral-static": ("a static key (label -2)", {-2: good}),
        "ephemeral-and-kid": ("a key id beside the key", ordered({4: b"x", -1: good})),
        "ephemeral-missing": ("no one-time key", {}),
        "ephemeral-null": ("null in place of the key", {-1: None}),
    }
    return [
        case(
            name,
            f"one-time key: {text}",
            _SECTION,
            make("ephemeral", claims(), ephemeral=key),
            "malformed",
        )
        for name, (text, key) in keys.items()
    ]

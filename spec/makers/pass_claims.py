"""Passes that are sealed and signed well, by a trusted issuer, with claims that are not."""

from __future__ import annotations

from typing import Any, Final

import cbor2
from spec.makers import writer
from spec.makers.common import EXPIRES, ISSUED, case, claims, cose_key, make, malformed, ordered
from spec.makers.keys import KEYS
from spec.makers.pin import PIN
from spec.makers.writer import Raw

ABOUT = "Claims of another form than section 5 asks for, signed by a trusted issuer."

_SECTION: Final = "5"
_LONGEST: Final = 158_112_000
_LATEST: Final = 253_370_764_800  # 9999-01-01T00:00:00Z
_PRIVATE: Final = -65537


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_maps(), *_registered(), *_lifetimes(), *_holders(), *_tiers()]


def _maps() -> list[dict[str, Any]]:
    good = claims()
    encoded = writer.encode(good)
    names = {1: "iss", 3: "aud", 4: "exp", 6: "iat", 7: "cti", _PRIVATE: "the private claim"}
    missing = {
        f"claims-without-{label}": (f"{name} is missing", _without(label))
        for label, name in names.items()
    }
    swapped = [good[key] for key in (3, 1)]
    bad = {
        "claims-array": ("an array in place of the map", list(good.values())),
        "claims-empty": ("an empty map", {}),
        "claims-tagged": ("in the tag 61 of a CWT", b"\xd8\x3d" + encoded),
        "claims-trailing": ("a byte after the end", encoded + b"\0"),
        "claims-cut": ("the last byte is missing", encoded[:-1]),
        "claims-indefinite": ("of indefinite length", b"\xbf" + encoded[1:] + b"\xff"),
        "claims-unsorted": ("not in order", {3: swapped[0], 1: swapped[1]} | _without(1, 3)),
        "claims-repeated": ("iss twice", b"\xa7" + writer.encode({1: good[1]})[1:] + encoded[1:]),
        "claims-long-label": ("label 1 in two bytes", encoded[:1] + b"\x18" + encoded[1:]),
        "claims-sub": ("a subject", ordered(good | {2: "x"})),
        "claims-nbf": ("nbf", ordered(good | {5: ISSUED})),
        "claims-unknown": ("an unknown label", ordered(good | {-65538: 0})),
        "claims-text-label": ("a label of text", ordered(good | {"iss": "x"})),
        "claims-bomb": ("nested arrays", b"\x81" * 2_000),
        "claims-deep": ("nine levels", {1: Raw(b"\x81" * 8 + b"\0")}),
        "claims-huge": ("2^64 - 1 pairs are announced", b"\xbb" + b"\xff" * 8),
    }
    return malformed(missing | bad)


def _registered() -> list[dict[str, Any]]:
    iss = claims()[1]
    values: dict[str, tuple[str, int, Any]] = {
        "iss-bytes": ("iss as bytes", 1, bytes.fromhex(iss)),
        "aud-bytes": ("aud as bytes", 3, b"\0" * 8),
        "aud-array": ("aud as an array", 3, [claims()[3]]),
        "exp-float": ("exp as a float", 4, float(EXPIRES)),
        "exp-text": ("exp as text", 4, str(EXPIRES)),
        "exp-nan": ("exp is NaN", 4, Raw(b"\xf9\x7e\x00")),
        "exp-tagged": ("exp in the tag of a date", 4, cbor2.CBORTag(1, EXPIRES)),
        "exp-huge": ("exp of 64 bits", 4, 2**64 - 1),
        "exp-is-iat": ("exp is iat", 4, ISSUED),
        "exp-before-iat": ("exp is before iat", 4, ISSUED - 1),
        "iat-negative": ("iat is before 1970", 6, -1),
        "iat-float": ("iat as a float", 6, float(ISSUED)),
        "iat-null": ("iat is null", 6, None),
        "cti-short": ("cti of 15 bytes", 7, bytes(15)),
        "cti-long": ("cti of 17 bytes", 7, bytes(17)),
        "cti-empty": ("cti without bytes", 7, b""),
        "cti-text": ("cti as text", 7, "0" * 16),
    }
    bad = {name: (text, claims() | {key: value}) for name, (text, key, value) in values.items()}
    at_1970 = claims(issued=Raw(b"\xf4"), expires=Raw(b"\xf5"))
    return [
        *malformed(bad | {"times-boolean": ("iat is `false`, exp is `true`", at_1970)}),
        *_nobody(),
    ]


def _nobody() -> list[dict[str, Any]]:
    """Return vectors with texts that are nobody's id."""
    issuer, verifier = claims()[1], claims()[3]
    thumbprint = writer.thumbprint(KEYS["issuer"].public_key()).hex()
    values: dict[str, tuple[str, int, str]] = {
        "iss-capitals": ("iss in capitals", 1, issuer.upper()),
        "iss-short": ("iss of 15 digits", 1, issuer[:15]),
        "iss-thumbprint": ("the whole thumbprint as iss", 1, thumbprint),
        "iss-empty": ("an empty iss", 1, ""),
        "aud-capitals": ("aud in capitals", 3, verifier.upper()),
        "aud-short": ("aud of 15 digits", 3, verifier[:15]),
        "aud-empty": ("an empty aud", 3, ""),
    }
    codes = {1: "unknown_issuer", 3: "wrong_verifier"}
    return [
        case(
            name,
            f"claims: {text}",
            _SECTION,
            make("claims", claims() | {label: value}),
            codes[label],
        )
        for name, (text, label, value) in values.items()
    ]


def _lifetimes() -> list[dict[str, Any]]:
    too_long = claims(expires=ISSUED + _LONGEST + 1)
    by_stranger = claims(expires=ISSUED + _LONGEST + 1, issuer="stranger")
    return [
        case(
            "lifetime-too-long",
            "a second more than 1,830 days",
            _SECTION,
            make("l", too_long),
            "lifetime_too_long",
        ),
        case(
            "lifetime-too-long-stranger",
            "the lifetime is looked at before the issuer",
            _SECTION,
            make("l", by_stranger),
            "lifetime_too_long",
        ),
        *malformed(
            {
                "expires-too-late": (
                    "exp is a second after the latest",
                    claims(issued=_LATEST, expires=_LATEST + 1),
                ),
            }
        ),
    ]


def _holders() -> list[dict[str, Any]]:
    key = cose_key(KEYS["holder"])
    x, y = key[-2], KEYS["holder"].public_key().public_numbers().y.to_bytes(32, "big")
    keys: dict[str, tuple[str, Any]] = {
        "cnf-null": ("null", None),
        "cnf-empty": ("an empty map", {}),
        "cnf-kid": ("a key id in place of the key", {3: b"x"}),
        "cnf-encrypted": ("an encrypted key", {2: b"x"}),
        "cnf-two": ("a key and a key id", {1: key, 3: b"x"}),
        "cnf-key-empty": ("an empty key", {1: {}}),
        "cnf-bytes": ("the key in a byte string", {1: writer.encode(key)}),
        "cnf-y-bytes": ("y in full", {1: key | {-3: y}}),
        "cnf-y-missing": ("no y", {1: {1: 2, -1: 1, -2: x}}),
        "cnf-y-number": ("y is 1", {1: key | {-3: 1}}),
        "cnf-x-short": ("x of 31 bytes", {1: key | {-2: x[1:]}}),
        "cnf-x-long": ("x of 33 bytes", {1: key | {-2: b"\0" + x}}),
        "cnf-x-empty": ("x without bytes", {1: key | {-2: b""}}),
        "cnf-off-curve": ("no point of the curve has this x", {1: key | {-2: b"\xff" * 32}}),
        "cnf-curve": ("curve P-384", {1: key | {-1: 2}}),
        "cnf-type": ("key type 1", {1: key | {1: 1}}),
        "cnf-alg": ("an algorithm in the key", {1: ordered(key | {3: -7})}),
        "cnf-private": ("a private part", {1: key | {-4: bytes(32)}}),
        "cnf-curve-true": ("curve `true`", {1: key | {-1: True}}),
    }
    good = claims(tier=3, holder=KEYS["holder"])
    return malformed(
        {name: (f"cnf: {text}", good | {8: cnf}) for name, (text, cnf) in keys.items()}
    )


def _tiers() -> list[dict[str, Any]]:
    holder = KEYS["holder"]
    return [
        *malformed(
            {
                "tier-3-without-cnf": ("tier holder-key without cnf", claims(tier=3)),
                "tier-1-with-cnf": ("tier bearer with cnf", claims(tier=1, holder=holder)),
                "tier-2-without-pin": ("tier pin, sealed without a PIN", claims(tier=2)),
            }
        ),
        case(
            "tier-2-with-cnf",
            "tier pin with cnf",
            _SECTION,
            make("t", claims(tier=2, holder=holder), pin=PIN),
            "malformed",
            pin=PIN.digits,
        ),
        case(
            "tier-1-with-pin",
            "tier bearer, sealed with a PIN",
            _SECTION,
            make("t", claims(tier=1), pin=PIN),
            "malformed",
            pin=PIN.digits,
        ),
        case(
            "tier-2-without-pin-unknown-issuer",
            "the issuer is looked at before the seal of another tier",
            _SECTION,
            make("t", claims(tier=2, issuer="stranger")),
            "unknown_issuer",
        ),
        case(
            "tier-2-without-pin-resealed",
            "the seal of another tier is looked at before the audience",
            _SECTION,
            make("t", claims(tier=2, verifier="other-verifier")),
            "malformed",
        ),
    ]


def _without(*labels: int) -> dict[Any, Any]:
    return {key: value for key, value in claims().items() if key not in labels}

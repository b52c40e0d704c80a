"""Passes that are valid: every tier, and everything that may differ between two passes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from spec.makers import writer
from spec.makers.common import DAY, ISSUED, NOW, case, claims, make, numbers, seal, sealer
from spec.makers.keys import KEYS, digest, private
from spec.makers.pin import PIN
from spec.makers.proof import present

ABOUT = "Passes of every tier that are valid, and the ends of every range."

_LATEST = 253_370_764_800  # 9999-01-01T00:00:00Z
_LONGEST = 158_112_000


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_tiers(), *_sizes(), *_purposes(), *_ranges(), *_bytes_that_vary(), *_several_keys()]


def _tiers() -> list[dict[str, Any]]:
    full = ["embedder-1", "chip-1", 1, numbers(128)]
    bearer = claims(template=full)
    pin = claims(template=full, tier=2)
    even = claims(template=full, tier=3, holder=KEYS["holder"])
    odd = claims(template=full, tier=3, holder=KEYS["holder-odd"])
    both = make("pin-and-holder-key", even, pin=PIN)
    return [
        case("bearer", "tier bearer", "3-5", make("bearer", bearer), bearer),
        case("pin", "tier pin", "6", make("pin", pin, pin=PIN), pin, pin=PIN.digits),
        case(
            "holder-key",
            "tier holder-key with a proof for the present window; y of the holder's key is even",
            "7",
            present(make("holder-key", even)),
            even,
        ),
        case(
            "holder-key-odd",
            "the same with a holder's key whose y is odd",
            "5",
            present(make("holder-key-odd", odd), holder="holder-odd"),
            odd,
        ),
        case(
            "pin-and-holder-key",
            "tier holder-key, with a PIN as well",
            "5",
            present(both),
            even,
            pin=PIN.digits,
        ),
    ]


def _sizes() -> list[dict[str, Any]]:
    sizes = [
        _plain(f"template-{n}", f"a template of {n} numbers", template=_template(numbers(n)))
        for n in (32, 512, 2048)
    ]
    extremes = _template(bytes([127, 129] * 16))
    return [
        *sizes,
        _plain("template-extremes", "a template of 127 and -127", template=extremes),
        _plain(
            "template-one", "one number that is not zero", template=_template(b"\1" + bytes(31))
        ),
    ]


def _purposes() -> list[dict[str, Any]]:
    texts = {
        "purpose-longest": (
            "80 characters",
            "Entrance to the sports hall of the university, ".ljust(80, "x"),
        ),
        "purpose-shortest": ("one character", "x"),
        "purpose-non-ascii": ("letters of several scripts", "Zugang zum Gebäude · вход · 入口"),
        "purpose-longest-astral": (
            "80 characters that take 320 bytes in UTF-8 and 160 units in UTF-16",
            "\U0001f6aa" * 80,
        ),
        "purpose-decomposed": ("a letter with a combining mark stays as it is", "Cafe\u0301"),
        "purpose-spaces-inside": ("several spaces in a row", "Gym   entrance"),
    }
    return [
        _plain(name, f"purpose: {text}", purpose=value) for name, (text, value) in texts.items()
    ]


def _ranges() -> list[dict[str, Any]]:
    ids = ["m" * 64, "!~", 1, numbers(32)]
    models = {"embedder": "m" * 64, "preprocessing": "!~"}
    late = {"issued": _LATEST - DAY, "expires": _LATEST}
    return [
        _plain("status-first", "the first place in the status list", status=0),
        _plain("status-last", "the last place in the largest status list", status=1_048_575),
        _plain("enrolment-photo", "enrolled from photos", enrolment=1),
        _plain("enrolment-attended", "enrolled live with somebody present", enrolment=3),
        _plain("lifetime-longest", "1,830 days", expires=ISSUED + _LONGEST),
        _plain("lifetime-shortest", "one second", {"now": NOW}, issued=NOW, expires=NOW + 1),
        _plain("issued-1970", "issued at second 0", {"now": 5}, issued=0, expires=10),
        _plain("expires-latest", "ends with the year 9998", {"now": _LATEST - 1}, **late),
        _plain(
            "model-ids", "model ids of 64 and of 2 characters", {"policy": models}, template=ids
        ),
    ]


def _bytes_that_vary() -> list[dict[str, Any]]:
    fields = claims()
    content = writer.sign_pass(fields, KEYS["issuer"])
    signature = content[-64:]
    odd = _one_time("odd", lambda key: key.public_key().public_numbers().y % 2 == 1)
    short_x = _one_time("short x", lambda key: sealer("", one_time=key).x()[0] == 0)
    short_secret = _one_time("short", lambda key: sealer("", one_time=key).secret()[0] == 0)
    short_r = _signed_with(lambda signature: signature[0] == 0)
    short_s = _signed_with(lambda signature: signature[32] == 0)
    negated = content[:-64] + writer.negate(signature)
    return [
        case(
            "one-time-key-odd",
            "y of the one-time key is odd, and sent as even all the same",
            "3",
            seal("one-time-key-odd", content, one_time=odd),
            fields,
        ),
        case(
            "one-time-key-leading-zero",
            "x of the one-time key begins with a zero byte",
            "3",
            seal("one-time-key-leading-zero", content, one_time=short_x),
            fields,
        ),
        case(
            "secret-leading-zero",
            "the secret of ECDH begins with a zero byte",
            "3",
            seal("secret-leading-zero", content, one_time=short_secret),
            fields,
        ),
        case(
            "signature-negated",
            "s of the signature was replaced by its negative",
            "2",
            seal("signature-negated", negated),
            fields,
        ),
        case("signature-short-r", "r begins with a zero byte", "2", make("r", short_r), short_r),
        case("signature-short-s", "s begins with a zero byte", "2", make("s", short_s), short_s),
    ]


def _several_keys() -> list[dict[str, Any]]:
    former = claims(verifier="former-verifier")
    second = claims(issuer="second-issuer")
    fields = claims()
    both = [{"key": "issuer"}, {"key": "second-issuer"}]
    return [
        case(
            "former-verifier-key",
            "sealed to a former key of the verifier",
            "10",
            make("former-verifier-key", former, verifier="former-verifier"),
            former,
            verifiers=["verifier", "former-verifier"],
        ),
        case(
            "second-issuer",
            "signed by one of two trusted issuers",
            "4",
            seal("second-issuer", writer.sign_pass(second, KEYS["second-issuer"])),
            second,
            issuers=both,
        ),
        case(
            "issuer-retired-later",
            "the issuer's key was retired a second after the pass was issued",
            "10",
            make("issuer-retired-later", fields),
            fields,
            issuers=[{"key": "issuer", "retired_at": ISSUED + 1}],
        ),
    ]


def _plain(
    name: str, description: str, more: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    fields = claims(**changes)
    return case(name, description, "5", make(name, fields), fields, **(more or {}))


def _template(values: bytes) -> list[Any]:
    return ["embedder-1", "chip-1", 1, values]


def _one_time(
    label: str, fits: Callable[[ec.EllipticCurvePrivateKey], bool]
) -> ec.EllipticCurvePrivateKey:
    """Return the first one-time key that fits."""
    keys = (private(f"one-time {label} {count}") for count in itertools.count())
    return next(key for key in keys if fits(key))


def _signed_with(fits: Callable[[bytes], bool]) -> dict[Any, Any]:
    """Return the first claims with a signature that fits."""
    tries = (claims(consent=digest(f"consent {count}")) for count in itertools.count())
    return next(fields for fields in tries if fits(_signature(fields)))


def _signature(fields: dict[Any, Any]) -> bytes:
    return writer.sign_pass(fields, KEYS["issuer"])[-64:]

"""Passes with a PIN."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from spec.makers import writer
from spec.makers.common import case, claims, flipped, make, ordered
from spec.makers.keys import KEYS, digest

__all__ = ["ABOUT", "PIN", "vectors"]

ABOUT = "PINs: right, wrong, missing, not expected; and what stretching them may cost."

PIN: Final = writer.Pin("493017", digest("salt", 16))
_SECTION: Final = "6"


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_typed(), *_costs(), *_malformed()]


def _typed() -> list[dict[str, Any]]:
    fields = claims(tier=2)
    longest = replace(PIN, digits="4930170628153947")
    zero = replace(PIN, digits="004930")
    sealed = make("pin-typed", fields, pin=PIN)
    damaged = flipped(sealed)
    off_curve = {-1: {1: 2, -1: 1, -2: b"\xff" * 32, -3: False}}
    wrong = {
        "pin-wrong": ("another PIN", "493018"),
        "pin-too-short": ("what was typed cannot be a PIN", "49301"),
        "pin-too-long": ("what was typed cannot be a PIN", "49301706281539470"),
        "pin-with-space": ("digits after a space", " 493017"),
        "pin-other-digits": ("the same digits in another script", "٤٩٣٠١٧"),
        "pin-empty": ("an empty PIN is a wrong one, not a missing one", ""),
    }
    return [
        _case("pin-longest", "16 digits", make("longest", fields, pin=longest), fields, longest),
        _case(
            "pin-leading-zeros", "leading zeros count", make("0", fields, pin=zero), fields, zero
        ),
        *(
            case(name, text, _SECTION, sealed, "wrong_pin", pin=typed)
            for name, (text, typed) in wrong.items()
        ),
        _case("pin-damaged", "the right PIN, but the ciphertext is damaged", damaged, "wrong_pin"),
        _case(
            "pin-off-curve",
            "the right PIN, but the one-time key is not on the curve",
            make("pin-off-curve", fields, pin=PIN, ephemeral=off_curve),
            "wrong_pin",
        ),
        case("pin-missing", "no PIN was typed", _SECTION, sealed, "pin_required"),
        _case(
            "pin-not-expected",
            "a PIN was typed for a pass without one",
            make("pin-not-expected", claims()),
            "pin_not_expected",
        ),
        _case(
            "pin-removed",
            "the PIN parameters were taken out of the recipient header",
            _relabelled(make("pin-removed", fields, pin=PIN)),
            "altered",
            None,
        ),
        _case(
            "pin-not-in-the-key",
            "PIN parameters in the header of a pass whose key was derived without the PIN",
            make("pin-not-in-the-key", fields, recipient_header=_header(PIN.parameters)),
            "wrong_pin",
        ),
    ]


def _costs() -> list[dict[str, Any]]:
    fields = claims(tier=2)
    allowed = {
        "pin-most-passes": ("10 passes", replace(PIN, passes=10)),
        "pin-most-memory": ("256 MiB", replace(PIN, memory=262_144)),
        "pin-one-lane": ("one lane", replace(PIN, lanes=1)),
        "pin-most-lanes": ("8 lanes", replace(PIN, lanes=8)),
    }
    refused = {
        "pin-little-memory": ("less than 64 MiB", [65_535, 3, 4]),
        "pin-much-memory": ("more than 256 MiB", [262_145, 3, 4]),
        "pin-huge-memory": ("the largest memory that can be written", [2**64 - 1, 3, 4]),
        "pin-few-passes": ("two passes", [65_536, 2, 4]),
        "pin-many-passes": ("eleven passes", [65_536, 11, 4]),
        "pin-huge-passes": ("the most passes that can be written", [65_536, 2**64 - 1, 4]),
        "pin-no-lanes": ("no lane", [65_536, 3, 0]),
        "pin-many-lanes": ("nine lanes", [65_536, 3, 9]),
    }
    other = _header([PIN.salt, 65_536, 2, 4], "other-verifier")
    return [
        *(
            _case(name, f"as much as a reader accepts: {text}", make(name, fields, pin=pin), fields)
            for name, (text, pin) in allowed.items()
        ),
        *(
            _case(name, text, _with([PIN.salt, *cost]), "pin_cost_out_of_range")
            for name, (text, cost) in refused.items()
        ),
        _case(
            "pin-cost-and-no-pin",
            "a cost out of range is told before a PIN is asked for",
            _with([PIN.salt, 65_536, 2, 4]),
            "pin_cost_out_of_range",
            None,
        ),
        _case(
            "pin-cost-and-other-verifier",
            "the verifier's id is looked at before the cost",
            make("pin-cost-and-other-verifier", fields, recipient_header=other),
            "wrong_verifier",
            None,
        ),
    ]


def _malformed() -> list[dict[str, Any]]:
    salt = PIN.salt
    bad = {
        "pin-salt-short": ("a salt of 15 bytes", [salt[:15], 65_536, 3, 4]),
        "pin-salt-long": ("a salt of 17 bytes", [salt + b"\0", 65_536, 3, 4]),
        "pin-salt-empty": ("an empty salt", [b"", 65_536, 3, 4]),
        "pin-three-parameters": ("lanes are missing", [salt, 65_536, 3]),
        "pin-five-parameters": ("one parameter too many", [salt, 65_536, 3, 4, 0]),
        "pin-lanes-true": ("lanes are `true`", [salt, 65_536, 3, True]),
        "pin-passes-negative": ("a negative number of passes", [salt, 65_536, -3, 4]),
        "pin-memory-float": (
            "memory as a float",
            [salt, writer.Raw(b"\xfa\x47\x80\x00\x00"), 3, 4],
        ),
        "pin-memory-bignum": (
            "memory of more than 64 bits",
            [salt, writer.Raw(b"\xc2\x49\x01" + bytes(8)), 3, 4],
        ),
        "pin-parameters-map": ("a map in place of the array", {1: salt}),
        "pin-parameters-empty": ("an empty array", []),
        "pin-parameters-null": ("null in place of the array", None),
    }
    return [_case(name, text, _with(value), "malformed") for name, (text, value) in bad.items()]


def _case(
    name: str,
    description: str,
    data: bytes,
    result: str | dict[Any, Any],
    pin: writer.Pin | None = PIN,
) -> dict[str, Any]:
    return case(name, description, _SECTION, data, result, pin=pin and pin.digits)


def _with(parameters: Any) -> bytes:
    """Return a pass with these parameters; they are refused before anything is stretched."""
    return make("pin-parameters", claims(tier=2), recipient_header=_header(parameters))


def _header(parameters: Any, verifier: str = "verifier") -> dict[int, Any]:
    kid = writer.key_id(KEYS[verifier].public_key())
    return ordered({1: -25, 4: kid, -65538: parameters})


def _relabelled(sealed: bytes) -> bytes:
    """Take the PIN parameters out of a sealed pass."""
    kid = writer.key_id(KEYS["verifier"].public_key())
    with_pin = writer.encode(_header(PIN.parameters))
    without = writer.encode({1: -25, 4: kid})
    return sealed.replace(writer.encode(with_pin), writer.encode(without))

"""The private claim with something wrong in it, signed by a trusted issuer."""

from __future__ import annotations

from typing import Any, Final

import cbor2
from spec.makers.common import claims, malformed, numbers
from spec.makers.writer import Raw

__all__ = ["vectors"]

_PRIVATE: Final = -65537


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this module."""
    return [*_own(), *_templates(), *_models()]


def _own() -> list[dict[str, Any]]:
    own = claims()[_PRIVATE]
    purposes = {
        "purpose-empty": ("no character", ""),
        "purpose-long": ("81 characters", "x" * 81),
        "purpose-line-end": ("a line end", "Gym\nentrance"),
        "purpose-nul": ("a control character", "Gym\0"),
        "purpose-delete": ("a control character", "Gym\x7f"),
        "purpose-space-first": ("a space at the beginning", " Gym"),
        "purpose-space-last": ("a space at the end", "Gym "),
        "purpose-space-only": ("nothing but a space", " "),
        "purpose-no-break-space": ("another separator than the space", "Gym\u00a0entrance"),
        "purpose-line-separator": ("a line separator", "Gym\u2028entrance"),
        "purpose-zero-width": ("a format character", "Gym\u200bentrance"),
        "purpose-right-to-left": ("a character that turns the direction", "Gym\u202eecnartne"),
        "purpose-private-use": ("a private-use character", "Gym\ue000"),
        "purpose-noncharacter": ("a character that will never be assigned", "Gym\uffff"),
        "purpose-bytes": ("bytes", b"Gym"),
        "purpose-surrogate": ("half of a surrogate pair", Raw(b"\x63\xed\xa0\xbd")),
    }
    fields: dict[str, tuple[str, dict[str, Any]]] = {
        "tier-zero": ("tier 0", {"tier": 0}),
        "tier-four": ("tier 4", {"tier": 4}),
        "tier-true": ("tier `true`", {"tier": True}),
        "tier-text": ("tier as text", {"tier": "bearer"}),
        "enrolment-zero": ("enrolment 0", {"enrolment": 0}),
        "enrolment-four": ("enrolment 4", {"enrolment": 4}),
        "enrolment-true": ("enrolment `true`", {"enrolment": True}),
        "consent-short": ("consent of 31 bytes", {"consent": bytes(31)}),
        "consent-long": ("consent of 33 bytes", {"consent": bytes(33)}),
        "consent-empty": ("consent without bytes", {"consent": b""}),
        "consent-text": ("consent as text", {"consent": "0" * 64}),
        "status-beyond": ("place 1,048,576", {"status": 1_048_576}),
        "status-last-of-three-bytes": ("place 16,777,215", {"status": (1 << 24) - 1}),
        "status-short": ("a place of two bytes", {"status": bytes(2)}),
        "status-long": ("a place of four bytes", {"status": bytes(4)}),
        "status-empty": ("a place without bytes", {"status": b""}),
        "status-negative": ("place -1", {"status": -1}),
        "status-integer": ("an integer as place", {"status": 1 << 24}),
        "status-text": ("a text as place", {"status": "abc"}),
        "status-true": ("place `true`", {"status": True}),
        "status-float": ("a float as place", {"status": 1.5}),
    }
    arrays = {
        "own-five": ("an item is missing", own[:5]),
        "own-seven": ("an item too many", [*own, 0]),
        "own-map": ("a map", dict(enumerate(own))),
        "own-null": ("null", None),
    }
    return malformed(
        {name: (f"purpose: {t}", claims(purpose=value)) for name, (t, value) in purposes.items()}
        | {name: (text, claims(**changes)) for name, (text, changes) in fields.items()}
        | {
            name: (f"private claim: {text}", claims() | {_PRIVATE: value})
            for name, (text, value) in arrays.items()
        }
    )


def _templates() -> list[dict[str, Any]]:
    good = numbers(32)
    values: dict[str, tuple[str, Any]] = {
        "template-short": ("31 numbers", good[:31]),
        "template-long": ("2,049 numbers", numbers(2049)),
        "template-empty": ("no numbers", b""),
        "template-zeros": ("nothing but zeros", bytes(32)),
        "template-minus-128": ("-128", good[:31] + b"\x80"),
        "template-integers": ("an array of integers", list(good)),
        "template-floats": ("an array of floats", [0.5] * 32),
        "template-nan": ("an array with NaN", [Raw(b"\xf9\x7e\x00")] * 32),
        "template-one-float": ("a float", 0.5),
        "template-one-nan": ("NaN", Raw(b"\xf9\x7e\x00")),
        "template-typed-array": ("a typed array (RFC 8746)", cbor2.CBORTag(72, good)),
        "template-text": ("text", "x" * 32),
        "template-null": ("null", None),
        "template-indefinite": ("of indefinite length", Raw(b"\x5f\x58\x20" + good + b"\xff")),
    }
    return malformed(
        {
            name: (f"template: {text}", claims(template=_template(value)))
            for name, (text, value) in values.items()
        }
    )


def _models() -> list[dict[str, Any]]:
    good = numbers(32)
    arrays: dict[str, tuple[str, Any]] = {
        "model-three": ("an item is missing", ["embedder-1", "chip-1", 1]),
        "model-five": ("an item too many", [*_template(good), 0]),
        "model-two-templates": ("a second template", [*_template(good), good]),
        "model-of-templates": ("two templates in one place", _template([good, good])),
        "quantisation-zero": ("quantisation 0", ["embedder-1", "chip-1", 0, good]),
        "quantisation-two": ("quantisation 2", ["embedder-1", "chip-1", 2, good]),
        "quantisation-true": ("quantisation `true`", ["embedder-1", "chip-1", True, good]),
        "quantisation-text": ("quantisation as text", ["embedder-1", "chip-1", "int8-4.5s", good]),
        "embedder-empty": ("an embedder without a name", ["", "chip-1", 1, good]),
        "embedder-long": ("an embedder of 65 characters", ["m" * 65, "chip-1", 1, good]),
        "embedder-space": ("an embedder with a space", ["embedder 1", "chip-1", 1, good]),
        "embedder-non-ascii": ("an embedder with an umlaut", ["embädder", "chip-1", 1, good]),
        "embedder-control": ("an embedder with DEL", ["embedder\x7f", "chip-1", 1, good]),
        "embedder-bytes": ("an embedder as bytes", [b"embedder-1", "chip-1", 1, good]),
        "preprocessing-empty": ("preprocessing without a name", ["embedder-1", "", 1, good]),
        "preprocessing-long": ("preprocessing of 65 characters", ["embedder-1", "c" * 65, 1, good]),
        "preprocessing-line-end": ("a line end", ["embedder-1", "chip-1\n", 1, good]),
    }
    return malformed(
        {name: (text, claims(template=value)) for name, (text, value) in arrays.items()}
    )


def _template(values: Any) -> list[Any]:
    return ["embedder-1", "chip-1", 1, values]

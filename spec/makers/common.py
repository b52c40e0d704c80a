"""What the vectors have in common: the time, plain claims, and the form of a vector."""

from __future__ import annotations

from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from spec.makers import writer
from spec.makers.keys import KEYS, digest, private

__all__ = [
    "DAY",
    "DEFAULTS",
    "EXPIRES",
    "ISSUED",
    "NOW",
    "case",
    "claims",
    "cose_key",
    "decoded",
    "flipped",
    "make",
    "malformed",
    "numbers",
    "ordered",
    "place",
    "seal",
    "sealer",
]

DAY: Final = 86_400
NOW: Final = 1_800_000_000
"""The present of most vectors; a window of 30 seconds begins with it."""
ISSUED: Final = NOW - 30 * DAY
EXPIRES: Final = ISSUED + 365 * DAY

DEFAULTS: Final[dict[str, Any]] = {
    "verifiers": ["verifier"],
    "issuers": [{"key": "issuer"}],
    "pin": None,
    "nonce": None,
    "action": 1,
    "before": [],
    "now": NOW,
    "policy": {
        "lowest_tier": "bearer",
        "lowest_enrolment": "photo",
        "purposes": None,
        "issuers": None,
        "longest_lifetime": None,
        "oldest_enrolment": None,
        "clock_skew": 0,
        "embedder": "embedder-1",
        "preprocessing": "chip-1",
    },
}
"""What a vector stands for that does not say otherwise."""

_TIERS: Final = {1: "bearer", 2: "pin", 3: "holder-key"}
_ENROLMENTS: Final = {1: "photo", 2: "live", 3: "live-attended"}


def case(
    name: str,
    description: str,
    section: str,
    data: bytes,
    result: str | dict[Any, Any],
    **fields: Any,
) -> dict[str, Any]:
    """Return a vector; ``result`` is a code, or the claims of a pass that is valid."""
    expected = {"result": result} if isinstance(result, str) else decoded(result)
    return {
        "id": name,
        "description": description,
        "section": section,
        "input": data,
        **fields,
        "expected": expected,
    }


def numbers(count: int, label: str = "template") -> bytes:
    """Return a template: bytes that stand for -127 to 127."""
    return digest(label, count).replace(b"\x80", b"\x01")


def claims(  # noqa: PLR0913 - the claims of a pass
    *,
    purpose: Any = "Gym entrance",
    tier: Any = 1,
    enrolment: Any = 2,
    consent: Any = None,
    status: Any = 4711,
    template: Any = None,
    holder: ec.EllipticCurvePrivateKey | None = None,
    issuer: str = "issuer",
    verifier: str = "verifier",
    issued: Any = ISSUED,
    expires: Any = EXPIRES,
) -> dict[Any, Any]:
    """Return the claims of section 5, in order."""
    fields: dict[Any, Any] = {
        1: writer.key_id(KEYS[issuer].public_key()).hex(),
        3: writer.key_id(KEYS[verifier].public_key()).hex(),
        4: expires,
        6: issued,
        7: digest("cti", 16),
    }
    if holder is not None:
        fields[8] = {1: cose_key(holder)}
    fields[-65537] = [
        purpose,
        tier,
        enrolment,
        digest("consent") if consent is None else consent,
        place(status) if type(status) is int and 0 <= status < 1 << 24 else status,
        ["embedder-1", "chip-1", 1, numbers(32)] if template is None else template,
    ]
    return fields


def place(number: int) -> bytes:
    """Return a place in the status list as it stands in a pass."""
    return number.to_bytes(3)


def cose_key(key: ec.EllipticCurvePrivateKey) -> dict[int, Any]:
    """Return the public key as it stands in a pass."""
    public = key.public_key().public_numbers()
    return {1: 2, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y % 2 == 1}


def flipped(sealed: bytes, position: int = 0) -> bytes:
    """Flip a bit of the ciphertext of a pass."""
    parts = cbor2.loads(sealed).value
    ciphertext = bytearray(parts[2])
    ciphertext[position] ^= 1
    parts[2] = bytes(ciphertext)
    return writer.encode(cbor2.CBORTag(96, parts))


def ordered(fields: dict[Any, Any]) -> dict[Any, Any]:
    """Return a map whose keys are in the order of section 2."""
    return dict(sorted(fields.items(), key=lambda field: writer.encode(field[0])))


def sealer(label: str, verifier: str = "verifier", **parts: Any) -> writer.Seal:
    """Return a seal with a one-time key and an iv that belong to a label."""
    whole: dict[str, Any] = {
        "one_time": private(f"one-time {label}"),
        "iv": digest(f"iv {label}", 12),
    }
    return writer.Seal(verifier=KEYS[verifier].public_key(), **(whole | parts))


def seal(label: str, content: bytes, verifier: str = "verifier", **parts: Any) -> bytes:
    """Seal the signed layer."""
    return sealer(label, verifier, **parts).seal(content)


def make(label: str, fields: Any, *, signed: dict[str, Any] | None = None, **parts: Any) -> bytes:
    """Write a pass with these claims, whatever they are."""
    return seal(label, writer.sign_pass(fields, KEYS["issuer"], **(signed or {})), **parts)


def malformed(bad: dict[str, tuple[str, Any]]) -> list[dict[str, Any]]:
    """Make a pass with each of these claims, all of which are malformed."""
    return [
        case(name, f"claims: {text}", "5", make("claims", value), "malformed")
        for name, (text, value) in bad.items()
    ]


def decoded(fields: dict[Any, Any]) -> dict[str, Any]:
    """Return what a reader finds in a pass."""
    purpose, tier, enrolment, consent, status, template = fields[-65537]
    holder = fields[8][1] if 8 in fields else None  # noqa: PLR2004 - cnf
    return {
        "result": "valid",
        "tier": _TIERS[tier],
        "claims": {
            "issuer": fields[1],
            "audience": fields[3],
            "expires_at": fields[4],
            "issued_at": fields[6],
            "id": fields[7].hex(),
            "holder": holder and {"x": holder[-2].hex(), "odd": holder[-3]},
            "purpose": purpose,
            "tier": tier,
            "enrolment": _ENROLMENTS[enrolment],
            "consent": consent.hex(),
            "status": int.from_bytes(status),
            "embedder": template[0],
            "preprocessing": template[1],
            "quantisation": template[2],
            "template": template[3].hex(),
        },
    }

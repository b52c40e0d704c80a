"""The vectors as they are found in ``spec/vectors``, with defaults filled in."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["FOLDER", "PASSES", "expand", "key", "load", "named"]

FOLDER = Path(__file__).resolve().parents[2] / "spec" / "vectors"
PASSES = (
    "pass-valid",
    "pass-encoding",
    "pass-sealed",
    "pass-signed",
    "pass-claims",
    "pin",
    "policy",
    "proof",
)


@functools.cache
def load(topic: str) -> list[dict[str, Any]]:
    """Return the vectors of a topic."""
    file = json.loads((FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    return [_complete(file["defaults"], vector) for vector in file["vectors"]]


def named(*topics: str) -> list[tuple[str, dict[str, Any]]]:
    """Return every vector of some topics with a name for it."""
    return [(f"{topic}/{vector['id']}", vector) for topic in topics for vector in load(topic)]


def _complete(defaults: dict[str, Any], vector: dict[str, Any]) -> dict[str, Any]:
    whole = defaults | vector
    if "policy" in defaults:
        whole["policy"] = defaults["policy"] | vector.get("policy", {})
    return whole


def expand(value: Any) -> bytes:
    """Return the bytes that hexadecimal digits stand for, or parts of which some are repeated."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) * int(value["times"])
    return b"".join(expand(part) for part in value)


@functools.cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return a private key by its name."""
    keys = json.loads((FOLDER / "keys.json").read_text(encoding="utf-8"))["keys"]
    return ec.derive_private_key(int(keys[name]["d"], 16), ec.SECP256R1())

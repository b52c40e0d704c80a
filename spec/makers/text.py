"""Section 9: the text form."""

from __future__ import annotations

from typing import Final

__all__ = ["DIGITS", "to_text"]

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def to_text(data: bytes) -> str:
    """Write bytes as text: ``VAV1:`` and Base45 (RFC 9285)."""
    return "VAV1:" + "".join(_group(data[i : i + 2]) for i in range(0, len(data), 2))


def _group(pair: bytes) -> str:
    value = int.from_bytes(pair, "big")
    digits = []
    for _ in range(len(pair) + 1):
        value, digit = divmod(value, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(digits)

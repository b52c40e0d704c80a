"""The text form: ``VAV1:`` and Base45 (RFC 9285), which is also what a QR code holds."""

from __future__ import annotations

from typing import Final

import base45

from visavis.passes import Pass, rejected

__all__ = ["PREFIX", "from_text", "to_text"]

PREFIX: Final = "VAV1:"
_LONGEST: Final = 100_000  # characters; the largest presentation has 99,845


def to_text(presented: Pass) -> str:
    """Return a pass, with its proof if there is one, as text in capitals."""
    encoded: bytes = base45.b45encode(presented.encode())
    return PREFIX + encoded.decode("ascii")


def from_text(text: str) -> Pass:
    """Read the text form. White space around it is ignored.

    Raises:
        PassRejected: ``too_large``, ``truncated``, ``malformed``. Nothing else is raised,
            whatever the text is.
    """
    text = text.strip()  # takes nothing of Base45: it has spaces, but never at an end
    if len(text) > _LONGEST:
        raise rejected("too_large")
    if not text.startswith(PREFIX) or not text.isascii():
        raise rejected("malformed")
    try:
        data = base45.b45decode(text.removeprefix(PREFIX))
    except ValueError as error:
        raise rejected("malformed") from error
    presented = Pass.decode(data)
    # Base45 can be written in more than one way; only one is accepted.
    if to_text(presented) != text:
        raise rejected("malformed")
    return presented

"""Why a pass can be rejected: one sentence and one remedy for each reason.

They are read by the person who holds the pass. They never quote anything from it.
"""

from __future__ import annotations

from typing import Final

from visavis.errors import PassRejected

__all__ = ["REASONS", "rejected"]

_NEW: Final = "Ask the place that issued it for a new pass."

REASONS: Final[dict[str, tuple[str, str]]] = {
    "empty": ("The pass is empty.", "Present it again, or ask the place that issued it."),
    "too_large": (
        "This is far too large to be a pass.",
        "Present the file or code that you were given when you enrolled.",
    ),
    "malformed": (
        "This is not a pass, or it is damaged.",
        "Present the file or code that you were given, or ask for a new pass.",
    ),
    "truncated": (
        "Part of the pass is missing.",
        "Present the whole file or code again, or ask for a new pass.",
    ),
    "unsupported_version": (
        "The pass is in a newer or older form than is understood here.",
        "Ask the people here to update, or ask for a new pass.",
    ),
    "unsupported_tier": (
        "The pass is protected in a way that is not supported here.",
        "Ask the people here to update, or ask for a pass without that protection.",
    ),
    "wrong_verifier": (
        "The pass was made for another place.",
        "Present the pass that was made for here, or enrol for one.",
    ),
    "altered": ("The pass was changed or damaged after it was made.", _NEW),
    "unknown_issuer": (
        "The pass was issued by someone who is not trusted here.",
        "Ask the people here whose passes they accept, and get a new pass there.",
    ),
    "bad_signature": ("The pass does not come from the issuer that it names.", _NEW),
    "lifetime_too_long": ("The pass is made to last longer than a pass may.", _NEW),
    "expired": ("The pass has expired.", _NEW),
    "not_yet_valid": (
        "The pass is not valid yet.",
        "Come back later, or ask the people here to check their clock.",
    ),
    "wrong_purpose": (
        "The pass was issued for something else.",
        "Present the pass for this purpose, or ask for a new pass.",
    ),
    "tier_too_low": (
        "A better protected pass is needed here.",
        "Ask the place that issued it for a new pass with a PIN or tied to your phone.",
    ),
    "enrolment_too_weak": (
        "A pass made in a more careful way is needed here.",
        "Ask for a new pass and enrol live, with someone present if you are asked to.",
    ),
    "wrong_embedder": (
        "The pass was made with different software than is used here.",
        _NEW,
    ),
}


def rejected(reason: str) -> PassRejected:
    """Make the error for one of ``REASONS``."""
    message, remedy = REASONS[reason]
    return PassRejected(reason, message, remedy)

"""Why a pass can be rejected: one sentence and one remedy for each reason.

They are read by the person who holds the pass. They never quote anything from it.
"""

from __future__ import annotations

from typing import Final

from visavis.errors import PassRejected

__all__ = ["REASONS", "rejected"]

_NEW: Final = "Ask the place that issued it for a new pass."
_AGAIN: Final = "Present a new code with your phone."

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
    "wrong_verifier": (
        "The pass was made for another place.",
        "Present the pass that was made for here, or enrol for one.",
    ),
    "pin_required": ("The pass is protected by a PIN.", "Type the PIN of the pass."),
    "pin_not_expected": (
        "The pass is not protected by a PIN.",
        "Present it without one, or ask for a new pass with a PIN.",
    ),
    "wrong_pin": (
        "The PIN is wrong, or the pass was changed or damaged after it was made.",
        "Type the PIN again, or ask a member of staff.",
    ),
    "pin_cost_out_of_range": (
        "The PIN protection of the pass is too weak, or too much work, to be accepted.",
        _NEW,
    ),
    "altered": ("The pass was changed or damaged after it was made.", _NEW),
    "unknown_issuer": (
        "The pass was issued by someone who is not trusted here.",
        "Ask the people here whose passes they accept, and get a new pass there.",
    ),
    "bad_signature": ("The pass does not come from the issuer that it names.", _NEW),
    "issuer_retired": (
        "The pass was made with a key that was no longer in use.",
        _NEW,
    ),
    "lifetime_too_long": ("The pass is made to last longer than a pass may.", _NEW),
    "expired": ("The pass has expired.", _NEW),
    "not_yet_valid": (
        "The pass is not valid yet.",
        "Come back later, or ask the people here to check their clock.",
    ),
    "issuer_not_accepted": (
        "Passes of this issuer are not accepted for this.",
        "Ask the people here whose passes they accept, and get a new pass there.",
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
    "enrolment_too_old": ("The pass was made too long ago to be accepted here.", _NEW),
    "lifetime_not_accepted": (
        "The pass is valid for longer than is accepted here.",
        "Ask the place that issued it for a new pass with a shorter life.",
    ),
    "proof_missing": (
        "The pass is tied to a phone, and was presented without it.",
        "Open the pass on your phone and present the code that it shows.",
    ),
    "proof_not_expected": (
        "The pass is not tied to a phone, but was presented as if it were.",
        "Present the pass as it was given to you.",
    ),
    "proof_malformed": ("The phone's part of the code is damaged.", _AGAIN),
    "proof_bad_signature": (
        "The code was not made by the phone that the pass is tied to.",
        "Present the pass with that phone, or ask for a new pass.",
    ),
    "proof_wrong_action": ("The code was made for something else.", _AGAIN),
    "proof_wrong_pass": ("The code was made for another pass.", _AGAIN),
    "proof_wrong_verifier": ("The code was made for another place.", _AGAIN),
    "proof_wrong_nonce": ("The code was not made for this occasion.", _AGAIN),
    "proof_stale": (
        "The code is too old.",
        "Present the code that your phone shows now, and check its clock.",
    ),
    "proof_early": (
        "The code is from the future.",
        "Check the clock of your phone, then present a new code.",
    ),
    "proof_replayed": ("The code was used already.", _AGAIN),
    "too_many_attempts": (
        "There were too many failed attempts with this pass.",
        "Wait a little and try again, or ask a member of staff.",
    ),
    "disabled": (
        "There were so many failed attempts with this pass that it was disabled here.",
        "Go to a member of staff, and ask the place that issued it for a new pass.",
    ),
    "revoked": (
        "The pass was called back or withdrawn.",
        "Ask the place that issued it, if you did not expect this.",
    ),
    "status_missing": (
        "Whether the pass is still in force cannot be found out here.",
        "Ask the people here to fetch the status list of its issuer.",
    ),
    "status_stale": (
        "The list of passes in force here is too old to rely on.",
        "Ask the people here to fetch a new one.",
    ),
    "status_malformed": (
        "The list of passes in force here is damaged or not genuine.",
        "Ask the people here to fetch it again.",
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

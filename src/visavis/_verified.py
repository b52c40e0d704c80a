"""The one good answer, and what was checked before it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from visavis.types import EnrolmentMethod, Presence, Tier

__all__ = ["CHECKS", "SEEN", "SEEN_LIGHT", "SEEN_LIVE", "Verified"]

CHECKS: Final = (
    "sealed_to_this_verifier",
    "signed_by_trusted_issuer",
    "in_time",
    "policy",
    "not_revoked",
    "one_face",
    "quality",
    "one_person",
    "same_person",
)

SEEN: Final = ("continuity", "fresh_frames", "movement", "relief", "one_person_throughout")
"""What is checked of somebody who does a challenge, besides what is checked of photos."""

SEEN_LIVE: Final = ("challenge_fresh", *SEEN)
"""The same where the challenge was drawn for this pass, and answered in time for the first time."""

SEEN_LIGHT: Final = "light"
"""What is checked as well where somebody chose that the screen shows colours."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The person in front of the camera is the one the pass was issued to.

    Attributes:
        tier: how strongly the pass is bound to the one who presented it.
        enrolment: how the face in the pass was captured.
        purpose: what the pass was issued for.
        operating_point: id of the threshold and its evidence.
        checks: everything that was checked, besides what the tier stands for.
        presence: whether somebody was there; not checked with photos alone.

    """

    tier: Tier
    enrolment: EnrolmentMethod
    purpose: str
    operating_point: str
    checks: tuple[str, ...] = CHECKS
    presence: Presence = Presence.NOT_CHECKED

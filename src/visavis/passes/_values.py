"""What a pass says, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from visavis.errors import InvalidArgument
from visavis.passes.keys import HolderPublicKey
from visavis.types import EnrolmentMethod, Template, Tier

__all__ = ["LONGEST_LIFETIME", "LONGEST_PURPOSE", "Claims", "OpenedPass", "Policy"]

LONGEST_LIFETIME: Final = timedelta(days=5 * 366)
LONGEST_CLOCK_SKEW: Final = timedelta(hours=1)
LONGEST_PURPOSE: Final = 80


@dataclass(frozen=True, slots=True)
class Claims:
    """What the issuer states in a pass, besides the template.

    ``repr`` leaves out what would tell one holder from another.

    Args:
        id: 16 random bytes.
        issuer: id of the key that signed the pass.
        audience: id of the verifier key that the pass is for.
        purpose: what the holder agreed to be verified for, 1 to 80 characters.
        issued_at: start of validity; UTC, whole seconds.
        expires_at: end of validity (excluded); UTC, whole seconds.
        enrolment: how the face was captured.
        consent: 32 bytes, SHA-256 of the consent record.
        embedder: id of the model that made the template.
        preprocessing: id of the steps from pixels to that model's input.
        quantisation: how numbers became bytes.
        tier: how strongly the pass is bound to the one who presents it.
        status: place in the issuer's status list.
        holder: the key that the pass is tied to, with the tier ``holder-key``.
    """

    id: bytes = field(repr=False)
    issuer: str
    audience: str
    purpose: str
    issued_at: datetime = field(repr=False)
    expires_at: datetime = field(repr=False)
    enrolment: EnrolmentMethod
    consent: bytes = field(repr=False)
    embedder: str
    preprocessing: str
    quantisation: str
    tier: Tier
    status: int = field(repr=False)
    holder: HolderPublicKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPass:
    """A pass that is genuine and was sealed for this verifier.

    It may still have expired or be for another purpose: ``check`` tells. Two of them cannot be
    compared with each other.

    Args:
        claims: what the issuer states.
        template: the holder's template, in memory of its own that can be erased.
    """

    claims: Claims
    template: Template


_KINDS: Final = {
    "lowest_tier": Tier,
    "lowest_enrolment": EnrolmentMethod,
    "longest_lifetime": timedelta | None,
    "oldest_enrolment": timedelta | None,
    "clock_skew": timedelta,
    "proven_operating_point": bool,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier asks of a pass, and of its own operating point.

    Args:
        lowest_tier: passes of a lower tier are rejected.
        lowest_enrolment: passes enrolled in a weaker way are rejected.
        purposes: the purposes that are accepted; None accepts every purpose.
        issuers: ids of the issuers that are accepted, of those that are trusted; None accepts
            them all.
        longest_lifetime: passes that were made to last longer are rejected; None sets no limit
            of its own.
        oldest_enrolment: passes made longer ago are rejected; None sets no limit of its own.
        clock_skew: how far the clocks of issuer and verifier may differ, zero to one hour.
        proven_operating_point: nothing is decided at a threshold whose data cannot prove the
            false match rate it aims at. This is asked of the verifier, and not of the pass.

    Raises:
        InvalidArgument: ``bad_`` and the name of what cannot be right, such as ``bad_purposes``.
    """

    lowest_tier: Tier = Tier.BEARER
    lowest_enrolment: EnrolmentMethod = EnrolmentMethod.PHOTO
    purposes: frozenset[str] | None = None
    issuers: frozenset[str] | None = None
    longest_lifetime: timedelta | None = None
    oldest_enrolment: timedelta | None = None
    clock_skew: timedelta = timedelta(seconds=60)
    proven_operating_point: bool = False

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if not isinstance(getattr(self, name), kind):
                raise InvalidArgument(
                    f"bad_{name}",
                    f"The {name.replace('_', ' ')} is of the wrong kind.",
                    "See the documentation of Policy.",
                )
        for name in ("purposes", "issuers"):
            # A plain string would be taken for a set of letters, and "gym" be found in
            # "gymnastics".
            if not isinstance(getattr(self, name), frozenset | None):
                raise InvalidArgument(
                    f"bad_{name}",
                    f"The {name} are not a frozenset.",
                    "Use frozenset({...}) or None.",
                )
        for name in ("longest_lifetime", "oldest_enrolment"):
            limit = getattr(self, name)
            if limit is not None and limit <= timedelta(0):
                raise InvalidArgument(
                    f"bad_{name}",
                    f"The {name.replace('_', ' ')} is not a length of time.",
                    "Use some days, or None for no limit.",
                )
        if not timedelta(0) <= self.clock_skew <= LONGEST_CLOCK_SKEW:
            raise InvalidArgument(
                "bad_clock_skew",
                "The clock skew is negative or more than an hour.",
                "Use some seconds, and set the clocks.",
            )

"""A person who has agreed gets a pass, and nothing else is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from visavis._operating_point import OperatingPoint
from visavis.errors import ConsentRequired, InvalidArgument
from visavis.face import Capture, FacePipeline
from visavis.home import Home
from visavis.passes import (
    LONGEST_LIFETIME,
    HolderPublicKey,
    IssuerKey,
    Pass,
    VerifierPublicKey,
    check_new_pin,
    check_purpose,
    issue,
)
from visavis.types import EnrolmentMethod
from visavis.verification import faces_of, require_fit, require_one_person

if TYPE_CHECKING:
    from visavis.status import Register

__all__ = ["Consent", "Issued", "Issuer", "consent_notice"]

# So that the end of a pass can be written as a date, in any time zone.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9990, 1, 1, tzinfo=UTC)

_NOTICE = """\
What for       {purpose}

What is kept   Numbers computed from your face, in one pass file that is
               yours to carry. No photo, and no name.
Where          Only in that file. It is sealed: only the verifier it is made
               for can open it. Here we keep that there is a pass with its
               number, and whether it was called back. No name, no time.
How long       Until {end}. Then the pass no longer works.
Change of mind Withdraw it: with the pass, or with its number, it is called
               back and stops working. Or delete the file and every copy;
               nobody else has one.
Your choice    You need not agree. You must be offered an equally good way
               without your face."""


def consent_notice(purpose: str, lifetime: timedelta, *, now: datetime) -> str:
    """Return what a person must have read before a pass is made, as plain text of 76 columns."""
    return _NOTICE.format(purpose=purpose, end=f"{now + lifetime:%d %B %Y}".lstrip("0"))


@dataclass(frozen=True, slots=True)
class Consent:
    """A person has read what the pass is for and for how long, and has accepted it.

    Making one states that this happened. A hash of it goes into the pass.

    Attributes:
        purpose: what the person agreed to be verified for, 1 to 80 characters.
        lifetime: for how long, at most five years.
        accepted_at: when they agreed, with a time zone.

    Raises:
        InvalidArgument: `bad_purpose`, `bad_lifetime`, `naive_datetime` or `bad_accepted_at`.

    """

    purpose: str
    lifetime: timedelta
    accepted_at: datetime

    def __post_init__(self) -> None:
        check_purpose(self.purpose)
        # A time zone may also say that it does not know how far it is from UTC.
        if self.accepted_at.utcoffset() is None:
            raise InvalidArgument(
                "naive_datetime", "The time has no time zone.", "Use `datetime.now(UTC)`."
            )
        if not _EARLIEST <= self.accepted_at < _LATEST:
            raise InvalidArgument(
                "bad_accepted_at", "The time of the consent is out of range.", "Check the clock."
            )
        if not timedelta(0) < self.lifetime <= LONGEST_LIFETIME:
            raise InvalidArgument(
                "bad_lifetime",
                "A pass cannot be valid for that long.",
                f"Choose from one second to {LONGEST_LIFETIME.days} days.",
            )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the consent record as JSON with sorted keys, 32 bytes."""
        record = {
            "accepted_at": self.accepted_at.isoformat(),
            "lifetime_s": int(self.lifetime.total_seconds()),
            "notice": consent_notice(self.purpose, self.lifetime, now=self.accepted_at),
            "purpose": self.purpose,
        }
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new pass, and the number with which it can be called back when it is lost.

    Attributes:
        credential: the pass, for the person and nobody else.
        number: its place in the issuer's status list. The person keeps it apart from the pass.

    """

    credential: Pass
    number: int


class Issuer:
    """Makes passes for people who have agreed, sealed to one verifier.

    Args:
        key: the private key that signs passes.
        verifier: the public key of the verifier that passes are for.
        register: gives every pass its place in the status list.
        faces: the pipeline from photos to features.
        operating_point: measured with the pipeline's embedder.

    Raises:
        InvalidArgument: `wrong_operating_point`: measured with another embedder.

    """

    def __init__(
        self,
        key: IssuerKey,
        *,
        verifier: VerifierPublicKey,
        register: Register,
        faces: FacePipeline,
        operating_point: OperatingPoint,
    ) -> None:
        require_fit(operating_point, faces)
        self._key = key
        self._verifier = verifier
        self._register = register
        self._faces = faces
        self._point = operating_point

    @classmethod
    def from_home(cls, home: Home, *, verifier: VerifierPublicKey | None = None) -> Issuer:
        """Return the issuer whose keys are in a home folder.

        Args:
            home: the home.
            verifier: whom passes are for; the home's own verifier if not given.

        Raises:
            HomeProblem: the keys are damaged.
            ModelProblem: the weights are missing or altered, or not those that the operating
                point was measured with.

        """
        # Our own is found by its private key: nobody could open passes made for a lost one.
        verifier = verifier or home.verifier.public
        faces, point = faces_of(home)
        return cls(
            home.issuer,
            verifier=verifier,
            register=home.register,
            faces=faces,
            operating_point=point,
        )

    def enroll(
        self,
        capture: Capture,
        *,
        consent: Consent,
        now: datetime,
        pin: str | None = None,
        holder: HolderPublicKey | None = None,
    ) -> Issued:
        """Make a pass from photos that a person brought.

        Args:
            capture: one or more photos of that person; three make a much better pass than one.
            consent: what they agreed to.
            now: the current time, with a time zone.
            pin: 6 to 16 digits that the person chose, needed from then on with the pass.
            holder: the public key in the person's phone, needed from then on with the pass.

        Raises:
            ConsentRequired: `consent_in_future`: the consent was given after `now`.
            CannotDecide: a photo is not good enough.
            InvalidArgument: the purpose or the lifetime cannot be right, a time has no zone, or
                many people choose this PIN.
            HomeProblem: the register is full or cannot be used.

        """
        if pin is not None:
            check_new_pin(pin)
        if now.utcoffset() is not None:
            _require_before(consent, now)
        features = self._faces.features(capture)
        try:
            require_one_person(features, self._point)
            template = features.template()
        finally:
            features.erase()
        try:
            number = self._register.take()
            made = issue(
                template,
                issuer=self._key,
                verifier=self._verifier,
                purpose=consent.purpose,
                enrolment=EnrolmentMethod.PHOTO,
                consent=consent.digest,
                issued_at=now,
                lifetime=consent.lifetime,
                status=number,
                pin=pin,
                holder=holder,
            )
        finally:
            template.erase()
        return Issued(made, number)


def _require_before(consent: Consent, now: datetime) -> None:
    if consent.accepted_at > now:
        raise ConsentRequired(
            "consent_in_future",
            "The consent is dated after the enrolment.",
            "Set the clock right, and ask again.",
        )

"""Issuing: claims, signature, seal."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label
from visavis.passes._claims import encode_claims, is_model_id, is_purpose, is_template
from visavis.passes._cose_keys import signing_key
from visavis.passes._pass import Pass
from visavis.passes._pin import PinParameters, check_new_pin
from visavis.passes._seal import seal
from visavis.passes._sign1 import PASS, sign
from visavis.passes._values import LONGEST_LIFETIME, LONGEST_PURPOSE, Claims
from visavis.types import EnrolmentMethod, Template, Tier

if TYPE_CHECKING:
    from visavis.passes.keys import HolderPublicKey, IssuerKey, VerifierPublicKey

__all__ = ["check_purpose", "issue"]


def issue(  # noqa: PLR0913 - a pass is stated in full where it is issued
    template: Template,
    *,
    issuer: IssuerKey,
    verifier: VerifierPublicKey,
    purpose: str,
    enrolment: EnrolmentMethod,
    consent: bytes,
    issued_at: datetime,
    lifetime: timedelta,
    status: int,
    pin: str | None = None,
    holder: HolderPublicKey | None = None,
) -> Pass:
    """Sign a template for one purpose and seal it to one verifier.

    Nothing is kept: the pass is the only copy.

    Args:
        template: the holder's features, 32 to 2048 numbers.
        issuer: signs the pass.
        verifier: the only one that can open it.
        purpose: what the holder agreed to be verified for, 1 to 80 printable characters.
        enrolment: how the face was captured.
        consent: SHA-256 of the consent record, 32 bytes.
        issued_at: when validity starts, with a time zone; fractions of a second are dropped.
        lifetime: how long the pass is valid, in whole seconds, up to five years.
        status: a place in the issuer's status list that no other pass has or had.
        pin: a PIN that the holder chose, without which the pass cannot be opened.
        holder: the key in the holder's phone, without which the pass cannot be presented.

    Raises:
        InvalidArgument: ``bad_template``, ``bad_purpose``, ``bad_consent``, ``naive_datetime``,
            ``bad_issued_at``, ``bad_lifetime``, ``bad_status``, ``bad_pin``, ``common_pin``.
    """
    _check_template(template)
    check_purpose(purpose)
    if len(consent) != label.CONSENT_BYTES:
        raise InvalidArgument(
            "bad_consent",
            "The consent is not the hash of a consent record.",
            "Use the 32 bytes of SHA-256 over the record.",
        )
    if not 0 <= status < label.LARGEST_STATUS_LIST:
        raise InvalidArgument(
            "bad_status", "There is no such place in a status list.", "Ask the register for one."
        )
    if pin is not None:
        check_new_pin(pin)
    start, end = _validity(issued_at, lifetime)
    claims = Claims(
        id=secrets.token_bytes(label.CTI_BYTES),
        issuer=issuer.id,
        audience=verifier.id,
        purpose=purpose,
        issued_at=start,
        expires_at=end,
        enrolment=enrolment,
        consent=consent,
        embedder=template.embedder,
        preprocessing=template.preprocessing,
        quantisation=Template.QUANTISATION,
        tier=_tier(pin, holder),
        status=status,
        holder=holder,
    )
    signed = sign(encode_claims(claims, template), signing_key(issuer), PASS).encode()
    parameters = None if pin is None else PinParameters.new()
    return Pass(seal(signed, verifier, pin=pin, parameters=parameters).encode())


def check_purpose(purpose: str) -> None:
    """Check that a purpose can stand in a pass and be shown to a person.

    Raises:
        InvalidArgument: ``bad_purpose``.
    """
    if not is_purpose(purpose):
        raise InvalidArgument(
            "bad_purpose",
            f"The purpose is empty, blank at an end, not printable or over {LONGEST_PURPOSE} long.",
            f"Say in 1 to {LONGEST_PURPOSE} characters what the pass is for.",
        )


def _tier(pin: str | None, holder: HolderPublicKey | None) -> Tier:
    if holder is not None:
        return Tier.HOLDER_KEY
    return Tier.BEARER if pin is None else Tier.PIN


def _check_template(template: Template) -> None:
    ids = is_model_id(template.embedder) and is_model_id(template.preprocessing)
    if not ids or not is_template(template.reveal()):
        raise InvalidArgument(
            "bad_template",
            "This template cannot be put into a pass.",
            "Use 32 to 2048 numbers of one byte, not all zero, and ids of 1 to 64 characters.",
        )


def _validity(issued_at: datetime, lifetime: timedelta) -> tuple[datetime, datetime]:
    if issued_at.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The time of issue has no time zone.", "Use datetime.now(UTC)."
        )
    if not timedelta(seconds=1) <= lifetime <= LONGEST_LIFETIME:
        raise InvalidArgument(
            "bad_lifetime",
            "A pass is valid for more than nothing and at most five years.",
            "Choose a shorter or longer time.",
        )
    # Before it is converted: near the ends of the calendar, that would overflow.
    if not datetime(1970, 1, 1, tzinfo=UTC) <= issued_at < datetime(9990, 1, 1, tzinfo=UTC):
        raise InvalidArgument(
            "bad_issued_at", "The time of issue is out of range.", "Check the clock."
        )
    start = issued_at.astimezone(UTC).replace(microsecond=0)
    return start, start + timedelta(seconds=int(lifetime.total_seconds()))

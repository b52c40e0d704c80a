"""Opening: seal, signature, claims; and then what the verifier asks of the pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visavis.errors import InvalidArgument
from visavis.passes._claims import decode_claims
from visavis.passes._envelope import Envelope
from visavis.passes._rejections import rejected
from visavis.passes._seal import unseal
from visavis.passes._signature import Signed
from visavis.passes._values import OpenedPass

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from visavis.passes._pass import Pass
    from visavis.passes._values import Policy
    from visavis.passes.keys import IssuerPublicKey, VerifierKey

__all__ = ["check", "open_pass"]


def open_pass(
    sealed: Pass, *, verifier: VerifierKey, issuers: Collection[IssuerPublicKey]
) -> OpenedPass:
    """Unseal a pass and make sure that it is genuine and for this verifier.

    Whether it is valid now and acceptable here is for ``check`` to say.

    Args:
        sealed: the pass that the holder presents.
        verifier: the key that the pass must be sealed to.
        issuers: the keys whose passes are trusted.

    Raises:
        PassRejected: ``empty``, ``too_large``, ``truncated``, ``malformed``,
            ``unsupported_version``, ``unsupported_tier``, ``wrong_verifier``, ``altered``,
            ``unknown_issuer``, ``bad_signature``, ``lifetime_too_long``. Nothing else is raised,
            whatever the bytes are.
    """
    signed = Signed.decode(unseal(Envelope.decode(sealed.sealed), verifier))
    # The claims name the key, so they are read first; they count from the signature on.
    claims, template = decode_claims(signed.payload)
    issuer = next((key for key in issuers if key.id == claims.issuer), None)
    if issuer is None:
        raise rejected("unknown_issuer")
    signed.verify(issuer)
    # A verifier that has opened a pass could seal the signed part again, to another verifier.
    if claims.audience != verifier.id:
        raise rejected("wrong_verifier")
    return OpenedPass(claims=claims, template=template)


def check(
    opened: OpenedPass, *, policy: Policy, now: datetime, embedder: str, preprocessing: str
) -> None:
    """Make sure that a pass is valid now and fulfils the verifier's policy.

    Args:
        opened: the pass.
        policy: what is asked of it.
        now: the present, with a time zone.
        embedder: id of the model in use.
        preprocessing: id of the steps before that model.

    Raises:
        PassRejected: ``not_yet_valid``, ``expired``, ``wrong_purpose``, ``tier_too_low``,
            ``enrolment_too_weak``, ``wrong_embedder``.
        InvalidArgument: ``naive_datetime``.
    """
    if now.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
        )
    claims = opened.claims
    if now < claims.issued_at - policy.clock_skew:
        raise rejected("not_yet_valid")
    if now >= claims.expires_at + policy.clock_skew:
        raise rejected("expired")
    if policy.purposes is not None and claims.purpose not in policy.purposes:
        raise rejected("wrong_purpose")
    if claims.tier < policy.lowest_tier:
        raise rejected("tier_too_low")
    if claims.enrolment < policy.lowest_enrolment:
        raise rejected("enrolment_too_weak")
    if (claims.embedder, claims.preprocessing) != (embedder, preprocessing):
        raise rejected("wrong_embedder")

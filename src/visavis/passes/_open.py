"""Opening: seal, signature, claims; and then what the verifier asks of the pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes._claims import decode_claims
from visavis.passes._cose_keys import verifying_key
from visavis.passes._envelope import Envelope
from visavis.passes._rejections import rejected
from visavis.passes._seal import unseal
from visavis.passes._sign1 import PASS, BadSignature, Signed
from visavis.passes._strict import NotStrict
from visavis.passes._values import OpenedPass
from visavis.types import Tier

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from visavis.passes._pass import Pass
    from visavis.passes._values import Claims, Policy
    from visavis.passes.keys import TrustedIssuer, VerifierKey
    from visavis.types import Template

__all__ = ["check", "open_pass"]


def open_pass(
    sealed: Pass,
    *,
    verifiers: Collection[VerifierKey],
    issuers: Collection[TrustedIssuer],
    pin: str | None = None,
) -> OpenedPass:
    """Unseal a pass and make sure that it is genuine and for this verifier.

    Whether it is valid now and acceptable here is for ``check`` to say.

    Args:
        sealed: the pass that the holder presents.
        verifiers: the keys of this verifier, the present one and former ones; the pass must be
            sealed to one of them.
        issuers: whose passes are trusted.
        pin: what the holder typed, if the pass needs it.

    Raises:
        PassRejected: ``empty``, ``too_large``, ``truncated``, ``malformed``,
            ``unsupported_version``, ``wrong_verifier``, ``pin_required``, ``pin_not_expected``,
            ``pin_cost_out_of_range``, ``wrong_pin``, ``altered``, ``unknown_issuer``,
            ``bad_signature``, ``issuer_retired``, ``lifetime_too_long``. Nothing else is raised,
            whatever the bytes are.
    """
    envelope = Envelope.decode(sealed.sealed)
    wanted = envelope.verifier_id.hex()
    verifier = next((key for key in verifiers if key.id == wanted), None)
    if verifier is None:
        raise rejected("wrong_verifier")
    content = unseal(envelope, verifier, pin=pin)
    try:
        claims, template = _read(content, issuers, with_pin=envelope.pin is not None)
    finally:
        content[:] = bytes(len(content))
    # A verifier that has opened a pass could seal the signed part again, to another verifier.
    if claims.audience != verifier.id:
        template.erase()
        raise rejected("wrong_verifier")
    return OpenedPass(claims=claims, template=template)


def _read(
    content: bytearray, issuers: Collection[TrustedIssuer], *, with_pin: bool
) -> tuple[Claims, Template]:
    try:
        signed = Signed.decode(bytes(content), PASS)
    except NotStrict as error:
        raise rejected("malformed") from error
    # The claims name the key, so they are read first; they count from the signature on.
    claims, template = decode_claims(signed.payload)
    try:
        _check_issuer(signed, claims, issuers)
        # The issuer has signed which tier it is. A seal of another one was not made by the issuer.
        if (claims.tier is Tier.PIN and not with_pin) or (claims.tier is Tier.BEARER and with_pin):
            raise rejected("malformed")
    except PassRejected:
        template.erase()
        raise
    return claims, template


def _check_issuer(signed: Signed, claims: Claims, issuers: Collection[TrustedIssuer]) -> None:
    issuer = next((known for known in issuers if known.id == claims.issuer), None)
    if issuer is None:
        raise rejected("unknown_issuer")
    try:
        signed.verify(verifying_key(issuer.key))
    except BadSignature as error:
        raise rejected("bad_signature") from error
    if issuer.retired_at is not None and claims.issued_at >= issuer.retired_at:
        raise rejected("issuer_retired")


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
        PassRejected: ``not_yet_valid``, ``expired``, ``issuer_not_accepted``, ``wrong_purpose``,
            ``tier_too_low``, ``enrolment_too_weak``, ``enrolment_too_old``,
            ``lifetime_not_accepted``, ``wrong_embedder``.
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
    _check_policy(claims, policy, now)
    if (claims.embedder, claims.preprocessing) != (embedder, preprocessing):
        raise rejected("wrong_embedder")


def _check_policy(claims: Claims, policy: Policy, now: datetime) -> None:
    if policy.issuers is not None and claims.issuer not in policy.issuers:
        raise rejected("issuer_not_accepted")
    if policy.purposes is not None and claims.purpose not in policy.purposes:
        raise rejected("wrong_purpose")
    if claims.tier < policy.lowest_tier:
        raise rejected("tier_too_low")
    if claims.enrolment < policy.lowest_enrolment:
        raise rejected("enrolment_too_weak")
    oldest, longest = policy.oldest_enrolment, policy.longest_lifetime
    if oldest is not None and now - claims.issued_at > oldest:
        raise rejected("enrolment_too_old")
    if longest is not None and claims.expires_at - claims.issued_at > longest:
        raise rejected("lifetime_not_accepted")

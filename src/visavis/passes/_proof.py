"""Proof of possession: the holder's device signs that this pass is presented here and now."""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import cbor2

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label
from visavis.passes._cose_keys import signing_key, verifying_key
from visavis.passes._pass import Pass
from visavis.passes._rejections import rejected
from visavis.passes._sign1 import PROOF, BadSignature, Signed, sign
from visavis.passes._strict import NotStrict, loads

if TYPE_CHECKING:
    from visavis.passes._values import Claims
    from visavis.passes.keys import HolderKey

__all__ = ["Accepted", "Action", "check_proof", "new_nonce", "present"]

WINDOW: Final = timedelta(seconds=30)
_LONGEST_SKEW: Final = WINDOW
# A nonce is thrown away after one occasion; this is for a verifier that fails to.
_NONCE_KEPT: Final = timedelta(hours=1)


class Action(enum.Enum):
    """What the holder agrees to by signing."""

    PRESENT = 1
    WITHDRAW = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """A proof that is good, and must not be accepted again.

    Args:
        digest: 32 bytes, SHA-256 of the statement.
        until: when it can be forgotten, in seconds since 1970.
    """

    digest: bytes
    until: float


@dataclass(frozen=True, slots=True)
class _Statement:
    action: Action
    pass_hash: bytes
    audience: bytes
    fresh: bytes | tuple[int, bytes]

    def encode(self) -> bytes:
        fresh = list(self.fresh) if isinstance(self.fresh, tuple) else self.fresh
        return cbor2.dumps([self.action.value, self.pass_hash, self.audience, fresh])

    @classmethod
    def decode(cls, encoded: bytes) -> _Statement:
        match loads(encoded):
            case [(1 | 2) as action, bytes(pass_hash), bytes(audience), fresh] if (
                not isinstance(action, bool)
                and len(pass_hash) == label.HASH_BYTES
                and len(audience) == label.KEY_ID_BYTES
            ):
                pass
            case _:
                raise NotStrict
        match fresh:
            case bytes() if len(fresh) in label.NONCE_BYTES:
                return cls(Action(action), pass_hash, audience, fresh)
            case [int(window), bytes(serial)] if (
                len(serial) == label.SERIAL_BYTES and not isinstance(window, bool) and window >= 0
            ):
                return cls(Action(action), pass_hash, audience, (window, serial))
            case _:
                raise NotStrict


_LAST_WINDOW: Final = int(datetime(9998, 1, 1, tzinfo=UTC).timestamp()) // WINDOW.seconds


def new_nonce() -> bytes:
    """Return 16 random bytes for a verifier to give out, for one occasion."""
    return secrets.token_bytes(label.NONCE_BYTES[0])


def present(
    sealed: Pass,
    *,
    holder: HolderKey,
    now: datetime,
    nonce: bytes | None = None,
    action: Action = Action.PRESENT,
) -> Pass:
    """Add a fresh proof to a pass, as the holder's phone does.

    Args:
        sealed: the pass.
        holder: the key that the pass is tied to.
        now: the present, with a time zone; names the 30-second window.
        nonce: 16 to 64 bytes from the verifier, instead of a window.
        action: what the holder agrees to.

    Raises:
        PassRejected: the pass is not well-formed.
        InvalidArgument: ``bad_nonce``, ``naive_datetime``.
    """
    if now.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
        )
    fresh = _window(now) if nonce is None else _checked(nonce)
    audience = bytes.fromhex(sealed.verifier_id)
    statement = _Statement(action, _hash(sealed), audience, fresh)
    proof = sign(statement.encode(), signing_key(holder), PROOF)
    return Pass(sealed.sealed, proof.encode())


def check_proof(  # noqa: PLR0913 - everything that a proof is about
    presented: Pass,
    *,
    claims: Claims,
    now: datetime,
    clock_skew: timedelta,
    nonce: bytes | None = None,
    action: Action = Action.PRESENT,
) -> Accepted | None:
    """Make sure that whoever presents a pass tied to a key holds that key now.

    Args:
        presented: the pass with its proof.
        claims: what the opened pass says.
        now: the present, with a time zone.
        clock_skew: how far the holder's clock may be off; at most 30 s are allowed.
        nonce: the one that was given out for this occasion, if one was.
        action: what the holder must have agreed to.

    Returns:
        The proof, which the caller must not accept again; None for a pass without a holder key.

    Raises:
        PassRejected: ``proof_missing``, ``proof_not_expected``, ``proof_malformed``,
            ``proof_bad_signature``, ``proof_wrong_action``, ``proof_wrong_pass``,
            ``proof_wrong_verifier``, ``proof_wrong_nonce``, ``proof_stale``, ``proof_early``.
        InvalidArgument: ``bad_nonce``.
    """
    if nonce is not None:
        _checked(nonce)
    if claims.holder is None:
        if presented.proof is not None:
            raise rejected("proof_not_expected")
        return None
    if presented.proof is None:
        raise rejected("proof_missing")
    try:
        signed = Signed.decode(presented.proof, PROOF)
        statement = _Statement.decode(signed.payload)
    except NotStrict as error:
        raise rejected("proof_malformed") from error
    try:
        signed.verify(verifying_key(claims.holder))
    except BadSignature as error:
        raise rejected("proof_bad_signature") from error
    if statement.action is not action:
        raise rejected("proof_wrong_action")
    if not hmac.compare_digest(statement.pass_hash, _hash(presented)):
        raise rejected("proof_wrong_pass")
    if not hmac.compare_digest(statement.audience, bytes.fromhex(claims.audience)):
        raise rejected("proof_wrong_verifier")
    until = _check_fresh(statement, now, min(clock_skew, _LONGEST_SKEW), nonce)
    return Accepted(hashlib.sha256(signed.payload).digest(), until)


def _check_fresh(
    statement: _Statement, now: datetime, skew: timedelta, nonce: bytes | None
) -> float:
    """Return until when the statement could be accepted, in seconds since 1970."""
    if nonce is not None:
        given = statement.fresh if isinstance(statement.fresh, bytes) else b""
        if not hmac.compare_digest(given, nonce):
            raise rejected("proof_wrong_nonce")
        return now.timestamp() + _NONCE_KEPT.total_seconds()
    if isinstance(statement.fresh, bytes):
        raise rejected("proof_wrong_nonce")
    # A number beyond the calendar is early as well.
    number = min(statement.fresh[0], _LAST_WINDOW)
    start = datetime.fromtimestamp(number * WINDOW.seconds, UTC)
    if start - now > skew:
        raise rejected("proof_early")
    if now - start >= WINDOW + skew:
        raise rejected("proof_stale")
    # As long as any verifier here could accept it, however strict this one is.
    return (start + WINDOW + _LONGEST_SKEW).timestamp()


def _window(now: datetime) -> tuple[int, bytes]:
    serial = secrets.token_bytes(label.SERIAL_BYTES)
    return int(now.timestamp()) // WINDOW.seconds, serial


def _checked(nonce: object) -> bytes:
    if not isinstance(nonce, bytes) or len(nonce) not in label.NONCE_BYTES:
        raise InvalidArgument(
            "bad_nonce",
            "A nonce has 16 to 64 bytes.",
            "Use the one that the verifier gave out.",
        )
    return nonce


def _hash(sealed: Pass) -> bytes:
    return hashlib.sha256(sealed.sealed).digest()

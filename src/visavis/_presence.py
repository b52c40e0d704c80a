"""What an answer to a challenge must be before anything in it is looked at. No comparisons here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from visavis.errors import InvalidArgument, SpoofSuspected
from visavis.liveness import Challenge, Challenges, LiveCapture
from visavis.liveness.challenge import VALID
from visavis.passes import Pass

__all__ = ["asked_by", "redeemed", "require_time"]

_DOMAIN: Final = b"visavis-challenge-of-pass-1"
_SESSION_BYTES: Final = range(16, 65)


def require_time(now: datetime) -> None:
    """Refuse a present at which no challenge can be drawn or answered.

    Raises:
        InvalidArgument: ``naive_datetime``; ``time_out_of_range``: the calendar ends before the
            challenge does.
    """
    if now.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
        )
    try:
        now.astimezone(UTC) + VALID
    except OverflowError:
        raise InvalidArgument(
            "time_out_of_range", "The calendar ends here.", "Set the clock."
        ) from None


def asked_by(session: bytes, presented: Pass) -> bytes:
    """Return what a challenge is bound to, so that it serves one session and one pass.

    Args:
        session: 16 to 64 random bytes of whoever asks.
        presented: the pass; its proof does not matter, because a phone may show a new one.

    Returns:
        32 bytes: SHA-256 over a fixed text, the session after its length, and the sealed pass.

    Raises:
        InvalidArgument: ``session_length``.
    """
    length = bytes([len(_checked(session))])
    return hashlib.sha256(_DOMAIN + length + session + presented.sealed).digest()


def _checked(session: object) -> bytes:
    if not isinstance(session, bytes) or len(session) not in _SESSION_BYTES:
        raise InvalidArgument(
            "session_length",
            "A session has 16 to 64 bytes.",
            "Give it random ones, such as secrets.token_bytes(32), and keep them for the answer.",
        )
    return session


def redeemed(  # noqa: PLR0913 - an answer, and everything it is bound to
    challenges: Challenges,
    token: bytes,
    capture: LiveCapture,
    *,
    session: bytes,
    verifier: str,
    now: datetime,
) -> Challenge:
    """Take back the challenge that a capture answers, and make sure that it does answer it.

    Args:
        challenges: who drew it.
        token: that was given out with it.
        capture: the answer.
        session: from `asked_by`.
        verifier: id of the verifier that judges the answer.
        now: the present, with a time zone.

    Raises:
        SpoofSuspected: ``challenge_refused``: not a challenge that was drawn for this session and
            this pass, used before, expired, or not the one of the capture;
            ``older_than_challenge``: the capture lasts longer than the challenge is known.
        InvalidArgument: ``bad_token``: not bytes.
    """
    if not isinstance(token, bytes):
        raise InvalidArgument(
            "bad_token", "A token is bytes.", "Hand in what was given out with the challenge."
        )
    challenge = challenges.redeem(token, session=session, verifier=verifier, now=now)
    if capture.challenge != challenge:
        raise SpoofSuspected("challenge_refused", "Another challenge was answered than was asked.")
    looks = capture.looks
    lasted = looks[-1].at - looks[0].at if looks else 0.0
    # Written so that a time which is no number is refused as well.
    if not 0.0 <= lasted <= (now - challenge.issued) / timedelta(seconds=1):
        raise SpoofSuspected(
            "older_than_challenge", "The movements began before they were asked for."
        )
    return challenge

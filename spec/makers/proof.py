"""Passes tied to a key, and proofs that the key is there."""

from __future__ import annotations

from typing import Any, Final

from spec.makers import writer
from spec.makers.common import DAY, NOW, case, claims, make
from spec.makers.keys import KEYS, digest

__all__ = [
    "ABOUT",
    "WINDOW",
    "by",
    "fields",
    "present",
    "proof_case",
    "statement",
    "tied",
    "vectors",
]

ABOUT = "Proofs of possession: fresh, stale, early, replayed, for something else, malformed."

_SECTION: Final = "7"
WINDOW: Final = NOW // 30
"""The number of the present window."""
_NONCE: Final = digest("nonce", 16)
_MIDNIGHT: Final = NOW - NOW % DAY + DAY
_SKEWED: Final[dict[str, Any]] = {"policy": {"clock_skew": 30}}


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this module."""
    return [*_windows(), *_nonces(), *_about_something_else(), *_replays()]


def statement(  # noqa: PLR0913 - the fields of a statement
    sealed: bytes,
    *,
    action: Any = 1,
    pass_hash: Any = None,
    audience: Any = None,
    window: Any = WINDOW,
    serial: Any = None,
    fresh: Any = None,
) -> list[Any]:
    """Return what a holder's device signs."""
    if audience is None:
        audience = writer.key_id(KEYS["verifier"].public_key())
    if fresh is None:
        fresh = [window, digest("serial", 8) if serial is None else serial]
    return [action, writer.sha256(sealed) if pass_hash is None else pass_hash, audience, fresh]


def present(sealed: bytes, holder: str = "holder", **changes: Any) -> bytes:
    """Add a proof to a pass."""
    proof = writer.sign_proof(statement(sealed, **changes), KEYS[holder])
    return writer.presentation(sealed, proof)


def tied(label: str = "tied") -> bytes:
    """Return a pass that is tied to the holder's key."""
    return make(label, fields())


def fields() -> dict[Any, Any]:
    """Return the claims of that pass."""
    return claims(tier=3, holder=KEYS["holder"])


def _windows() -> list[dict[str, Any]]:
    sealed = tied()
    last = present(sealed, window=WINDOW - 1)
    following = present(sealed, window=WINDOW + 1)
    return [
        proof_case("window-present-last-second", "its last second", present(sealed), now=NOW + 29),
        proof_case(
            "window-stale-no-skew",
            "a second too late",
            present(sealed),
            "proof_stale",
            now=NOW + 30,
        ),
        proof_case(
            "window-early-no-skew",
            "a second too early",
            present(sealed),
            "proof_early",
            now=NOW - 1,
        ),
        proof_case(
            "window-last", "the last window, 29 s after it ended", last, now=NOW + 29, **_SKEWED
        ),
        proof_case(
            "window-stale",
            "the last window, 30 s after it ended",
            last,
            "proof_stale",
            now=NOW + 30,
            **_SKEWED,
        ),
        proof_case("window-next", "the next window, 30 s before it begins", following, **_SKEWED),
        proof_case(
            "window-early",
            "the next window, 31 s before it begins",
            following,
            "proof_early",
            now=NOW - 1,
            **_SKEWED,
        ),
        proof_case(
            "window-skew-is-limited",
            "a verifier that allows for an hour elsewhere allows for 30 s here",
            last,
            "proof_stale",
            now=NOW + 30,
            policy={"clock_skew": 3600},
        ),
        proof_case(
            "window-zero", "the first window of 1970", present(sealed, window=0), "proof_stale"
        ),
        proof_case(
            "window-largest",
            "the largest number that can be written",
            present(sealed, window=2**64 - 1),
            "proof_early",
        ),
    ]


def _nonces() -> list[dict[str, Any]]:
    sealed = tied()
    longest = digest("longest nonce", 64)
    return [
        proof_case(
            "nonce", "the nonce that was given out", present(sealed, fresh=_NONCE), nonce=_NONCE
        ),
        proof_case(
            "nonce-longest", "a nonce of 64 bytes", present(sealed, fresh=longest), nonce=longest
        ),
        proof_case(
            "nonce-other",
            "another nonce",
            present(sealed, fresh=digest("another nonce", 16)),
            "proof_wrong_nonce",
            nonce=_NONCE,
        ),
        proof_case(
            "nonce-longer",
            "the nonce and one more byte",
            present(sealed, fresh=_NONCE + b"\0"),
            "proof_wrong_nonce",
            nonce=_NONCE,
        ),
        proof_case(
            "nonce-window-instead",
            "the present window, although a nonce was given out",
            present(sealed),
            "proof_wrong_nonce",
            nonce=_NONCE,
        ),
        proof_case(
            "nonce-not-given",
            "a nonce, although none was given out",
            present(sealed, fresh=_NONCE),
            "proof_wrong_nonce",
        ),
    ]


def _about_something_else() -> list[dict[str, Any]]:
    sealed, other = tied(), tied("another pass")
    other_id = writer.key_id(KEYS["other-verifier"].public_key())
    proof = writer.sign_proof(statement(other), KEYS["holder"])
    bearer = make("bearer with proof", claims())
    return [
        proof_case(
            "withdraw", "a withdrawal, when one is asked for", present(sealed, action=2), action=2
        ),
        proof_case(
            "action-other",
            "a withdrawal is no presentation",
            present(sealed, action=2),
            "proof_wrong_action",
        ),
        proof_case(
            "action-other-withdraw",
            "a presentation is no withdrawal",
            present(sealed),
            "proof_wrong_action",
            action=2,
        ),
        proof_case(
            "pass-other",
            "the proof belongs to another pass of this holder",
            writer.presentation(sealed, proof),
            "proof_wrong_pass",
        ),
        proof_case(
            "audience-other",
            "the proof is for another verifier",
            present(sealed, audience=other_id),
            "proof_wrong_verifier",
        ),
        proof_case("proof-missing", "a pass tied to a key, alone", sealed, "proof_missing"),
        proof_case(
            "proof-not-expected",
            "a proof with a bearer pass",
            present(bearer),
            "proof_not_expected",
        ),
        proof_case(
            "proof-not-expected-nonsense",
            "any bytes as a proof with a bearer pass",
            writer.presentation(bearer, b""),
            "proof_not_expected",
        ),
        proof_case(
            "proof-after-policy",
            "an expired pass is told before a proof is asked for",
            sealed,
            "expired",
            now=fields()[4],
        ),
    ]


def _replays() -> list[dict[str, Any]]:
    sealed = tied()
    first = present(sealed)
    again = present(sealed, serial=digest("another serial", 8))
    negated = writer.presentation(sealed, _negated(statement(sealed)))
    nonce = present(sealed, fresh=_NONCE)
    late = present(sealed, window=_MIDNIGHT // 30 - 1)
    return [
        proof_case(
            "replay", "the same presentation twice", first, "proof_replayed", before=[_step(first)]
        ),
        proof_case(
            "replay-later",
            "the same presentation a minute later, in the longest time allowed",
            first,
            "proof_replayed",
            before=[_step(first, now=NOW - 30)],
            now=NOW + 59,
            **_SKEWED,
        ),
        proof_case(
            "replay-over-midnight",
            "the same presentation before and after midnight (UTC)",
            late,
            "proof_replayed",
            before=[_step(late, now=_MIDNIGHT - 1)],
            now=_MIDNIGHT + 1,
            **_SKEWED,
        ),
        proof_case(
            "replay-negated",
            "the same statement, s of its signature replaced by its negative",
            negated,
            "proof_replayed",
            before=[_step(first)],
        ),
        proof_case(
            "replay-nonce",
            "the same presentation twice, with a nonce",
            nonce,
            "proof_replayed",
            before=[_step(nonce, nonce=_NONCE)],
            nonce=_NONCE,
        ),
        proof_case(
            "two-in-one-window",
            "two proofs in one window, with different random serials",
            again,
            before=[_step(first)],
        ),
        proof_case(
            "signature-negated-proof", "s replaced by its negative, for the first time", negated
        ),
    ]


def by(holder: str, value: Any, **parts: Any) -> bytes:
    """Sign a statement, whatever it is."""
    return writer.sign_proof(value, KEYS[holder], **parts)


def _negated(value: list[Any]) -> bytes:
    signature = by("holder", value)[-64:]
    return by("holder", value, signature=writer.negate(signature))


def _step(data: bytes, **more: Any) -> dict[str, Any]:
    """Return a presentation that the verifier has accepted before."""
    return {"input": data, **more}


def proof_case(
    name: str, description: str, data: bytes, result: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return a vector about the holder's pass."""
    return case(name, description, _SECTION, data, fields() if result is None else result, **more)

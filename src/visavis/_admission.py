"""Everything about a pass that is checked before a face is compared with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, final

from visavis.attempts import Attempts
from visavis.face import FacePipeline
from visavis.passes import (
    OpenedPass,
    Pass,
    Policy,
    TrustedIssuer,
    VerifierKey,
    check,
    check_proof,
    open_pass,
)

if TYPE_CHECKING:
    from visavis.status import Statuses

__all__ = ["Admission", "Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a pass, and what its holder gave besides it.

    Attributes:
        policy: what is asked.
        now: the present, with a time zone.
        pin: what the holder typed.
        nonce: what the holder's phone was given to sign.
    """

    policy: Policy
    now: datetime
    pin: str | None = field(repr=False)
    nonce: bytes | None = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Admission:
    """Opens passes and checks all but the face.

    Attributes:
        keys: the private keys that passes for this verifier are sealed to; the present one first.
        issuers: whose signatures are trusted.
        statuses: says whether a pass is still in force.
        attempts: knows which proofs were used.
        faces: the pipeline that templates must have been made with.
    """

    keys: tuple[VerifierKey, ...] = field(repr=False)
    issuers: Collection[TrustedIssuer]
    statuses: Statuses
    attempts: Attempts
    faces: FacePipeline

    @property
    def verifier(self) -> str:
        """The id of the present key, or nothing where no pass can be opened."""
        return self.keys[0].id if self.keys else ""

    @contextmanager
    def admitted(
        self, presented: Pass, asked: Asked, *, use_proof: bool = True
    ) -> Iterator[OpenedPass]:
        """Open a pass and check it; erase its template afterwards.

        Args:
            presented: the pass, with its proof.
            asked: what is asked of it.
            use_proof: whether its proof is good only this once.

        Raises:
            PassRejected: it is forged, altered, expired, for somebody else, ...
            InvalidArgument: ``naive_datetime``, ``bad_nonce``.
            HomeProblem: ``attempts_unusable``.
        """
        opened = open_pass(presented, verifiers=self.keys, issuers=self.issuers, pin=asked.pin)
        claims, policy, now = opened.claims, asked.policy, asked.now
        try:
            check(
                opened,
                policy=policy,
                now=now,
                embedder=self.faces.embedder,
                preprocessing=self.faces.preprocessing,
            )
            proof = check_proof(
                presented, claims=claims, now=now, clock_skew=policy.clock_skew, nonce=asked.nonce
            )
            self.statuses.require_valid(claims.issuer, claims.status, now=now)
            if proof is not None and use_proof:
                self.attempts.use(proof, now=now)
            yield opened
        finally:
            opened.template.erase()

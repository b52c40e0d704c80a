"""The one place where two faces are compared and a decision is made.

Numbers that say how alike two faces are exist inside this module only: a score is a hill to
climb for whoever wants to pass for somebody else. What leaves is `Verified` or an error.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from visavis._operating_point import (
    PROVEN,
    OperatingPoint,
    require_model,
    shipped_operating_point,
)
from visavis.attempts import Attempts
from visavis.errors import CannotDecide, InvalidArgument, ModelProblem, NoMatch
from visavis.face import (
    DEFAULT_EMBEDDER,
    Capture,
    CaptureFeatures,
    FacePipeline,
    load_pipeline,
)
from visavis.home import Home
from visavis.passes import (
    Pass,
    Policy,
    TrustedIssuer,
    VerifierKey,
    check,
    check_proof,
    open_pass,
)
from visavis.registry import ModelStore
from visavis.types import EnrolmentMethod, FloatArray, Template, Tier

if TYPE_CHECKING:
    from visavis.status import Statuses

__all__ = ["Verified", "Verifier", "faces_of", "require_one_person"]

_CHECKS: Final = (
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


@dataclass(frozen=True, slots=True)
class Verified:
    """The person in front of the camera is the one the pass was issued to.

    Attributes:
        tier: how strongly the pass is bound to the one who presented it.
        enrolment: how the face in the pass was captured.
        purpose: what the pass was issued for.
        operating_point: id of the threshold and its evidence.
        checks: everything that was checked, besides what the tier stands for.

    """

    tier: Tier
    enrolment: EnrolmentMethod
    purpose: str
    operating_point: str
    checks: tuple[str, ...] = _CHECKS


class Verifier:
    """Answers one question: is this the person the pass was issued to?

    Args:
        keys: the private keys that passes for this verifier are sealed to, present and former.
        issuers: whose signatures are trusted.
        statuses: says whether a pass is still in force.
        faces: the pipeline from photos to features.
        operating_point: the threshold, measured with the pipeline's embedder.
        attempts: counts failures; without it, they are counted as long as this object lives.

    Raises:
        InvalidArgument: `wrong_operating_point`: measured with another embedder.

    """

    def __init__(  # noqa: PLR0913 - everything a decision rests on
        self,
        keys: Collection[VerifierKey],
        *,
        issuers: Collection[TrustedIssuer],
        statuses: Statuses,
        faces: FacePipeline,
        operating_point: OperatingPoint,
        attempts: Attempts | None = None,
    ) -> None:
        require_fit(operating_point, faces)
        self._keys = tuple(keys)
        self._issuers = tuple(issuers)
        self._statuses = statuses
        self._faces = faces
        self._point = operating_point
        self._attempts = attempts or Attempts()

    @classmethod
    def from_home(cls, home: Home) -> Verifier:
        """Return the verifier whose keys are in a home folder, with its operating point.

        Raises:
            HomeProblem: the keys are damaged.
            ModelProblem: the weights are missing or altered, or not those that the operating
                point was measured with.

        """
        faces, point = faces_of(home)
        return cls(
            home.verifiers,
            issuers=home.trusted_issuers,
            statuses=home.statuses,
            faces=faces,
            operating_point=point,
            attempts=home.attempts,
        )

    @property
    def operating_point(self) -> str:
        """The id of the operating point that decisions are made at."""
        return self._point.id

    def verify(  # noqa: PLR0913 - what is presented, and what is asked of it
        self,
        presented: Pass,
        capture: Capture,
        *,
        policy: Policy,
        now: datetime,
        pin: str | None = None,
        nonce: bytes | None = None,
    ) -> Verified:
        """Compare the person in a capture with the one pass that this person presents.

        The pass is checked first, and no face is looked for before it was accepted. A wrong PIN
        and a different person count as failed attempts with this pass; after three in a row,
        the holder has to wait for half a minute before each further one, and after 50 in a row the
        pass is disabled.

        Args:
            presented: the pass, with a proof if it is tied to a phone.
            capture: one or more photos of the person, taken now.
            policy: what is asked of the pass, and of the operating point.
            now: the current time, with a time zone.
            pin: what the holder typed, if the pass needs it.
            nonce: what the holder's phone was given to sign, if it was given anything; without
                it, the proof must be for the current 30 seconds.

        Returns:
            The facts of a successful verification.

        Raises:
            PassRejected: the pass is forged, altered, expired, for somebody else, ...
            CannotDecide: the capture is not good enough; nothing was compared.
            NoMatch: a different person.
            InvalidArgument: `now` has no time zone, or `nonce` not 16 to 64 bytes.
            HomeProblem: `attempts_unusable`: failures cannot be counted.
            ModelProblem: `operating_point_provisional`: the policy asks for a proven one.

        """
        # Not the fault of whoever stands there: no attempt is counted.
        _require_status(self._point, policy)
        with self._attempts.attempt(presented, now=now):
            return self._decide(presented, capture, policy, now, pin, nonce)

    def _decide(  # noqa: PLR0913, PLR0917 - as above
        self,
        presented: Pass,
        capture: Capture,
        policy: Policy,
        now: datetime,
        pin: str | None,
        nonce: bytes | None,
    ) -> Verified:
        opened = open_pass(presented, verifiers=self._keys, issuers=self._issuers, pin=pin)
        claims = opened.claims
        try:
            check(
                opened,
                policy=policy,
                now=now,
                embedder=self._faces.embedder,
                preprocessing=self._faces.preprocessing,
            )
            proof = check_proof(
                presented, claims=claims, now=now, clock_skew=policy.clock_skew, nonce=nonce
            )
            self._statuses.require_valid(claims.issuer, claims.status, now=now)
            if proof is not None:
                self._attempts.use(proof, now=now)
            self._require_same_person(opened.template, capture)
        finally:
            opened.template.erase()
        return Verified(claims.tier, claims.enrolment, claims.purpose, self._point.id)

    def _require_same_person(self, reference: Template, capture: Capture) -> None:
        features = self._faces.features(capture)
        try:
            require_one_person(features, self._point)
            probe = features.mean()
        finally:
            features.erase()
        if not _alike(reference, probe, self._point):
            raise NoMatch(
                "different_person",
                "This is not the person the pass was issued to, or not recognisably so.",
                "Try once more, facing the camera in good light, or ask a member of staff.",
            )


def faces_of(home: Home) -> tuple[FacePipeline, OperatingPoint]:
    """Load the pipeline that a home decides with, and its operating point.

    They are the home's own if it has been calibrated, and otherwise those that ship.

    Raises:
        ModelProblem: `operating_point_invalid`; `wrong_operating_point`: measured with other
            weights than those here; or weights are missing, altered or unknown.

    """
    store = ModelStore.default()
    point = home.operating_point or shipped_operating_point(DEFAULT_EMBEDDER)
    # Loading checks that the file has the hash of its entry.
    require_model(point, store.entry(point.embedder))
    return load_pipeline(store, point.embedder), point


def require_one_person(features: CaptureFeatures, point: OperatingPoint) -> None:
    """Check that all photos of one capture show one person.

    Without this, photos of two people could be mixed into a template that fits both.

    Raises:
        CannotDecide: `photos_differ`.

    """
    if not _agree(features.reveal(), point):
        raise CannotDecide(
            "photos_differ",
            "The photos do not seem to show the same person.",
            "Use photos of one person only, as recent and clear as possible.",
        )


def require_fit(point: OperatingPoint, faces: FacePipeline) -> None:
    """Check that a threshold was measured with the embedder that it is to be used with.

    Raises:
        InvalidArgument: `wrong_operating_point`.

    """
    measured, used = (point.embedder, point.preprocessing), (faces.embedder, faces.preprocessing)
    if measured != used:
        raise InvalidArgument(
            "wrong_operating_point",
            f"The operating point {point.id} was not measured with {faces.embedder}.",
            "Use the operating point of the embedder.",
        )


def _require_status(point: OperatingPoint, policy: Policy) -> None:
    if policy.proven_operating_point and point.status != PROVEN:
        raise ModelProblem(
            "operating_point_provisional",
            f"The operating point {point.id} is provisional, and the policy asks for a proven one.",
            "Measure with more people (`visavis evaluate`, `visavis calibrate`), or ask for less.",
        )


# The numbers stay in frames of their own: those of whoever raises can be read off the error.
def _alike(reference: Template, probe: FloatArray, point: OperatingPoint) -> bool:
    """Compare, and erase what was compared."""
    enrolled = reference.features()
    # The mean of the cosines between every enrolled and every verified photo.
    score = float(enrolled @ probe)
    enrolled.fill(0)
    probe.fill(0)
    return score >= point.match


def _agree(rows: FloatArray, point: OperatingPoint) -> bool:
    total = rows.sum(0)
    alone = len(rows) == 1
    return alone or all(_cosine(row, total - row) >= point.same_capture for row in rows)


def _cosine(row: FloatArray, others: FloatArray) -> float:
    lengths = float(np.linalg.norm(row) * np.linalg.norm(others))
    return float(row @ others) / lengths if lengths > 0 else -1.0

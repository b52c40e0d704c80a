"""The one place where two faces are compared and a decision is made.

Numbers that say how alike two faces are exist inside this module only: a score is a hill to
climb for whoever wants to pass for somebody else. What leaves is `Verified` or an error.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from visavis._admission import Admission, Asked
from visavis._fit import faces_of, require_fit, require_status
from visavis._operating_point import OperatingPoint
from visavis._presence import asked_by, redeemed, require_time
from visavis._verified import CHECKS, SEEN, SEEN_LIGHT, SEEN_LIVE, Verified
from visavis.attempts import Attempts
from visavis.errors import CannotDecide, InvalidArgument, NoMatch, NotVerified, SpoofSuspected
from visavis.face import Capture, CaptureFeatures, FacePipeline
from visavis.home import Home
from visavis.liveness import Challenge, Challenges, Live, LiveCapture, Look
from visavis.liveness import check as check_liveness
from visavis.passes import Claims, Pass, Policy, TrustedIssuer, VerifierKey
from visavis.types import FloatArray, Presence, Template

if TYPE_CHECKING:
    from visavis.status import Statuses

__all__ = [
    "Verified",
    "Verifier",
    "faces_of",
    "require_fit",
    "require_live",
    "require_one_person",
]

_ONE_TAKE = 2 / 3
"""How far the rests of one capture may be from each other, as a share of how far photos of
different moments may be. A guess: on 50 tuning films of the synthetic camera rests of one person
were at 0.988 or more, of two that are blended of the same four people at 0.94 or less."""


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
        self._faces = faces
        self._point = operating_point
        self._attempts = attempts or Attempts()
        self._admission = Admission(tuple(keys), tuple(issuers), statuses, self._attempts, faces)
        self._challenges = Challenges()

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

    @property
    def faces(self) -> FacePipeline:
        """The pipeline that this verifier decides with: what a `LiveCapture` is made with."""
        return self._faces

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
        require_status(self._point, policy)
        asked = Asked(policy, now, pin, nonce)
        with (
            self._attempts.attempt(presented, now=now),
            self._admission.admitted(presented, asked) as opened,
        ):
            self._require_same_person(opened.template, capture)
            return self._verified(opened.claims)

    def challenge(  # noqa: PLR0913 - what is presented, and what is asked of it
        self,
        presented: Pass,
        *,
        session: bytes,
        policy: Policy,
        now: datetime,
        pin: str | None = None,
        nonce: bytes | None = None,
        light: bool = False,
    ) -> tuple[Challenge, bytes]:
        """Draw what the holder of a pass is to do before the camera, for `verify_live`.

        The pass is checked first, in every way but the face, and nothing is asked of somebody
        whose pass is not accepted. Drawing counts as a failed attempt with this pass, until the
        answer succeeds, so that nobody asks until the challenge comes that a recording answers. A
        pass that is not accepted counts only with a wrong PIN.

        Args:
            presented: the pass, with a proof if it is tied to a phone. The proof is not used up.
            session: 16 to 64 random bytes of this occasion, which nobody else has.
            policy: as in `verify`.
            now: the current time, with a time zone.
            pin: what the holder typed, if the pass needs it.
            nonce: as in `verify`.
            light: whether the screen shows slow colours meanwhile (`LiveCapture.light`), which must
                then be seen on the face. Off unless chosen; people who are photosensitive come
                first.

        Returns:
            The challenge, to be answered within 60 seconds with a `LiveCapture`, and the token
            for `verify_live`. Both serve this session, this pass and this object only.

        Raises:
            PassRejected: as in `verify`; `too_many_attempts` and `disabled` among them.
            InvalidArgument: `session_length`, or as in `verify`.
            HomeProblem: `attempts_unusable`: it cannot be counted.
            ModelProblem: `operating_point_provisional`: the policy asks for a proven one.

        """
        require_time(now)
        bound = asked_by(session, presented)
        require_status(self._point, policy)
        with self._attempts.begin(presented, now=now):
            with self._admission.admitted(
                presented, Asked(policy, now, pin, nonce), use_proof=False
            ):
                pass
            return self._challenges.issue(
                bound, verifier=self._admission.verifier, now=now, light=light
            )

    def verify_live(  # noqa: PLR0913 - what is presented, and what is asked of it
        self,
        presented: Pass,
        capture: LiveCapture,
        *,
        token: bytes,
        session: bytes,
        policy: Policy,
        now: datetime,
        pin: str | None = None,
        nonce: bytes | None = None,
    ) -> Verified:
        """Compare the person who answers a challenge with the one pass that this person presents.

        Compared are frontal frames of the answer itself. A challenge may be answered once,
        whatever comes of it. No further attempt is counted: `challenge` has counted this one.
        Success forgets all failures, and nothing else takes the count back. What was seen is
        erased, whatever the answer is.

        Args:
            presented: the pass, with a proof if it is tied to a phone; the one that the challenge
                was drawn for.
            capture: what was seen while the challenge was answered, made with `faces`.
            token: what `challenge` returned.
            session: as given to `challenge`.
            policy: as in `verify`.
            now: the current time, with a time zone.
            pin: what the holder typed, if the pass needs it.
            nonce: as in `verify`.

        Raises:
            SpoofSuspected: `challenge_refused`, `older_than_challenge`, `flat`, `other_movement`,
                `other_light`, `person_changed`.
            PassRejected: as in `verify`.
            CannotDecide: the capture is not good enough, or not the whole answer.
            NoMatch: a different person.
            InvalidArgument: `session_length`, `bad_token`, `wrong_capture` (made with another
                pipeline), or as in `verify`.
            HomeProblem: `attempts_unusable`.
            ModelProblem: `operating_point_provisional`.

        """
        try:
            require_time(now)
            bound = asked_by(session, presented)
            require_status(self._point, policy)
            redeemed(
                self._challenges,
                token,
                capture,
                session=bound,
                verifier=self._admission.verifier,
                now=now,
            )
            with self._admission.admitted(presented, Asked(policy, now, pin, nonce)) as opened:
                self._require_person_seen(opened.template, capture)
                answer = self._verified(opened.claims, _seen(SEEN_LIVE, capture), Presence.LIVE)
            self._attempts.succeed(presented, now=now)
        finally:
            capture.erase()
        return answer

    def verify_recording(  # noqa: PLR0913 - what is presented, and what is asked of it
        self,
        presented: Pass,
        capture: LiveCapture,
        *,
        policy: Policy,
        now: datetime,
        pin: str | None = None,
        nonce: bytes | None = None,
    ) -> Verified:
        """Compare the person in a recorded answer to a challenge with a pass.

        When it was recorded and who chose the challenge is not known, so this says less than
        `verify_live`: presence is "recording". Attempts are counted as in `verify`, and a
        suspected spoof counts like a different person. What was seen is erased.

        Args:
            presented: the pass, with a proof if it is tied to a phone.
            capture: made with `faces`, of the challenge that `visavis.liveness.recorded` gives.
            policy: as in `verify`.
            now: the current time, with a time zone.
            pin: what the holder typed, if the pass needs it.
            nonce: as in `verify`.

        Raises:
            SpoofSuspected: `flat`, `other_movement`, `other_light`, `person_changed`.
            CannotDecide: the recording is not good enough.
            InvalidArgument: `wrong_capture` (made with another pipeline), or as in `verify`.
            PassRejected, NoMatch, HomeProblem, ModelProblem: as in `verify`.

        """
        try:
            require_status(self._point, policy)
            asked = Asked(policy, now, pin, nonce)
            with (
                self._attempts.attempt(presented, now=now),
                self._admission.admitted(presented, asked) as opened,
            ):
                self._require_person_seen(opened.template, capture)
                return self._verified(opened.claims, _seen(SEEN, capture), Presence.RECORDING)
        finally:
            capture.erase()

    def _verified(
        self,
        claims: Claims,
        seen: tuple[str, ...] = (),
        presence: Presence = Presence.NOT_CHECKED,
    ) -> Verified:
        return Verified(
            claims.tier,
            claims.enrolment,
            claims.purpose,
            self._point.id,
            (*CHECKS, *seen),
            presence,
        )

    def _require_same_person(self, reference: Template, capture: Capture) -> None:
        features = self._faces.features(capture)
        try:
            require_one_person(features, self._point)
            probe = features.mean()
        finally:
            features.erase()
        if not _alike(reference, probe, self._point):
            raise _different_person()

    def _require_person_seen(self, reference: Template, capture: LiveCapture) -> None:
        looks = capture.looks
        if capture.made_with != (self._faces.embedder, self._faces.preprocessing):
            raise InvalidArgument(
                "wrong_capture",
                "The capture was made with other models than this verifier decides with.",
                "Make it with `verifier.faces`.",
            )
        live = require_live(capture.challenge, looks, self._point, begun=capture.begun)
        if not _alike_throughout(reference, _rests(looks, live), self._point):
            raise _different_person()


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


def require_live(
    challenge: Challenge,
    looks: Sequence[Look],
    point: OperatingPoint,
    *,
    strictness: float = 1.0,
    begun: float | None = None,
) -> Live:
    """Check that a living person did what was asked, and that it was one person throughout.

    At each rest of the movements the features of the frontal frames must agree, each with the
    next and with all others, and the rests with each other (``docs/adr/0008-presence.md``).

    Args:
        challenge: that was answered; whether it is genuine and in time is not looked at here.
        looks: of every frame, in order.
        point: the operating point; only how alike photos of one capture are is taken from it.
        strictness: as in `visavis.liveness.check`; decisions are made with 1.
        begun: as there.

    Raises:
        CannotDecide: the frames are not good enough, with the one remedy; `person_unclear`.
        SpoofSuspected: `flat`, `other_movement`, `other_light`, `person_changed`.
        InvalidArgument: as there.

    """
    try:
        live = check_liveness(challenge, looks, strictness=strictness, begun=begun)
    except NotVerified as error:
        # The frames of code that it comes from hold measurements.
        raise error.with_traceback(None) from None
    _require_one_person(_rests(looks, live), point)
    return live


def _seen(checks: tuple[str, ...], capture: LiveCapture) -> tuple[str, ...]:
    return (*checks, SEEN_LIGHT) if capture.challenge.colours else checks


def _different_person() -> NoMatch:
    return NoMatch(
        "different_person",
        "This is not the person the pass was issued to, or not recognisably so.",
        "Try once more, facing the camera in good light, or ask a member of staff.",
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


def _rests(looks: Sequence[Look], live: Live) -> list[FloatArray]:
    """Return copies of the features at each rest, shape (frames, dimension), to be erased."""
    return [
        np.stack([row for place in rest if (row := looks[place].row) is not None])
        for rest in live.rests
    ]


def _alike_throughout(
    reference: Template, rests: Sequence[FloatArray], point: OperatingPoint
) -> bool:
    """Compare, as `_alike` does, all frames together and those of each rest; erase them."""
    enrolled = reference.features()
    scores = [rest @ enrolled for rest in rests]
    for values in (enrolled, *rests):
        values.fill(0)
    # A few frames of somebody else must not be carried by many of the holder's.
    return float(np.concatenate(scores).mean()) >= point.match and all(
        float(score.mean()) >= point.same_capture for score in scores
    )


def _require_one_person(rests: Sequence[FloatArray], point: OperatingPoint) -> None:
    """Compare frames of one capture with each other, at each rest and between rests; erase them.

    Rests of one capture are a few seconds apart, in one light and before one camera. Where they
    differ by more than two thirds of what photos of different moments may differ by, nobody is
    accused, and nothing is decided.
    """
    try:
        alike = _rests_alike(rests, point.same_capture)
        surely = _rests_alike(rests, 1 - _ONE_TAKE * (1 - point.same_capture))
        within = all(
            # Who takes another's place does so between two frames, however many there are.
            _agree(rest, point)
            and bool(((rest[1:] * rest[:-1]).sum(1) >= point.same_capture).all())
            for rest in rests
        )
    finally:
        for rest in rests:
            rest.fill(0)
    if not (within and alike):
        raise SpoofSuspected("person_changed", "The face was not the same from beginning to end.")
    if not surely:
        raise CannotDecide(
            "person_unclear",
            "The face did not look the same from beginning to end.",
            "Try again in even light, and look straight at the camera between the movements.",
        )


def _rests_alike(rests: Sequence[FloatArray], least: float) -> bool:
    """Compare rests by the mean of the cosines between every frame of the one and of the other."""
    return all(
        float((first @ second.T).mean()) >= least for first, second in combinations(rests, 2)
    )


def _agree(rows: FloatArray, point: OperatingPoint) -> bool:
    total = rows.sum(0)
    alone = len(rows) == 1
    return alone or all(_cosine(row, total - row) >= point.same_capture for row in rows)


def _cosine(row: FloatArray, others: FloatArray) -> float:
    lengths = float(np.linalg.norm(row) * np.linalg.norm(others))
    return float(row @ others) / lengths if lengths > 0 else -1.0

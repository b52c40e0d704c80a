"""Every error that leaves visavis.

::

    VisavisError
    ├── NotVerified          an answer at the door: not verified
    │   ├── NoMatch          the comparison says: a different person
    │   ├── CannotDecide     the capture is not good enough; nothing was compared
    │   ├── PassRejected     the pass is forged, altered, expired, for someone else, ...
    │   └── SpoofSuspected   a picture or a recording may stand in for the person
    ├── InvalidArgument      a value that cannot be right, before any work was done
    ├── FileProblem          a file or folder is missing, unreadable or not writable
    ├── ConsentRequired      nobody has accepted what enrolment is for
    ├── HomeProblem          the keys are missing, damaged or would be overwritten
    ├── CameraProblem        there is no camera, it gives no pictures, or its software is missing
    ├── StatusProblem        the register of issued passes or a status list cannot be used
    ├── EvaluationProblem    error rates cannot be measured with this folder or these machines
    └── ModelProblem         the weights are missing, altered or could not be fetched

Each one carries a stable ``reason`` code, one sentence that says what is wrong, and one
``remedy`` that says what to do about it. None carries a score, a template or image data.
"""

from __future__ import annotations

__all__ = [
    "CameraProblem",
    "CannotDecide",
    "ConsentRequired",
    "EvaluationProblem",
    "FileProblem",
    "HomeProblem",
    "InvalidArgument",
    "ModelProblem",
    "NoMatch",
    "NotVerified",
    "PassRejected",
    "SpoofSuspected",
    "StatusProblem",
    "VisavisError",
]


class VisavisError(Exception):
    """Base of every error that leaves visavis.

    Args:
        reason: stable machine-readable code, ``lower_snake_case``.
        message: one sentence that says what is wrong.
        remedy: one sentence that says what to do about it.
    """

    def __init__(self, reason: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[VisavisError], tuple[str, ...]]:
        return type(self), (self.reason, self.message, self.remedy)


class NotVerified(VisavisError):
    """The person was not verified. The subclasses are the only ways this can happen."""


class NoMatch(NotVerified):
    """The comparison says that this is not the person the pass was issued to."""


class CannotDecide(NotVerified):
    """The capture is not good enough to enrol or to verify; no comparison was made."""


class PassRejected(NotVerified):
    """The pass cannot be accepted; no face was looked for."""


class SpoofSuspected(NotVerified):
    """A picture, a recording or somebody else may stand in for the person.

    The remedy is always the same, whatever was seen: a person to turn to. A hint of what to do
    better would be one for a forger.

    Args:
        reason: as in `VisavisError`.
        message: as in `VisavisError`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message, "Please turn to a member of staff.")

    def __reduce__(self) -> tuple[type[VisavisError], tuple[str, ...]]:
        return type(self), (self.reason, self.message)


class InvalidArgument(VisavisError):
    """An argument has a value that cannot be right."""


class FileProblem(VisavisError):
    """A file or folder is missing, cannot be read or cannot be written."""


class ConsentRequired(VisavisError):
    """Nobody has read and accepted what the enrolment is for."""


class HomeProblem(VisavisError):
    """The home folder with the keys is missing, damaged or would be overwritten."""


class CameraProblem(VisavisError):
    """A camera is missing, busy or broken, or what reads cameras and videos is not installed."""


class StatusProblem(VisavisError):
    """The register of issued passes, or a list of those still in force, cannot be used."""


class ModelProblem(VisavisError):
    """Model weights are missing, altered or could not be fetched."""


class EvaluationProblem(VisavisError):
    """Error rates cannot be measured with these participants, or on these machines."""

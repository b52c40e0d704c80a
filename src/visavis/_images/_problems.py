"""What can be wrong with a picture, whatever it was meant to show."""

from __future__ import annotations

import enum

__all__ = ["Problem", "UnusablePicture"]


class Problem(enum.Enum):
    """Why a picture cannot be used."""

    EMPTY = enum.auto()
    TOO_LARGE = enum.auto()
    TOO_SMALL = enum.auto()
    NOT_A_PICTURE = enum.auto()
    DAMAGED = enum.auto()
    SEVERAL = enum.auto()
    NO_BRIGHTNESS = enum.auto()
    HEIC_UNSUPPORTED = enum.auto()


class UnusablePicture(Exception):
    """A picture cannot be used. It never leaves the package.

    Whoever asked for the picture knows which answer that is, and what its holder can do: a face
    that cannot be seen is no rejected pass.

    Args:
        problem: why.
        message: one sentence that says so, with the name of the picture.
    """

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message

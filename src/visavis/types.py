"""Values shared by the layers above. They are frozen, and what is biometric hides itself."""

from __future__ import annotations

import enum
import functools
import math
from typing import Final, NoReturn, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EnrolmentMethod",
    "FloatArray",
    "Presence",
    "Template",
    "Tier",
    "feature_step",
    "round_features",
]

FloatArray = NDArray[np.float32]


@functools.total_ordering
class _Ordered(enum.Enum):
    """An enumeration whose members are ordered from weakest to strongest."""

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        members = list(type(self))
        return members.index(self) < members.index(other)


class Tier(_Ordered):
    """How strongly a pass is bound to the one who presents it, weakest first."""

    BEARER = "bearer"
    PIN = "pin"
    HOLDER_KEY = "holder-key"


class EnrolmentMethod(_Ordered):
    """How the face in a pass was captured, weakest first."""

    PHOTO = "photo"
    LIVE = "live"
    LIVE_ATTENDED = "live-attended"


class Presence(_Ordered):
    """What is known of somebody having been there to be verified, weakest first.

    `RECORDING`: pictures that show a living person doing a challenge, made whenever. `LIVE`: they
    answer a challenge that was drawn for this pass, at most a minute ago.
    """

    NOT_CHECKED = "not-checked"
    RECORDING = "recording"
    LIVE = "live"


@final
class Template:
    """Features of one face (ISO/IEC 2382-37: biometric reference or probe).

    A template says nothing about itself: ``repr`` and ``str`` are redacted, and it can be
    neither copied, pickled nor turned into JSON. Only ``face`` makes its numbers, only
    ``passes`` writes and reads its bytes, and only ``verification`` compares.

    Args:
        values: shape (dimension,), int8: features in steps of 4.5 / (127 * sqrt(dimension)).
            The length of the vector carries information: the mean of several photos is the
            shorter, the less they agree.
        embedder: id of the model that made the features.
        preprocessing: id of the steps from pixels to that model's input.
    """

    __slots__ = ("__values", "embedder", "preprocessing")

    QUANTISATION: Final = "int8-4.5s"

    def __init__(self, values: NDArray[np.int8], *, embedder: str, preprocessing: str) -> None:
        self.__values = values
        self.embedder = embedder
        self.preprocessing = preprocessing

    @classmethod
    def from_features(cls, features: FloatArray, *, embedder: str, preprocessing: str) -> Template:
        """Round features, shape (dimension,), length at most one, to one byte a number."""
        values = round_features(features)
        return cls(values, embedder=embedder, preprocessing=preprocessing)

    def reveal(self) -> NDArray[np.int8]:
        """Return the rounded numbers themselves, shape (dimension,), int8, without a copy."""
        return self.__values

    def features(self) -> FloatArray:
        """Return the features that the numbers stand for, shape (dimension,)."""
        features: FloatArray = self.__values.astype(np.float32) * np.float32(
            feature_step(self.__values.size)
        )
        return features

    def erase(self) -> None:
        """Overwrite the numbers with zeros. The template is of no use afterwards."""
        self.__values.fill(0)

    def __repr__(self) -> str:
        return "<Template: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A template cannot be copied or pickled.")


def round_features(features: FloatArray) -> NDArray[np.int8]:
    """Round features, shape (..., dimension), length at most one, to one byte a number.

    A number of a unit vector is about 1 / sqrt(dimension) large. What lies beyond 4.5 times
    that is clipped; the largest seen on 400 photos was 4.0 times.
    """
    steps = np.rint(features / feature_step(features.shape[-1]))
    values: NDArray[np.int8] = np.clip(steps, -127, 127).astype(np.int8)
    return values


def feature_step(dimension: int) -> float:
    """Return what a one stands for in a rounded template of this dimension."""
    return 4.5 / (127 * math.sqrt(dimension))

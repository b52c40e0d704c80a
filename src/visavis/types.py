"""Values shared by the layers above. They are frozen, and what is biometric hides itself."""

from __future__ import annotations

import enum
import functools
from typing import Final, NoReturn, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["EnrolmentMethod", "FloatArray", "Template", "Tier"]

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


@final
class Template:
    """Features of one face (ISO/IEC 2382-37: biometric reference or probe).

    A template says nothing about itself: ``repr`` and ``str`` are redacted, and it can be
    neither copied, pickled nor turned into JSON. Only ``face`` makes its numbers, only
    ``passes`` writes and reads its bytes, and only ``verification`` compares.

    Args:
        values: shape (dimension,), int8: the direction of the features, scaled so that the
            largest magnitude is 127. The length of the vector carries no information.
        embedder: id of the model that made the features.
        preprocessing: id of the steps from pixels to that model's input.
    """

    __slots__ = ("__values", "embedder", "preprocessing")

    QUANTISATION: Final = "int8-max"

    def __init__(self, values: NDArray[np.int8], *, embedder: str, preprocessing: str) -> None:
        self.__values = values
        self.embedder = embedder
        self.preprocessing = preprocessing

    @classmethod
    def from_features(cls, features: FloatArray, *, embedder: str, preprocessing: str) -> Template:
        """Quantise features (shape (dimension,), any length above zero) to one byte a number."""
        largest = float(np.abs(features).max())
        values = np.rint(features * (127.0 / largest)).astype(np.int8)
        return cls(values, embedder=embedder, preprocessing=preprocessing)

    def reveal(self) -> NDArray[np.int8]:
        """Return the numbers themselves, shape (dimension,), int8, without a copy."""
        return self.__values

    def erase(self) -> None:
        """Overwrite the numbers with zeros. The template is of no use afterwards."""
        self.__values.fill(0)

    def __repr__(self) -> str:
        return "<Template: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A template cannot be copied or pickled.")

"""Reading dlib's serialisation: packed integers, floats, strings, flags and tensors.

Sources, in dlib 20.0.1: ``serialize.h`` (``unpack_int``, ``float_details``, ``std::string``),
``cuda/tensor.h``. Every length is compared with what the known network needs before
anything is read, so that a damaged file can ask for neither memory nor time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from visavis.registry._graph import unusable

if TYPE_CHECKING:
    from visavis.errors import ModelProblem
    from visavis.types import FloatArray

_SIGN: Final = 0x80
_COUNT: Final = 0x0F
_MOST_BYTES: Final = 8
_LARGEST_EXPONENT: Final = 1000


class Reader:
    """Takes values from the front of a dlib file.

    Every method raises ``ModelProblem`` (``weights_unusable``) when the file ends early or
    holds something else than what is asked for.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def integer(self) -> int:
        """Take a packed integer: a control byte (count and sign), then little-endian bytes."""
        control = self._take(1)[0]
        count = control & _COUNT
        if control & ~(_SIGN | _COUNT) or not 1 <= count <= _MOST_BYTES:
            raise self._wrong("an integer")
        value = int.from_bytes(self._take(count), "little")
        return -value if control & _SIGN else value

    def integers(self, *expected: int) -> None:
        """Take packed integers and require these values."""
        for value in expected:
            if self.integer() != value:
                raise self._wrong(f"the number {value}")

    def number(self) -> float:
        """Take a finite floating-point number: mantissa and exponent, packed integers."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > _LARGEST_EXPONENT:
            raise self._wrong("a finite number")
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError:
            raise self._wrong("a finite number") from None

    def word(self, *expected: str) -> str:
        """Take a string and require that it is one of these."""
        length = self.integer()
        if not 0 < length <= max(map(len, expected)):
            raise self._wrong(f"the word {expected[0]!r}")
        word = self._take(length)
        for candidate in expected:
            if candidate.encode() == word:
                return candidate
        raise self._wrong(f"the word {expected[0]!r}")

    def flag(self) -> bool:
        """Take a truth value: the character ``1`` or ``0``."""
        character = self._take(1)
        if character not in (b"0", b"1"):
            raise self._wrong("a flag")
        return character == b"1"

    def tensor(self, *shape: int) -> FloatArray:
        """Take a tensor of exactly this shape of four sizes: little-endian float32."""
        self.integers(2, *shape)
        values = np.frombuffer(self._take(4 * math.prod(shape)), "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise self._wrong("finite weights")
        return values.reshape(shape)

    def alias(self, *shape: int) -> None:
        """Take an alias tensor, which is a shape without values, and require this shape."""
        self.integers(1, *shape)

    def finish(self) -> None:
        """Require that nothing is left."""
        if self._at != len(self._data):
            raise self._wrong("its end")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise unusable("it ends too early")
        self._at += count
        return taken

    def _wrong(self, expected: str) -> ModelProblem:
        return unusable(f"{expected} is expected near byte {self._at}")

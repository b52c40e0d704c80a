"""The places of one issuer's passes: which are taken, and which of those were called back.

Two maps of bits, and nothing else. The same places give the same bytes, in whatever order they
were taken: what is not there cannot be read out of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from visavis.errors import StatusProblem

__all__ = ["Counts", "Places"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of a register is in use.

    Args:
        issued: places that were taken, each by one pass.
        called_back: how many of those passes were revoked or withdrawn.
        size: all places there are.
    """

    issued: int
    called_back: int
    size: int

    @property
    def free(self) -> int:
        """Places that no pass has had yet."""
        return self.size - self.issued


@dataclass(frozen=True, slots=True, repr=False)
class Places:
    """The places of one issuer: place i is bit i % 8 of byte i // 8, bit 0 being worth 1.

    Args:
        taken: 1 for each place that a pass has or had.
        called_back: 1 for each place whose pass is no longer in force; as long as ``taken``.
    """

    taken: bytes
    called_back: bytes

    @classmethod
    def empty(cls, size: int) -> Places:
        """Return that many places, a multiple of eight, none taken."""
        return cls(bytes(size // 8), bytes(size // 8))

    @property
    def size(self) -> int:
        """How many places there are."""
        return 8 * len(self.taken)

    @property
    def counts(self) -> Counts:
        """How many are in use."""
        return Counts(_ones(self.taken), _ones(self.called_back), self.size)

    @property
    def consistent(self) -> bool:
        """Whether only passes that were issued have been called back."""
        if len(self.taken) != len(self.called_back):
            return False
        taken, called_back = int.from_bytes(self.taken), int.from_bytes(self.called_back)
        return taken | called_back == taken

    def grown_to(self, size: int) -> Places:
        """Return at least that many places."""
        more = bytes(max(0, size // 8 - len(self.taken)))
        return Places(self.taken + more, self.called_back + more)

    def take(self) -> tuple[Places, int]:
        """Take one of the places that no pass has had, each with the same chance.

        Raises:
            StatusProblem: ``register_full``.
        """
        free = self.counts.free
        if not free:
            raise StatusProblem(
                "register_full",
                f"All {self.size} places of the register have been given to passes.",
                "Make a new issuer key: run `visavis keys rotate issuer`.",
            )
        place = _zero(self.taken, secrets.randbelow(free))
        return Places(_with(self.taken, place), self.called_back), place

    def call_back(self, place: int) -> tuple[Places, int]:
        """Mark the pass with this place as no longer in force, for good.

        Raises:
            StatusProblem: ``place_unknown``.
        """
        if not self.is_taken(place):
            raise StatusProblem(
                "place_unknown",
                "No pass with this number was issued with this key.",
                "Check the number, and which issuer key the pass was made with.",
            )
        return Places(self.taken, _with(self.called_back, place)), place

    def is_taken(self, place: int) -> bool:
        """Tell whether a pass has or had this place."""
        return _bit(self.taken, place)

    def is_called_back(self, place: int) -> bool:
        """Tell whether the pass with this place was called back."""
        return _bit(self.called_back, place)


def _bit(bits: bytes, place: int) -> bool:
    return 0 <= place < 8 * len(bits) and bool(bits[place // 8] >> place % 8 & 1)


def _with(bits: bytes, place: int) -> bytes:
    index = place // 8
    return bits[:index] + bytes([bits[index] | 1 << place % 8]) + bits[index + 1 :]


def _ones(bits: bytes) -> int:
    return int.from_bytes(bits).bit_count()


def _zero(bits: bytes, number: int) -> int:
    """Return the place of a zero, given how many zeros come before it."""
    for index, byte in enumerate(bits):
        zeros = 8 - byte.bit_count()
        if number < zeros:
            return 8 * index + [i for i in range(8) if not byte >> i & 1][number]
        number -= zeros
    raise IndexError

"""The issuer's side: which places have been given to passes, and which were called back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from visavis.errors import InvalidArgument
from visavis.passes import StatusList, rejected
from visavis.status._database import Database, Memory
from visavis.status._places import Places

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from visavis.status._places import Counts

__all__ = ["Register"]

_DEFAULT_SIZE: Final = StatusList.SIZES.start


@final
class Register:
    """The places that one issuer key has given to passes.

    It holds two bits for each place: taken, called back. No time, no pass, no person, and not
    the order in which places were taken. Several processes and threads may share a file, and
    several issuer keys may share one.

    Args:
        file: made by ``create``; None keeps everything in memory, for as long as the object
            lives.
        issuer: id of the issuer key.
        size: how many passes can be issued with this key, 131,072 to 1,048,576, a multiple of
            eight. A register that was larger stays as it is.

    Raises:
        InvalidArgument: ``bad_register_size``.
    """

    def __init__(self, file: Path | None, *, issuer: str, size: int = _DEFAULT_SIZE) -> None:
        if size not in StatusList.SIZES:
            raise InvalidArgument(
                "bad_register_size",
                f"A register cannot have {size} places.",
                "Use a multiple of 8 from 131072 to 1048576.",
            )
        self.issuer = issuer
        self._size = size
        self._store = Memory() if file is None else Database(file)

    @staticmethod
    def create(file: Path) -> None:
        """Make the file of an empty register, which only its owner can read.

        It is not made in passing when it is missing: a register that got lost would be replaced
        by one in which nothing was called back.

        Raises:
            FileProblem: ``file_exists``, ``folder_missing``, ``cannot_write``, ``disk_full``.
        """
        Database.create(file)

    def take(self) -> int:
        """Take a random place for a new pass. No other pass has, had or will have it.

        Raises:
            StatusProblem: ``register_full``, ``register_missing``, ``register_damaged``,
                ``register_busy``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        return self._change(Places.take)

    def call_back(self, place: int) -> None:
        """Put the pass with this place out of force, for good; again is no mistake.

        Raises:
            StatusProblem: ``place_unknown``: no pass has it; otherwise as ``take``.
            FileProblem: as ``take``.
        """
        self._change(lambda places: places.call_back(place))

    def bits(self) -> bytes:
        """Return the list to publish: one bit for each place, 1 if its pass was called back.

        Raises:
            StatusProblem, FileProblem: as ``take``.
        """
        return self._read().called_back

    def counts(self) -> Counts:
        """Return how much of the register is in use.

        Raises:
            StatusProblem, FileProblem: as ``take``.
        """
        return self._read().counts

    def has(self, place: int) -> bool:
        """Tell whether a pass with this place was issued, in force or not.

        Raises:
            StatusProblem, FileProblem: as ``take``.
        """
        return self._read().is_taken(place)

    def require_valid(self, issuer: str, place: int, *, now: datetime) -> None:
        """Make sure that a pass is still in force. The issuer's own desk needs no list.

        Args:
            issuer: id of the key that signed the pass.
            place: its place.
            now: makes no difference here; lists need it.

        Raises:
            PassRejected: ``revoked``; ``status_missing``: the pass is not in this register.
            StatusProblem, FileProblem: as ``take``.
        """
        del now
        places = self._read()
        if issuer != self.issuer or not places.is_taken(place):
            raise rejected("status_missing")
        if places.is_called_back(place):
            raise rejected("revoked")

    def _read(self) -> Places:
        return self._whole(self._store.read(self.issuer))

    def _change(self, step: Callable[[Places], tuple[Places, int]]) -> int:
        return self._store.change(self.issuer, lambda places: step(self._whole(places)))

    def _whole(self, places: Places | None) -> Places:
        return Places.empty(self._size) if places is None else places.grown_to(self._size)

    def __repr__(self) -> str:
        return f"<Register of {self.issuer}>"

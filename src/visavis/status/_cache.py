"""Lists that were fetched, with the time of fetching: in memory, or in files that outlast it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from visavis._files import read_bounded, write_atomically, write_problem
from visavis.errors import FileProblem
from visavis.passes import StatusList
from visavis.status._source import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cache", "Copy"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Copy:
    """A list as it was fetched; whether it is any good is found out at every use.

    Args:
        token: the bytes.
        fetched_at: when.
    """

    token: bytes
    fetched_at: datetime


class Cache:
    """Keeps the newest list of each issuer.

    Args:
        folder: where, as ``<issuer id>.cwt``, whose time of change is the time of fetching; made
            when it is needed. None for memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, Copy] = {}

    def read(self, issuer: str) -> Copy | None:
        """Return what is kept of an issuer; None if there is nothing that can be read."""
        if self._folder is None:
            return self._memory.get(issuer)
        file = self._folder / (issuer + SUFFIX)
        try:
            # The time first: should the file be replaced now, the new list only seems older.
            changed = file.stat().st_mtime_ns
            token = read_bounded(file, StatusList.MOST_BYTES)
            return Copy(token, _EPOCH + timedelta(microseconds=changed // 1000))
        except (OSError, OverflowError, FileProblem):
            return None

    def write(self, issuer: str, copy: Copy) -> None:
        """Keep a list in place of the one before.

        Raises:
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        if self._folder is None:
            self._memory[issuer] = copy
            return
        file = self._folder / (issuer + SUFFIX)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(file, copy.token, overwrite=True)
            changed = (copy.fetched_at - _EPOCH) // _MICROSECOND * 1000
            os.utime(file, ns=(changed, changed))
        except OSError as error:
            raise write_problem(error, file) from error

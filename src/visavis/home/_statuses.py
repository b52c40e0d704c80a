"""Whether a pass is still in force, whoever issued it."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from visavis.status import Register, Statuses, StatusLists

__all__ = ["AllStatuses"]


@final
class AllStatuses:
    """Asks our own registers about our own passes, and fetched lists about all others.

    Args:
        registers: by the id of the issuer key, former ones included.
        lists: of other issuers.
    """

    def __init__(self, registers: Mapping[str, Register], lists: StatusLists) -> None:
        self._registers = dict(registers)
        self._lists = lists

    def require_valid(self, issuer: str, place: int, *, now: datetime) -> None:
        """Make sure that a pass is in force.

        Args:
            issuer: id of the key that signed it.
            place: its place in the status list of that key.
            now: the present, with a time zone.

        Raises:
            PassRejected: ``revoked``, ``status_missing``, ``status_stale``,
                ``status_malformed``.
            StatusProblem, FileProblem: the register is damaged or cannot be read.
        """
        checks: Statuses = self._registers.get(issuer, self._lists)
        checks.require_valid(issuer, place, now=now)

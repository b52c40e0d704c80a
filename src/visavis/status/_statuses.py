"""What a verifier asks before it accepts a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Statuses"]


class Statuses(Protocol):
    """Knows which passes are still in force: a ``Register``, ``StatusLists``, or both."""

    def require_valid(self, issuer: str, place: int, *, now: datetime) -> None:
        """Make sure that a pass is still in force.

        Args:
            issuer: id of the key that signed the pass.
            place: its place in that issuer's list.
            now: the present, with a time zone.

        Raises:
            PassRejected: ``revoked``; or it cannot be known: ``status_missing``,
                ``status_stale``, ``status_malformed``.
            StatusProblem, FileProblem: the register here is damaged or cannot be read.
        """

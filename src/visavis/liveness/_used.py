"""Which challenges were used, for as long as they could be used again."""

from __future__ import annotations

import heapq
import threading
from datetime import UTC, datetime
from typing import final

__all__ = ["Used"]


@final
class Used:
    """Remembers a bounded number of ids, and refuses whatever it could have forgotten.

    Args:
        most: ids to remember at once, at least one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: set[bytes] = set()
        self._by_expiry: list[tuple[datetime, bytes]] = []
        # The latest expiry of anything forgotten. Also right where a clock was set back.
        self._forgotten = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def first(self, name: bytes, expires: datetime, *, now: datetime) -> bool:
        """Return whether this id is certainly used for the first time, and remember it.

        Args:
            name: the id.
            expires: when it stops being accepted anyway.
            now: the present.
        """
        with self._lock:
            if name in self._ids or expires <= self._forgotten:
                return False
            self._ids.add(name)
            heapq.heappush(self._by_expiry, (expires, name))
            while self._by_expiry[0][0] <= now or len(self._ids) > self._most:
                self._forgotten, forgotten = heapq.heappop(self._by_expiry)
                self._ids.remove(forgotten)
            return True

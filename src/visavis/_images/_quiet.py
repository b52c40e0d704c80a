"""Ignore warnings while pictures are decoded, in however many threads."""

from __future__ import annotations

import contextlib
import threading
import warnings

__all__ = ["QUIET"]


class _Quiet:
    """Ignores warnings as long as at least one thread is inside.

    The filters belong to the whole process. Were each thread to save and restore them by
    itself, two that overlap could leave the process silent for good, or one of them could get
    warnings while it is still inside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = contextlib.ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._filters.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.close()


QUIET = _Quiet()

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

__all__ = ["AHEAD", "LocalWork", "Work", "local", "one_blas_thread"]

AHEAD = 4
"""Tasks under way for each thread: a slow one keeps nobody waiting, and few are in memory."""


class Work(Protocol):
    """Many tasks at once: on the cores of this machine, or on the workers of a Dask scheduler."""

    @property
    def name(self) -> str:
        """What does the work, for the terminal; never for a report."""

    @property
    def parallel(self) -> int:
        """How many tasks run at the same time: cut the work into a few times as many."""

    def share(self, value: Any) -> Any:
        """Return a handle on a value that many tasks use, to give in `shared` or within a task."""

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Iterator[Any]:
        """Yield ``function(*shared, *task)`` for every task, in the order of the tasks.

        Tasks are taken from `tasks` only as results are taken from here, so that neither tasks nor
        results pile up. Whatever a task or `tasks` itself raises comes out here, and the tasks
        that have not begun never run. A task cannot be stopped once it has begun: keep it to a
        second or so.

        Args:
            function: can be imported, and changes nothing that another task reads.
            tasks: the arguments of each task.
            shared: first arguments of every task; they go to another machine once.

        """


class LocalWork:
    """The cores of this machine, with threads: for functions that leave the interpreter's lock.

    Args:
        threads: how many; `None` takes every core that this process may use.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.parallel = threads or _cores()
        self.name = f"{self.parallel} thread{'s' if self.parallel > 1 else ''}"

    def share(self, value: Any) -> Any:
        """Return the value itself."""
        return value

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Generator[Any, None, None]:
        """Yield results as `Work.run` says; numpy's own threads rest meanwhile."""
        waiting: deque[Future[Any]] = deque()
        with one_blas_thread(), ThreadPoolExecutor(self.parallel, "visavis") as pool:
            try:
                for task in tasks:
                    waiting.append(pool.submit(function, *shared, *task))
                    if len(waiting) == AHEAD * self.parallel:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                # Also when a task failed, on ctrl-C, and when nobody wants the rest.
                pool.shutdown(wait=False, cancel_futures=True)


def local() -> Work:
    """Return the cores of this machine."""
    return LocalWork()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_lock = threading.Lock()
_users = 0
_limits = contextlib.ExitStack()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep numpy's matrix products to the thread that asks for them.

    The limit holds for the whole process from the first to the last of those who ask: undoing it
    in another order than it was made, as threads do, would leave it for ever.
    """
    global _users  # noqa: PLW0603 - what it counts is one for the process, too
    with _lock:
        if not _users:
            _limits.enter_context(threadpool_limits(1, user_api="blas"))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limits.close()

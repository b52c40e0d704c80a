"""The same work on other machines: the workers of a Dask scheduler that is already there."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from visavis.errors import EvaluationProblem, InvalidArgument
from visavis.evaluation._machines import dask_worker as there
from visavis.evaluation._machines.work import AHEAD

try:
    import distributed
    from distributed.client import ClosedClientError
    from distributed.core import rpc
    from distributed.utils import LoopRunner
except ModuleNotFoundError as error:
    raise EvaluationProblem(
        "dask_missing",
        "The packages that speak to a Dask scheduler are not installed.",
        'Install them: `pip install "visavis[dask]"`.',
    ) from error

__all__ = ["DaskWork", "connect"]


@contextlib.contextmanager
def connect(scheduler: str, *, timeout: float = 5, patience: float = 20) -> Iterator[DaskWork]:
    """Use the workers of a scheduler that is already running, as long as the context lasts.

    Tasks and what they share, so photos and templates too, are sent to the scheduler and its
    workers: readable to whoever listens on the way, unless the address begins with ``tls://``
    (the certificates are then those of Dask's own configuration), and to whoever runs those
    machines, who can also run code here. They are kept in memory only: workers that may write
    what they hold to disk are refused.

    Args:
        scheduler: ``tcp://host:port``, ``tls://host:port`` or ``host:port``.
        timeout: seconds to wait for the scheduler to answer.
        patience: seconds without a result after which it is asked whether anybody still works.

    Raises:
        InvalidArgument: `dask_address`.
        EvaluationProblem: `dask_unreachable`, `dask_no_workers`, `dask_versions`, `dask_spills`;
            later, out of the work itself, `dask_lost` or `dask_worker_died`.

    """
    address = _address(scheduler)
    with _quiet():
        client = _client(address, timeout)
        try:
            _wait_for_workers(client, timeout)
            yield DaskWork(client, patience)
        finally:
            # Ends what has not begun. A scheduler that is gone does not keep anybody waiting.
            with contextlib.suppress(OSError):
                client.close(timeout)


class DaskWork:
    """The workers of a Dask scheduler; made by `connect`."""

    def __init__(self, client: Any, patience: float) -> None:
        self._client = client
        self._patience = patience
        self._expected = there.installed()
        self._check()
        threads = self._running()
        self.parallel = sum(threads.values())
        self.name = f"Dask, {len(threads)} worker{'s' if len(threads) > 1 else ''}"

    def share(self, value: Any) -> Any:
        """Send a value once, and return a handle on it."""
        # A task that returns its argument, and not Dask's scatter, whose values nobody can bring
        # back when the worker that has them is lost.
        return self._submit(_same, value)

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Generator[Any, None, None]:
        """Yield results as `Work.run` says. Dask gives the tasks of a lost worker to another.

        Raises:
            EvaluationProblem: `dask_lost`: the scheduler or all its workers are gone;
                `dask_worker_died`: one task ends every worker that it is given to.

        """
        handles = [
            value if isinstance(value, distributed.Future) else self.share(value)
            for value in shared
        ]
        waiting: deque[Any] = deque()
        for task in tasks:
            waiting.append(self._submit(_call, self._expected, function, *handles, *task))
            if len(waiting) == AHEAD * self.parallel:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _submit(self, *arguments: Any) -> Any:
        try:
            return self._client.submit(*arguments, pure=False)
        except (OSError, ClosedClientError) as error:
            raise _lost() from error

    def _result(self, future: Any) -> Any:
        outcome = self._outcome(future)
        if isinstance(outcome, there.Raised):
            raise outcome.error
        return outcome

    def _outcome(self, future: Any) -> Any:
        alone = 0
        while alone < 2:  # noqa: PLR2004 - twice: a worker that is starting again is not lost
            try:
                return future.result(self._patience)
            except TimeoutError:
                alone = 0 if self._running() else alone + 1
            except distributed.KilledWorker as error:
                raise EvaluationProblem(
                    "dask_worker_died",
                    "Every Dask worker that was given a certain task died of it.",
                    "Look into the workers' logs; most often they need more memory.",
                ) from error
            except Exception as error:
                # Whatever a task raises comes as a value; this is about Dask itself.
                raise _lost() from error
        raise _lost()

    def _running(self) -> dict[str, int]:
        """Return the threads of each worker that takes tasks at present."""
        try:
            threads: dict[str, int] = self._client.sync(
                self._client.scheduler.ncores_running, callback_timeout=self._patience
            )
        except (OSError, AttributeError) as error:  # the second: the client has given up
            raise _lost() from error
        return threads

    def _check(self) -> None:
        """Raise unless scheduler and workers can do the work, and keep what they get in memory."""
        try:
            # The scheduler only passes tasks on, but takes them apart for that.
            answers = {"scheduler": (self._client.run_on_scheduler(there.installed), True)}
            answers |= self._client.run(there.facts, on_error="return")
        except OSError as error:
            raise _lost() from error
        except Exception as error:
            raise there.other_versions({}, self._expected) from error
        for answer in answers.values():
            if isinstance(answer, OSError):
                continue  # it has just gone
            if isinstance(answer, Exception):
                raise there.other_versions({}, self._expected) from answer
            problem = there.unfit(answer, self._expected)
            if problem:
                raise problem


def _same(value: Any) -> Any:
    return value


def _call(*arguments: Any) -> Any:
    return there.call(there.facts(distributed.get_worker()), *arguments)


def _lost() -> EvaluationProblem:
    return EvaluationProblem(
        "dask_lost",
        "The Dask scheduler, or every one of its workers, was lost.",
        "Start them again, then run the command again; no result was kept.",
    )


def _client(address: str, timeout: float) -> Any:
    make: Any = distributed.Client
    try:
        _meet(address, timeout)
        return make(address, timeout=timeout, set_as_default=False)
    except Exception as error:
        raise EvaluationProblem(
            "dask_unreachable",
            f"No Dask scheduler answers at {address}.",
            "Check that it runs and that the address is the one it shows; for tls://, that the"
            " certificates are named in Dask's configuration (distributed.comm.tls).",
        ) from error


def _meet(address: str, timeout: float) -> None:
    """Raise unless a scheduler answers; Dask's client waits for ever if something else listens."""
    runner: Any = LoopRunner()
    runner.start()
    try:
        who = distributed.sync(runner.loop, _who, address, callback_timeout=timeout)
    finally:
        runner.stop()
    if who["type"] != "Scheduler":
        raise TypeError(who["type"])


async def _who(address: str) -> Any:
    security: Any = distributed.Security
    speak: Any = rpc
    certificates = security().get_connection_args("client")
    async with speak(address, connection_args=certificates) as other:
        return await other.identity()


def _wait_for_workers(client: Any, timeout: float) -> None:
    try:
        client.wait_for_workers(1, timeout)
    except TimeoutError as error:
        raise EvaluationProblem(
            "dask_no_workers",
            "The Dask scheduler has no workers that run.",
            "Start workers that connect to it, then try again.",
        ) from error


def _address(scheduler: str) -> str:
    address = scheduler if "://" in scheduler else f"tcp://{scheduler}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        valid = False
    if not valid or address != f"{parts.scheme}://{parts.netloc}" or "@" in address:
        raise InvalidArgument(
            "dask_address",
            "This is not the address of a Dask scheduler.",
            "Give it as the scheduler shows it, such as tcp://192.0.2.1:8786.",
        )
    return address


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's messages to its developers off the terminal: what users need is in our errors."""
    families = ("asyncio", "distributed", "tornado")
    every = {logging.getLogger(name) for name in families} | {
        logger
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in families
    }
    levels = {logger: logger.level for logger in every}
    for logger in every:
        logger.setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"distributed\.")
        try:
            yield
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)

"""Work on the workers of a Dask scheduler: the same results, whatever happens to the workers."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
import trustme
from tests.integration._workers import scheduler, worker, workers
from threadpoolctl import threadpool_info

from visavis.errors import EvaluationProblem, InvalidArgument, ModelProblem
from visavis.evaluation._machines import dask_worker
from visavis.evaluation._machines.dask_work import DaskWork, connect
from visavis.evaluation._machines.work import AHEAD, LocalWork, Work


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with workers(2) as found:
        yield found


@pytest.fixture
def work(address: str) -> Iterator[DaskWork]:
    with connect(address) as found:
        yield found


def counts(rows: np.ndarray, first: int, last: int) -> np.ndarray:
    """Stand for a block of comparisons: products of rows, counted in bins."""
    products = rows[first:last] @ rows.T
    return np.bincount((products * 50).astype(int).ravel(), minlength=100)


def rows() -> np.ndarray:
    return np.random.default_rng(0).random((300, 64), np.float32) / 32


def blocks() -> list[tuple[int, int]]:
    return [(first, first + 15) for first in range(0, 300, 15)]


class Peculiar(Exception):
    """Cannot be pickled, whatever helps exceptions to be."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.lock = threading.Lock()


def fail(kind: str) -> None:
    if kind == "model":
        raise ModelProblem("model_missing", "The weights are missing.", "Fetch them.")
    divmod(1, 0)


def slow(folder: Path, rows: np.ndarray, number: int) -> tuple[int, int]:
    """Tell which process it is, and take a moment."""
    with (folder / "processes").open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(0.1)
    return number, int(rows.sum())


def processes(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "processes").read_text("utf-8").split()]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def blas() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_results_are_those_of_this_machine(work: DaskWork) -> None:
    there: Work = work
    here, found = (
        list(each.run(counts, blocks(), shared=(rows(),))) for each in (LocalWork(), there)
    )
    assert len(here) == 20
    np.testing.assert_array_equal(here, found)
    assert (work.name, work.parallel) == ("Dask, 2 workers", 2)


def test_what_is_shared_stands_wherever_it_is_put(work: DaskWork) -> None:
    handle = work.share(np.arange(5))
    assert list(work.run(np.shape, [(handle,)] * 2)) == [(5,)] * 2
    assert list(work.run(np.take, [(3,), (4,)], shared=(handle,))) == [3, 4]


def test_values_arrive_as_they_are(work: DaskWork) -> None:
    # Dask gives meanings of its own to some of these.
    for value in ("a", (len, "abc"), [("b",)], {"c": (1, 2)}, b"d", None, (), frozenset({1})):
        assert list(work.run(dask_worker._portable, [(value,)])) == [value]


def test_tasks_are_taken_only_as_results_are(work: DaskWork) -> None:
    taken = []

    def tasks() -> Iterator[tuple[int]]:
        for number in itertools.count():
            taken.append(number)
            yield (number,)

    results = work.run(abs, tasks())
    for number in range(20):
        assert next(results) == number
        assert len(taken) <= number + AHEAD * 2
    results.close()


def test_nothing_stays_on_the_workers(work: DaskWork) -> None:
    list(work.run(counts, blocks(), shared=(rows(),)))
    for _ in range(500):
        if not any(work._client.has_what().values()):
            break
        time.sleep(0.01)
    assert not any(work._client.has_what().values())


def test_matrix_products_stay_in_one_thread(work: DaskWork) -> None:
    assert set(itertools.chain(*work.run(blas, [()] * 4))) == {1}


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [
        ("model", ModelProblem, "weights are missing"),
        ("fault", ZeroDivisionError, "division"),
    ],
)
def test_what_a_task_raises_comes_out(
    work: DaskWork, kind: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        list(work.run(fail, [(kind,)]))
    assert list(work.run(abs, [(-1,)])) == [1]


def test_what_goes_wrong_leaves_nothing_in_the_workers_logs(work: DaskWork) -> None:
    def wrong(*values: object) -> None:
        raise ValueError(*values)

    with pytest.raises(ValueError, match="secret"):
        list(work.run(wrong, [("secret", rows()[0])], shared=("shared secret",)))
    logs = str(work._client.get_worker_logs()) + str(work._client.get_scheduler_logs())
    assert "distributed.worker" in logs
    for word in ("secret", "array", "wrong"):
        assert word not in logs


def test_much_can_be_shared_without_a_word(work: DaskWork) -> None:
    much = np.zeros((100_000, 128), np.float32)
    assert list(work.run(np.shape, [()] * 4, shared=(much,))) == [much.shape] * 4


def test_a_worker_that_is_lost_changes_nothing(work: DaskWork, tmp_path: Path) -> None:
    shared = np.arange(100)
    results = work.run(slow, ((number,) for number in range(20)), shared=(tmp_path, shared))
    found = [next(results)]
    os.kill(processes(tmp_path)[0], signal.SIGKILL)
    assert found + list(results) == [(number, 4950) for number in range(20)]
    assert len(set(processes(tmp_path))) > 1


def test_a_task_that_ends_every_worker(work: DaskWork) -> None:
    assert stopped(work.run(die, [()])) == "dask_worker_died"


def test_ctrl_c_ends_it(work: DaskWork, tmp_path: Path) -> None:
    alarm = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()
    with pytest.raises(KeyboardInterrupt):
        list(work.run(slow, numbers(), shared=(tmp_path, np.arange(3))))
    alarm.join()


def test_without_the_packages_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "visavis.evaluation._machines.dask_work")
    with pytest.raises(EvaluationProblem) as refused:
        importlib.import_module("visavis.evaluation._machines.dask_work")
    assert refused.value.reason == "dask_missing"
    assert 'pip install "visavis[dask]"' in refused.value.remedy


@pytest.mark.parametrize(
    "wrong",
    ["", "tcp://", "127.0.0.1", "tcp://127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "a b:1/x",
     "http://127.0.0.1:8786", "inproc://127.0.0.1/1/1", "tcp://127.0.0.1:8786/x", "tcp://a@b:1",
     "tcp://[::1:1", "127.0.0.1:port"],
)  # fmt: skip
def test_an_address_that_is_none(wrong: str) -> None:
    with pytest.raises(InvalidArgument) as refused, connect(wrong):
        pass
    assert refused.value.reason == "dask_address"


def test_nobody_there() -> None:
    refused_for("127.0.0.1:1", "dask_unreachable")


def test_something_else_there() -> None:
    """Something that listens and says nothing, and something that speaks another language."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = f"127.0.0.1:{server.getsockname()[1]}"
        refused_for(listening, "dask_unreachable")

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as connection:
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)

        thread = threading.Thread(target=answer)
        thread.start()
        refused_for(listening, "dask_unreachable")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_certificates_are_wanted(address: str) -> None:
    refused_for(address.replace("tcp:", "tls:"), "dask_unreachable")


def test_an_encrypted_scheduler(tmp_path: Path) -> None:
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    files = {f"{role}.cert": tmp_path / "own.pem" for role in ("client", "scheduler", "worker")}
    files["ca-file"] = tmp_path / "ca.pem"
    with (
        dask.config.set(
            {f"distributed.comm.tls.{name}": str(file) for name, file in files.items()}
        ),
        workers(1, processes=False, protocol="tls") as found,
        connect(found) as work,
    ):
        assert found.startswith("tls://")
        assert list(work.run(abs, [(-1,)])) == [1]


def test_no_workers() -> None:
    with workers(0, processes=False) as found:
        refused_for(found, "dask_no_workers")


def test_workers_that_may_write_to_their_disk() -> None:
    with workers(1, processes=False, memory_limit="1 GiB") as found:
        refused_for(found, "dask_spills")


def test_a_scheduler_that_goes_away(tmp_path: Path) -> None:
    with scheduler() as (running, found), worker(found), connect(found, timeout=1) as work:
        results = work.run(slow, numbers(), shared=(tmp_path, np.arange(3)))
        assert next(results) == (0, 3)
        running.kill()
        began = time.monotonic()
        assert stopped(results) == "dask_lost"
    assert time.monotonic() - began < 10


def test_workers_that_all_go_away_and_workers_of_another_kind(tmp_path: Path) -> None:
    for package, version in (("visavis", "0.0.9"), ("numpy", "1.26.0")):
        folder = tmp_path / f"{package}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n")
    with scheduler() as (_, found):
        with worker(found) as running, connect(found) as work:
            results = work.run(slow, numbers(), shared=(tmp_path, np.arange(3)))
            assert next(results) == (0, 3)
            running.kill()
            work._patience = 0.2  # not before: a worker that lives may be slower than that
            assert stopped(results) == "dask_lost"
        with worker(found, PYTHONPATH=str(tmp_path)):
            message = refused_for(found, "dask_versions")
        assert "visavis 0.0.9 instead of" in message
        assert "numpy 1.26.0 instead of" in message
        (tmp_path / "visavis.py").write_text("raise ModuleNotFoundError\n")
        with worker(found, PYTHONPATH=str(tmp_path)):
            assert "visavis is missing" in refused_for(found, "dask_versions")


def test_dask_is_quiet_while_it_is_used(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "asyncio")]
    before = [logger.level for logger in loggers]
    with connect(address) as work:
        logging.getLogger("distributed.client").error("unheard")
        logging.getLogger("distributed.anything").error("unheard")
        list(work.run(abs, [(1,)]))
    assert [logger.level for logger in loggers] == before
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def numbers() -> Iterator[tuple[int]]:
    return ((number,) for number in itertools.count())


def stopped(results: Iterator[Any]) -> str:
    """Return the reason for which work ended before its end."""
    with pytest.raises(EvaluationProblem) as problem:
        list(results)
    return problem.value.reason


def refused_for(address: str, reason: str) -> str:
    """Return the message with which a connection is refused for this reason."""
    with pytest.raises(EvaluationProblem) as refused, connect(address, timeout=1):
        pass
    assert refused.value.reason == reason
    return refused.value.message

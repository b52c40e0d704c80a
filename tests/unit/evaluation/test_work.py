"""Many tasks at once on this machine: in order, few at a time, and ended when they should be."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from visavis.errors import EvaluationProblem
from visavis.evaluation._machines.work import AHEAD, LocalWork, Work, local, one_blas_thread


def blas() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@given(st.lists(st.integers()), st.integers(1, 5))
def test_results_come_in_the_order_of_the_tasks(numbers: list[int], threads: int) -> None:
    done = LocalWork(threads).run(divmod, ((number, 7) for number in numbers))
    assert list(done) == [divmod(number, 7) for number in numbers]


def test_a_late_task_holds_its_place() -> None:
    last = threading.Event()

    def task(number: int) -> int:
        if number:
            last.set()
        else:
            assert last.wait(10)
        return number

    assert list(LocalWork(2).run(task, [(0,), (1,)])) == [0, 1]


def test_shared_values_come_first() -> None:
    work = LocalWork(2)
    big = np.arange(3)
    assert work.share(big) is big
    done = work.run(lambda *given: given, [(1, 2), (3, 4)], shared=(work.share("a"), "b"))
    assert list(done) == [("a", "b", 1, 2), ("a", "b", 3, 4)]


def test_every_thread_works() -> None:
    together = threading.Barrier(3, timeout=10)
    work = LocalWork(3)
    assert len(set(work.run(together.wait, [()] * 3))) == 3
    assert (work.name, work.parallel) == ("3 threads", 3)
    assert LocalWork(1).name == "1 thread"


def test_all_cores_unless_told() -> None:
    work: Work = local()
    assert work.parallel == len(os.sched_getaffinity(0))


def test_tasks_are_taken_only_as_results_are() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[tuple[int]]:
        for number in count():
            taken.append(number)
            yield (number,)

    results = LocalWork(2).run(abs, tasks())
    for number in range(50):
        assert next(results) == number
        assert len(taken) <= number + AHEAD * 2
    results.close()
    assert len(taken) < 60


def test_what_a_task_raises_ends_the_rest() -> None:
    begun = []

    def task(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise EvaluationProblem("a_reason", "What.", "Why.")

    with pytest.raises(EvaluationProblem, match="What"):
        list(LocalWork(2).run(task, ((number,) for number in range(1000))))
    assert max(begun) <= 3 + AHEAD * 2
    assert threads_of_ours() == 0


def test_what_the_tasks_themselves_raise_comes_out() -> None:
    def tasks() -> Iterator[tuple[int]]:
        yield (1,)
        raise EvaluationProblem("a_reason", "What.", "Why.")

    with pytest.raises(EvaluationProblem, match="What"):
        list(LocalWork(2).run(abs, tasks()))
    assert threads_of_ours() == 0


def test_ctrl_c_ends_it_with_the_tasks_that_have_begun() -> None:
    begun = []
    waiting = threading.Event()
    # Whoever starts the tests in the background may have it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def tasks() -> Iterator[tuple[int]]:
        for number in count():
            if number == AHEAD * 2 - 1:
                waiting.set()
            yield (number,)

    def task(number: int) -> None:
        assert waiting.wait(10)
        begun.append(number)
        if number == AHEAD * 4:
            os.kill(os.getpid(), signal.SIGINT)

    try:
        with pytest.raises(KeyboardInterrupt):
            list(LocalWork(2).run(task, tasks()))
    finally:
        signal.signal(signal.SIGINT, before)
    assert AHEAD * 4 in begun
    assert threads_of_ours() == 0


def test_numpy_uses_one_thread_meanwhile() -> None:
    before = blas()
    assert before
    assert list(LocalWork(2).run(blas, [()] * 4)) == [[1] * len(before)] * 4
    assert blas() == before


def test_the_limit_is_gone_whoever_ends_first() -> None:
    before = blas()
    first, second = LocalWork(1).run(abs, [(1,)] * 20), LocalWork(1).run(abs, [(1,)] * 20)
    next(first)
    next(second)
    first.close()
    assert set(blas()) == {1}
    second.close()
    assert blas() == before


def test_the_limit_is_gone_after_an_error() -> None:
    before = blas()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        divmod(1, 0)
    assert blas() == before


def threads_of_ours() -> int:
    return sum(thread.name.startswith("visavis") for thread in threading.enumerate())

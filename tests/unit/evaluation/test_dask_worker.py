"""What runs on a Dask worker, without one."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from visavis.errors import EvaluationProblem, ModelProblem
from visavis.evaluation._machines.dask_worker import Facts, Raised, call, facts, installed, unfit

HERE = installed()
FIT: Facts = (HERE, True)


class Peculiar(Exception):
    """Cannot be pickled, whatever helps exceptions to be."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.lock = threading.Lock()


def raising(error: Exception) -> None:
    raise error


def problem(there: Facts) -> EvaluationProblem:
    found = unfit(there, HERE)
    assert found
    return found


def test_it_says_what_is_installed() -> None:
    assert set(HERE) == {"python", "visavis", "numpy", "onnxruntime", "pillow"}
    assert HERE["numpy"] == np.__version__
    assert HERE["python"].count(".") == 1
    assert "none" not in HERE.values()


def test_a_plain_dictionary_stays_in_memory() -> None:
    class Spilling(dict[str, bytes]):
        pass

    assert facts(SimpleNamespace(data={})) == FIT
    assert facts(SimpleNamespace(data=Spilling())) == (HERE, False)


def test_one_like_this_machine_is_fit() -> None:
    assert unfit(FIT, HERE) is None


@pytest.mark.parametrize("package", HERE)
def test_another_version_of_anything_is_not(package: str) -> None:
    for version in ("0.0.1", "none"):
        found = problem((HERE | {package: version}, True))
        assert found.reason == "dask_versions"
        assert f"machine: {package} {version} instead of {HERE[package]}." in found.message
        assert f"visavis[evaluate,dask]=={HERE['visavis']}" in found.remedy


def test_one_that_may_spill_is_not_and_the_remedy_names_the_settings() -> None:
    found = problem((HERE, False))
    assert found.reason == "dask_spills"
    for setting in ("TARGET", "SPILL"):
        assert f"DASK_DISTRIBUTED__WORKER__MEMORY__{setting}=False" in found.remedy


def test_a_worker_that_came_later_and_is_not_fit_does_nothing() -> None:
    def never() -> None:
        raise AssertionError

    outcome = call((HERE, False), HERE, never)
    assert isinstance(outcome, Raised)
    assert getattr(outcome.error, "reason", None) == "dask_spills"


def test_what_a_task_raises_becomes_a_value() -> None:
    assert call(FIT, HERE, divmod, 7, 2) == (3, 1)
    error = ModelProblem("model_missing", "What.", "Why.")
    assert call(FIT, HERE, raising, error) == Raised(error)
    assert isinstance(call(FIT, HERE, divmod, 7, 0).error, ZeroDivisionError)


def test_an_error_that_cannot_travel_is_named() -> None:
    assert repr(call(FIT, HERE, raising, Peculiar("a")).error) == repr(
        RuntimeError("Peculiar in a task")
    )

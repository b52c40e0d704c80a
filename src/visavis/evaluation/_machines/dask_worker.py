"""What runs on a Dask worker: is it fit for the work, and the work itself."""

from __future__ import annotations

import functools
import pickle
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

from visavis.errors import EvaluationProblem
from visavis.evaluation._machines.work import one_blas_thread

__all__ = ["Facts", "Raised", "call", "facts", "installed", "other_versions", "unfit"]

# Two machines must not give two answers: what turns photos into numbers is the same on all.
_SAME: Final = ("visavis", "numpy", "onnxruntime", "pillow")

Facts = tuple[dict[str, str], bool]
"""The versions of what is installed, and whether everything that is held stays in memory."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What a task raised, as a value: Dask would write its arguments into the worker's log."""

    error: Exception


def call(here: Facts, expected: dict[str, str], function: Callable[..., Any], *values: Any) -> Any:
    """Run one task, on a worker that perhaps came after the others were looked at."""
    problem = unfit(here, expected)
    if problem:
        return Raised(problem)
    try:
        with one_blas_thread():
            return function(*values)
    except Exception as error:  # noqa: BLE001 - it goes back to who asked
        return Raised(_portable(error))


def _portable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - what was pickled here
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it cannot travel
        return RuntimeError(f"{type(error).__name__} in a task")
    return error


@functools.cache
def installed() -> dict[str, str]:
    """Return the versions, on this machine, of what must be the same on all."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for package in _SAME:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "none"
    return found


def facts(dask_worker: Any) -> Facts:
    """Return what there is to know about a worker; Dask fills in the argument of this name."""
    # A worker that may write to its disk has something else than a plain dictionary.
    return installed(), type(dask_worker.data) is dict


def unfit(there: Facts, expected: dict[str, str]) -> EvaluationProblem | None:
    """Return why a worker cannot be used, or `None`."""
    versions, in_memory = there
    if versions != expected:
        return other_versions(versions, expected)
    if not in_memory:
        return EvaluationProblem(
            "dask_spills",
            "A Dask worker may write photos and templates to its disk when it is short of memory.",
            "Start every worker with DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False and"
            " DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False in its environment.",
        )
    return None


def other_versions(there: Mapping[str, str], expected: dict[str, str]) -> EvaluationProblem:
    """Return the error for a scheduler or worker with other versions, or (empty) with nothing."""
    different = [
        f"{name} {there.get(name, 'none')} instead of {version}"
        for name, version in expected.items()
        if there and there.get(name) != version
    ] or ["visavis is missing or another version"]
    return EvaluationProblem(
        "dask_versions",
        f"The Dask scheduler or a worker differs from this machine: {', '.join(different)}.",
        f"Install `visavis[evaluate,dask]=={expected['visavis']}` on all of them, with the same"
        " versions of what it needs.",
    )

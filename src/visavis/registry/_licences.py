"""The text that lies beside the weights: whose they are, and what they were trained on."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from visavis.registry._entries import ModelEntry

FILE: Final = "LICENCES.txt"

_HEAD: Final = "The model weights in this folder, their licences, and what they were trained on."


def text(entries: Iterable[ModelEntry]) -> str:
    """Return the licence text for these models."""
    return "\n\n".join([_HEAD, *map(_paragraph, entries)]) + "\n"


def _paragraph(entry: ModelEntry) -> str:
    lines = [
        f"{entry.file} ({entry.id})",
        f"Licence: {entry.licence}, {entry.licence_url}",
    ]
    if entry.licence_note:
        lines.append(entry.licence_note)
    if entry.source:
        package = entry.source.package
        lines.append(f"Made from {entry.source.path} in {package.name} {package.version}.")
    lines.append(f"Training faces: {entry.training_faces}")
    return "\n".join(textwrap.fill(line, 92, break_long_words=False) for line in lines)

"""Whatever somebody presents on a command line: a file, a picture, a text, a stream."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from visavis._files import read_bounded
from visavis._images import MAX_BYTES
from visavis.carriers._picture import from_picture
from visavis.carriers._text import PREFIX, from_text
from visavis.errors import FileProblem, PassRejected
from visavis.passes import Pass, rejected

__all__ = ["read_presented"]

_BEGINS: Final = (b"\xd8\x60", b"\x82")  # a pass; a pass with a proof
_SPACE: Final = b" \t\r\n"


def read_presented(source: str | Path) -> Pass:
    """Read a pass in whichever way it is carried.

    Args:
        source: the text form itself, if it begins with ``VAV1:``; ``-`` for standard input;
            otherwise the name of a file. A file, or standard input, may hold a pass, its text
            form, or a picture of its QR code, and at most 32 MiB. A ``Path`` is always a file.

    Raises:
        FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``.
        PassRejected: ``too_large``, ``truncated``, ``malformed``; and what ``from_picture``
            raises for a picture.
    """
    if isinstance(source, str):
        if source.lstrip().startswith(PREFIX):
            return from_text(source)
        if source == "-":
            return _decode(_standard_input(), "Standard input")
        source = Path(source)
    try:
        data = read_bounded(source, MAX_BYTES)
    except FileProblem as error:
        if error.reason == "file_too_large":
            raise rejected("too_large") from error
        raise
    return _decode(data, source.name)


def _decode(data: bytes, name: str) -> Pass:
    if data.startswith(_BEGINS):
        return Pass.decode(data)
    if data.lstrip(_SPACE).startswith(PREFIX.encode()):
        return from_text(data.decode("ascii", "replace"))
    try:
        return from_picture(data, name)
    except PassRejected as error:
        if error.reason not in {"not_a_picture", "picture_empty"}:
            raise
    # What is nothing of all this is rejected by whoever opens it, in the words for passes.
    return Pass.decode(data)


def _standard_input() -> bytes:
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FileProblem(
            "file_unreadable",
            "Standard input cannot be read.",
            "Give the name of a file instead.",
        ) from error
    if len(data) > MAX_BYTES:
        raise rejected("too_large")
    return data

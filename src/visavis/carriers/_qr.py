"""QR codes (ISO/IEC 18004) of passes: alphanumeric mode, error correction level M."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from visavis.carriers._text import to_text
from visavis.errors import InvalidArgument

if TYPE_CHECKING:
    from segno import QRCode

    from visavis.passes import Pass

__all__ = ["PICTURES", "QUIET_ZONE", "code_lines", "code_picture", "make_code"]

_FORMS: Final[dict[str, dict[str, Any]]] = {
    ".png": {"scale": 8},  # pixels a module
    # A module of half a millimetre, where nothing else is said.
    ".svg": {"scale": 0.5, "unit": "mm", "svgclass": None, "lineclass": None},
}

PICTURES: Final = frozenset(_FORMS)
"""Endings of the names of pictures that a code can be written as, in lower case."""

QUIET_ZONE: Final = 4
"""Modules that stay light on every side of a code."""


def make_code(presented: Pass) -> QRCode:
    """Return the QR code of a pass, the same for the same bytes.

    Raises:
        InvalidArgument: ``too_large_for_code``.
    """
    # It takes as long to import as to open a pass, and whoever verifies does not need it.
    import segno  # noqa: PLC0415

    try:
        return segno.make_qr(to_text(presented), mode="alphanumeric", error="m", boost_error=False)
    except segno.DataOverflowError as error:
        raise InvalidArgument(
            "too_large_for_code",
            "The pass is too large for a QR code.",
            "Carry it as a file.",
        ) from error


def code_picture(presented: Pass, suffix: str) -> bytes:
    """Return the QR code of a pass as the content of a picture file.

    Args:
        presented: the pass, with its proof if there is one.
        suffix: one of ``PICTURES``, small or capital.

    Raises:
        InvalidArgument: ``too_large_for_code``; ``unknown_picture``: another suffix.
    """
    kind = suffix.lower()
    if kind not in PICTURES:
        raise InvalidArgument(
            "unknown_picture",
            f"A code cannot be written as {suffix or 'a file without an ending'}.",
            "Use a name that ends in .png or .svg.",
        )
    data = io.BytesIO()
    make_code(presented).save(
        data, kind=kind.removeprefix("."), border=QUIET_ZONE, light="white", **_FORMS[kind]
    )
    return data.getvalue()


def code_lines(presented: Pass) -> list[str]:
    """Return the QR code of a pass as lines of text, two rows of modules in each.

    Light modules are drawn as blocks, so that the code is right on a dark terminal; most readers
    also take it the other way round.

    Raises:
        InvalidArgument: ``too_large_for_code``.
    """
    code = make_code(presented)
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET_ZONE)]
    if len(rows) % 2:
        rows.append(bytes([1]) * len(rows[0]))  # looks like the terminal below the code
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(map(_BLOCKS.__getitem__, zip(*pair, strict=True))) for pair in pairs]


_BLOCKS: Final = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}

"""Drawing a card: a code in rectangles on one side, words on both."""

from __future__ import annotations

import io
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from visavis.carriers._qr import QUIET_ZONE
from visavis.errors import InvalidArgument

__all__ = ["draw"]

Words = list[tuple[str, str]]
"""Labels, and what stands after each."""

# ISO/IEC 7810, ID-1
_WIDTH: Final = 85.6 * mm
_HEIGHT: Final = 54.0 * mm
_MARGIN: Final = 3.5 * mm
"""Without ink: cutters and card printers are off by a millimetre or two."""
_CODE_MARGIN: Final = 2.0 * mm  # the same around the code, whose quiet zone it is as well
_WIDEST_MODULE: Final = 0.5 * mm
_NARROWEST_MODULE: Final = 0.33 * mm  # four dots of a printer with 300 dots per inch
_GAP: Final = 1.0 * mm

_FONT: Final = "Vera"  # Bitstream Vera, which comes with the library and is free to embed
_FONT_FILES: Final = {"Vera": "Vera.ttf", "Vera-Bold": "VeraBd.ttf"}
_SIZES: Final = (7.0, 6.6, 6.2, 5.8, 5.4, 5.0)  # points


def draw(matrix: list[bytes], front: Words, back: Words) -> bytes:
    """Return a PDF document of two pages, each of the size of a card.

    Args:
        matrix: the rows of a QR code, 1 where a module is dark.
        front: words beside the code.
        back: words on the other side.

    Raises:
        InvalidArgument: ``too_large_for_card``, ``not_printable_on_card``, ``too_long_for_card``.
    """
    _use_font()
    for _, text in (*front, *back):
        _check_printable(text)
    module = min(
        (_HEIGHT - 2 * _CODE_MARGIN) / len(matrix),
        _HEIGHT / (len(matrix) + 2 * QUIET_ZONE),
        _WIDEST_MODULE,
    )
    if module < _NARROWEST_MODULE:
        raise InvalidArgument(
            "too_large_for_card",
            "The pass is so large that its code would be too fine to print on a card.",
            "Print the code alone from a .svg file, or carry the pass as a file.",
        )
    data = io.BytesIO()
    # Without the time of day and random ids.
    canvas = Canvas(data, pagesize=(_WIDTH, _HEIGHT), invariant=1, lang="en")
    canvas.setTitle("visavis pass")
    side = len(matrix) * module
    corner = (_HEIGHT - side) / 2
    _draw_code(canvas, matrix, corner, module)
    left = corner + side + QUIET_ZONE * module + _GAP
    _draw_words(canvas, [f"{label}<br/><b>{{}}</b>" for label, _ in front], front, left)
    canvas.showPage()
    _draw_words(canvas, [f"<b>{label}.</b> {{}}" for label, _ in back], back, _MARGIN)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def _use_font() -> None:
    for name, file in _FONT_FILES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=f"{_FONT}-Bold")


def _check_printable(text: str) -> None:
    drawn = pdfmetrics.getFont(_FONT).face.charToGlyph
    missing = next((letter for letter in text if ord(letter) not in drawn), None)
    if missing is not None:
        raise InvalidArgument(
            "not_printable_on_card",
            f"The card's font has no {missing!r}.",
            "Say it in Latin letters with --title and --contact, or print the code alone from a"
            " .png or .svg file.",
        )


def _draw_code(canvas: Canvas, matrix: list[bytes], corner: float, module: float) -> None:
    canvas.saveState()
    canvas.translate(corner, corner)
    canvas.scale(module, module)
    # One path: between two that touch, some viewers leave a light hair.
    path = canvas.beginPath()
    for above, row in enumerate(reversed(matrix)):
        left = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                path.rect(left, above, width, 1)
            left += width
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _draw_words(canvas: Canvas, forms: list[str], words: Words, left: float) -> None:
    """Draw paragraphs from the top down, in the largest size in which they all fit."""
    texts = [form.format(escape(text)) for form, (_, text) in zip(forms, words, strict=True)]
    width = _WIDTH - _MARGIN - left
    for size in _SIZES:
        style = ParagraphStyle("card", fontName=_FONT, fontSize=size, leading=size * 1.22)
        paragraphs = [Paragraph(text, style) for text in texts]
        space = size * 0.45
        heights = [paragraph.wrap(width, _HEIGHT)[1] + space for paragraph in paragraphs]
        if sum(heights) - space <= _HEIGHT - 2 * _MARGIN:
            break
    else:
        raise InvalidArgument(
            "too_long_for_card", "The words do not fit on a card.", "Use fewer words."
        )
    top = _HEIGHT - _MARGIN
    for paragraph, height in zip(paragraphs, heights, strict=True):
        top -= height
        paragraph.drawOn(canvas, left, top + space)

"""The commands below ``visavis pass``."""

from __future__ import annotations

import typer

from visavis.cli import _report

app = typer.Typer(
    name="pass",
    help="Carry a pass: as a QR code, a card or text.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)

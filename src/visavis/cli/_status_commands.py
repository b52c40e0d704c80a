"""The commands below ``visavis status``."""

from __future__ import annotations

import typer

from visavis.cli import _report

app = typer.Typer(
    name="status",
    help="Call passes back: revoke, withdraw, publish the status list.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)

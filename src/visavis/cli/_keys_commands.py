"""The commands below ``visavis keys``."""

from __future__ import annotations

import typer

from visavis.cli import _report

app = typer.Typer(
    name="keys",
    help="Keys: list, rotate, export, trust, retire, protect by a passphrase.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)

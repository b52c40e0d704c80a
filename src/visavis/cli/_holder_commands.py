"""The commands below ``visavis holder``."""

from __future__ import annotations

import typer

from visavis.cli import _report

app = typer.Typer(
    name="holder",
    help="The side of the one who carries the pass: what a phone does.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)

"""The report: one table for people, the same figures as JSON for programs."""

from __future__ import annotations

import dataclasses
import os
import platform
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

from bench._measure import Row, Spread
from bench.peers._process import Peer
from rich.console import Console
from rich.table import Table

__all__ = ["as_json", "machine", "show"]

_WIDTH = 132
_HAVE_DECIMALS = 10


def machine(peer: Peer) -> dict[str, Any]:
    """Return what was measured, on what, and how busy that was before."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "visavis": {
            name: metadata.version(name) for name in ("visavis", "onnxruntime", "numpy", "pillow")
        },
        "peer": peer.ask("versions"),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def show(rows: list[Row], facts: dict[str, Any], repetitions: int) -> None:
    """Print the table."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table()
    table.add_column("median", no_wrap=True)
    for column in ("face_recognition", "visavis", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("budget", no_wrap=True)
    table.add_column("", no_wrap=True)
    for section, group in groupby(rows, key=lambda row: row.section):
        table.add_section()
        table.add_row(f"[bold]{section}[/bold]")
        for row in group:
            table.add_row(*_cells(row))
    console.print(table)
    load, built = facts["load_before"], facts["peer"]["dlib built with"]
    with_blas = "with" if built["blas"] else "without"
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, load before {load}; "
        f"{repetitions} interleaved repetitions. "
        "Ratio: face_recognition / visavis, with quartiles. "
        f"The peer's dlib is ready built, {with_blas} BLAS.",
        highlight=False,
    )


def _cells(row: Row) -> list[str]:
    unit = f" {row.unit}" if row.unit else ""
    ratio = _number(row.ratio) + " x" if row.ratio else "-"
    verdict = {None: "", True: "[green]met[/green]", False: "[red]missed[/red]"}[row.met]
    return [
        f"  {row.what}",
        _short(row.peer.median) + unit if row.peer else "-",
        _short(row.visavis.median) + unit if row.visavis else "-",
        ratio,
        row.budget.text if row.budget else "",
        verdict,
    ]


def _number(spread: Spread) -> str:
    middle, low, high = (_short(value) for value in (spread.median, spread.low, spread.high))
    return middle if spread.low == spread.high else f"{middle} ({low} to {high})"


def _short(value: float) -> str:
    if 0 < value < 1e-3:  # noqa: PLR2004 - smaller than any time or rate shown
        return f"{value:.0e}"
    if value >= 10 * _HAVE_DECIMALS:
        return f"{value:.0f}"
    return f"{value:.1f}" if round(value, 2) >= _HAVE_DECIMALS else f"{value:.2f}"


def as_json(rows: list[Row], facts: dict[str, Any], repetitions: int) -> dict[str, Any]:
    """Return everything that the table shows."""
    return {
        "machine": facts,
        "repetitions": repetitions,
        "rows": [
            {
                "section": row.section,
                "what": row.what.strip(),
                "unit": row.unit,
                "face_recognition": _spread(row.peer),
                "visavis": _spread(row.visavis),
                "ratio": _spread(row.ratio),
                "budget": row.budget.text if row.budget else None,
                "met": row.met,
            }
            for row in rows
        ],
    }


def _spread(spread: Spread | None) -> dict[str, float] | None:
    return dataclasses.asdict(spread) if spread else None

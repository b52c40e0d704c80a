"""``visavis init``."""

from __future__ import annotations

from pathlib import Path

from visavis.cli._report import Report
from visavis.home import Home


def run(folder: Path | None, report: Report) -> None:
    """Make a home with new keys."""
    home = Home.create(folder)
    if report.as_json:
        report.json(
            {
                "outcome": "done",
                "home": str(home.folder),
                "issuer": home.issuer.id,
                "verifier": home.verifier.id,
            }
        )
        return
    console = report.console
    report.good(f"New keys in {home.folder}")
    console.print(f"  issuer    {home.issuer.id}   signs passes")
    console.print(f"  verifier  {home.verifier.id}   opens them")
    console.print("Back the folder up: passes made for a lost verifier key cannot be opened again.")

"""``visavis init``."""

from __future__ import annotations

from pathlib import Path

from visavis.cli._home import new_passphrase
from visavis.cli._report import Report
from visavis.home import Home


def run(folder: Path | None, report: Report, *, lock: bool) -> None:
    """Make a home with new keys, locked by a passphrase if that is wanted."""
    home = Home.create(folder, passphrase=new_passphrase("New passphrase") if lock else None)
    issuer, verifier = home.issuer_public.id, home.verifier_public.id
    if report.as_json:
        report.json(
            {
                "outcome": "done",
                "home": str(home.folder),
                "issuer": issuer,
                "verifier": verifier,
                "locked": lock,
            }
        )
        return
    console = report.console
    report.good(f"New keys in {home.folder}")
    console.print(f"  issuer    {issuer}   signs passes")
    console.print(f"  verifier  {verifier}   opens them")
    if lock:
        console.print("Without the passphrase they cannot be used. Keep it apart from them.")
    console.print("Back the folder up: passes made for a lost verifier key cannot be opened again.")

"""``visavis inspect``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from visavis.cli._report import Report
from visavis.errors import HomeProblem
from visavis.home import Home, default_home
from visavis.passes import Claims, Pass, open_pass

_SEALED = "sealed: only its verifier can read what it says"


def run(file: Path, folder: Path | None, report: Report) -> None:
    """Show the claims of a pass sealed to this home, or what its outside tells."""
    presented = Pass.read(file)
    values: dict[str, str | int] = {
        "size_bytes": len(presented.sealed),
        "verifier": presented.verifier_id,
    }
    values |= _claims(presented, folder or default_home())
    if report.as_json:
        report.json({"outcome": "done", **values})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in values.items():
        table.add_row(Text(name.replace("_", " "), "bold"), Text(str(value)))
    report.console.print(table)


def _claims(presented: Pass, folder: Path) -> dict[str, str | int]:
    try:
        home = Home.open(folder)
        if presented.verifier_id != home.verifier.id:
            return {"contents": _SEALED}
    except HomeProblem as problem:
        if problem.reason != "home_missing":
            raise
        return {"contents": _SEALED}
    opened = open_pass(presented, verifier=home.verifier, issuers=home.trusted_issuers)
    opened.template.erase()
    return _describe(opened.claims, datetime.now(UTC))


def _describe(claims: Claims, now: datetime) -> dict[str, str | int]:
    return {
        "issuer": claims.issuer,
        "purpose": claims.purpose,
        "issued_at": claims.issued_at.isoformat(),
        "expires_at": claims.expires_at.isoformat(),
        "validity": _validity(claims, now),
        "tier": claims.tier.value,
        "enrolment": claims.enrolment.value,
        "pass_id": claims.id.hex(),
        "consent_sha256": claims.consent.hex(),
        "embedder": claims.embedder,
        "preprocessing": claims.preprocessing,
        "quantisation": claims.quantisation,
        "template": "present, never shown",
    }


def _validity(claims: Claims, now: datetime) -> str:
    if now < claims.issued_at:
        return "not yet valid"
    if now >= claims.expires_at:
        return "expired"
    days = (claims.expires_at - now).days
    return f"valid for {days} more days" if days else "valid, ends within a day"

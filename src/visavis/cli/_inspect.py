"""``visavis inspect``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from visavis.carriers import read_presented
from visavis.cli._home import open_home
from visavis.cli._opening import claims_of
from visavis.cli._report import Report
from visavis.errors import HomeProblem, PassRejected
from visavis.home import Home
from visavis.passes import Claims, Pass

_SEALED = "sealed: only its verifier can read what it says"


def run(source: str, folder: Path | None, report: Report) -> None:
    """Show the claims of a pass sealed to this home, or what its outside tells."""
    presented = read_presented(source)
    values: dict[str, str | int] = {
        "size_bytes": len(presented.sealed),
        "verifier": presented.verifier_id,
        "pin": "needed" if presented.needs_pin else "none",
        "proof": "none" if presented.proof is None else "from a phone",
    }
    values |= _claims(presented, folder)
    if report.as_json:
        report.json({"outcome": "done", **values})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in values.items():
        table.add_row(Text(name.replace("_", " "), "bold"), Text(str(value)))
    report.console.print(table)


def _claims(presented: Pass, folder: Path | None) -> dict[str, str | int]:
    try:
        home = open_home(folder)
        if presented.verifier_id not in {key.id for key in home.verifiers}:
            return {"contents": _SEALED}
    except HomeProblem as problem:
        if problem.reason != "home_missing":
            raise
        return {"contents": _SEALED}
    claims = claims_of(presented, home)
    now = datetime.now(UTC)
    return _describe(claims, now) | {"status": _status(home, claims, now)}


def _status(home: Home, claims: Claims, now: datetime) -> str:
    try:
        home.statuses.require_valid(claims.issuer, claims.status, now=now)
    except PassRejected as rejection:
        return rejection.message
    return "in force"


def _describe(claims: Claims, now: datetime) -> dict[str, str | int]:
    return {
        "issuer": claims.issuer,
        "purpose": claims.purpose,
        "issued_at": claims.issued_at.isoformat(),
        "expires_at": claims.expires_at.isoformat(),
        "validity": _validity(claims, now),
        "tier": claims.tier.value,
        "enrolment": claims.enrolment.value,
        "number": claims.status,
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

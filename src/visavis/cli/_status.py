"""``visavis status revoke`` and ``withdraw``: a pass is called back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from visavis.carriers import read_presented
from visavis.cli._confirm import confirm
from visavis.cli._home import open_home
from visavis.cli._opening import claims_of
from visavis.cli._report import Report
from visavis.errors import InvalidArgument, PassRejected, StatusProblem
from visavis.home import Home
from visavis.passes import Action, Claims, Pass, TrustedIssuer, check_proof
from visavis.status import Register
from visavis.types import Tier

_SKEW: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Revocation:
    """The options of ``revoke``."""

    number: int | None
    presented: str | None
    issuer: str | None
    yes: bool


def revoke(request: Revocation, folder: Path | None, report: Report) -> int:
    """Call back a pass that is named by its number, or at hand; return the exit code."""
    if (request.number is None) == (request.presented is None):
        raise InvalidArgument(
            "wrong_usage",
            "A pass is revoked by its number or by itself.",
            "Give either NUMBER or --pass FILE.pass.",
        )
    home = open_home(folder)
    if request.presented is not None:
        claims = _open(read_presented(request.presented), home)
        issuer, number = claims.issuer, claims.status
    else:
        number = request.number or 0
        issuer = _issuer_of(number, request.issuer, home)
    register = _register(issuer, home)
    if register is None:
        return _forward(issuer, number, report)
    before = _require_known(register, number)
    if before:
        confirm(
            f"The pass with the number {number}, made with our issuer key {issuer}, will never be"
            " accepted again.",
            report,
            yes=request.yes,
        )
    register.call_back(number)
    return _done("Revoked", issuer, number, report, before=before)


def withdraw(source: str, folder: Path | None, report: Report, *, in_person: bool) -> int:
    """Call back a pass for its holder; return the exit code."""
    presented = read_presented(source)
    home = open_home(folder)
    claims = _open(presented, home)
    if not in_person:
        _require_holder(presented, claims)
    register = _register(claims.issuer, home)
    if register is None:
        return _forward(claims.issuer, claims.status, report)
    before = _require_known(register, claims.status)
    register.call_back(claims.status)
    return _done("Withdrawn", claims.issuer, claims.status, report, before=before)


def _open(presented: Pass, home: Home) -> Claims:
    # Whether our own key is trusted or retired matters to those who let people in.
    ours = {key.id: TrustedIssuer(key.public) for key in home.issuers}
    others = [issuer for issuer in home.trusted_issuers if issuer.id not in ours]
    return claims_of(presented, home, issuers=[*ours.values(), *others])


def _require_holder(presented: Pass, claims: Claims) -> None:
    """Make sure that whoever withdraws a pass is its holder, and not its finder."""
    if claims.tier is Tier.BEARER:
        raise InvalidArgument(
            "person_required",
            "Whoever finds this pass could withdraw it: it has no PIN and needs no phone.",
            "Let a member of staff see the person and run it with --in-person.",
        )
    # Opening a pass of the tier "pin" has taken the PIN already. A proof that is used twice
    # withdraws the same pass twice, which makes no difference.
    check_proof(
        presented,
        claims=claims,
        now=datetime.now(UTC),
        clock_skew=_SKEW,
        action=Action.WITHDRAW,
    )


def _issuer_of(number: int, beginning: str | None, home: Home) -> str:
    """Return which of our issuer keys has given this number to a pass."""
    ids = [register.issuer for register in home.registers if register.has(number)]
    if beginning is not None:
        ids = [issuer for issuer in ids if issuer.startswith(beginning.strip().lower())]
    if not ids:
        raise StatusProblem(
            "place_unknown",
            f"No pass with the number {number} was issued with this key.",
            "Check the number, and which issuer key the pass was made with.",
        )
    if len(ids) > 1:
        raise InvalidArgument(
            "which_issuer",
            f"Several of our issuer keys have made a pass with the number {number}.",
            f"Say which with --issuer: {' or '.join(ids)}.",
        )
    return ids[0]


def _register(issuer: str, home: Home) -> Register | None:
    return next((each for each in home.registers if each.issuer == issuer), None)


def _require_known(register: Register, number: int) -> bool:
    """Tell whether the pass has been in force until now, of those that we know of."""
    try:
        register.require_valid(register.issuer, number, now=datetime.now(UTC))
    except PassRejected as answer:
        if answer.reason == "revoked":
            return False
        raise StatusProblem(
            "place_unknown",
            f"Our register has no pass with the number {number}, though our key has signed it.",
            "Restore the newest backup of the register, or retire the key.",
        ) from answer
    return True


def _done(what: str, issuer: str, number: int, report: Report, *, before: bool) -> int:
    if report.as_json:
        report.json({"outcome": "done", "issuer": issuer, "number": number, "was_in_force": before})
        return 0
    report.good(f"{what}  number {number} of issuer {issuer}")
    if before:
        report.console.print("  From now on it is refused here.")
    else:
        report.console.print("  It was not in force any more.")
    report.console.print(
        "→ So that others refuse it too, run `visavis status publish`.", markup=False
    )
    return 0


def _forward(issuer: str, number: int, report: Report) -> int:
    message = "Another issuer made this pass. Nothing was changed here."
    if report.as_json:
        values = {"issuer": issuer, "number": number, "message": message}
        report.json({"outcome": "forward", **values})
        return 1
    report.console.print(f"• {message}")
    report.console.print("→ Hand this to that issuer, who can call the pass back:")
    report.console.print(f"  issuer  {issuer}\n  number  {number}")
    return 1

"""``visavis status show``, ``publish`` and ``fetch``: our lists, and those of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from visavis._files import read_bounded, write_atomically
from visavis.cli._home import open_home
from visavis.cli._lengths import parse_length
from visavis.cli._report import Report, shown
from visavis.errors import FileProblem, InvalidArgument, PassRejected
from visavis.passes import IssuerPublicKey, StatusList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visavis.status import HeldList

_SHORTEST: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(days=31)
_STATES: Final = {
    "good": "good",
    "status_missing": "missing",
    "status_stale": "too old",
    "status_malformed": "not genuine",
}
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Publication:
    """The options of ``publish``."""

    out: Path
    ttl: str
    valid: str
    force: bool


def show(folder: Path | None, report: Report) -> None:
    """Show how full our registers are, and how old the lists of others."""
    home = open_home(folder)
    now = datetime.now(UTC)
    registers = [(register.issuer, register.counts()) for register in home.registers]
    held = home.lists.held(now)
    known = {register for register, _ in registers} | {each.issuer for each in held}
    nowhere = [issuer.id for issuer in home.trusted_issuers if issuer.id not in known]
    if report.as_json:
        rows = [
            {
                "issuer": issuer,
                "issued": counts.issued,
                "called_back": counts.called_back,
                "free": counts.free,
                "size": counts.size,
            }
            for issuer, counts in registers
        ]
        lists = [_row(each) for each in held] + [
            {"issuer": issuer, "location": None, "state": "no_source"} for issuer in nowhere
        ]
        report.json({"outcome": "done", "registers": rows, "lists": lists})
        return
    numbers = [
        (issuer, f"{counts.issued:,}", f"{counts.called_back:,}", f"{counts.free:,}")
        for issuer, counts in registers
    ]
    _table(report, ("our issuer key", "issued", "called back", "free"), numbers)
    if not held and not nowhere:
        return
    report.console.print()
    spans = [
        (each.issuer, _STATES[each.state], _since(each.fetched_at, now), _until(each.ends_at, now))
        for each in held
    ]
    spans += [(issuer, "none fetched", "", "") for issuer in nowhere]
    _table(report, ("issuer trusted", "list", "fetched", "good for"), spans)
    for issuer in nowhere:
        report.console.print(
            f"No pass of {issuer} is accepted: nobody has said where its list is.", markup=False
        )
    if any(each.state != "good" for each in held):
        report.console.print("→ Run `visavis status fetch`.", markup=False)


def publish(request: Publication, folder: Path | None, report: Report) -> None:
    """Sign the lists of all our issuer keys and write them; none is written if one fails."""
    ttl, valid = parse_length(request.ttl), parse_length(request.valid)
    if not _SHORTEST <= ttl <= valid <= _LONGEST:
        raise InvalidArgument(
            "bad_list_times",
            "A list is fetched again after 5 minutes or more, before it ends, and ends within 31"
            " days.",
            "Choose other times, such as --ttl 12h --valid 3d.",
        )
    home = open_home(folder)
    now = datetime.now(UTC)
    registers = {register.issuer: register for register in home.registers}
    signed = {}
    for key in home.issuers:
        file = request.out / f"{key.id}.cwt"
        if not request.force:
            _require_ours_and_older(file, key.public, now)
        signed[file] = StatusList.sign(
            registers[key.id].bits(), issuer=key, issued_at=now, expires_at=now + valid, ttl=ttl
        )
    for file, token in signed.items():
        write_atomically(file, token, mode=0o644, overwrite=True)
    lost = sorted(set(registers) - {key.id for key in home.issuers})
    if report.as_json:
        rows = [
            {"issuer": file.stem, "file": str(file), "bytes": len(token)}
            for file, token in signed.items()
        ]
        times = {"expires_at": _time(now + valid), "ttl_s": int(ttl.total_seconds())}
        report.json({"outcome": "done", **times, "lists": rows, "cannot_be_signed": lost})
        return
    for file, token in signed.items():
        report.good(f"Published  {file} ({len(token):,} bytes)")
    report.console.print(
        f"  Others fetch it again every {_span(ttl)}; it ends {now + valid:%Y-%m-%d %H:%M} UTC."
    )
    report.console.print("  Publish again before that, and whenever a pass was called back.")
    for issuer in lost:
        report.console.print(f"  The key {issuer} was lost: nobody can sign its list any more.")


def fetch(folder: Path | None, report: Report) -> int:
    """Fetch every list; return 1 if one could not be had."""
    home = open_home(folder)
    now = datetime.now(UTC)
    outcomes = home.lists.refresh(now, everything=True)
    held = {each.issuer: each for each in home.lists.held(now)}
    failed = any(outcomes.values())
    if report.as_json:
        rows = []
        for issuer, problem in outcomes.items():
            reason = None if problem is None else problem.reason
            rows.append({**_row(held[issuer]), "fetched": problem is None, "reason": reason})
        report.json({"outcome": "error" if failed else "done", "lists": rows})
        return int(failed)
    if not outcomes:
        report.console.print("There is no list to fetch: no other issuer is trusted with one.")
    for issuer, problem in outcomes.items():
        left = _until(held[issuer].ends_at, now)
        if problem is None:
            report.good(f"Fetched  {issuer}, good for {left}")
            continue
        report.failure(problem)
        still = f"The last one is good for {left}." if left else "None of its passes is accepted."
        report.messages.print(f"  {issuer}: {still}", markup=False)
    return int(failed)


def _require_ours_and_older(file: Path, key: IssuerPublicKey, now: datetime) -> None:
    """Make sure that what is about to be replaced is an earlier list of ours, or nothing."""
    try:
        before = StatusList.open(read_bounded(file, StatusList.MOST_BYTES), key)
    except (FileProblem, PassRejected) as error:
        if error.reason == "file_missing":
            return
        raise FileProblem(
            "file_exists",
            f"{file} is not a status list of ours.",
            "Choose another folder, or replace it with --force.",
        ) from error
    if before.issued_at > now:
        raise FileProblem(
            "file_exists",
            f"{file} was published later than now, by its date.",
            "Check the clock; or replace it with --force, though verifiers keep the newer one.",
        )


def _row(held: HeldList) -> dict[str, str | None]:
    return {
        "issuer": held.issuer,
        "location": held.location,
        "state": held.state,
        "fetched_at": _time(held.fetched_at),
        "issued_at": _time(held.issued_at),
        "ends_at": _time(held.ends_at),
    }


def _table(report: Report, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        number = heading in {"issued", "called back", "free"}
        table.add_column(heading, no_wrap=True, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    report.console.print(table)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _since(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else f"{_span(now - moment)} ago"


def _until(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else _span(moment - now)


def _span(length: timedelta) -> str:
    """Return a length of time in the largest unit of which there is at least one, rounded down."""
    seconds = max(0, int(length.total_seconds()))
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds // size} {unit}"

"""``visavis enroll``."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from visavis.cli._report import Report
from visavis.enrolment import Consent, Issuer, consent_notice
from visavis.errors import ConsentRequired, FileProblem, InvalidArgument
from visavis.face import Capture
from visavis.home import Home

_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "y": 365}


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one enrolment."""

    photos: list[Path]
    out: Path
    purpose: str
    expires: str
    consented: bool
    force: bool


def run(request: Request, folder: Path | None, report: Report) -> None:
    """Ask, enrol, write the pass."""
    lifetime = parse_lifetime(request.expires)
    _check_out(request)
    home = Home.open(folder)
    capture = Capture.read(*request.photos)
    consent = Consent(request.purpose, lifetime, datetime.now(UTC))
    if not request.consented:
        _ask(consent, report)
        consent = Consent(request.purpose, lifetime, datetime.now(UTC))
    started = time.perf_counter()
    made = Issuer.from_home(home).enroll(capture, consent=consent, now=datetime.now(UTC))
    elapsed = time.perf_counter() - started
    made.write(request.out, overwrite=request.force)
    if report.as_json:
        report.json(
            {
                "outcome": "done",
                "pass": str(request.out),
                "photos": len(capture.photos),
                "purpose": request.purpose,
                "expires_at": _end(consent).isoformat(timespec="seconds"),
                "bytes": len(made.sealed),
                "elapsed_ms": round(elapsed * 1000),
            }
        )
        return
    console = report.console
    report.good(f"Enrolled  {request.out} ({len(made.sealed)} bytes)")
    console.print(f"  from {len(capture.photos)} photo(s), until {_end(consent):%Y-%m-%d}.")
    console.print("  Hand it to the person: nothing else was kept.")
    if len(capture.photos) == 1:
        console.print("  With three photos, the right person is turned away far less often.")


def _check_out(request: Request) -> None:
    """Find out what would fail in the end before anybody is asked anything."""
    if os.path.lexists(request.out) and not request.force:
        raise FileProblem(
            "file_exists",
            f"{request.out} exists already.",
            "Choose another name, or replace it with --force.",
        )
    if not os.path.isdir(request.out.parent):  # noqa: PTH112 - answers, whatever the name is
        raise FileProblem(
            "folder_missing",
            f"The folder of {request.out} does not exist.",
            "Create the folder first.",
        )


def parse_lifetime(text: str) -> timedelta:
    """Read a length of time such as ``12h``, ``30d``, ``8w`` or ``1y``.

    Raises:
        InvalidArgument: `bad_lifetime`.
    """
    found = re.fullmatch(r"([0-9]{1,6})([hdwy])", text.strip())
    if found is None:
        raise InvalidArgument(
            "bad_lifetime",
            f"{text!r} is not a length of time.",
            "Use a number and h, d, w or y, such as 365d.",
        )
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


def _end(consent: Consent) -> datetime:
    return consent.accepted_at + consent.lifetime


def _ask(consent: Consent, report: Report) -> None:
    """Show what is stored and ask; refuse when no one can answer."""
    from rich.panel import Panel
    from rich.text import Text

    console = report.messages
    notice = consent_notice(consent.purpose, consent.lifetime, now=consent.accepted_at)
    console.print(Panel(Text(notice), title="Before your pass is made", expand=False))
    if not sys.stdin.isatty():
        raise ConsentRequired(
            "nobody_to_ask",
            "Nobody is here to read this and agree.",
            "Ask the person, then run it again with --i-consent.",
        )
    if console.input("Do you agree? [y/N] ", markup=False).strip().lower() not in {"y", "yes"}:
        raise ConsentRequired(
            "declined",
            "You did not agree, and no pass was made.",
            "Ask for the way without a face.",
        )

"""``visavis enroll``."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from visavis._files import read_bounded
from visavis.cli._home import open_home
from visavis.cli._lengths import parse_length
from visavis.cli._report import Report
from visavis.cli._secrets import new_pin
from visavis.enrolment import Consent, Issuer, consent_notice
from visavis.errors import ConsentRequired, FileProblem
from visavis.face import Capture
from visavis.passes import HolderPublicKey, VerifierPublicKey

_LARGEST_KEY = 8192
_Key = TypeVar("_Key", HolderPublicKey, VerifierPublicKey)


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one enrolment."""

    photos: list[Path]
    out: Path
    purpose: str
    expires: str
    consented: bool
    force: bool
    pin: bool
    holder_key: Path | None
    verifier: Path | None


def run(request: Request, folder: Path | None, report: Report) -> None:
    """Ask, enrol, write the pass."""
    lifetime = parse_length(request.expires)
    _check_out(request)
    holder = _public_key(request.holder_key, HolderPublicKey)
    verifier = _public_key(request.verifier, VerifierPublicKey)
    home = open_home(folder)
    capture = Capture.read(*request.photos)
    consent = Consent(request.purpose, lifetime, datetime.now(UTC))
    if not request.consented:
        _ask(consent, report)
        consent = Consent(request.purpose, lifetime, datetime.now(UTC))
    pin = new_pin() if request.pin else None
    issuer = Issuer.from_home(home, verifier=verifier)
    started = time.perf_counter()
    issued = issuer.enroll(capture, consent=consent, now=datetime.now(UTC), pin=pin, holder=holder)
    elapsed = time.perf_counter() - started
    issued.credential.write(request.out, overwrite=request.force)
    if report.as_json:
        report.json(
            {
                "outcome": "done",
                "pass": str(request.out),
                "photos": len(capture.photos),
                "purpose": request.purpose,
                "expires_at": _end(consent).isoformat(timespec="seconds"),
                "bytes": len(issued.credential.sealed),
                "number": issued.number,
                "issuer": home.issuer.id,
                "elapsed_ms": round(elapsed * 1000),
            }
        )
        return
    console = report.console
    report.good(f"Enrolled  {request.out} ({len(issued.credential.sealed)} bytes)")
    console.print(f"  from {len(capture.photos)} photo(s), until {_end(consent):%Y-%m-%d}.")
    console.print("  Hand it to the person: nothing of their face was kept.")
    console.print(f"  Number {issued.number}: with it, a pass that is lost can be called back.")
    console.print("  The person keeps it, apart from the pass.")
    if len(capture.photos) == 1:
        console.print("  With three photos, the right person is turned away far less often.")


def _public_key(file: Path | None, kind: type[_Key]) -> _Key | None:
    return None if file is None else kind.from_pem(read_bounded(file, _LARGEST_KEY))


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

"""``visavis verify``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from visavis.carriers import read_presented
from visavis.cli._home import open_home
from visavis.cli._report import Report, exit_code, outcome
from visavis.cli._secrets import pin_of
from visavis.errors import InvalidArgument, NotVerified
from visavis.face import Capture
from visavis.passes import Policy
from visavis.verification import Verified, Verifier


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one verification."""

    presented: str
    photos: list[Path]
    policy: Policy
    nonce: str | None


def run(request: Request, folder: Path | None, report: Report) -> int:
    """Verify and say the answer; return the exit code."""
    started = time.perf_counter()
    nonce = parse_nonce(request.nonce)
    home = open_home(folder)
    point = None
    try:
        presented = read_presented(request.presented)
        pin = pin_of(presented)
        capture = Capture.read(*request.photos)
        verifier = Verifier.from_home(home)
        point = verifier.operating_point
        answer = verifier.verify(
            presented,
            capture,
            policy=request.policy,
            now=datetime.now(UTC),
            pin=pin,
            nonce=nonce,
        )
    except NotVerified as error:
        if not report.as_json:
            return report.failure(error)
        _json(report, outcome(error), error.reason, error.remedy, None, point, started)
        return exit_code(error)
    if report.as_json:
        _json(report, "verified", None, None, answer, point, started)
    else:
        _say(report, answer, started)
    return 0


def parse_nonce(text: str | None) -> bytes | None:
    """Read a nonce as it is written on a command line.

    Raises:
        InvalidArgument: ``bad_nonce``.
    """
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError as error:
        raise InvalidArgument(
            "bad_nonce", "The nonce is not hexadecimal.", "Use 32 to 128 digits from 0 to f."
        ) from error


def _json(
    report: Report,
    word: str,
    reason: str | None,
    remedy: str | None,
    answer: Verified | None,
    point: str | None,
    started: float,
) -> None:
    report.json(
        {
            "outcome": word,
            "reason": reason,
            "remedy": remedy,
            "tier": answer.tier.value if answer else None,
            "operating_point": point,
            "elapsed_ms": _elapsed(started),
        }
    )


def _say(report: Report, answer: Verified, started: float) -> None:
    from rich.text import Text

    console = report.console
    console.print(
        Text.assemble(("✓ Verified", "bold green"), "  This is the person the pass was issued to.")
    )
    console.print(Text(f"  purpose          {answer.purpose}"))
    console.print(f"  tier             {answer.tier.value}, enrolled from {answer.enrolment.value}")
    console.print(f"  operating point  {answer.operating_point}")
    console.print(f"  time             {_elapsed(started)} ms")


def _elapsed(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)

"""``visavis verify``."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from visavis.cli._report import Report, exit_code, outcome
from visavis.errors import NotVerified
from visavis.face import Capture
from visavis.home import Home
from visavis.passes import Pass, Policy
from visavis.verification import Verified, Verifier


def run(
    file: Path, photos: list[Path], purposes: list[str] | None, folder: Path | None, report: Report
) -> int:
    """Verify and say the answer; return the exit code."""
    started = time.perf_counter()
    policy = Policy(purposes=frozenset(purposes) if purposes else None)
    home = Home.open(folder)
    point = None
    try:
        presented = Pass.read(file)
        capture = Capture.read(*photos)
        verifier = Verifier.from_home(home)
        point = verifier.operating_point
        answer = verifier.verify(presented, capture, policy=policy, now=datetime.now(UTC))
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

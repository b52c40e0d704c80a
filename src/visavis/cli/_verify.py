"""``visavis verify``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from visavis.carriers import read_presented
from visavis.cli._home import open_home
from visavis.cli._report import Report, exit_code, outcome, shown
from visavis.cli._secrets import pin_of
from visavis.errors import InvalidArgument, NotVerified
from visavis.face import Capture
from visavis.passes import Pass, Policy
from visavis.types import Presence
from visavis.verification import Verified, Verifier

if TYPE_CHECKING:
    from visavis.camera import Recording

_DIGITS: Final = 9  # of a number; which cameras there are is the camera's matter


_PRESENCE: Final = {
    Presence.NOT_CHECKED: "not checked: a photo does not say who is there",
    Presence.RECORDING: (
        "a recording: whether it was made for this challenge\n"
        "                   just now, or who chose the challenge, cannot be known"
    ),
    Presence.LIVE: "live: somebody did what was asked just now",
}


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one verification: photos, a camera or a recording, one of them.

    Attributes:
        presented: the pass, or where it is.
        photos: of one person; with ``camera``, its number at most.
        policy: what is asked of the pass.
        nonce: hexadecimal.
        camera: somebody answers a challenge now.
        video: a recording of somebody who answered one.
        light: the screen shines in slow colours meanwhile; with ``camera`` only.
    """

    presented: str
    photos: list[Path]
    policy: Policy
    nonce: str | None
    camera: bool = False
    video: Path | None = None
    light: bool = False


def run(request: Request, folder: Path | None, report: Report) -> int:
    """Verify and say the answer; return the exit code."""
    started = time.perf_counter()
    nonce = parse_nonce(request.nonce)
    number = camera_number(request)
    home = open_home(folder)
    point = None
    try:
        presented = read_presented(request.presented)
        pin = pin_of(presented)
        seen = number if number is not None else _read(request)
        verifier = Verifier.from_home(home)
        point = verifier.operating_point
        asked: _Asked = {"policy": request.policy, "pin": pin, "nonce": nonce}
        answer = _answer(verifier, presented, seen, asked, report, light=request.light)
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


def camera_number(request: Request) -> int | None:
    """Return the number of the camera; None with photos or a recording.

    Raises:
        InvalidArgument: ``one_source``: nothing to look at, or more than one kind of it;
            ``light_needs_camera``: somebody who is not there cannot be shone at;
            ``bad_camera``: what follows ``--camera`` is no number.
    """
    if request.light and not request.camera:
        raise InvalidArgument(
            "light_needs_camera",
            "The light of the screen is for somebody before a camera.",
            "Use --light together with --camera, or leave it out.",
        )
    if not request.camera:
        if bool(request.photos) == (request.video is not None):
            raise _one_source()
        return None
    if request.video is not None or len(request.photos) > 1:
        raise _one_source()
    text = str(request.photos[0]) if request.photos else "0"
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidArgument(
            "bad_camera",
            f"{shown(text)} is no number of a camera.",
            "Use `visavis verify FILE.pass --camera`, with a number such as 1 for another camera.",
        )
    return int(text)


def _one_source() -> InvalidArgument:
    return InvalidArgument(
        "one_source",
        "A verification needs photos, a camera or a recording, and one of them only.",
        "Name photos after the pass, or use --camera, or --video FILE.",
    )


class _Asked(TypedDict):
    """What is asked of a pass, and what its holder gave besides it."""

    policy: Policy
    pin: str | None
    nonce: bytes | None


def _read(request: Request) -> Capture | Recording:
    if request.video is not None:
        from visavis.camera import read_recording

        return read_recording(request.video)
    return Capture.read(*request.photos)


def _answer(
    verifier: Verifier,
    presented: Pass,
    seen: int | Capture | Recording,
    asked: _Asked,
    report: Report,
    *,
    light: bool,
) -> Verified:
    if isinstance(seen, Capture):
        return verifier.verify(presented, seen, now=datetime.now(UTC), **asked)
    if isinstance(seen, int):
        from visavis.cli._verify_camera import verify_at_camera

        return verify_at_camera(
            verifier, presented, seen, console=report.messages, light=light, **asked
        )
    from visavis.liveness import LiveCapture, recorded

    # Nothing is printed by this where there is no terminal.
    with report.messages.status("Looking at the recording..."):
        asked_for = recorded(seen.tasks, seen.colours)
        capture = LiveCapture.of(asked_for, seen.frames, verifier.faces, begun=seen.began)
    return verifier.verify_recording(presented, capture, now=datetime.now(UTC), **asked)


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
            "presence": answer.presence.value if answer else None,
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
    console.print(f"  presence         {_PRESENCE[answer.presence]}")
    console.print(f"  operating point  {answer.operating_point}")
    console.print(f"  time             {_elapsed(started)} ms")


def _elapsed(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)

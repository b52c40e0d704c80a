"""Somebody answers a challenge in front of a camera."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from visavis.camera import open_camera
from visavis.cli._screen import Moment, Screen, open_screen, require_window
from visavis.errors import CannotDecide
from visavis.liveness import Frame, LiveCapture
from visavis.liveness.capture import NEUTRAL
from visavis.passes import Pass, Policy
from visavis.verification import Verified, Verifier

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["lead_through", "verify_at_camera"]

_WARNING: Final = (
    "The screen will shine in slow, soft colours. Whoever is sensitive to changing light: "
    "Esc stops it, and it works without --light as well."
)

_TO_DECIDE: Final = timedelta(seconds=1)
"""What remains of a challenge when it is too late to go on."""


def verify_at_camera(
    verifier: Verifier,
    presented: Pass,
    number: int,
    *,
    policy: Policy,
    pin: str | None,
    nonce: bytes | None,
    console: Console,
    light: bool = False,
) -> Verified:
    """Draw a challenge, show it step by step, and decide. No picture is written anywhere.

    The camera is opened first, so that a broken one costs nobody an attempt. No picture is looked
    at before the pass was accepted.

    Args:
        verifier: decides.
        presented: the pass.
        number: which camera.
        policy: what is asked of the pass.
        pin: what the holder typed.
        nonce: what the phone was given to sign.
        console: the terminal, on standard error.
        light: whether the screen shines in slow colours meanwhile.

    Raises:
        InvalidArgument: ``light_needs_screen``.
        NotVerified: every answer but yes; ``challenge_expired``: it took too long.
        CameraProblem: there is no camera, or it stops.
        KeyboardInterrupt: the person stopped.
    """
    session = secrets.token_bytes(32)
    if light:
        require_window()
        console.print(_WARNING, markup=False)
    with open_camera(number) as camera:
        challenge, token = verifier.challenge(
            presented,
            session=session,
            policy=policy,
            now=_now(),
            pin=pin,
            nonce=nonce,
            light=light,
        )
        capture = LiveCapture(challenge, verifier.faces)
        try:
            with open_screen(console) as screen:
                lead_through(capture, camera, screen, now=_now)
        except BaseException:
            capture.erase()
            raise
    return verifier.verify_live(
        presented,
        capture,
        token=token,
        session=session,
        policy=policy,
        now=_now(),
        pin=pin,
        nonce=nonce,
    )


def lead_through(
    capture: LiveCapture,
    frames: Iterable[Frame],
    screen: Screen,
    *,
    now: Callable[[], datetime],
) -> None:
    """Look at frames and say what to do, until everything was seen.

    Args:
        capture: of the challenge.
        frames: each the newest of a camera.
        screen: shows what to do.
        now: the present, with a time zone.

    Raises:
        CannotDecide: ``challenge_expired``.
        CameraProblem: there are no more frames.
    """
    challenge = capture.challenge
    for frame in frames:
        said = capture.add(frame)
        left = challenge.expires - now() - _TO_DECIDE
        if left <= timedelta(0):
            break
        seconds = int(left.total_seconds())
        screen.show(
            Moment(said, capture.step, len(challenge.tasks), seconds, _light(capture)), frame
        )
        if capture.finished:
            return
    raise CannotDecide(
        "challenge_expired",
        "The time was over before all movements were seen.",
        "Try again, and do what is shown as soon as it is shown.",
    )


def _light(capture: LiveCapture) -> tuple[int, int, int] | None:
    return capture.light or (NEUTRAL if capture.challenge.colours else None)


def _now() -> datetime:
    return datetime.now(UTC)

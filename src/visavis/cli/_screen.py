"""What somebody who answers a challenge sees: a window where there is a screen, or the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from visavis.errors import InvalidArgument

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.liveness import Frame, Instruction

__all__ = ["Moment", "Screen", "open_screen", "require_window"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to say now.

    Attributes:
        instruction: the one thing to tell the person.
        step: how many steps are done.
        total: how many there are.
        left: whole seconds until the challenge expires.
        light: red, green and blue that the screen shines in, 0 to 255; None unless chosen.
    """

    instruction: Instruction
    step: int
    total: int
    left: int
    light: tuple[int, int, int] | None = None

    @property
    def progress(self) -> str:
        """One line: how far it is, and how long there is."""
        step = min(self.step + 1, self.total)
        return f"Step {step} of {self.total}. {self.left} seconds left."


class Screen(Protocol):
    """Shows what there is to say."""

    def show(self, moment: Moment, frame: Frame) -> None:
        """Show it, with the newest picture where pictures can be shown.

        Raises:
            KeyboardInterrupt: the person has stopped it.
        """

    def close(self) -> None:
        """Leave nothing behind."""


@contextlib.contextmanager
def open_screen(console: Console) -> Iterator[Screen]:
    """Give a window, or the terminal where there is none.

    Args:
        console: the terminal, on standard error.
    """
    screen = _window() or _terminal(console)
    try:
        yield screen
    finally:
        screen.close()


def require_window() -> None:
    """Refuse to begin where nothing but a terminal could be shown.

    Raises:
        InvalidArgument: ``light_needs_screen``.
    """
    window = _window()
    if window is None:
        raise InvalidArgument(
            "light_needs_screen",
            "The light comes from a window, and none can be opened here.",
            "Run it on a machine with a screen, or without --light.",
        )
    window.close()


def _window() -> Screen | None:
    # Where somebody is logged in from afar, to open a window can end the program on macOS.
    if "DISPLAY" not in os.environ and (
        sys.platform not in {"win32", "darwin"} or "SSH_CONNECTION" in os.environ
    ):
        return None
    try:
        import tkinter

        from visavis.cli._screen_window import Window
    except ImportError:
        return None
    try:
        return Window()
    except (tkinter.TclError, ImportError):
        return None


def _terminal(console: Console) -> Screen:
    from visavis.cli._screen_terminal import Lines, Terminal

    return Terminal(console) if console.is_terminal else Lines(console)

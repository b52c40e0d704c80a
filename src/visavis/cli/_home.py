"""The home folder, for every command that needs keys."""

from __future__ import annotations

from pathlib import Path

from visavis.home import Home

__all__ = ["open_home"]


def open_home(folder: Path | None) -> Home:
    """Open the home that a command works with.

    Args:
        folder: what ``--home`` says; None for the default.

    Raises:
        HomeProblem: there is no home, or it cannot be used.
    """
    return Home.open(folder)

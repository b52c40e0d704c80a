"""What must hold before anything in a home is used."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from visavis.home import _problems as problem
from visavis.home._layout import ROLES

if TYPE_CHECKING:
    from pathlib import Path

    from visavis.home._layout import Layout

__all__ = ["check_home", "is_occupied"]


def check_home(layout: Layout) -> None:
    """Check that a home is there and complete, and that its private keys are private.

    Private keys may be missing: that is noticed when they are used, so that it can be mended.

    Raises:
        HomeProblem: ``home_missing``, ``home_damaged``, ``home_too_open``.
    """
    if not is_occupied(layout.folder):
        raise problem.missing(layout.folder)
    try:
        _check_complete(layout)
        _check_private(layout)
    except OSError as error:
        raise problem.damaged(layout.folder, "the folder cannot be read") from error


def is_occupied(folder: Path) -> bool:
    """Tell whether something is there that is not an empty folder."""
    if not os.path.lexists(folder):
        return False
    try:
        return any(True for _ in folder.iterdir())
    except FileNotFoundError:
        return False  # a link that leads nowhere yet
    except OSError:
        return True  # not a folder, or one that may not be looked into


def _check_complete(layout: Layout) -> None:
    missing = [role for role in ROLES if not layout.public(role).is_file()]
    if missing:
        raise problem.damaged(layout.folder, f"{layout.public(missing[0]).name} is missing")
    if not layout.trusted.is_dir():
        raise problem.damaged(layout.folder, f"{layout.trusted.name} is missing")


def _check_private(layout: Layout) -> None:
    if os.name != "posix":
        return
    for path in layout.private_files():
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise problem.too_open(path)

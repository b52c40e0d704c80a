"""The home folder and its passphrase, for every command that needs keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from visavis.cli._secrets import typed
from visavis.errors import InvalidArgument
from visavis.home import Home

__all__ = ["PASSPHRASE", "Role", "ask_passphrase", "new_passphrase", "open_home"]

Role = Literal["issuer", "verifier"]

PASSPHRASE: Final = "VISAVIS_PASSPHRASE"  # noqa: S105 - the name of a variable


def open_home(folder: Path | None) -> Home:
    """Open the home that a command works with; a passphrase is asked for when it is needed.

    Args:
        folder: what ``--home`` says; None for the default.

    Raises:
        HomeProblem: there is no home, or it cannot be used.
    """
    return Home.open(folder, passphrase=ask_passphrase)


def ask_passphrase() -> str | None:
    """Return the passphrase of the keys, or None if nobody is here to type it."""
    try:
        return typed("Passphrase of the keys", PASSPHRASE)
    except EOFError:  # the one who was asked has closed the input
        return None


def new_passphrase(prompt: str, variable: str = PASSPHRASE) -> str:
    """Ask twice for a passphrase that is to be used from now on.

    Args:
        prompt: what it is for.
        variable: may hold it instead.

    Raises:
        InvalidArgument: ``nobody_to_ask``, ``passphrases_differ``.
    """
    try:
        first = typed(prompt, variable)
        second = first if variable in os.environ else typed("The same again", variable)
    except EOFError:
        first = None
    if first is None:
        raise InvalidArgument(
            "nobody_to_ask", "Nobody is here to type a passphrase.", f"Set {variable}."
        )
    if first != second:
        raise InvalidArgument(
            "passphrases_differ", "These are two different passphrases.", "Type them again."
        )
    return first

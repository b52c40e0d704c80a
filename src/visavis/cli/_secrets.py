"""PINs and passphrases: from the environment or typed unseen, never from the command line."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Final

from visavis.errors import InvalidArgument

if TYPE_CHECKING:
    from visavis.passes import Pass

__all__ = ["PIN_VARIABLE", "new_pin", "pin_of", "typed"]

PIN_VARIABLE: Final = "VISAVIS_PIN"


def typed(prompt: str, variable: str) -> str | None:
    """Return a secret from an environment variable, or ask for it without showing it.

    None when the variable is not set and nobody is there to ask.
    """
    found = os.environ.get(variable)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        return None
    try:
        return getpass.getpass(f"{prompt}: ", stream=sys.stderr)
    except UnicodeDecodeError:
        return ""  # which is nobody's PIN or passphrase


def pin_of(presented: Pass) -> str | None:
    """Return the PIN of a pass, asking for it only if the pass needs one.

    Raises:
        PassRejected: the pass is not well-formed.
    """
    return typed("PIN of the pass", PIN_VARIABLE) if presented.needs_pin else None


def new_pin() -> str:
    """Let the holder choose a PIN, typed twice.

    Raises:
        InvalidArgument: ``pin_missing``, ``pins_differ``.
    """
    first = typed("Choose a PIN, at least six digits", PIN_VARIABLE)
    if first is None:
        raise InvalidArgument(
            "pin_missing", "Nobody is here to choose a PIN.", f"Set {PIN_VARIABLE}."
        )
    if typed("The same PIN again", PIN_VARIABLE) != first:
        raise InvalidArgument("pins_differ", "The two PINs differ.", "Start again.")
    return first

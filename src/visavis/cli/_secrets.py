"""PINs and passphrases: from the environment or typed unseen, never from the command line."""

from __future__ import annotations

import getpass
import os
import sys

__all__ = ["typed"]


def typed(prompt: str, variable: str) -> str | None:
    """Return a secret from an environment variable, or ask for it without showing it.

    None when the variable is not set and nobody is there to ask.
    """
    found = os.environ.get(variable)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        return None
    return getpass.getpass(f"{prompt}: ", stream=sys.stderr)

"""What people and scripts see: sentences, or flat JSON with ``--json``; and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from visavis.errors import (
    CannotDecide,
    FileProblem,
    InvalidArgument,
    NoMatch,
    PassRejected,
    SpoofSuspected,
    VisavisError,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["EXIT_CODES", "Report", "exit_code", "outcome", "shown"]

EXIT_CODES: Final = """\
Exit codes: 0 verified or done, 10 no match, 11 cannot decide, 12 pass rejected,
13 spoof suspected, 2 wrong usage, 1 anything else."""

_ANSWERS: Final[dict[type[VisavisError], tuple[str, int, str]]] = {
    NoMatch: ("no_match", 10, "No match"),
    CannotDecide: ("cannot_decide", 11, "Cannot decide"),
    PassRejected: ("pass_rejected", 12, "Pass rejected"),
    SpoofSuspected: ("spoof_suspected", 13, "Spoof suspected"),
}
# Everything else about files is a wrong path, and so wrong usage.
_MACHINE_FAILED: Final = frozenset({"cannot_write", "disk_full", "not_permitted", "storage_failed"})


def exit_code(error: VisavisError) -> int:
    """Return the exit code that an error ends the process with."""
    for kind, (_, code, _) in _ANSWERS.items():
        if isinstance(error, kind):
            return code
    if isinstance(error, InvalidArgument) or error.reason == "nobody_to_ask":
        return 2
    if isinstance(error, FileProblem) and error.reason not in _MACHINE_FAILED:
        return 2
    return 1


def outcome(error: VisavisError) -> str:
    """Return the word for an error in JSON."""
    return _ANSWERS.get(type(error), ("error", 1, ""))[0]


class Report:
    """Prints results to standard output and problems to standard error.

    Args:
        as_json: everything as one JSON object on standard output.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @property
    def console(self) -> Console:
        """A Rich console on standard output."""
        return _console(stderr=False)

    @property
    def messages(self) -> Console:
        """A Rich console on standard error, for progress and problems."""
        return _console(stderr=True)

    def json(self, values: Mapping[str, object]) -> None:
        """Print one flat JSON object, in ASCII: not every output can take every character."""
        sys.stdout.write(json.dumps(values) + "\n")
        sys.stdout.flush()

    def plain(self, text: str) -> None:
        """Print one line as it is, however long, for whatever reads it."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def good(self, text: str) -> None:
        """Print that something was done; the text may hold a file name."""
        from rich.text import Text

        self.console.print(Text.assemble(("✓ ", "bold green"), shown(text)))

    def failure(self, error: VisavisError, **more: object) -> int:
        """Print an error with its remedy and return the exit code."""
        if self.as_json:
            self.json(
                {
                    "outcome": outcome(error),
                    "reason": error.reason,
                    "message": error.message,
                    "remedy": error.remedy,
                    **more,
                }
            )
        else:
            from rich.text import Text

            title = _ANSWERS.get(type(error), ("", 1, "Error"))[2]
            console = self.messages
            style = "bold yellow" if isinstance(error, CannotDecide) else "bold red"
            console.print(Text.assemble(("✗ " + title, style), "  ", shown(error.message)))
            console.print(Text.assemble(("→ ", "bold"), shown(error.remedy)))
        return exit_code(error)

    def interrupted(self) -> int:
        """Say that the person stopped the command, and return the exit code."""
        message = "Stopped. Nothing was left half done."
        if self.as_json:
            stopped = {"outcome": "error", "reason": "interrupted", "message": message}
            self.json({**stopped, "remedy": "Run it again."})
        else:
            self.messages.print(message)
        return 1


def shown(value: object) -> str:
    """Return a text that may hold a file name so that it stays on one line of a terminal."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _console(*, stderr: bool) -> Console:
    # Rich takes a while to import, and JSON does not need it.
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)

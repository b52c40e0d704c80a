"""Asking whether to go on, before something that cannot be taken back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from visavis.errors import InvalidArgument, VisavisError

if TYPE_CHECKING:
    from visavis.cli._report import Report

__all__ = ["confirm"]


def confirm(what: str, report: Report, *, yes: bool) -> None:
    """Ask whether to go on; refuse when no one can answer.

    Args:
        what: a sentence that says what would happen.
        report: how to print.
        yes: the answer was given on the command line.

    Raises:
        InvalidArgument: ``nobody_to_ask``.
        VisavisError: ``declined``.
    """
    if yes:
        return
    console = report.messages
    console.print(what, markup=False)
    if not sys.stdin.isatty():
        raise InvalidArgument(
            "nobody_to_ask", "Nobody is here to say whether to go on.", "Run it again with --yes."
        )
    if console.input("Go on? [y/N] ", markup=False).strip().lower() not in {"y", "yes"}:
        raise VisavisError("declined", "Nothing was changed.", "Run it again when you are sure.")

"""The ``visavis`` command."""

from __future__ import annotations

import os
import sys

import typer

from visavis.cli import _commands, _report
from visavis.errors import InvalidArgument, VisavisError

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    report = _report.Report(as_json="--json" in sys.argv[1:])
    try:
        code = _commands.app(standalone_mode=False)
    except VisavisError as error:
        code = report.failure(error)
    except typer.TyperException as error:
        code = report.failure(_usage(error))
    except (KeyboardInterrupt, typer.Abort):
        code = report.interrupted()
    except BrokenPipeError:
        # Whoever read the output has gone; a second attempt at exit would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        code = report.failure(_fault(error))
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: typer.TyperException) -> VisavisError:
    message = error.format_message().rstrip(".") + "."
    return InvalidArgument("wrong_usage", message, "See `visavis --help`.")


def _fault(error: Exception) -> VisavisError:
    return VisavisError(
        "internal_fault",
        f"A fault in visavis itself ({type(error).__name__}); nothing was verified.",
        "Please report it with the command you ran and the output of `visavis doctor --json`.",
    )

"""The ``visavis`` command."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import sys

import typer

from visavis.cli import _commands, _report
from visavis.errors import InvalidArgument, VisavisError

__all__ = ["main"]

_INTERRUPTED = 130  # what Typer makes of ctrl-C


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _repair_streams()
    try:
        code = _run()
        sys.stdout.flush()
    except OSError as error:
        # Whoever read the output has gone, or its disk is full. A second attempt at exit would
        # complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            with contextlib.suppress(OSError):
                sys.stderr.write("The answer could not be written to the output.\n")
        code = 1
    sys.exit(code)


def _run() -> int:
    options = itertools.takewhile(lambda argument: argument != "--", sys.argv[1:])
    report = _report.Report(as_json="--json" in options)
    try:
        code = _commands.app(standalone_mode=False, prog_name="visavis")
    except VisavisError as error:
        return report.failure(error)
    except typer.TyperException as error:
        return report.failure(_usage(error))
    except (KeyboardInterrupt, typer.Abort):
        return report.interrupted()
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        return report.failure(_fault(error))
    if code == _INTERRUPTED:
        return report.interrupted()
    return code if isinstance(code, int) else 0


def _repair_streams() -> None:
    """Give streams that are closed a place to go, and every character a way to be written.

    A file opened later would otherwise get the number of a closed stream, and be written into
    by whatever prints to that stream.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _usage(error: typer.TyperException) -> VisavisError:
    message = error.format_message().rstrip(".") + "."
    return InvalidArgument("wrong_usage", message, "See `visavis --help`.")


def _fault(error: Exception) -> VisavisError:
    if isinstance(error, OSError):
        return VisavisError(
            "system_error",
            f"The system refused a file or the output: {error.strerror or type(error).__name__}.",
            "Check the disk and where the output goes, then try again.",
        )
    return VisavisError(
        "internal_fault",
        f"A fault in visavis itself ({type(error).__name__}); nothing was verified.",
        "Please report it with the command you ran and the output of `visavis doctor --json`.",
    )

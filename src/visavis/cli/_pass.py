"""``visavis pass``: a pass from one form into another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import typer

from visavis import carriers
from visavis._files import write_atomically
from visavis.cli._pass_card import Words, make_card
from visavis.cli._report import Report
from visavis.errors import InvalidArgument
from visavis.passes import Pass

__all__ = ["Words", "qr", "read", "text"]

_CARD: Final = ".pdf"


def qr(
    source: str, out: Path | None, words: Words, folder: Path | None, report: Report, *, force: bool
) -> None:
    """Draw the code of a pass in the terminal, or write it to a file."""
    kind = None if out is None else out.suffix.lower()
    is_card = kind == _CARD
    if kind is not None and kind not in {*carriers.PICTURES, _CARD}:
        raise InvalidArgument(
            "unknown_picture",
            f"A code cannot be written as {kind or 'a file without an ending'}.",
            "Use a name that ends in .png, .svg or .pdf.",
        )
    if words.any and not is_card:
        raise InvalidArgument(
            "only_on_cards",
            "--title, --ends and --contact are words for a card, and only a .pdf file is one.",
            "Leave them out, or use --out card.pdf.",
        )
    presented = carriers.read_presented(source)
    if out is None:
        _show(presented, report)
        return
    if is_card:
        data = make_card(presented, words, folder)
    else:
        data = carriers.code_picture(presented, out.suffix)
    write_atomically(out, data, overwrite=force)
    if report.as_json:
        report.json({"outcome": "done", "out": str(out), "bytes": len(data)})
    elif is_card:
        report.good(f"Card in {out}")
        report.console.print("  Print both sides at full size, 85.6 x 54 mm.")
    else:
        report.good(f"Code in {out}")


def text(source: str, report: Report) -> None:
    """Print the text form, for a pipe: one line, however long."""
    line = carriers.to_text(carriers.read_presented(source))
    if report.as_json:
        report.json({"outcome": "done", "text": line})
    else:
        typer.echo(line)


def read(source: str, out: Path, report: Report, *, force: bool) -> None:
    """Write what a picture or a text holds to a file."""
    presented = carriers.read_presented(source)
    # What only looks like a pass from far is refused here, and not when somebody stands at a door.
    verifier = presented.verifier_id
    presented.write(out, overwrite=force)
    if report.as_json:
        size = len(presented.encode())
        report.json({"outcome": "done", "pass": str(out), "bytes": size, "verifier": verifier})
        return
    report.good(f"Pass in {out}")
    if presented.proof is not None:
        report.console.print("  Its proof is good for about half a minute.")


def _show(presented: Pass, report: Report) -> None:
    if report.as_json:
        report.json({"outcome": "done", "out": None, "text": carriers.to_text(presented)})
        return
    from rich.text import Text

    lines = carriers.code_lines(presented)
    console = report.console
    _require_room(len(lines[0]), console.width)
    for line in lines:
        # Dark on light on every terminal; where colours cannot be shown, it is taken to be dark.
        console.print(Text(line, "bright_white on black", no_wrap=True), overflow="ignore")


def _require_room(needed: int, width: int) -> None:
    if width < needed:
        raise InvalidArgument(
            "terminal_too_narrow",
            f"The code is {needed} columns wide, and the terminal {width}.",
            "Make the window wider or the letters smaller, or use --out code.png.",
        )
    try:
        "█▀▄".encode(sys.stdout.encoding)
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            "terminal_without_blocks",
            "A code cannot be drawn in this terminal.",
            "Write it to a file, with --out code.png.",
        ) from error

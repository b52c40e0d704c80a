"""The commands below ``visavis pass``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import _report
from visavis.cli._options import HomeFolder, Json, PassFile

app = typer.Typer(
    name="pass",
    help="Carry a pass: as a QR code, a card or text.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)


@app.command(epilog=_report.EXIT_CODES)
def qr(
    file: PassFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="CODE", help="A picture, .png or .svg; a card, .pdf."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace CODE.")] = False,
    title: Annotated[
        str | None, typer.Option(help="What the card says that it is for [default: the purpose].")
    ] = None,
    ends: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Its last day, where the pass cannot be opened."),
    ] = None,
    contact: Annotated[
        str | None, typer.Option(help="Whom the card says to ask, as a place and a number.")
    ] = None,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Show a pass as a QR code, or print it on a card.

    Without --out, the code is drawn in the terminal.

    A card has the size of a bank card and two sides: the code, and in plain words what it is.
    """
    from visavis.cli import _pass

    words = _pass.Words(title, ends, contact)
    report = _report.Report(as_json=json)
    _pass.qr(file, out, words, home, report, force=force)


@app.command(epilog=_report.EXIT_CODES)
def text(file: PassFile, json: Json = False) -> None:
    """Print a pass as one line of text, to paste or to send."""
    from visavis.cli import _pass

    _pass.text(file, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def read(
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A picture of the code, its text, or -.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pass", help="The pass.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.pass.")] = False,
    json: Json = False,
) -> None:
    """Turn a picture of a code, or its text, back into a file."""
    from visavis.cli import _pass

    _pass.read(picture, out, _report.Report(as_json=json), force=force)

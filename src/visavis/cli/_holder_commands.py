"""The commands below ``visavis holder``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import _report
from visavis.cli._options import Json, PassFile

app = typer.Typer(
    name="holder",
    help="The side of the one who carries the pass: what a phone does.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)


@app.command(epilog=_report.EXIT_CODES)
def new(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PHONE.key", help="The new key.")],
    json: Json = False,
) -> None:
    """Make a key as a phone does, and beside it the .pub that `visavis enroll` takes."""
    from visavis.cli import _holder

    _holder.new(out, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def present(
    file: PassFile,
    key: Annotated[Path, typer.Option(metavar="PHONE.key", help="The key the pass is tied to.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="SHOWN", help="A .pass file, or a code: .png, .svg."),
    ] = None,
    nonce: Annotated[
        str | None, typer.Option(metavar="HEX", help="Sign this instead of the current 30 seconds.")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Sign that the pass is withdrawn, not presented.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    json: Json = False,
) -> None:
    """Present a pass: add a proof that is good for half a minute, and for this verifier.

    Without --out, the text of the code is printed.
    """
    from visavis.cli import _holder

    request = _holder.Request(file, key, out, nonce, withdraw, force)
    _holder.present(request, _report.Report(as_json=json))

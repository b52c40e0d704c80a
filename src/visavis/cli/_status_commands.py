"""The commands below ``visavis status``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import _report
from visavis.cli._options import HomeFolder, Json, PassFile

app = typer.Typer(
    name="status",
    help="Call passes back: revoke, withdraw, publish the status list.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)


@app.command(epilog=_report.EXIT_CODES)
def show(home: HomeFolder = None, json: Json = False) -> None:
    """Show how many passes are in force, and whose lists we hold."""
    from visavis.cli import _status_lists

    _status_lists.show(home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def revoke(
    number: Annotated[
        int | None,
        typer.Argument(min=0, metavar="NUMBER", help="Of the pass; printed when it was made."),
    ] = None,
    presented: Annotated[
        str | None, typer.Option("--pass", metavar="FILE.pass", help="The pass, if it is at hand.")
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Our issuer key it was made with, if there are several."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> int:
    """Put a pass that we issued out of force, for good.

    It is refused here at once, and elsewhere when the next published list has been fetched.
    """
    from visavis.cli import _status

    request = _status.Revocation(number, presented, issuer, yes)
    return _status.revoke(request, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def withdraw(
    file: PassFile,
    in_person: Annotated[
        bool,
        typer.Option(
            "--in-person", help="A member of staff has the person, whose pass it is, before them."
        ),
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> int:
    """Put a pass out of force, for good, for its holder.

    Nothing is needed but the pass and what makes it the holder's own: a PIN (asked for, or
    VISAVIS_PIN), or a code made with the phone (`visavis holder present --withdraw`). A pass
    with neither could be withdrawn by whoever finds it, so a member of staff does that with the
    person present (--in-person), and the same if the phone is lost.

    If another issuer made the pass, nothing is changed: what to hand to that issuer is printed
    (outcome "forward", exit code 1).
    """
    from visavis.cli import _status

    return _status.withdraw(file, home, _report.Report(as_json=json), in_person=in_person)


@app.command(epilog=_report.EXIT_CODES)
def publish(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to.")],
    ttl: Annotated[
        str, typer.Option(help="When others have to fetch it again: 5m to --valid.")
    ] = "12h",
    valid: Annotated[
        str, typer.Option(help="When it must have been published again: up to 31d.")
    ] = "3d",
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is not an earlier list of ours.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Sign our lists, for other verifiers to fetch.

    FOLDER gets one file for each of our issuer keys, <issuer id>.cwt, to put on a web server or
    a share as it is. Anybody may read it.
    """
    from visavis.cli import _status_lists

    request = _status_lists.Publication(out, ttl, valid, force)
    _status_lists.publish(request, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def fetch(home: HomeFolder = None, json: Json = False) -> int:
    """Fetch the lists of all other issuers we trust, now."""
    from visavis.cli import _status_lists

    return _status_lists.fetch(home, _report.Report(as_json=json))

"""The commands below ``visavis keys``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import _report
from visavis.cli._home import Role
from visavis.cli._options import HomeFolder, Json

app = typer.Typer(
    name="keys",
    help="Keys: list, rotate, export, trust, retire, protect by a passphrase.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)


_WhichKey = Annotated[Role, typer.Argument(metavar="issuer|verifier", help="Which key.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")]


@app.command("list", epilog=_report.EXIT_CODES)
def keys_list(
    full: Annotated[
        bool, typer.Option("--full", help="Whole thumbprints, to compare by phone.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Show every key: our own, and those of the issuers whose passes are accepted."""
    from visavis.cli import _keys_list

    _keys_list.run(home, _report.Report(as_json=json), full=full)


@app.command("rotate", epilog=_report.EXIT_CODES)
def keys_rotate(
    role: _WhichKey,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="The key is missing, damaged, or its passphrase forgotten."),
    ] = False,
    yes: _Yes = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Make a new key. The old one is kept for the passes that were made with it.

    With --lost there is no old one to keep: passes sealed to a lost verifier key must all be
    made again. A file that cannot be read is set aside, never deleted.
    """
    from visavis.cli import _keys

    _keys.rotate(role, home, _report.Report(as_json=json), lost=lost, yes=yes)


@app.command("export", epilog=_report.EXIT_CODES)
def keys_export(
    role: _WhichKey,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.pub", help="Write it to a file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.pub.")] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Write a public key, to give to others. The private one never leaves the home folder."""
    from visavis.cli import _keys

    _keys.export(role, out, home, _report.Report(as_json=json), force=force)


@app.command("trust", epilog=_report.EXIT_CODES)
def keys_trust(
    file: Annotated[Path, typer.Argument(metavar="FILE.pub", help="The issuer's public key.")],
    name: Annotated[str | None, typer.Option(help="What people here call the issuer.")] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="Its status list: a folder, .cwt file or https address."
        ),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pem", help="Certificates to check its web server with."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it was distrusted before.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Accept the passes of an issuer; or change its name or where its status list is."""
    from visavis.cli import _keys

    report = _report.Report(as_json=json)
    _keys.trust(file, home, report, name=name, status=status, ca_file=ca_file, force=force)


@app.command("retire", epilog=_report.EXIT_CODES)
def keys_retire(
    key: Annotated[
        str, typer.Argument(metavar="ID", help="The issuer key; the first digits are enough.")
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From when on, as 2026-01-31T18:00:00Z [default: now]."),
    ] = None,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Refuse all its passes, earlier ones too.")
    ] = False,
    yes: _Yes = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Refuse what an issuer key signs from now on. Earlier passes work until they end."""
    from visavis.cli import _keys

    report = _report.Report(as_json=json)
    _keys.retire(key, home, report, at=at, compromised=compromised, yes=yes)


@app.command("passphrase", epilog=_report.EXIT_CODES)
def keys_passphrase(
    remove: Annotated[
        bool, typer.Option("--remove", help="Leave the keys without a passphrase.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Set or change the passphrase of all private keys.

    $VISAVIS_PASSPHRASE may hold the one in use, and $VISAVIS_NEW_PASSPHRASE the new one.
    """
    from visavis.cli import _keys

    _keys.passphrase(home, _report.Report(as_json=json), remove=remove)

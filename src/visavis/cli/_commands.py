"""The commands and their options. Each does its work in the module of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import (
    _holder_commands,
    _keys_commands,
    _pass_commands,
    _report,
    _status_commands,
)
from visavis.cli._options import HomeFolder, Json, PassFile, Photos, require_command

app = typer.Typer(
    name="visavis",
    help="Opt-in, one-to-one face verification: is this the person the pass was issued to?",
    epilog=_report.EXIT_CODES,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models = typer.Typer(
    name="models",
    help="Model weights: fetch, list, verify, add.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)
for group in (
    _pass_commands.app,
    _holder_commands.app,
    _status_commands.app,
    _keys_commands.app,
    models,
):
    group.callback(invoke_without_command=True)(require_command)
    app.add_typer(group)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from visavis import __version__

        typer.echo(f"visavis {__version__}")
        raise typer.Exit
    require_command(context)


@app.command(epilog=_report.EXIT_CODES)
def init(
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Lock the private keys by a passphrase.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Make the keys that sign and open passes, in a new home folder."""
    from visavis.cli import _init

    _init.run(home, _report.Report(as_json=json), lock=passphrase)


@app.command(epilog=_report.EXIT_CODES)
def enroll(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pass", help="The new pass.")],
    purpose: Annotated[str, typer.Option(help="What the person is verified for.")] = "entry",
    expires: Annotated[
        str, typer.Option(help="How long the pass works: 12h, 30d, 8w, 1y.")
    ] = "365d",
    i_consent: Annotated[
        bool,
        typer.Option("--i-consent", help="The person has read what is stored, and agrees."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.pass.")] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Make a pass from photos of a person who agrees.

    Without --i-consent it shows what is stored, where and for how long, and asks.
    """
    from visavis.cli import _enroll

    request = _enroll.Request(photos, out, purpose, expires, i_consent, force)
    _enroll.run(request, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def verify(
    file: PassFile,
    photos: Photos,
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Accept only passes for this purpose; may be repeated."),
    ] = None,
    home: HomeFolder = None,
    json: Json = False,
) -> int:
    """Answer one question: is this the person the pass was issued to?"""
    from visavis.cli import _verify

    return _verify.run(file, photos, purpose, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def inspect(file: PassFile, home: HomeFolder = None, json: Json = False) -> None:
    """Show what a pass says. The template is never shown."""
    from visavis.cli import _inspect

    _inspect.run(file, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def doctor(home: HomeFolder = None, json: Json = False) -> int:
    """Say what works on this machine, and what to do about what does not."""
    from visavis.cli import _doctor

    return _doctor.run(home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def demo(json: Json = False) -> int:
    """Enrol and verify real photographs, official portraits, and show every kind of answer."""
    from visavis.cli import _demo

    return _demo.run(_report.Report(as_json=json))


@models.command("fetch", epilog=_report.EXIT_CODES)
def models_fetch(
    find_links: Annotated[
        Path | None,
        typer.Option("--find-links", help="Folder with the packages, for machines offline."),
    ] = None,
    json: Json = False,
) -> None:
    """Download the weights that are missing, check and convert them."""
    from visavis.cli import _models

    _models.fetch(find_links, _report.Report(as_json=json))


@models.command("list", epilog=_report.EXIT_CODES)
def models_list(json: Json = False) -> None:
    """Show every model: task, licence, and what is known of the faces it learnt from."""
    from visavis.cli import _models

    _models.show(_report.Report(as_json=json))


@models.command("verify", epilog=_report.EXIT_CODES)
def models_verify(json: Json = False) -> int:
    """Check every weight file against its SHA-256."""
    from visavis.cli import _models

    return _models.verify(_report.Report(as_json=json))


@models.command("add", epilog=_report.EXIT_CODES)
def models_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An ONNX embedder.")],
    manifest: Annotated[Path, typer.Option(metavar="M.toml", help="What it takes and gives.")],
    json: Json = False,
) -> None:
    """Add an embedder of your own."""
    from visavis.cli import _models

    _models.add(file, manifest, _report.Report(as_json=json))

"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["HomeFolder", "Json", "PassFile", "Photos", "require_command"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
HomeFolder = Annotated[
    Path | None,
    typer.Option("--home", help="Folder with the keys [default: $VISAVIS_HOME]."),
]
PassFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE.pass", help="The pass: a file, a picture of its code, its text, or -."
    ),
]
Photos = Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos of one person.")]


def require_command(context: typer.Context) -> None:
    """Show the help of a group of commands that was called without one."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)

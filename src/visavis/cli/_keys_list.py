"""``visavis keys list``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visavis.cli._report import Report, shown
from visavis.home import Home

if TYPE_CHECKING:
    from visavis.home import KeyEntry

__all__ = ["in_groups", "run"]

_OURS = ("present", "former", "lost")
_NARROW = ("role", "key", "state")


def run(folder: Path | None, report: Report, *, full: bool) -> None:
    """Show all keys, or the whole thumbprint of each."""
    home = Home.open(folder)
    entries = home.keys(now=datetime.now(UTC))
    if report.as_json:
        rows = [_row(entry) for entry in entries]
        report.json({"outcome": "done", "home": str(home.folder), "keys": rows})
    elif full:
        _show_thumbprints(entries, report)
    else:
        _show_table(entries, report)


def in_groups(thumbprint: str) -> list[str]:
    """Return a thumbprint as two people read it to each other: four digits at a time."""
    groups = [thumbprint[at : at + 4] for at in range(0, len(thumbprint), 4)]
    return [" ".join(groups[:8]), " ".join(groups[8:])]


def _row(entry: KeyEntry) -> dict[str, Any]:
    values = asdict(entry)
    values["ca_file"] = None if entry.ca_file is None else str(entry.ca_file)
    values["retired_at"] = None if entry.retired_at is None else _time(entry.retired_at)
    return values


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _show_table(entries: tuple[KeyEntry, ...], report: Report) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("role", "key", "state", "name", "status list"):
        table.add_column(heading, no_wrap=heading in _NARROW, overflow="fold")
    for entry in entries:
        state, name = "\n".join(_state(entry)), shown(entry.name or "")
        table.add_row(*map(Text, (entry.role, entry.id, state, name, _status(entry))))
    report.console.print(table)
    if any(entry.locked for entry in entries):
        report.console.print("The private keys are locked by a passphrase.")


def _state(entry: KeyEntry) -> list[str]:
    if entry.retired_at is None or entry.state in {"former", "lost"}:
        return [entry.state]
    day = f"{entry.retired_at.astimezone(UTC):%Y-%m-%d}"
    if entry.state == "present":
        return ["present", "retired", day]
    return ["retired" if entry.state == "retired" else "trusted until", day]


def _status(entry: KeyEntry) -> str:
    if entry.role == "verifier" or entry.state == "distrusted":
        return ""
    if entry.state in _OURS:
        return "our own register" if entry.accepted else "not trusted here"
    return "none: no pass is accepted" if entry.status is None else shown(entry.status)


def _show_thumbprints(entries: tuple[KeyEntry, ...], report: Report) -> None:
    from rich.text import Text

    for entry in entries:
        title = Text.assemble((f"{entry.role} {entry.id}", "bold"), f"  {' '.join(_state(entry))}")
        if entry.name:
            title.append(f"  {shown(entry.name)}")
        report.console.print(title)
        lines = ["not known"] if entry.thumbprint is None else in_groups(entry.thumbprint)
        for line in lines:
            report.console.print(f"  {line}")

"""``visavis models``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from visavis.cli._report import Report, shown
from visavis.registry import ModelEntry, ModelStore
from visavis.registry import fetch as fetch_models

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS = {
    "ready": "[green]✓ ready[/]",
    "missing": "[yellow]• missing[/]",
    "altered": "[red]✗ altered[/]",
}


def fetch(find_links: Path | None, report: Report) -> None:
    """Fetch what is missing, showing what goes on."""
    store = ModelStore.default()
    fetched = with_progress(
        report, lambda step: fetch_models(store, find_links=find_links, on_step=step)
    )
    names = [entry.id for entry in fetched]
    if report.as_json:
        report.json({"outcome": "done", "folder": str(store.folder), "fetched": names})
        return
    what = ", ".join(names) if names else "All models were ready"
    report.good(f"{what} in {store.folder}")
    if names:
        report.console.print("  From now on nothing touches the network.")


def with_progress(
    report: Report, work: Callable[[Callable[[str], None]], tuple[ModelEntry, ...]]
) -> tuple[ModelEntry, ...]:
    """Run something that reports its steps, with a spinner unless the output is JSON."""
    if report.as_json:
        return work(lambda _step: None)
    console = report.messages
    with console.status("Looking what is missing") as status:

        def step(text: str) -> None:
            status.update(text)
            if not console.is_terminal:
                console.print(text)

        return work(step)


def show(report: Report) -> None:
    """List the models with their licences."""
    store = ModelStore.default()
    states = store.status()
    if report.as_json:
        rows = [_row(entry, state) for entry, state in states]
        report.json({"outcome": "done", "folder": str(store.folder), "models": rows})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(f"Models in {shown(store.folder)}"), title_justify="left", expand=False
    )
    for heading in ("model", "for", "state", "licence"):
        table.add_column(heading, no_wrap=heading != "licence")
    for entry, state in states:
        table.add_row(entry.id, entry.task.value, _SIGNS[state], Text(shown(entry.licence)))
    report.console.print(table)
    for entry, _ in states:
        faces = shown(entry.training_faces)
        report.console.print(Text.assemble((entry.id, "bold"), f"  training faces: {faces}"))


def verify(report: Report) -> int:
    """Check every file; return 1 unless all are what they should be."""
    store = ModelStore.default()
    states = store.status()
    wrong = [entry.id for entry, state in states if state != "ready"]
    if report.as_json:
        rows = {entry.id: state for entry, state in states}
        report.json({"outcome": "error" if wrong else "done", "models": rows})
        return 1 if wrong else 0
    for entry, state in states:
        report.console.print(f"{_SIGNS[state]}  {entry.id}")
    if wrong:
        report.messages.print("→ Run `visavis models fetch`.", markup=False)
    return 1 if wrong else 0


def add(file: Path, manifest: Path, report: Report) -> None:
    """Add an embedder of the user's own."""
    entry = ModelStore.default().add(file, manifest)
    if report.as_json:
        report.json({"outcome": "done", "added": entry.id})
        return
    report.good(f"Added {entry.id} ({entry.licence})")
    report.console.print("  It cannot verify anybody before its error rates have been measured.")


def _row(entry: ModelEntry, state: str) -> dict[str, str]:
    return {
        "id": entry.id,
        "task": entry.task.value,
        "state": state,
        "sha256": entry.sha256,
        "licence": entry.licence,
        "licence_url": entry.licence_url,
        "training_faces": entry.training_faces,
    }

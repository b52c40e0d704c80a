"""``visavis doctor``."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from visavis import __version__
from visavis.cli._findings import Finding, examine_home
from visavis.cli._report import Report
from visavis.errors import CannotDecide, FileProblem, ModelProblem
from visavis.face import Capture, load_pipeline
from visavis.face.fake import photo
from visavis.home import default_home
from visavis.registry import ModelStore

_SIGNS = {"ok": "[green]✓[/]", "missing": "[yellow]•[/]", "broken": "[red]✗[/]"}


def run(folder: Path | None, report: Report) -> int:
    """Look at everything; return 1 when something is broken."""
    findings = list(_examine(folder or default_home()))
    broken = any(finding.state == "broken" for finding in findings)
    if report.as_json:
        rows = [asdict(finding) for finding in findings]
        report.json({"outcome": "error" if broken else "done", "findings": rows})
        return int(broken)
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        text = Text(finding.detail)
        if finding.remedy:
            text.append(f"\n→ {finding.remedy}", "bold")
        table.add_row(_SIGNS[finding.state], Text(finding.name, "bold"), text)
    report.console.print(table)
    return int(broken)


def _examine(home: Path) -> Iterator[Finding]:
    yield Finding("visavis", "ok", f"{__version__} in {sys.prefix}")
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield Finding("cores", "ok", str(os.cpu_count()))
    yield _package("pillow_heif", "reads HEIC photos", "pip install pillow-heif")
    yield _package("pip", "fetches weights", "python -m ensurepip")
    for name in ("onnx", "tflite"):
        yield _package(name, "converts weights", "pip install 'visavis[models]'")
    store = ModelStore.default()
    yield from _weights(store)
    yield _self_test(store)
    yield from examine_home(home)


def _package(name: str, use: str, install: str) -> Finding:
    if importlib.util.find_spec(name) is not None:
        return Finding(name, "ok", use)
    return Finding(name, "missing", f"{use}; not installed", f"Run `{install}`.")


def _weights(store: ModelStore) -> Iterator[Finding]:
    try:
        states = store.status()
    except (FileProblem, ModelProblem) as problem:
        yield Finding("weights", "broken", problem.message, problem.remedy)
        return
    for entry, state in states:
        good = state == "ready"
        detail = f"{entry.task.value}, {state}, {entry.licence}"
        remedy = "" if good else "Run `visavis models fetch`."
        yield Finding(entry.id, "ok" if good else "broken", detail, remedy)


def _self_test(store: ModelStore) -> Finding:
    """Run the real networks on a drawing of nobody, in which they must find nobody."""
    name = "self-test"
    try:
        load_pipeline(store).features(Capture([photo()]))
    except CannotDecide as answer:
        if answer.reason == "no_face":
            return Finding(name, "ok", "the networks run, and see no face where there is none")
    except (FileProblem, ModelProblem) as problem:
        return Finding(name, "broken", problem.message, problem.remedy)
    return Finding(name, "broken", "the networks see a face where there is none", "Report this.")

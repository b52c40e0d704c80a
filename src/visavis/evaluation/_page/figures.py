"""Which figures a report has, and the files they are written to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from visavis._files import write_atomically, write_problem
from visavis.evaluation._page.bars import group_bars, trial_bars
from visavis.evaluation._page.canvas import Drawing, drawn
from visavis.evaluation._page.curves import curves, spread
from visavis.evaluation._page.pad_figures import pad_drawings
from visavis.evaluation._page.quality_figure import quality_figure
from visavis.evaluation._page.views import decided, groups_of, trial_words
from visavis.evaluation._page.wording import interval, listed, percent, plain, spaced
from visavis.evaluation._presentations import PAD_SCHEMA

__all__ = ["drawings", "suffix", "write_figures"]


def write_figures(report: Mapping[str, Any], folder: Path) -> None:
    """Write every figure of a report as SVG and PNG. The same report gives the same bytes.

    Args:
        report: of the schema "visavis-evaluation-1" or "visavis-pad-1".
        folder: where to; made if it does not exist.

    Raises:
        FileProblem: `cannot_write`, `disk_full`, `folder_missing`.

    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise write_problem(error, folder) from error
    for drawing in drawings(report):
        svg, png = drawn(drawing, "svg", "png")
        write_atomically(folder / f"{drawing.name}.svg", svg, mode=0o644, overwrite=True)
        write_atomically(folder / f"{drawing.name}.png", png, mode=0o644, overwrite=True)


def suffix(report: Mapping[str, Any], number: int) -> str:
    """Return what sets the figures of one system apart in their names; "" if there is only one."""
    if len(report["systems"]) == 1:
        return ""
    name = re.sub(r"[^a-z0-9.]+", "-", report["systems"][number]["embedder"].lower()).strip("-.")
    return f"-{number + 1}-{name}".rstrip("-")


def drawings(report: Mapping[str, Any]) -> list[Drawing]:
    """Return the figures that the data suffice for, in the order of the page."""
    if report["schema"] == PAD_SCHEMA:
        return pad_drawings(report)
    systems = report["systems"]
    found = [
        Drawing("det", "Detection error trade-off", _det_text(systems), partial(curves, systems))
    ]
    if any(len(system["trials"]) > 1 for system in systems):
        found.append(
            Drawing(
                "trials",
                "Error rates by number of photos and attempts",
                _trial_text(systems),
                partial(trial_bars, systems),
            )
        )
    for number, system in enumerate(systems):
        found += _of_system(system, suffix(report, number))
    return found


def _of_system(system: Mapping[str, Any], end: str) -> list[Drawing]:
    name = plain(system["embedder"])
    found = [
        Drawing(f"scores{end}", f"Scores, {name}", _spread_text(system), partial(spread, system))
    ]
    for place, column in enumerate(system["differentials"]["columns"], 1):
        if groups_of(column, too_small=False):
            title = f"Error rates by {plain(column['column'])}, {name}"
            drawing = partial(group_bars, system, column)
            found.append(Drawing(f"groups-{place}{end}", title, _group_text(column), drawing))
    if system["quality"]:
        text = f"Histograms and error-versus-discard curves of {_components(system)}."
        title = f"Quality of the photos, {name}"
        found.append(Drawing(f"quality{end}", title, text, partial(quality_figure, system)))
    return found


def _components(system: Mapping[str, Any]) -> str:
    return listed([spaced(component["component"]) for component in system["quality"]])


def _rate(rate: Mapping[str, Any]) -> str:
    return "not known" if rate["value"] is None else f"{percent(rate['value'])} ({interval(rate)})"


def _det_text(systems: Any) -> str:
    parts = []
    for system in systems:
        eer = system["trials"][0]["eer"]["value"]
        part = f"{plain(system['embedder'])}: equal error rate {percent(eer)}"
        at = decided(system)
        if at is not None:
            part += f"; {at.where}, FMR {_rate(at.fmr)} and FNMR {_rate(at.fnmr)}"
        parts.append(part)
    return f"{'. '.join(parts)}."


def _trial_text(systems: Any) -> str:
    parts = []
    for system in systems:
        for place, trial in enumerate(system["trials"]):
            at = decided(system, place)
            if at is not None:
                words = f"{plain(system['embedder'])}, {trial_words(trial)}"
                parts.append(f"{words}: FMR {_rate(at.fmr)}, FNMR {_rate(at.fnmr)}")
    return f"{'. '.join(parts)}." if parts else "No rates are known."


def _spread_text(system: Mapping[str, Any]) -> str:
    trial, at = system["trials"][0], decided(system)
    text = (
        f"Scores of {trial['genuine']:,} comparisons of the same person, and of "
        f"{trial['impostor']:,} of different people"
    )
    return f"{text}, with the threshold {at.threshold:.4f}." if at else f"{text}."


def _group_text(column: Mapping[str, Any]) -> str:
    parts = [
        f"{plain(group['label'])}: FMR {_rate(group['fmr'])}, FNMR {_rate(group['fnmr'])}"
        for group in groups_of(column, too_small=False)
    ]
    return f"{'. '.join(parts)}."

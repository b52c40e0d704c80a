"""Quality of the photos, and what leaving out the worst of them would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from visavis.evaluation._page.canvas import GOOD, INK, MUTED, Figure, in_percent, sheet
from visavis.evaluation._page.wording import spaced

__all__ = ["quality_figure"]

# Inches.
_ROW: Final = 0.95
_ABOVE: Final = 0.3
_BELOW: Final = 0.5


def quality_figure(system: Mapping[str, Any]) -> Figure:
    """Draw a histogram and an error-versus-discard curve for each component."""
    components = system["quality"]
    height = _ROW * len(components) + _ABOVE + _BELOW
    figure = sheet(height, places_itself=False)
    figure.subplots_adjust(
        left=0.075, right=0.985, top=1 - _ABOVE / height, bottom=_BELOW / height, hspace=0.85
    )
    grid = figure.subplots(len(components), 2, squeeze=False)
    highest = max(np.nanmax(_fnmr(component), initial=0) for component in components) or 0.01
    for (left, right), component in zip(grid, components, strict=True):
        left.stairs(component["counts"], component["edges"], fill=True, color=MUTED, alpha=0.6)
        left.set_title(f"{spaced(component['component'])}: photos", fontsize=9.5)
        left.set_ylim(bottom=0)
        left.locator_params(axis="y", nbins=2, integer=True)
        left.locator_params(axis="x", nbins=6)
        share = np.asarray(component["discard"]["share"], float)
        fnmr = _fnmr(component)
        if len(fnmr):
            right.axhline(fnmr[0], color=INK, linewidth=0.9, linestyle=":")
        right.plot(share, fnmr, color=GOOD, linewidth=1.8)
        right.set_ylim(0, highest * 1.08)
        in_percent(right.yaxis, steps=3)
        in_percent(right.xaxis, steps=5)
        if component is not components[-1]:
            right.tick_params(axis="x", labelbottom=False)
    grid[0][1].set_title("FNMR without the worst comparisons", fontsize=9.5)
    grid[-1][0].set_xlabel("value: better to the right")
    grid[-1][1].set_xlabel("share of comparisons left out")
    return figure


def _fnmr(component: Mapping[str, Any]) -> Any:
    return np.asarray(component["discard"]["fnmr"], float)

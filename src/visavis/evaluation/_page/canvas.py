"""What the figures are drawn on: one look, the same bytes each time, no settings of the user.

matplotlib is imported here only. It says on standard error what it thinks of fonts and of folders
that it cannot write to; nobody who reads a report needs that.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")
            yield
    finally:
        logger.setLevel(level)


with _quiet():
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

__all__ = [
    "BAD",
    "GOOD",
    "INK",
    "MUTED",
    "PAPER",
    "RULE",
    "SERIES",
    "WIDTH",
    "Axes",
    "Drawing",
    "Figure",
    "LogLocator",
    "drawn",
    "in_percent",
    "sheet",
]

INK: Final = "#1b1f23"
MUTED: Final = "#59626c"
RULE: Final = "#d3d8de"
PAPER: Final = "#ffffff"
# Okabe and Ito, "Color universal design", 2008: told apart by the colour-blind as well.
SERIES: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
GOOD, BAD = SERIES[0], SERIES[1]
WIDTH: Final = 6.8
"""Inches."""

_RESOLUTION: Final = 160
_LOOK: Final[dict[str, Any]] = {
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: it can be read aloud, and found
    "svg.hashsalt": "visavis",
    "text.color": INK,
    "text.parse_math": False,  # a label with a dollar is a label
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure that can be drawn.

    Attributes:
        name: of its files, without suffix.
        title: what it shows.
        text: the same for people who cannot see it, with the numbers that matter.
        draw: draws it.

    """

    name: str
    title: str
    text: str
    draw: Callable[[], Figure]


def sheet(height: float, *, places_itself: bool = True) -> Figure:
    """Return an empty figure.

    Args:
        height: inches.
        places_itself: find room for labels of any length, which takes a while.

    """
    return Figure(figsize=(WIDTH, height), layout="constrained" if places_itself else None)


def in_percent(axis: Any, *, steps: int = 0) -> None:
    """Label an axis of shares in per cent.

    Args:
        axis: of an `Axes`.
        steps: at most so many steps between ticks; 0 leaves the places of ticks as they are.

    """
    if steps:
        axis.set_major_locator(MaxNLocator(steps, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.10g} %"))
    axis.set_minor_formatter(NullFormatter())


def drawn(drawing: Drawing, *formats: str) -> tuple[bytes, ...]:
    """Draw a figure, and return it in formats: "svg", "png"."""
    look: Any = {key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"}
    with _quiet(), mpl.rc_context(look | _LOOK):
        figure = drawing.draw()
        return tuple(_saved(figure, each, drawing.title) for each in formats)


def _saved(figure: Figure, kind: str, title: str) -> bytes:
    # Neither the day nor the version of matplotlib may change the bytes.
    metadata = {"Software": None}
    if kind == "svg":
        metadata = {"Date": None, "Creator": None, "Title": title}  # type: ignore[dict-item]
    target = io.BytesIO()
    figure.savefig(target, format=kind, dpi=_RESOLUTION, metadata=metadata)
    # What was found out about places for one format serves for the next.
    figure.set_layout_engine("none")
    return target.getvalue()

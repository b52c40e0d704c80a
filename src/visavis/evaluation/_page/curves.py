"""The trade-off between the two errors, and how scores of the two kinds of pairs are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from visavis.evaluation._page.canvas import (
    BAD,
    GOOD,
    INK,
    MUTED,
    PAPER,
    SERIES,
    Axes,
    Figure,
    LogLocator,
    in_percent,
    sheet,
)
from visavis.evaluation._page.views import Decided, decided, trial_words
from visavis.evaluation._page.wording import plain

__all__ = ["curves", "spread"]

_DASHES: Final = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)))
_MARKS: Final = {
    "o": "{}, with 95 % intervals",
    "<": "{}, no false match seen: upper end of the interval",
    "v": "{}, nobody turned away: upper end of the interval",
}
_RULE_OF_THREE: Final = 3
_MANY_LINES: Final = 4
_ENTRY: Final = 0.2  # inches of a line of the legend


def curves(systems: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw detection error trade-off curves: all trials of one system, or the first of each."""
    lines = _lines(systems)
    figure = sheet(4.4 + _ENTRY * (len(lines) + len(_MARKS)))
    axes = figure.add_subplot()
    trials = [line.trial for line in lines]
    floors = _frame(axes, trials)
    marks = set()
    for number, line in enumerate(lines):
        colour = SERIES[number % len(SERIES)]
        _curve(axes, line, floors, color=colour, linestyle=_DASHES[number % len(_DASHES)])
        if line.at is not None:
            marks.add(_cross(axes, line.at, floors, colour))
    in_use = all(line.at is None or line.at.target is None for line in lines)
    name = "operating point" if in_use else "chosen threshold"
    for mark, meaning in _MARKS.items():
        if mark in marks:
            axes.plot([], [], mark, **_mark(mark, MUTED), label=meaning.format(name))
    _unknown(axes, trials)
    figure.legend(loc="outside lower center", ncols=1 if len(lines) < _MANY_LINES else 2)
    return figure


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    trial: Mapping[str, Any]
    at: Decided | None


def _lines(systems: Sequence[Mapping[str, Any]]) -> list[_Line]:
    if len(systems) == 1:
        [system] = systems
        return [
            _Line(trial_words(trial), trial, decided(system, place))
            for place, trial in enumerate(system["trials"])
        ]
    return [
        _Line(plain(system["embedder"]), system["trials"][0], decided(system)) for system in systems
    ]


def _frame(axes: Axes, trials: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Set the axes up, and return where they begin: a little below what the data can show.

    Both are logarithmic, which more readers know than the normal deviates of older DET curves,
    and which shows a false match rate of 1 in 10,000 as well as one of 1 in 10.
    """
    floors = []
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis, kind in ((axes.xaxis, "impostor"), (axes.yaxis, "genuine")):
        least = _RULE_OF_THREE / max(trial[kind] for trial in trials)
        floors.append(10.0 ** math.floor(math.log10(min(least, 0.1) / 2)))
        axis.set_major_locator(LogLocator(10, numticks=12))
        in_percent(axis)
    axes.set_xlim(floors[0], 1)
    axes.set_ylim(floors[1], 1)
    axes.set_xlabel("FMR: different people accepted")
    axes.set_ylabel("FNMR: the right person turned away")
    return floors[0], floors[1]


def _unknown(axes: Axes, trials: Sequence[Mapping[str, Any]]) -> None:
    """Mark the rates below 3/n, which n comparisons cannot show."""
    least = [
        _RULE_OF_THREE / max(trial[kind] for trial in trials) for kind in ("impostor", "genuine")
    ]
    grey: dict[str, Any] = {"color": MUTED, "alpha": 0.15, "linewidth": 0}
    axes.axvspan(axes.get_xlim()[0], least[0], **grey)
    axes.axhspan(axes.get_ylim()[0], least[1], **grey, label="too few comparisons to show")


def _curve(axes: Axes, line: _Line, floors: tuple[float, float], **look: Any) -> None:
    """Draw a curve; a rate of 0 lies beyond the frame."""
    fmr, fnmr = (
        np.maximum(np.asarray(line.trial["det"][kind], float), floor / 100)
        for kind, floor in zip(("fmr", "fnmr"), floors, strict=True)
    )
    seen = bool(((fmr >= floors[0]) & (fnmr >= floors[1])).any())
    name = line.name if seen else f"{line.name} (no curve: never both errors)"
    axes.plot(fmr, fnmr, linewidth=1.8, label=name, **look)


def _mark(mark: str, colour: str) -> dict[str, Any]:
    return {"color": colour if mark == "o" else PAPER, "markeredgecolor": colour, "markersize": 8}


def _cross(axes: Axes, at: Decided, floors: tuple[float, float], colour: str) -> str:
    """Draw a point with its two intervals, and return the mark that it got.

    Where no error was seen, it stands at the upper end of the interval.
    """
    rates = (at.fmr, at.fnmr)
    if any(rate["value"] is None for rate in rates):
        return ""
    place = [rate["value"] or rate["high"] for rate in rates]
    (left, right), (bottom, top) = (
        (max(rate["low"], floor / 100), rate["high"])
        for rate, floor in zip(rates, floors, strict=True)
    )
    axes.plot((left, right), (place[1],) * 2, color=colour, linewidth=1.1, zorder=4)
    axes.plot((place[0],) * 2, (bottom, top), color=colour, linewidth=1.1, zorder=4)
    mark = "o"
    if not at.fmr["value"] or not at.fnmr["value"]:
        mark = "<" if at.fnmr["value"] else "v"
    axes.plot(*place, mark, **_mark(mark, colour), markeredgewidth=1.5, zorder=5)
    return mark


def spread(system: Mapping[str, Any]) -> Figure:
    """Draw the scores of both kinds of comparisons, as shares of each kind.

    The axis of shares is logarithmic: errors happen where the tails cross, which a linear axis
    does not show at all.
    """
    trial, at = system["trials"][0], decided(system)
    figure = sheet(3.7)
    axes = figure.add_subplot()
    histogram = trial["histogram"]
    edges = np.asarray(histogram["edges"], float)
    kinds = (
        ("impostor", "different people", BAD, (0, (4, 1))),
        ("genuine", "the same person", GOOD, "-"),
    )
    lowest = 1.0
    for kind, name, colour, dash in kinds:
        counts = np.asarray(histogram[kind], float)
        if not counts.sum():
            continue
        share = counts / counts.sum()
        lowest = min(lowest, float(share[share > 0].min()))
        axes.stairs(share, edges, fill=True, color=colour, alpha=0.22, linewidth=0, baseline=1e-12)
        axes.stairs(
            share, edges, color=colour, linestyle=dash, linewidth=1.6, label=name, baseline=1e-12
        )
    axes.set_yscale("log")
    axes.set_ylim(lowest / 2, 1)
    axes.yaxis.set_major_locator(LogLocator(10, numticks=8))
    in_percent(axes.yaxis)
    axes.set_xlabel("score (mean cosine)")
    axes.set_ylabel("share of comparisons")
    _threshold(axes, at, edges)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _threshold(axes: Axes, at: Decided | None, edges: Any) -> None:
    if at is None:
        return
    left, right = min(edges[0], at.threshold), max(edges[-1], at.threshold)
    room = 0.02 * (right - left)
    axes.set_xlim(left - room, right + room)
    axes.axvline(at.threshold, color=INK, linewidth=1.4, linestyle=(0, (5, 2)))
    late = at.threshold > left + 0.5 * (right - left)
    name = "operating point" if at.target is None else f"FMR {at.target:g}"
    axes.annotate(
        f"{name} {at.threshold:.4f}\naccepted from here on",
        (at.threshold, 1), (-6 if late else 6, -4), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right" if late else "left", va="top", fontsize=9,
    )  # fmt: skip

"""Bars with their intervals: groups, and numbers of photos and attempts."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from visavis.evaluation._page.canvas import (
    BAD,
    GOOD,
    INK,
    MUTED,
    PAPER,
    SERIES,
    Axes,
    Figure,
    in_percent,
    sheet,
)
from visavis.evaluation._page.views import decided, overall, trial_words
from visavis.evaluation._page.wording import people, plain

__all__ = ["Row", "draw_bars", "group_bars", "height_of", "trial_bars", "wrapped"]

_LABEL: Final = 24  # characters in a line
_LINES: Final = 3
_LINE: Final = 0.19  # inches
_NIST: Final = 1.25


@dataclass(frozen=True, slots=True)
class Row:
    """A label with its bars.

    Attributes:
        label: in several lines, if need be.
        rates: one bar each: a rate, or None for no bar, and its colour.
        note: in place of bars.

    """

    label: str
    rates: Sequence[tuple[Mapping[str, Any] | None, str]]
    note: str = ""


def group_bars(system: Mapping[str, Any], column: Mapping[str, Any]) -> Figure:
    """Draw FMR and FNMR of the groups of one column, and those of everybody as a line."""
    sides = []
    for kind, colour in (("fmr", BAD), ("fnmr", GOOD)):
        rows = []
        for group in column["groups"]:
            label = wrapped(group["label"], people(group["people"]))
            small = group["too_small"] or group[kind]["value"] is None
            rates = [(None if small else group[kind], colour)]
            rows.append(Row(label, rates, "too few to say" if small else ""))
        sides.append(rows)
    figure, (left, right) = _side_by_side(sides)
    everybody = overall(system)
    for axes, kind in ((left, "fmr"), (right, "fnmr")):
        line = everybody[kind]["value"] if everybody else None
        if line is not None:
            axes.axvline(line, color=INK, linewidth=1.2, label="everybody")
            if axes is right and line:
                axes.axvline(
                    line * _NIST, color=INK, linewidth=1.2, linestyle=":",
                    label="25 % more than everybody (NIST)",
                )  # fmt: skip
    handles, labels = right.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def trial_bars(systems: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw FMR and FNMR by numbers of photos and attempts, one bar for each system."""
    names: dict[str, str] = {}
    found: dict[tuple[str, int], Any] = {}
    for number, system in enumerate(systems):
        for place, trial in enumerate(system["trials"]):
            names.setdefault(trial["name"], trial_words(trial))
            found[trial["name"], number] = decided(system, place)
    sides = [
        [
            Row(
                wrapped(words),
                [
                    (getattr(found.get((name, number)), kind, None), SERIES[number % len(SERIES)])
                    for number in range(len(systems))
                ],
            )
            for name, words in names.items()
        ]
        for kind in ("fmr", "fnmr")
    ]
    figure, (_, right) = _side_by_side(sides)
    if len(systems) > 1:
        for number, system in enumerate(systems):
            colour = SERIES[number % len(SERIES)]
            right.barh([0], [0], color=colour, alpha=0.55, label=plain(system["embedder"]))
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _side_by_side(sides: Sequence[Sequence[Row]]) -> tuple[Figure, tuple[Axes, Axes]]:
    heights = [height_of(row) for row in sides[0]]
    figure = sheet(sum(heights) + 1.25)
    left, right = figure.subplots(1, 2, sharey=True)
    titles = ("FMR: different people\naccepted", "FNMR: the right person\nturned away")
    for axes, rows, title in zip((left, right), sides, titles, strict=True):
        draw_bars(axes, rows, heights)
        axes.set_title(title)
    return figure, (left, right)


def height_of(row: Row) -> float:
    """Return how many inches a row needs."""
    return max(_LINE * (row.label.count("\n") + 1), 0.2 * len(row.rates)) + 0.14


def draw_bars(axes: Axes, rows: Sequence[Row], heights: Sequence[float]) -> None:
    """Draw rows from top to bottom; lengths are linear and begin at 0, so that they compare."""
    places, top = [], 0.0
    for row, height in zip(rows, heights, strict=True):
        places.append(top - height / 2)
        thick = min((height - 0.12) / len(row.rates), 0.26)
        for number, (rate, colour) in enumerate(row.rates):
            place = places[-1] + (len(row.rates) / 2 - number - 0.5) * thick
            _bar(axes, place, thick * 0.82, rate, colour)
        if row.note:
            axes.text(
                0.02, places[-1], row.note, color=MUTED, fontsize=9, style="italic", va="center",
                transform=axes.get_yaxis_transform(), zorder=5,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
        top -= height
    axes.set_ylim(top, 0)
    axes.set_yticks(places, [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, _furthest(rows) * 1.04)
    in_percent(axes.xaxis, steps=4)


def _bar(
    axes: Axes, place: float, thick: float, rate: Mapping[str, Any] | None, colour: str
) -> None:
    if rate is None or rate["value"] is None:
        return
    axes.barh(place, rate["value"], thick, color=colour, alpha=0.55)
    axes.plot((rate["low"], rate["high"]), (place, place), color=INK, linewidth=1.3)
    for end in (rate["low"], rate["high"]):
        axes.plot(end, place, "|", color=INK, markersize=6, clip_on=False)
    axes.plot(rate["value"], place, "o", color=colour, markeredgecolor=INK, clip_on=False)


def _furthest(rows: Sequence[Row]) -> float:
    ends = [
        rate["high"] for row in rows for rate, _ in row.rates if rate and rate["value"] is not None
    ]
    return max(ends, default=0.0) or 1.0


def wrapped(label: object, more: str = "") -> str:
    """Return a label in several lines, and what never falls victim to a label's length."""
    lines = textwrap.wrap(plain(label), _LABEL, max_lines=_LINES, placeholder=" …") or ["-"]
    short = len(lines) == 1 and len(lines[0]) + len(more) < _LABEL
    # Next to words that are written from right to left, a count would change places with them.
    if more and short and not any(unicodedata.bidirectional(c) in {"R", "AL"} for c in lines[0]):
        return f"{lines[0]}, {more}"
    return "\n".join([*lines, more] if more else lines)

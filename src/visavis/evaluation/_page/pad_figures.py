"""Figures of a report on presentation attacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from visavis.evaluation._page.bars import Row, draw_bars, height_of, wrapped
from visavis.evaluation._page.canvas import (
    BAD,
    GOOD,
    INK,
    Axes,
    Drawing,
    Figure,
    in_percent,
    sheet,
)
from visavis.evaluation._page.wording import interval, people, percent, plain, spaced

__all__ = ["by_rate", "pad_drawings"]

Part = Mapping[str, Any]

_AROUND: Final = 0.95  # inches for the title, the axis and its labels
_TICKS: Final = {0.25: "¼", 0.5: "½", 1: "1", 2: "2", 4: "4"}
_HONEST: Final = (
    ("bpcer", "not let through"),
    ("taken_for_spoof", "taken for a spoof"),
    ("nonresponse", "not decided"),
)


def pad_drawings(report: Part) -> list[Drawing]:
    """Return the figures that the data suffice for, in the order of the page.

    Args:
        report: of the schema "visavis-pad-1".

    """
    found = []
    if attacks := by_rate(report["attacks"]):
        title = "APCER: attacks that were accepted, by class"
        text = "; ".join(f"{spaced(each['class'])}: {_rate(each['apcer'])}" for each in attacks)
        found.append(Drawing("classes", title, f"{text}.", partial(_classes, attacks)))
    if honest := report["bona_fide"]:
        title = "BPCER: honest presentations that were not let through"
        text = "; ".join(f"{words}: {_rate(honest[name])}" for name, words in _HONEST)
        found.append(Drawing("honest", title, f"{text}.", partial(_honest, honest)))
    if attacks or honest:
        drawing = partial(_strictness, report)
        title = "Both errors by strictness"
        found.append(Drawing("strictness", title, _strictness_text(report), drawing))
    return found


def by_rate(attacks: Sequence[Part]) -> list[Part]:
    """Return classes of attacks, those that are accepted most first."""
    order = sorted(attacks, key=lambda each: plain(each["class"]))
    return sorted(order, key=lambda each: (-each["apcer"]["value"], -each["apcer"]["high"]))


def _rate(rate: Part) -> str:
    return f"{percent(rate['value'])} ({interval(rate)})"


def _classes(attacks: Sequence[Part]) -> Figure:
    rows = [
        Row(wrapped(spaced(each["class"]), people(each["people"])), [(each["apcer"], BAD)])
        for each in attacks
    ]
    return _rows(rows, "APCER: presentations that were accepted")


def _honest(honest: Part) -> Figure:
    rows = [Row(wrapped(words), [(honest[name], GOOD)]) for name, words in _HONEST]
    return _rows(rows, "BPCER and its two parts: presentations that were not let through")


def _rows(rows: Sequence[Row], title: str) -> Figure:
    heights = [height_of(row) for row in rows]
    figure = sheet(sum(heights) + _AROUND)
    axes = figure.add_subplot()
    draw_bars(axes, rows, heights)
    axes.tick_params(axis="y", pad=8)  # marks at 0 reach beyond the axis
    axes.set_title(title)
    return figure


def _strictness(report: Part) -> Figure:
    curve, target = report["curve"], report["at_target"]
    figure = sheet(4.3)
    axes = figure.add_subplot()
    axes.set_xscale("log", base=2)
    lines = (
        ("apcer_worst", "APCER of the worst class: attacks accepted", BAD, (0, (6, 2)), "s"),
        ("bpcer", "BPCER: honest presentations not let through", GOOD, "-", "o"),
    )
    for name, label, colour, dash, mark in lines:
        if curve[name] is not None:
            axes.plot(
                curve["strictness"], curve[name], color=colour, linestyle=dash, marker=mark,
                markersize=3.5, linewidth=1.6, label=label, clip_on=False, zorder=4,
            )  # fmt: skip
    if report["attacks"]:
        name = f"{percent(target['target'])} of attacks"
        axes.axhline(target["target"], color=INK, linewidth=1, linestyle=":", label=name)
    _in_use(axes)
    axes.set_xticks(list(_TICKS), list(_TICKS.values()))
    axes.minorticks_off()
    axes.set_xlim(min(_TICKS), max(_TICKS))
    axes.set_ylim(0, 1)
    in_percent(axes.yaxis, steps=5)
    axes.set_xlabel("strictness: factor on the usual limits, laxer to the left")
    axes.set_ylabel("share of presentations")
    figure.legend(loc="outside lower center", ncols=1)
    return figure


def _in_use(axes: Axes) -> None:
    axes.axvline(1, color=INK, linewidth=1.2, linestyle=(0, (5, 2)))
    axes.annotate(
        "in use", (1, 1), (6, -4), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="top", fontsize=9,
    )  # fmt: skip


def _strictness_text(report: Part) -> str:
    curve = report["curve"]
    parts = []
    for name, words in (("apcer_worst", "APCER of the worst class"), ("bpcer", "BPCER")):
        if curve[name] is not None:
            ends = f"{percent(curve[name][0])} to {percent(curve[name][-1])}"
            parts.append(f"{words} goes from {ends}")
    return f"{' and '.join(parts)}, from the laxest strictness to the strictest."

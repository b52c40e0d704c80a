"""The report as one HTML page that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from visavis.evaluation._page import canvas, pad_summary, summary, views, wording
from visavis.evaluation._page.canvas import Drawing, drawn
from visavis.evaluation._page.figures import drawings, suffix
from visavis.evaluation._presentations import PAD_SCHEMA

__all__ = ["page"]

_TEMPLATE: Final = "page.html.j2"
_PAD_TEMPLATE: Final = "pad_page.html.j2"
_STYLE: Final = "style.css"
# Colours that change with the paper; the others are legible on both.
_THEMED: Final = {
    canvas.INK: "--ink",
    canvas.MUTED: "--muted",
    canvas.RULE: "--rule",
    canvas.PAPER: "--paper",
    canvas.SERIES[0]: "--first",
    canvas.SERIES[1]: "--second",
}


def page(report: Mapping[str, Any]) -> str:
    """Return a report as HTML. The same report gives the same text.

    Args:
        report: of the schema "visavis-evaluation-1" or "visavis-pad-1".

    """
    if report["schema"] == PAD_SCHEMA:
        return _rendered(_PAD_TEMPLATE, report, say=pad_summary)
    ends = [suffix(report, number) for number in range(len(report["systems"]))]
    return _rendered(_TEMPLATE, report, say=summary, ends=ends)


def _rendered(template: str, report: Mapping[str, Any], **more: object) -> str:
    return str(
        _environment()
        .from_string(_text(template))
        .render(
            report=report,
            figures={drawing.name: _figure(drawing) for drawing in drawings(report)},
            style=Markup(_text(_STYLE)),  # noqa: S704 - our own
            **more,
        )
    )


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals |= {"views": views, "in_pairs": _in_pairs}
    environment.filters |= {
        name: getattr(wording, name)
        for name in ("interval", "many", "number", "one_in", "people", "percent", "spaced")
    }
    return environment


def _shown(value: object) -> object:
    return value if isinstance(value, Markup) else wording.plain(value)


def _in_pairs(column: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the false match rates between groups by both labels, whichever comes first."""
    found = {}
    for pair in column["pairs"]:
        found[pair["first"], pair["second"]] = pair["fmr"]
        found[pair["second"], pair["first"]] = pair["fmr"]
    return found


def _figure(drawing: Drawing) -> Markup:
    """Return a figure to stand in the page: its colours go with the page, its text is text."""
    [data] = drawn(drawing, "svg")
    svg = data.decode("utf-8")
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"\s*<(title|metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' style="fill: none"(?= clip-path)| xmlns:xlink="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    # Several figures share one page, where every id must be the only one of its name.
    svg = re.sub(r'((?: id="|href="#|url\(#))', rf"\g<1>{drawing.name}-", svg)
    for colour, name in _THEMED.items():
        svg = svg.replace(f": {colour}", f": var({name}, {colour})")
    size = re.search(r'width="[\d.]+pt" height="[\d.]+pt" ', svg)
    svg = svg.replace(size.group(), "", 1) if size else svg
    label = f'<svg role="img" aria-label="{escape(drawing.title)}. {escape(drawing.text)}"'
    return Markup(svg.replace("<svg", label, 1))  # noqa: S704 - matplotlib has escaped the labels

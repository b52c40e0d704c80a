"""Writes the tables of the model card and the system card anew, from the report they quote.

    python bench/cards.py

The report is that of the operating point that ships, in docs/operating-point. A test compares the
cards with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from visavis.evaluation._page.wording import how_often, interval, many, number, percent

__all__ = ["CARDS", "REPORT", "TARGET", "calibrated", "main", "renewed", "report"]

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
REPORT: Final = DOCS / "operating-point" / "report.json"
TARGET: Final = 1e-4
"""What the operating point that ships aims at."""

_STRANGERS: Final = 100_000
_HOLDERS: Final = 1_000
_BEGIN: Final = "<!-- from operating-point/report.json: python bench/cards.py -->"
_END: Final = "<!-- end -->"


def report() -> dict[str, Any]:
    """Return the report of the operating point that ships."""
    return dict(json.loads(REPORT.read_text(encoding="utf-8")))


def calibrated(system: dict[str, Any]) -> dict[str, Any]:
    """Return what was found for the target of the operating point that ships."""
    (found,) = (each for each in system["calibration"] if each["target"] == TARGET)
    return dict(found)


def renewed(card: str, table: str) -> str:
    """Return the text of a card with another table."""
    before, rest = card.split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}\n\n{table}\n\n{_END}{after}"


def main() -> None:
    """Write the tables."""
    for name, table in CARDS.items():
        card = DOCS / name
        text = renewed(card.read_text(encoding="utf-8"), table(report()))
        card.write_text(text, encoding="utf-8")


def _rates(found: dict[str, Any]) -> str:
    """Return every rate at the operating point, with its interval."""
    (system,) = found["systems"]
    lines = ["| what | errors | of | rate | 95 % interval |", "|---|--:|--:|--:|---|"]
    lines += [
        f"| {what} | {number(rate['errors'])} | {number(rate['comparisons'])} "
        f"| {_text(percent(rate['value']))} | {_text(interval(rate))} |"
        for what, rate in _measured(system)
    ]
    return "\n".join(lines)


def _measured(system: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    taken = system["acquisition"]
    yield "photos that could not be used (FTA)", taken["fta"]
    yield "people who could not be enrolled (FTE)", taken["fte"]
    for trial in system["trials"]:
        at, how = trial["at_operating_point"], _how(trial)
        yield f"FMR, {how}", at["fmr"]
        yield f"FNMR, {how}", at["fnmr"]
    judged = calibrated(system)
    single = _how({"enrolled": 1, "verified": 1, "attempts": 1})
    yield f"**FMR, {single}, judged by others**", judged["overall"]
    yield f"FNMR, {single}, judged by others", judged["fnmr"]
    for trial in judged["trials"]:
        how = _how(_named(system, trial["name"]))
        yield f"FMR, {how}, judged by others", trial["fmr"]
        yield f"FNMR, {how}, judged by others", trial["fnmr"]


def _named(system: dict[str, Any], name: str) -> dict[str, Any]:
    (trial,) = (each for each in system["trials"] if each["name"] == name)
    return dict(trial)


def _how(trial: dict[str, Any]) -> str:
    tries = f", up to {trial['attempts']} attempts" if trial["attempts"] > 1 else ""
    return f"{many(trial['enrolled'], 'photo')} with {trial['verified']}{tries}"


def _plainly(found: dict[str, Any]) -> str:
    """Return the same as people count: how many of a round number."""
    (system,) = found["systems"]
    trials = {each["name"]: each["at_operating_point"] for each in system["trials"]}
    single, several, thrice = (trials[each] for each in ("1-1", "3-3", "3-2, 3 attempts"))
    judged = calibrated(system)
    rows = [
        ("strangers let in: what is aimed at", number(_STRANGERS), f"{TARGET * _STRANGERS:g}", ""),
        _row("strangers let in, one photo each", single["fmr"], _STRANGERS),
        _row("**the same, thresholds judged by others**", judged["overall"], _STRANGERS),
        _row("strangers let in, three photos each", several["fmr"], _STRANGERS),
        _row("strangers let in, in three attempts", thrice["fmr"], _STRANGERS),
        _row("holders turned away, one photo each", single["fnmr"], _HOLDERS),
        _row("the same, thresholds judged by others", judged["fnmr"], _HOLDERS),
        _row("holders turned away, three photos each", several["fnmr"], _HOLDERS),
        _row("holders turned away three times", thrice["fnmr"], _HOLDERS),
        _row("photos that could not be used", system["acquisition"]["fta"], _HOLDERS),
    ]
    head = ["| | of | seen | 95 % interval |", "|---|--:|--:|---|"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def _row(what: str, rate: dict[str, Any], base: int) -> tuple[str, str, str, str]:
    often = how_often(rate, base)
    within = f"up to {often.high}" if not rate["errors"] else f"{often.low} to {often.high}"
    return what, often.base, often.about, within


def _text(shown: str) -> str:
    return shown.replace("\u00a0", " ")


CARDS: Final = {"model-card.md": _rates, "system-card.md": _plainly}
"""Each card, and what makes its table."""

if __name__ == "__main__":
    main()

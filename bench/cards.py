"""Writes the tables of the pages that quote a report anew, from that report.

    python bench/cards.py

The model card and the system card quote the report of the operating point that ships, in
docs/operating-point; docs/liveness.md quotes that on presentation attacks, in docs/liveness. A test
compares the pages with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from visavis.evaluation._page.wording import (
    how_often,
    interval,
    many,
    number,
    people,
    percent,
)

__all__ = ["CARDS", "LIVENESS", "REPORT", "TARGET", "Card", "calibrated", "main", "report"]

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
REPORT: Final = DOCS / "operating-point" / "report.json"
LIVENESS: Final = DOCS / "liveness" / "report.json"
TARGET: Final = 1e-4
"""What the operating point that ships aims at."""

_STRANGERS: Final = 100_000
_HOLDERS: Final = 1_000
_END: Final = "<!-- end -->"


@dataclass(frozen=True)
class Card:
    """A page that quotes a report.

    Attributes:
        source: the report.
        table: what stands in the page, made from the report.
    """

    source: Path
    table: Callable[[dict[str, Any]], str]

    def renewed(self, page: str, found: dict[str, Any]) -> str:
        """Return the text of the page with what a report says now."""
        begin = f"<!-- from {self.source.relative_to(DOCS).as_posix()}: python bench/cards.py -->"
        before, rest = page.split(begin)
        _, after = rest.split(_END)
        return f"{before}{begin}\n\n{self.table(found)}\n\n{_END}{after}"


def report(source: Path = REPORT) -> dict[str, Any]:
    """Return a report, that of the operating point that ships if no other is named."""
    return dict(json.loads(source.read_text(encoding="utf-8")))


def calibrated(system: dict[str, Any]) -> dict[str, Any]:
    """Return what was found for the target of the operating point that ships."""
    (found,) = (each for each in system["calibration"] if each["target"] == TARGET)
    return dict(found)


def main() -> None:
    """Write the tables."""
    for name, card in CARDS.items():
        page = DOCS / name
        text = card.renewed(page.read_text(encoding="utf-8"), report(card.source))
        page.write_text(text, encoding="utf-8")


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


def _presentations(found: dict[str, Any]) -> str:
    """Return how often attacks were accepted and honest people were not, and how long it took."""
    data, made = found["data"], found["made"]
    begin = (
        f"visavis {made['visavis']}, {made['date']}: {many(data['recordings'], 'recording')} of "
        f"{people(data['people'])}."
    )
    parts = [begin, _attacks(found), _honest(found), _taken(found["time"], made)]
    return "\n\n".join(part for part in parts if part)


def _attacks(found: dict[str, Any]) -> str:
    lines = [
        "| attack | accepted | of | people | APCER | 95 % interval | suspected | not decided |",
        "|---|--:|--:|--:|--:|---|--:|--:|",
    ]
    # Of classes alike, the one that is known least comes first, as the report has it.
    worst_first = sorted(
        found["attacks"], key=lambda each: (-each["apcer"]["value"], -each["apcer"]["high"])
    )
    for attack in worst_first:
        name = f"`{attack['class']}`"
        if attack["class"] == found["worst"] and attack["accepted"]:
            name = f"**{name}, the worst**"
        others = (sum(attack[kind].values()) for kind in ("suspected", "undecided"))
        counts = (attack["accepted"], attack["presentations"], attack["people"])
        row = (name, *map(number, counts), *_shares(attack["apcer"]), *map(number, others))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _honest(found: dict[str, Any]) -> str:
    seen, target = found["bona_fide"], found["at_target"]
    most = _text(percent(target["target"]))
    rows = [
        ("taken for a spoof", seen["taken_for_spoof"]),
        ("asked to try again, because nothing could be decided (BPNRR)", seen["nonresponse"]),
        ("**not let through, both together (BPCER)**", seen["bpcer"]),
        (f"{_held_down(target)} (BPCER at APCER {most})", target["bpcer"]),
    ]
    who = f"{people(seen['people'])} who were there themselves"
    lines = [f"| {who} | how many | of | rate | 95 % interval |", "|---|--:|--:|--:|---|"]
    for what, rate in rows:
        counts = (number(rate["count"]), number(rate["of"])) if rate else ("-", "-")
        shares = _shares(rate) if rate else ("-", "-")
        lines.append(f"| {' | '.join((what, *counts, *shares))} |")
    return "\n".join(lines)


def _held_down(target: dict[str, Any]) -> str:
    most = f"more than {_text(percent(target['target']))} accepted"
    if target["strictness"] is None:
        return f"no strictness that was tried leaves no class with {most}"
    factor = f"{target['strictness']:.2f}".rstrip("0").rstrip(".")
    ends = ", the laxest that was tried" if target["reached"] == "everywhere" else ""
    return f"not let through at {factor} times the strictness in use{ends}: no class has {most}"


def _taken(found: dict[str, Any] | None, made: dict[str, Any]) -> str:
    if found is None:
        return ""
    return (
        f"From the last frame to the answer: {found['median_ms']:.0f} ms at the median of "
        f"{many(found['recordings'], 'recording')}, at most {found['p95_ms']:.0f} ms in 95 of 100; "
        f"on a machine with {many(made['cores'], 'core')}, {number(made['threads'])} at a time."
    )


def _shares(rate: dict[str, Any]) -> tuple[str, str]:
    return _text(percent(rate["value"])), _text(interval(rate))


CARDS: Final = {
    "model-card.md": Card(REPORT, _rates),
    "system-card.md": Card(REPORT, _plainly),
    "liveness.md": Card(LIVENESS, _presentations),
}
"""Each page, the report that it quotes, and what makes its tables."""

if __name__ == "__main__":
    main()

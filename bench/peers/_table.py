"""The figures as a table in Markdown, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from bench.peers._protocol import TARGETS, Figures, Point
from bench.peers._systems import System

from visavis.evaluation._participants.people import Participants
from visavis.evaluation._rates.intervals import Rate

__all__ = ["as_json", "as_table"]

Measured = list[tuple[System, Figures]]
_DIGITS = 2


def as_table(measured: Measured) -> str:
    """Return one column for each system, with 95 % intervals over people in brackets."""
    systems, figures = zip(*measured, strict=True)
    lines = [
        ["one photo with one photo", *(system.name for system in systems)],
        ["---", *("--:" for _ in systems)],
        ["failures to acquire", *(_rate(each.fta) for each in figures)],
        ["comparisons of a person with themselves", *(f"{each.genuine:,}" for each in figures)],
        ["comparisons of two people", *(f"{each.impostor:,}" for each in figures)],
        ["EER", *(f"{_short(each.eer)} %" for each in figures)],
    ]
    for target in TARGETS:
        points = [each.points[target] for each in figures]
        lines.append([f"FNMR at FMR {target:g}", *_cells(points, lambda point: point.fnmr)])
        lines.append(
            ["FNMR with failures to acquire", *_cells(points, lambda point: point.refused)]
        )
    usual = [each.usual for each in figures]
    lines += [
        ["**usual threshold**", *(system.usual for system in systems)],
        ["FMR there", *_cells(usual, lambda point: point.fmr)],
        ["FNMR there", *_cells(usual, lambda point: point.fnmr)],
        ["FNMR with failures to acquire", *_cells(usual, lambda point: point.refused)],
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(points: Iterable[Point | None], take: Callable[[Point], Rate]) -> list[str]:
    return [_rate(take(point)) if point else "too few to show" for point in points]


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return "-"
    if not rate.errors:
        return f"0 % (up to {_short(rate.high)})"
    return f"{_short(rate.value)} % ({_short(rate.low)} to {_short(rate.high)})"


def _short(share: float) -> str:
    """Return a share in per cent, with two digits that count."""
    return f"{float(f'{share * 100:.{_DIGITS}g}'):.10f}".rstrip("0").rstrip(".")


def as_json(measured: Measured, participants: Participants) -> dict[str, Any]:
    """Return all that was counted, and of what."""
    return {
        "data": {
            "name": participants.name,
            "people": len(participants.people),
            "photos": measured[0][1].fta.comparisons,
            "sha256": measured[0][1].digest,
        },
        "systems": [
            {
                "name": system.name,
                "versions": system.versions,
                "fta": figures.fta.json(),
                "genuine": figures.genuine,
                "impostor": figures.impostor,
                "eer": figures.eer,
                "points": [
                    {"fmr": target, **(asdict(point) if point else {})}
                    for target, point in figures.points.items()
                ],
                "usual": {"threshold": system.usual, **asdict(figures.usual)},
            }
            for system, figures in measured
        ],
    }

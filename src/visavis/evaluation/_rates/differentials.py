"""How error rates differ between the groups that participants declared themselves to be in.

Measures after ISO/IEC 19795-10. Each works on the rates of several groups at one threshold,
and is None where its data says nothing, instead of a number that looks like an answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from visavis.evaluation._rates.disclosure import FEWEST_PEOPLE
from visavis.evaluation._rates.intervals import Rate

__all__ = [
    "NO_RATE",
    "Column",
    "Group",
    "Pair",
    "Spread",
    "composed",
    "garbe",
    "gini",
    "inequity",
    "nist_25",
]


NO_RATE: Final = Rate(errors=0, comparisons=0, value=None, low=0.0, high=1.0, method="none")
"""In place of a rate that is not told."""

_FEWEST_GROUPS: Final = 2
_FARTHEST: Final = 10.0
_ALLOWED: Final = 0.25
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Group:
    """Participants who declared the same label, and the errors made with them.

    Attributes:
        label: as declared.
        people: how many.
        fmr: false match rate between two different people of this group.
        fnmr: false non-match rate of the people of this group.
        fta: failures to acquire among their photos.

    """

    label: str
    people: int
    fmr: Rate
    fnmr: Rate
    fta: Rate


@dataclass(frozen=True, slots=True)
class Pair:
    """False match rate between the people of two groups, or within one (`first` is `second`)."""

    first: str
    second: str
    fmr: Rate


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that participants could declare.

    Attributes:
        name: of the column.
        told: labels of the groups whose rates are told (`disclosure`).
        groups: in the order of the report.
        within: false match rate of two people of the same group, over all groups that are told.
        across: false match rate of people of two different groups, likewise.
        pairs: every unordered pair of groups, and each group with itself.

    """

    name: str
    told: set[str]
    groups: tuple[Group, ...]
    within: Rate
    across: Rate
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How far apart the rates of groups are: of FMR, of FNMR, and of both weighed by alpha."""

    fmr: float | None
    fnmr: float | None
    both: float | None


def gini(rates: Sequence[float]) -> float | None:
    """Return the Gini coefficient of rates, with the n / (n - 1) that lets it reach 1.

    Args:
        rates: one for each group, each at least 0.

    Returns:
        0 (all equal) to 1 (all errors in one group): half the mean difference of two groups,
        divided by the mean rate. None with fewer than two rates, or if all of them are 0.

    """
    count, total = len(rates), math.fsum(rates)
    if count < _FEWEST_GROUPS or not total > 0:
        return None
    # Sorted, the sum of |a - b| over pairs counts the k-th smallest 2k - n + 1 times.
    apart = math.fsum((2 * k - count + 1) * rate for k, rate in enumerate(sorted(rates)))
    return apart / ((count - 1) * total)


def garbe(fmr: Sequence[float], fnmr: Sequence[float], *, alpha: float = 0.5) -> Spread:
    """Return the Gini aggregation rate for biometric equitability.

    Howard, Laird, Sirotin, Rubin, Tipton, Vemury: Evaluating Proposed Fairness Models for Face
    Recognition Algorithms, 2022 (arXiv 2203.05051): alpha * G(FMR) + (1 - alpha) * G(FNMR).

    Args:
        fmr: false match rate of each group, 0 to 1.
        fnmr: false non-match rate of each group, 0 to 1.
        alpha: weight of false matches, 0 to 1.

    Returns:
        0 (equal) to 1; None where `gini` is, and for both if it is for either.

    """
    first, second = gini(fmr), gini(fnmr)
    if first is None or second is None:
        return Spread(first, second, None)
    return Spread(first, second, alpha * first + (1 - alpha) * second)


def inequity(fmr: Sequence[float], fnmr: Sequence[float], *, alpha: float = 0.5) -> Spread:
    """Return the inequity ratio: the largest rate over the smallest.

    Grother: Face Recognition Vendor Test Part 8, NISTIR 8429, 2022, and Howard et al. (see
    `garbe`): (max FMR / min FMR) ** alpha * (max FNMR / min FNMR) ** (1 - alpha).

    Args:
        fmr: false match rate of each group, 0 to 1.
        fnmr: false non-match rate of each group, 0 to 1.
        alpha: weight of false matches, 0 to 1.

    Returns:
        At least 1 (equal). A group without errors leaves the ratio undefined, not infinite:
        None, as with fewer than two groups, and for both if it is for either.

    """
    first, second = _largest_to_smallest(fmr), _largest_to_smallest(fnmr)
    if first is None or second is None:
        return Spread(first, second, None)
    return Spread(first, second, first**alpha * second ** (1 - alpha))


def nist_25(fnmr: Sequence[float], overall: float | None) -> tuple[bool, float] | None:
    """Tell whether no group's rate is more than 25 % worse than everyone's.

    NIST SP 800-63A-4, section 3.11. It looks at the rates alone, not at their intervals.

    Args:
        fnmr: false non-match rate of each group, 0 to 1.
        overall: the rate of everyone.

    Returns:
        Whether it holds, and by which share the worst group exceeds the overall rate (0.25 is
        25 % worse; negative if every group is better). None with fewer than two groups, or
        without any error to compare.

    """
    if len(fnmr) < _FEWEST_GROUPS or not overall:
        return None
    excess = max(fnmr) / overall - 1
    return excess <= _ALLOWED + _ROUNDING, excess


def composed(
    columns: Sequence[Column], *, fmr: Rate, fnmr: Rate, alpha: float = 0.5
) -> list[dict[str, Any]]:
    """Compose "differentials.columns" of the report.

    Rates of a group that is too small, and of pairs with it, are not told. A
    rate of a larger group says nothing if it has no value, or if no error was seen in so few
    comparisons that it may yet be ten times the overall rate: it is told with its interval, but
    has no ratio and is left out of the measures of that rate. A group of which neither FMR nor
    FNMR says anything is too small as well.

    Args:
        columns: what was declared, with rates of every group at one threshold.
        fmr: false match rate of everyone at that threshold.
        fnmr: false non-match rate of everyone.
        alpha: weight of false matches in GARBE and the inequity ratio, 0 to 1.

    """
    return [_column(column, fmr=fmr, fnmr=fnmr, alpha=alpha) for column in columns]


def _column(column: Column, *, fmr: Rate, fnmr: Rate, alpha: float) -> dict[str, Any]:
    told = column.told
    large = [group for group in column.groups if group.label in told]
    matches = {group.label: group.fmr.value or 0.0 for group in large if _says(group.fmr, fmr)}
    misses = {group.label: group.fnmr.value or 0.0 for group in large if _says(group.fnmr, fnmr)}
    fmrs, fnmrs = list(matches.values()), list(misses.values())
    rule = nist_25(fnmrs, fnmr.value)
    spread, ratio = garbe(fmrs, fnmrs, alpha=alpha), inequity(fmrs, fnmrs, alpha=alpha)
    return {
        "column": column.name,
        "groups": [
            _group(group, fmr=fmr, fnmr=fnmr, told=group.label in told) for group in column.groups
        ],
        "within": (column.within if told else NO_RATE).json(),
        "across": (column.across if len(told) >= _FEWEST_GROUPS else NO_RATE).json(),
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "fmr": (pair.fmr if {pair.first, pair.second} <= told else NO_RATE).json(),
            }
            for pair in column.pairs
        ],
        "worst": {"fmr": _worst(matches), "fnmr": _worst(misses)},
        "nist_25": {
            "holds": rule[0] if rule else None,
            "worst": _worst(misses) if rule else None,
            "excess": rule[1] if rule else None,
        },
        "garbe": {"fmr": spread.fmr, "fnmr": spread.fnmr, "garbe": spread.both, "alpha": alpha},
        "inequity": {"fmr": ratio.fmr, "fnmr": ratio.fnmr, "ratio": ratio.both, "alpha": alpha},
    }


def _group(group: Group, *, fmr: Rate, fnmr: Rate, told: bool) -> dict[str, Any]:
    silent = [
        name
        for name, own, overall in (("FMR", group.fmr, fmr), ("FNMR", group.fnmr, fnmr))
        if not _says(own, overall)
    ]
    why = None
    if group.people < FEWEST_PEOPLE:
        why = f"Fewer than {FEWEST_PEOPLE} people: rates would be about them, not the system."
    elif not told:
        why = f"Its rates, with others, would be about fewer than {FEWEST_PEOPLE} people."
    elif silent:
        why = f"Too few comparisons to set its {' and '.join(silent)} beside those of others."
    return {
        "label": group.label,
        "people": group.people,
        "too_small": not told or len(silent) == len(("FMR", "FNMR")),
        "why": why,
        "fmr": (group.fmr if told else NO_RATE).json(),
        "fnmr": (group.fnmr if told else NO_RATE).json(),
        "fta": (group.fta if told else NO_RATE).json(),
        "fmr_ratio": _to_overall(group.fmr, fmr) if told and "FMR" not in silent else None,
        "fnmr_ratio": _to_overall(group.fnmr, fnmr) if told and "FNMR" not in silent else None,
    }


def _says(rate: Rate, overall: Rate) -> bool:
    """Whether a rate can be set beside the overall one."""
    if rate.value is None:
        return False
    return rate.errors > 0 or rate.high <= _FARTHEST * (overall.value or 0.0)


def _to_overall(rate: Rate, overall: Rate) -> float | None:
    return rate.value / overall.value if rate.value is not None and overall.value else None


def _worst(rates: dict[str, float]) -> str | None:
    """Label of the largest rate, the first of equals; None if there is no worse one."""
    if not any(first != second for first, second in pairwise(rates.values())):
        return None
    return max(rates, key=lambda label: rates[label])


def _largest_to_smallest(rates: Sequence[float]) -> float | None:
    if len(rates) < _FEWEST_GROUPS or not min(rates) > 0:
        return None
    return max(rates) / min(rates)

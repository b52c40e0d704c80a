"""Which groups may be told of, so that nothing that is told is about a few people.

Rates of a group are about its people. So are the rates of everybody less those of the groups that
are told; and the rates of two groups of different columns, set against each other, are about those
who are in both. So every combination of what is told must hold nobody, or enough people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_PEOPLE", "told"]

FEWEST_PEOPLE: Final = 10
"""Of fewer people nothing is told: it would be about them, not about the system."""


def told(
    columns: Mapping[str, Sequence[str]], present: NDArray[np.bool_], compared: NDArray[np.bool_]
) -> dict[str, set[str]]:
    """Return the labels of each column that may be told of.

    Columns come in their order; in each, the smallest groups join the rest until every combination
    with what is told already holds nobody or enough people.

    Args:
        columns: for each, what every person declared; "" for nothing.
        present: shape (people,): who has photos that count.
        compared: shape (people,): who can be compared with themselves, and so be turned away.

    """
    cells = np.zeros(len(present), np.int64)
    found = {}
    for column, declared in columns.items():
        labels = np.array(declared)
        sizes = {str(label): int((compared & (labels == label)).sum()) for label in set(declared)}
        wanted = {label for label, size in sizes.items() if label and size >= FEWEST_PEOPLE}
        while wanted and _some_are_few(_crossed(cells, labels, wanted), present, compared):
            wanted.remove(min(sorted(wanted), key=lambda label: sizes[label]))
        found[column] = wanted
        cells = _crossed(cells, labels, wanted)
    return found


def _crossed(
    cells: NDArray[np.int64], labels: NDArray[np.str_], wanted: set[str]
) -> NDArray[np.int64]:
    """Return numbers of the combinations of cells and wanted labels; all others are one label."""
    kept = np.where(np.isin(labels, sorted(wanted)), labels, "")
    _, number = np.unique(kept, return_inverse=True)
    _, crossed = np.unique(cells * (number.max(initial=0) + 1) + number, return_inverse=True)
    return crossed


def _some_are_few(
    cells: NDArray[np.int64], present: NDArray[np.bool_], compared: NDArray[np.bool_]
) -> bool:
    """Return whether a cell holds somebody, and too few people who are compared."""
    here, enough = (
        np.bincount(cells[who], minlength=cells.max() + 1) for who in (present, compared)
    )
    return bool(np.any((here > 0) & (enough < FEWEST_PEOPLE)))

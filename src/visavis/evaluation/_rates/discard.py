"""Does the quality of a photo foretell errors? Error-versus-discard curves (ISO/IEC 29794-1).

Grother and Tabassi, "Performance of Biometric Quality Measures", 2007: comparisons with the
worst photos are discarded first, and the FNMR of the others, at a threshold that stays as it
is, should fall. A curve that does not says that this component foretells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHARES", "components", "discard_curve"]

SHARES: Final = tuple(step / 20 for step in range(11))
"""Shares of comparisons discarded: up to half of them, in steps of 5 %."""

_FEWEST_LEFT: Final = 20
_BINS: Final = 20


def discard_curve(
    quality: NDArray[np.floating[Any]],
    failed: NDArray[np.bool_],
    shares: Sequence[float] = SHARES,
) -> list[float | None]:
    """Return the FNMR of what is left when the worst comparisons are discarded.

    Comparisons of equal quality are discarded evenly: each point is the mean over every order
    in which they could be taken. The order of the input therefore never matters.

    Args:
        quality: shape (n,): of each genuine comparison, the lower of its two photos; finite,
            higher is better.
        failed: shape (n,): whether it was a false non-match.
        shares: of the comparisons to discard, each at least 0 and less than 1.

    Returns:
        One FNMR, 0 to 1, for each share; None where fewer than 20 comparisons are left.

    """
    values, level = np.unique(quality, return_inverse=True)
    return _curve(level, failed, len(values), shares)


def components(
    quality: NDArray[np.float32],
    names: Sequence[str],
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    failed: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    """Compose "quality" of the report: a histogram and a discard curve of every component.

    Args:
        quality: shape (photos, components); finite, higher is better.
        names: of the components.
        first: shape (n,): row of one photo of each genuine comparison.
        second: shape (n,): row of the other.
        failed: shape (n,): whether it was a false non-match.

    """
    return [
        _component(name, quality[:, column], first, second, failed)
        for column, name in enumerate(names)
    ]


def _component(
    name: str,
    quality: NDArray[np.float32],
    first: NDArray[np.integer[Any]],
    second: NDArray[np.integer[Any]],
    failed: NDArray[np.bool_],
) -> dict[str, Any]:
    edges = _edges(quality)
    counts, _ = np.histogram(quality.astype(np.float64), bins=edges)
    # There are far fewer photos than comparisons: sorting those is enough.
    values, level = np.unique(quality, return_inverse=True)
    level = level.astype(np.int32)
    lower = np.minimum(level[first], level[second])
    return {
        "component": name,
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "discard": {"share": list(SHARES), "fnmr": _curve(lower, failed, len(values), SHARES)},
    }


def _edges(quality: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return round edges: the exact ends would be those of one photo each."""
    if not quality.size:
        return np.linspace(0.0, 1.0, _BINS + 1)
    low, high = float(quality.min()), float(quality.max())
    width = (high - low) / _BINS or max(abs(low), 1.0) / _BINS
    unit = 10.0 ** np.floor(np.log10(width))
    step = np.ceil(width / unit) * unit
    first = np.floor(low / step)
    count = int(np.floor(high / step) - first) + 1
    edges: NDArray[np.float64] = (first + np.arange(count + 1)) * step
    return edges


def _curve(
    level: NDArray[np.integer[Any]],
    failed: NDArray[np.bool_],
    levels: int,
    shares: Sequence[float],
) -> list[float | None]:
    """Return the curve from how many levels of quality each comparison is above the worst."""
    counts = np.bincount(level, minlength=levels)
    taken = counts > 0
    comparisons = _from_worst(counts[taken])
    failures = _from_worst(np.bincount(level[failed], minlength=levels)[taken])
    discarded = np.asarray(shares, dtype=np.float64) * len(level)
    # Between two levels failures go evenly with the comparisons: the mean over all orders.
    left = failures[-1] - np.interp(discarded, comparisons, failures)
    return [
        None if rest < _FEWEST_LEFT else float(min(max(errors / rest, 0.0), 1.0))
        for errors, rest in zip(left, len(level) - discarded, strict=True)
    ]


def _from_worst(counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many there are up to each level, beginning with none."""
    return np.concatenate([[0], np.cumsum(counts)])

"""An error rate with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rate"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors counted among comparisons, with the interval that holds the true rate.

    Attributes:
        errors: how many comparisons went wrong.
        comparisons: how many were made.
        value: errors / comparisons, in [0, 1]; None when there is too little data to say.
        low: lower end of the 95 % interval, in [0, 1].
        high: upper end of the 95 % interval, in [0, 1].
        method: how the interval was made: "bootstrap", "rule of three" (no error seen) or
            "none" (no value).
    """

    errors: int
    comparisons: int
    value: float | None
    low: float
    high: float
    method: str

    def json(self) -> dict[str, int | float | str | None]:
        """The rate as it stands in ``report.json``."""
        return {
            "errors": self.errors,
            "comparisons": self.comparisons,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "method": self.method,
        }

"""Where in a report the rates stand that a reader wants first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from visavis.evaluation._page.wording import in_words, one_in, photos_of

__all__ = ["Decided", "decided", "groups_of", "overall", "trial_words"]


@dataclass(frozen=True, slots=True)
class Decided:
    """Rates of one trial at the threshold that matters most.

    Attributes:
        threshold: from which a comparison is accepted.
        fmr: a rate, as the report has it.
        fnmr: a rate, as the report has it.
        target: the share of false matches that the threshold was chosen for, on the same data;
            None at the operating point.

    """

    threshold: float
    fmr: Mapping[str, Any]
    fnmr: Mapping[str, Any]
    target: float | None

    @property
    def where(self) -> str:
        """Where on the curve this is, in words."""
        if self.target is None:
            return "at the operating point"
        return f"where {one_in(self.target)} comparisons of different people match"


def decided(system: Mapping[str, Any], number: int = 0) -> Decided | None:
    """Return the rates of a trial at the operating point.

    Without one, those at the lowest false match rate that the first trial can show; None where
    this trial, or every one, cannot.
    """
    trials = system["trials"]
    at = trials[number]["at_operating_point"]
    if at is not None:
        return Decided(at["threshold"], at["fmr"], at["fnmr"], None)
    if system["operating_point"] is not None:
        return None
    targets = [point["target"] for point in trials[0]["points"] if point["shown"]]
    for point in trials[number]["points"]:
        if point["shown"] and point["target"] == min(targets, default=None):
            return Decided(point["threshold"], point["fmr"], point["fnmr"], point["target"])
    return None


def overall(system: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what everybody's rates are at the threshold by which groups are compared."""
    trial, at = system["trials"][0], system["differentials"]["at"]
    if trial["at_operating_point"] is not None:
        return cast("Mapping[str, Any]", trial["at_operating_point"])
    shown = [point for point in trial["points"] if point["shown"]]
    return next((point for point in shown if f"FMR {point['target']:g}" == at), None)


def trial_words(trial: Mapping[str, Any]) -> str:
    """Return what a trial is, in words."""
    words = f"{photos_of(trial['enrolled'])} enrolled, {in_words(trial['verified'])} at the door"
    attempts = trial["attempts"]
    return words if attempts == 1 else f"{words}, up to {in_words(attempts)} attempts"


def groups_of(column: Mapping[str, Any], *, too_small: bool) -> list[Mapping[str, Any]]:
    """Return the groups of a column that are too small to say anything of, or the others."""
    return [group for group in column["groups"] if group["too_small"] == too_small]

"""The report in sentences, for people who decide about it and do not measure.

A sentence says no more than the numbers do. Where no error was seen, it says how many may still
be there; where there is too little data, it says that.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING
from typing import Any, Final

from visavis.evaluation._page.group_sentences import groups
from visavis.evaluation._page.views import decided
from visavis.evaluation._page.wording import (
    how_often,
    interval,
    label,
    listed,
    many,
    number,
    one_in,
    people,
    percent,
    plain,
    with_counts,
)

__all__ = [
    "calibrated",
    "groups",
    "let_in",
    "limits",
    "operating_point",
    "tested",
    "turned_away",
    "unusable",
    "where",
]

Part = Mapping[str, Any]
_NOT_SAID: Final = 1.0


def tested(report: Part) -> list[str]:
    """Say what was tested, and with how many people."""
    data, made, systems = report["data"], report["made"], report["systems"]
    what = listed([plain(system["embedder"]) for system in systems])
    sentences = [
        f"On {made['date']}, visavis {made['visavis']} with {what} was tested with "
        f"{many(data['photos'], 'photo')} of {people(data['people'])}, the data “{data['name']}”."
    ]
    if left := data["left_out"]:
        sentences.append(f"Beside these, some files or entries were left out: {with_counts(left)}.")
    return sentences


def where(system: Part) -> str:
    """Say at which threshold the two main rates are."""
    at = decided(system)
    if at is None:
        return (
            "These data are too few for any error rate: even a false match rate of 1 in 100 "
            "cannot be shown with them."
        )
    if at.target is None:
        return "At the threshold that visavis uses, with one photo enrolled and one at the door:"
    return (
        f"At a threshold chosen on these same data, which {one_in(at.target)} comparisons of "
        "different people reach; on other people it would be somewhat different:"
    )


def let_in(rate: Part) -> str:
    """Say how often a different person is accepted."""
    if rate["value"] is None or rate["high"] >= _NOT_SAID:
        return "How often a different person would be let in cannot be said: too few comparisons."
    often = how_often(rate, 10_000)
    if not rate["errors"]:
        return (
            f"In {many(rate['comparisons'], 'comparison')} of different people nobody was let in. "
            f"That does not mean never: up to {often.high} of {often.base} attempts could be, by "
            "the rule of three."
        )
    return (
        f"Of {often.base} attempts by a different person, about {often.about} would be let in "
        f"(between {often.low} and {often.high})."
    )


def turned_away(rate: Part) -> str:
    """Say how often the right person is not accepted."""
    if rate["value"] is None or rate["high"] >= _NOT_SAID:
        return "How often the right person is turned away cannot be said: too few comparisons."
    often = how_often(rate, 100)
    if not rate["errors"]:
        return (
            f"In {many(rate['comparisons'], 'comparison')} the right person was never turned away. "
            f"Up to {often.high} of {often.base} attempts could be, by the rule of three."
        )
    return (
        f"Of {often.base} attempts by the right person, about {often.about} are turned away "
        f"(between {often.low} and {often.high})."
    )


def unusable(acquisition: Part) -> list[str]:
    """Say how many photos and people could not be used at all."""
    photos, failures = number(acquisition["photos"]), acquisition["failures"]
    sentences = [f"All {photos} photos were good enough to compare."]
    if failures:
        share = f"{percent(acquisition['fta']['value'])}; {interval(acquisition['fta'])}"
        sentences = [
            f"{number(failures)} of {photos} photos were not good enough to compare ({share}): "
            f"{with_counts(acquisition['reasons'])}. Whoever brings such a photo is asked for "
            "another one."
        ]
    if acquisition["not_enrolled"]:
        sentences.append(
            f"Of {number(acquisition['not_enrolled'])} of {people(acquisition['people'])} no photo "
            "was good enough: they could not be enrolled."
        )
    return sentences


def operating_point(system: Part) -> str:
    """Say whether the threshold in use stands on enough evidence."""
    point = system["operating_point"]
    if point is None:
        return "No operating point exists for it, so visavis lets nobody in with it."
    name = f"The operating point in use, “{plain(point['id'])}”, is {point['status']}"
    if point["status"] == "proven":
        return (
            f"{name}: with the data that it was measured with, no interval reached above its "
            "target, in any declared group that was large enough to tell."
        )
    return (
        f"{name}: the data that it was measured with do not prove the error rate that it aims at."
    )


def calibrated(found: Part) -> str:
    """Say what these data show for one target, on people who had no say in the threshold."""
    target = f"A false match rate of {one_in(found['target'])} in the worst group"
    if found["overall"] is None:
        return f"{target} is beyond what these data can show: there are too few comparisons."
    rate, who = found["overall"], "all people together"
    if found["worst"] is not None and found["worst_group"] is not None:
        rate = found["worst_group"]
        who = f"the group {label(found['worst']['label'])} ({label(found['worst']['column'])})"
    reaches = f"the interval reaches up to {percent(rate['high'], ROUND_CEILING)} for {who}"
    if found["status"] == "proven":
        return f"{target} is proven by these data: in the worst case {reaches}."
    if rate["high"] > found["target"]:
        return f"{target} is not proven by these data: {reaches}."
    return f"{target} is not proven by these data, because not enough is known about groups."


def limits(report: Part) -> list[str]:
    """Say what these data cannot show."""
    trial = report["systems"][0]["trials"][0]
    comparisons, pairs = many(trial["impostor"], "comparison"), many(trial["person_pairs"], "pair")
    sentences = [
        f"The false match rate rests on {comparisons} of different people, but on only {pairs} of "
        "people. Comparisons of the same people resemble each other and count for less; the "
        "intervals take that into account."
    ]
    least = [point["least"] for point in trial["points"] if not point["shown"]]
    if least and min(least) < _NOT_SAID:
        often = how_often({"value": min(least), "low": 0.0, "high": min(least)}, 100)
        sentences.append(
            f"False match rates below {often.high} in {often.base} cannot be shown with one photo "
            "each: so many would be possible even if no error was seen."
        )
    if any(system["operating_point"] for system in report["systems"]):
        sentences.append(
            "If the threshold in use was chosen with photos of these same people, the rates at it "
            "are flattered; those of the thresholds for a target, further down, are not."
        )
    if not report["data"]["columns"]:
        sentences.append("Nothing is known about groups, because none were declared.")
    return [
        *sentences,
        "It holds for people, cameras and light like those in the data. Whoever differs from them "
        "may fare worse.",
        "Attempts to deceive, with a printed photo, a screen or a mask, are another kind of test "
        "and not part of this one. Nor were twins and close relatives looked at separately.",
    ]

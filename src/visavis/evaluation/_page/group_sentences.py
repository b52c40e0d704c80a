"""What is known of groups, in sentences; and of which groups nothing is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from visavis.evaluation._page.views import groups_of, overall
from visavis.evaluation._page.wording import interval, label, listed, people, percent, plain

__all__ = ["groups"]

Part = Mapping[str, Any]
_FEWEST_GROUPS: Final = 2
_NIST: Final = 1.25


def groups(report: Part, system: Part) -> list[tuple[str, list[str]]]:
    """Say for each column who fares worst, and of whom nothing is known."""
    everybody = overall(system)
    found = []
    for column in system["differentials"]["columns"]:
        sentences = _of_column(column, everybody)
        undeclared = report["data"]["undeclared"].get(column["column"], 0)
        if undeclared:
            sentences.append(f"Declared nothing, and in no group: {people(undeclared)}.")
        found.append((plain(column["column"]), sentences))
    return found


def _of_column(column: Part, everybody: Part | None) -> list[str]:
    large, small = groups_of(column, too_small=False), groups_of(column, too_small=True)
    if len(large) > 1:
        sentences = [
            _worst(column, "fmr", "two different people of one group are confused", everybody),
            _worst(column, "fnmr", "the right person is turned away", everybody),
            _nist(column, everybody),
        ]
    else:
        who = f"Only {label(large[0]['label'])} is" if large else "No group is"
        sentences = [f"{who} large enough, so that nothing can be compared."]
    if small:
        names = listed([f"{label(group['label'])} ({people(group['people'])})" for group in small])
        sentences.append(f"Too small to say anything of: {names}.")
    return sentences


def _worst(column: Part, kind: str, what: str, everybody: Part | None) -> str:
    worst = column["worst"][kind]
    comparable = [group for group in column["groups"] if group[f"{kind}_ratio"] is not None]
    if worst is None and len(comparable) < _FEWEST_GROUPS:
        return (
            f"How often {what} cannot be compared between these groups: too few errors were seen."
        )
    if worst is None:
        return f"How often {what} is the same in all groups that could be compared."
    [group] = [each for each in column["groups"] if each["label"] == worst]
    rate, ratio = group[kind], group[f"{kind}_ratio"]
    sentence = (
        f"{what[0].upper()}{what[1:]} most often in {label(worst)}: {percent(rate['value'])} "
        f"({interval(rate)})"
    )
    if ratio is not None:
        sentence += f", {ratio:.1f} times the rate of everybody"
    usual = everybody[kind]["value"] if everybody else None
    if usual is None:
        return f"{sentence}."
    if rate["low"] <= usual <= rate["high"]:
        return f"{sentence}. That may be chance: the interval holds the rate of everybody."
    return f"{sentence}. The interval does not hold the rate of everybody."


def _nist(column: Part, everybody: Part | None) -> str:
    """Judge by rates, as NIST does; and say where the intervals do not."""
    rule, usual = column["nist_25"], everybody["fnmr"]["value"] if everybody else None
    most = _NIST * usual if usual is not None else None
    if rule["holds"] is None:
        return "NIST's limit for differences cannot be judged with these data."
    if rule["holds"]:
        judged = [each for each in column["groups"] if each["fnmr_ratio"] is not None]
        room = most is not None and any(group["fnmr"]["high"] > most for group in judged)
        return (
            "NIST's limit is kept by the groups that could be judged: in none of them the right "
            "person is turned away over 25\u00a0% more often than everybody"
            f"{', but the intervals leave room for more' if room else ''}."
        )
    # All groups may be equally bad: then those who are in none are better.
    worst = [each for each in column["groups"] if each["label"] == rule["worst"]]
    where = label(rule["worst"]) if worst else "all groups"
    chance = most is not None and any(group["fnmr"]["low"] <= most for group in worst)
    return (
        f"NIST's limit is not kept: in {where} the right person is turned away "
        f"{percent(rule['excess'])} more often than everybody; 25\u00a0% are allowed"
        f"{'. With so few people that may be chance' if chance else ''}."
    )

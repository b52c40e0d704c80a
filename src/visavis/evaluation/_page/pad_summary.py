"""A report on presentation attacks in sentences, for people who decide and do not measure.

A sentence says no more than the numbers do. Where none was accepted, it says how many may be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any, Final

from visavis.evaluation._page.pad_figures import by_rate
from visavis.evaluation._page.wording import (
    label,
    listed,
    many,
    number,
    people,
    percent,
    spaced,
    with_counts,
)

__all__ = [
    "accepted",
    "at_most",
    "by_rate",
    "classes",
    "decided",
    "headline",
    "honest",
    "limits",
    "missing",
    "target",
    "tested",
    "time_taken",
    "times",
]

Part = Mapping[str, Any]

_HALF: Final = 0.5
_ALL: Final = 1.0

UNTESTED: Final = (
    "No laboratory has tested how visavis recognises attacks. These are counts by whoever ran the "
    "command, with the measures of ISO/IEC 30107-3: no certificate, and no claim to conform to it."
)
SIMULATED: Final = (
    "Simulated attacks are not real ones: what a program draws says little about what somebody "
    "makes who wants to get in. An attack that nobody tried is in no number here."
)


def tested(report: Part) -> list[str]:
    """Say what was tested, and with how many people."""
    data, made, honest = report["data"], report["made"], report["bona_fide"]
    shown = sum(each["presentations"] for each in report["attacks"])
    parts = []
    if honest is not None:
        parts.append(f"{number(honest['presentations'])} of people who were there themselves")
    if report["attacks"]:
        kinds = len(report["attacks"])
        parts.append(
            f"{many(shown, 'attack')} of {number(kinds)} class{'' if kinds == 1 else 'es'}"
        )
    sentences = [
        f"On {made['date']}, visavis {made['visavis']} watched "
        f"{many(data['recordings'], 'recording')} of {people(data['people'])}, the data "
        f"{_quoted(data['name'])}: {listed(parts)}."
    ]
    if left := data["left_out"]:
        sentences.append(
            f"Beside these, some files or folders were left out, and count as nothing: "
            f"{with_counts(left)}."
        )
    return sentences


def headline(report: Part) -> str:
    """Say how the worst class of attacks did; of classes alike, the one that is known least."""
    attack, *others = by_rate(report["attacks"])
    if attack["accepted"] or not others:
        return accepted(attack)
    shown = sum(each["presentations"] for each in report["attacks"])
    return (
        f"Of {many(shown, 'presentation')} of {number(len(others) + 1)} classes none was accepted. "
        f"{_up_to(attack['apcer'], attack['people'])} That is said of each class alone, and here "
        f"of the one that is known least, {_class(attack['class'])}."
    )


def classes(report: Part) -> list[str]:
    """Say of every class how many attacks were accepted, the worst first."""
    return [accepted(each) for each in by_rate(report["attacks"])]


def accepted(attack: Part) -> str:
    """Say how many attacks of one class were accepted."""
    rate = attack["apcer"]
    given = attack["presentations"]
    whole = f"Of {many(given, 'presentation')} of the class {_class(attack['class'])}"
    if rate["count"] == 0:
        sentence = f"{whole} none was accepted. {_up_to(rate, attack['people'])}"
    else:
        were = "all were" if rate["count"] == given else f"{number(rate['count'])} {_was(rate)}"
        sentence = f"{whole} {were} accepted: {percent(rate['value'])}, {_between(rate)}."
    if attack["nonresponse"]["value"] >= _HALF:
        sentence += (
            f" Nothing could be decided about {number(attack['nonresponse']['count'])}: that stops "
            "an attack, but does not recognise it."
        )
    return sentence


def honest(report: Part) -> list[str]:
    """Say how many honest presentations were not let through, and why."""
    found = report["bona_fide"]
    if found is None:
        return []
    rate, given = found["bpcer"], found["presentations"]
    if not rate["count"]:
        text = f"Of {many(given, 'honest presentation')} every one was let through."
        return [f"{text} {_up_to(rate, found['people'], 'turned away')}"]
    spoof, doubt = found["taken_for_spoof"]["count"], found["nonresponse"]["count"]
    return [
        f"Of {many(given, 'honest presentation')} {number(rate['count'])} {_was(rate)} not let "
        f"through: {percent(rate['value'])}, {_between(rate)}.",
        f"{_sentence(spoof)} taken for a spoof, and {number(doubt) if doubt else 'none'} would be "
        "asked to try again, because nothing could be decided.",
    ]


def target(report: Part) -> list[str]:
    """Say what it costs honest people to hold every class of attacks down."""
    found = report["at_target"]
    most = f"{percent(found['target'])} of its presentations accepted"
    if found["reached"] == "unknown":
        return ["What a stricter or a laxer decision would change cannot be said: no attacks."]
    if found["reached"] == "never":
        return [
            f"No strictness that was tried holds every class of attacks down to {most}: not even "
            f"{times(report['curve']['strictness'][-1])} usual one."
        ]
    strictness = times(found["strictness"])
    how = f"From {strictness} usual strictness on, no class has more than {most}."
    if found["reached"] == "everywhere":
        how = f"No class has more than {most} even at the laxest strictness that was tried."
    sentences = [how]
    if found["bpcer"] is None:
        sentences.append("What that costs honest people is not known: none were recorded.")
    else:
        rate = found["bpcer"]
        sentences.append(
            f"There, {number(rate['count'])} of {many(rate['of'], 'honest presentation')} "
            f"{_was(rate)} not let through: {percent(rate['value'])}, {_between(rate)}."
        )
    sentences.append(
        "The strictness is chosen on these same recordings; on others it would be somewhat worse."
    )
    return sentences


def time_taken(report: Part) -> list[str]:
    """Say how long the decision takes once the last frame is there."""
    found, made = report["time"], report["made"]
    if found is None:
        return []
    return [
        f"From the last frame to the decision it took {_milliseconds(found['median_ms'])} at the "
        f"median of {many(found['recordings'], 'recording')}, and no more than "
        f"{_milliseconds(found['p95_ms'])} in 95 of 100. That was measured in this run, on a "
        f"machine with {many(made['cores'], 'core')} while {many(made['threads'], 'recording')} "
        f"{'was' if made['threads'] == 1 else 'were'} watched at a time."
    ]


def missing(report: Part) -> list[str]:
    """Say what the data lack for a full picture."""
    sentences = []
    if report["bona_fide"] is None:
        sentences.append(
            "There are no honest presentations of two people or more: how often somebody honest "
            "is turned away is not known."
        )
    if not report["attacks"]:
        sentences.append(
            "There are no attacks with two people or more: whether one would be accepted is not "
            "known."
        )
    if report["untold"]:
        names = listed([_class(name) for name in report["untold"]])
        sentences.append(
            f"Nothing is told of {names}: without recordings of two people or more that can be "
            "read, numbers would be about one person. A class that is not told may be the worst."
        )
    return sentences


def limits(_report: Part) -> list[str]:
    """Say what these numbers cannot show, whatever they are."""
    return [UNTESTED, SIMULATED]


def decided(kind: Part) -> str:
    """Return why presentations were suspected or undecided, with counts; a dash for nothing."""
    return with_counts(kind) if kind else "-"


def times(strictness: float) -> str:
    """Return a factor in words: 1.19 times the."""
    exact = f"{strictness:.2f}".rstrip("0").rstrip(".")
    return "the" if strictness == 1 else f"{exact} times the"


def at_most(rate: Part) -> str:
    """Return the upper end of an interval in words: 1 in 17, or 60 %."""
    high = rate["high"]
    # Rounded outwards: a rate is never told as smaller than it may be.
    if high > _HALF:
        return percent(high, ROUND_CEILING)
    return f"1 in {number(math.floor(1 / high + 1e-9))}"


def _up_to(rate: Part, shown: int, what: str = "") -> str:
    if rate["high"] >= _ALL:
        return f"With {people(shown)} that says nothing: all might be{what and f' {what}'}."
    after = f" {what}" if what else ""
    return f"With no more than {people(shown)}, up to {at_most(rate)} may be{after}."


def _between(rate: Part) -> str:
    low, high = percent(rate["low"], ROUND_FLOOR), percent(rate["high"], ROUND_CEILING)
    if rate["method"] == "rule of three":
        return f"and up to {high} may be"
    return f"between {low} and {high}"


def _was(rate: Part) -> str:
    return "was" if rate["count"] == 1 else "were"


def _sentence(count: int) -> str:
    return f"{number(count) if count else 'None'} {'was' if count <= 1 else 'were'}"


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms"


def _class(name: str) -> str:
    return f"“{label(spaced(name))}”"


def _quoted(name: str) -> str:
    return f"“{label(name)}”"

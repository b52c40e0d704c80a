"""Numbers as people read them: rounded to what they are worth, intervals always outwards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

__all__ = [
    "Often",
    "how_often",
    "in_words",
    "interval",
    "label",
    "listed",
    "many",
    "number",
    "one_in",
    "people",
    "percent",
    "photos_of",
    "plain",
    "spaced",
    "with_counts",
]

_DIGITS: Final = 2
# Beyond these a float holds noise: 0.03 * 100 is not 3.
_TRUE_DIGITS: Final = 12
_LARGEST_BASE: Final = 1_000_000_000
_SMALL: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# Kinds of characters that have no place in HTML or XML, or turn the text around them; and those
# of these kinds that words in some scripts need, or that keep a word from turning others around.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_NEEDED: Final = frozenset("\u200c\u200d\u2068\u2069")


def plain(text: object) -> str:
    """Return a text as one line, without characters that cannot be shown."""
    joined = re.sub(r"\s+", " ", str(text), flags=re.ASCII).strip()
    return "".join(
        "\ufffd" if unicodedata.category(c) in _UNSEEN and c not in _NEEDED else c for c in joined
    )


def label(text: object) -> str:
    """Return what somebody declared, to stand within a sentence whatever its script."""
    return f"\u2068{plain(text)}\u2069"


def with_counts(counts: Mapping[str, int]) -> str:
    """Return reasons and how often they applied: blurred (9) and sideways (2)."""
    return listed([f"{spaced(reason)} ({number(count)})" for reason, count in counts.items()])


def spaced(name: object) -> str:
    """Return a name that was made for programs, as words."""
    return plain(name).replace("_", " ")


def number(value: int) -> str:
    """Return a count with its thousands set apart."""
    return f"{value:,}"


def in_words(value: int) -> str:
    """Return a count, in words if it is below ten."""
    return _SMALL[value] if 0 <= value < len(_SMALL) else number(value)


def many(value: int, noun: str) -> str:
    """Return how many there are of something: 1 pair, 2 pairs."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def people(value: int) -> str:
    """Return how many people, with the noun."""
    return "1 person" if value == 1 else f"{number(value)} people"


def photos_of(value: int) -> str:
    """Return how many photos, in words and with the noun."""
    return f"{in_words(value)} photo{'' if value == 1 else 's'}"


def listed(parts: list[str]) -> str:
    """Return an enumeration: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def percent(value: float | None, rounding: str = ROUND_HALF_UP) -> str:
    """Return a share, 0 to 1, in per cent with two digits that count; a dash for None."""
    return "-" if value is None else f"{_rounded(value * 100, rounding)}\u00a0%"


def interval(rate: Mapping[str, Any]) -> str:
    """Return the 95 % interval of a rate, in per cent, rounded outwards."""
    if rate["value"] is None:
        return "-"
    low, high = percent(rate["low"], ROUND_FLOOR), percent(rate["high"], ROUND_CEILING)
    return f"up to {high}" if rate["method"] == "rule of three" else f"{low[:-2]} to {high}"


def one_in(share: float) -> str:
    """Return a share above 0 as "1 in 10,000", or in per cent where that is not exact."""
    whole = round(1 / share)
    return f"1 in {number(whole)}" if abs(whole * share - 1) < 10**-9 else percent(share)


@dataclass(frozen=True, slots=True)
class Often:
    """How often something happens, of a round number of times.

    Attributes:
        base: the round number.
        about: how often of these.
        low: lower end of the 95 % interval, rounded down.
        high: its upper end, rounded up.

    """

    base: str
    about: str
    low: str
    high: str


def how_often(rate: Mapping[str, Any], base: int) -> Often:
    """Return how often something happens, of a number of times that makes it once or more.

    Args:
        rate: with a value.
        base: the smallest number of times.

    """
    visible = rate["value"] or rate["high"]
    while 0 < visible * base < 1 and base < _LARGEST_BASE:
        base *= 10
    return Often(
        number(base),
        _rounded(rate["value"] * base, ROUND_HALF_UP),
        _rounded(rate["low"] * base, ROUND_FLOOR),
        _rounded(rate["high"] * base, ROUND_CEILING),
    )


def _rounded(value: float, rounding: str) -> str:
    """Return a number with two digits that count, but never with fewer than its whole part."""
    exact = Decimal(f"{value:.{_TRUE_DIGITS}g}")
    if not exact:
        return "0"
    places = min(exact.adjusted() - _DIGITS + 1, 0)
    text = f"{exact.quantize(Decimal(1).scaleb(places), rounding=rounding):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

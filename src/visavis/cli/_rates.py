"""Error rates as people write and read them."""

from __future__ import annotations

import math
import re
from typing import Final

from visavis.errors import InvalidArgument

__all__ = ["parse_rate", "shown_rate"]

_SHARE: Final = re.compile(r"1 ?(?:/|:|in) ?([1-9][0-9,]{0,12})")
_DECIMAL: Final = re.compile(r"[0-9]*\.?[0-9]+(?:[eE]-?[0-9]{1,2})?")
_PERCENT_FROM: Final = 0.02
_DIGITS: Final = 3


def parse_rate(text: str) -> float:
    """Read a rate such as ``1e-4``, ``0.0001`` or ``1/10000``.

    Returns:
        Between zero and one, both excluded.

    Raises:
        InvalidArgument: ``bad_rate``.
    """
    text = text.strip()
    rate = 0.0
    if share := _SHARE.fullmatch(text):
        rate = 1 / int(share[1].replace(",", ""))
    elif _DECIMAL.fullmatch(text):
        rate = float(text)
    if not 0 < rate < 1:
        raise InvalidArgument(
            "bad_rate", f"{text!r} is not an error rate.", "Use one such as 1e-4 or 1/10000."
        )
    return rate


def shown_rate(rate: float) -> str:
    """Return a rate in words: ``1 in 10,000`` if it is small, otherwise ``2.5 %``.

    Args:
        rate: from zero to one; a small one is rounded to three digits.
    """
    if rate <= 0:
        return "none"
    if rate >= _PERCENT_FROM:
        return f"{100 * rate:.1f} %"
    whole = 1 / rate
    places = _DIGITS - 1 - math.floor(math.log10(whole))
    return f"1 in {round(whole, min(places, 0)):,.0f}"

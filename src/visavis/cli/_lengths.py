"""Lengths of time as people write them on a command line."""

from __future__ import annotations

import re
from datetime import timedelta

from visavis.errors import InvalidArgument

__all__ = ["parse_length"]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}


def parse_length(text: str) -> timedelta:
    """Read a length of time such as ``90s``, ``12h``, ``30d``, ``8w`` or ``1y``.

    Raises:
        InvalidArgument: ``bad_lifetime``.
    """
    found = re.fullmatch(r"([0-9]{1,6})([smhdwy])", text.strip())
    if found is None:
        raise InvalidArgument(
            "bad_lifetime",
            f"{text!r} is not a length of time.",
            "Use a number and s, m, h, d, w or y, such as 365d.",
        )
    return int(found[1]) * _UNITS[found[2]]

"""Taking values out of JSON that may be damaged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["Part", "WrongError", "parse"]


class WrongError(ValueError):
    """What is wrong, to stand within a sentence."""


def parse(data: bytes) -> Any:
    """Return what JSON holds; no number is endless or none, and no name stands twice."""

    def refuse(name: str) -> NoReturn:
        raise WrongError(f"{name} is no number")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) != len(pairs):
            raise WrongError("a name stands twice in one object")
        return values

    return json.loads(data.decode(), parse_constant=refuse, object_pairs_hook=unique)


class Part:
    """One JSON object; every value is checked as it is taken, and a wrong one raises."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise WrongError(f"{where or 'the whole'} is no object")
        self._values, self._where = values, where

    def text(self, key: str, pattern: str = r"(?s).+") -> str:
        return str(self._take(key, lambda v: isinstance(v, str) and re.fullmatch(pattern, v)))

    def whole(self, key: str) -> int:
        return int(self._take(key, lambda v: type(v) is int and 0 <= v < 2**63))

    def number(self, key: str | int, low: float, high: float) -> float:
        return float(self._take(key, lambda v: type(v) in {int, float} and low <= v <= high))

    def numbers(self, key: str, low: float, high: float) -> list[float]:
        values = self._take(key, lambda v: isinstance(v, list))
        each = Part(dict(enumerate(values, 1)), f"{self._where}{key} ")
        return [each.number(place, low, high) for place in range(1, len(values) + 1)]

    def flag(self, key: str) -> bool:
        return bool(self._take(key, lambda v: isinstance(v, bool)))

    def is_null(self, key: str) -> bool:
        return self._take(key, lambda _: True) is None

    def part(self, key: str) -> Part:
        return Part(self._take(key, lambda _: True), f"{self._where}{key}: ")

    def parts(self, key: str) -> list[Part]:
        values = self._take(key, lambda v: isinstance(v, list))
        return [Part(value, f"{self._where}{key} {n}: ") for n, value in enumerate(values, 1)]

    def names(self) -> list[str]:
        return list(self._values)

    def wrong(self, what: str) -> WrongError:
        return WrongError(f"{self._where}{what}")

    def _take(self, key: str | int, is_right: Callable[[Any], object]) -> Any:
        if key not in self._values:
            raise self.wrong(f"{key} is missing")
        if not is_right(self._values[key]):
            raise self.wrong(f"{key} cannot be right")
        return self._values[key]

"""Reading typed values from a TOML table, strictly: a wrong or unknown key is an error."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from visavis.errors import ModelProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_CHANNELS: Final = 3
_ID: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")


def invalid(where: str, what: str) -> ModelProblem:
    """Return the error for a manifest that cannot be read; ``where`` names the place."""
    return ModelProblem(
        "manifest_invalid",
        f"The model manifest is not valid: {where}: {what}.",
        "Correct it; `ModelStore.add` and `EmbedderSpec` say what each key means.",
    )


def parse(text: str, where: str) -> Table:
    """Read a whole TOML document.

    Raises:
        ModelProblem: ``manifest_invalid`` when it is not TOML.
    """
    try:
        return Table(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise invalid(where, f"not TOML ({error})") from error


class Table:
    """One TOML table. Every key has to be taken exactly once, then ``finish`` is called."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = dict(values)
        self.where = where

    def has(self, key: str) -> bool:
        """Return whether the key is still there."""
        return key in self._values

    def finish(self) -> None:
        """Raise ``manifest_invalid`` when a key is left that nothing asked for."""
        for key in self._values:
            raise invalid(self.where, f"unknown key {key!r}")

    def text(self, key: str) -> str:
        """Take a string that is not blank."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise invalid(self.where, f"{key} has to be a string that is not empty")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """Take a string that is one of a few."""
        value = self.text(key)
        if value not in allowed:
            raise invalid(self.where, f"{key} has to be one of {', '.join(allowed)}")
        return value

    def identifier(self, key: str) -> str:
        """Take an id: lower-case letters, digits, dot, dash and underscore, 1 to 64 of them."""
        value = self.text(key)
        if not _ID.fullmatch(value):
            raise invalid(
                self.where,
                f"{key} may hold up to 64 lower-case letters, digits, dots and dashes",
            )
        return value

    def sha256(self, key: str) -> str:
        """Take a SHA-256 in lower-case hexadecimal."""
        value = self.text(key)
        if not _SHA256.fullmatch(value):
            raise invalid(self.where, f"{key} has to be 64 lower-case hexadecimal digits")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """Take a whole number between ``low`` and ``high``, both included."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise invalid(self.where, f"{key} has to be a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """Take a number between ``low`` and ``high``, both included."""
        return self._number(self._take(key), key, low, high)

    def three(self, key: str, low: float, high: float) -> tuple[float, float, float]:
        """Take three numbers between ``low`` and ``high``, one a channel."""
        values = self._take(key)
        if not isinstance(values, list) or len(values) != _CHANNELS:
            raise invalid(self.where, f"{key} has to be three numbers")
        first, second, third = (self._number(value, key, low, high) for value in values)
        return first, second, third

    def indices(self, key: str, below: int) -> tuple[int, ...]:
        """Take a list of one or more whole numbers from 0 to ``below`` - 1."""
        values = self._take(key)
        if not isinstance(values, list) or not values:
            raise invalid(self.where, f"{key} has to be a list of whole numbers")
        taken: list[int] = []
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
                raise invalid(self.where, f"{key} has to hold whole numbers below {below}")
            taken.append(value)
        return tuple(taken)

    def table(self, key: str) -> Table:
        """Take a table inside this one."""
        return self._table(self._take(key), f"{self.where}, {key}")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take a list of tables inside this one."""
        values = self._take(key)
        if not isinstance(values, list):
            raise invalid(self.where, f"{key} has to be a list of tables")
        places = enumerate(values, start=1)
        return tuple(self._table(value, f"{self.where}, {key} {n}") for n, value in places)

    def _take(self, key: str) -> object:
        if key not in self._values:
            raise invalid(self.where, f"{key} is missing")
        return self._values.pop(key)

    def _number(self, value: object, key: str, low: float, high: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)  # neither NaN nor an infinity is between two numbers
        raise invalid(self.where, f"{key} has to be a number from {low} to {high}")

    @staticmethod
    def _table(value: object, where: str) -> Table:
        if not isinstance(value, dict):
            raise invalid(where, "has to be a table")
        return Table(value, where)

"""A reader for the small, deterministic part of CBOR that passes are written in.

A general reader turns tags into dates, patterns, addresses and big decimals before anyone can
look at the structure, and so it has more ways to fail than can be listed: cbor2 raises
``OverflowError`` for a date far away, and keeps the last of two equal keys. This one knows
integers, byte and text strings, booleans, arrays and maps whose keys are integers or text, in the
one encoding that RFC 8949, section 4.2.1 allows, and refuses everything else. What it accepts is
safe to hand on.
"""

from __future__ import annotations

from typing import Final, TypeAlias

__all__ = ["Item", "NotStrict", "Truncated", "loads"]

Item: TypeAlias = "bool | int | bytes | str | list[Item] | dict[int | str, Item]"

_MAX_DEPTH: Final = 8
_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_FALSE: Final = 20
_TRUE: Final = 21
_ONE_BYTE_HEAD: Final = 24
_LONGEST_HEAD: Final = 27


class NotStrict(Exception):
    """The bytes are not one item of the known part of CBOR in its one encoding."""


class Truncated(NotStrict):
    """The bytes end before the item does."""


def loads(data: bytes, *, tag: int | None = None) -> Item:
    """Read exactly one item, with exactly this tag in front of it if one is given.

    Raises:
        NotStrict: the bytes are anything else.
        Truncated: the bytes end before the item does.
    """
    reader = _Reader(data)
    if tag is not None and reader.head() != (_TAG, tag):
        raise NotStrict
    item = reader.item(_MAX_DEPTH)
    if not reader.at_end:
        raise NotStrict
    return item


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def at_end(self) -> bool:
        return self._position == len(self._data)

    def head(self) -> tuple[int, int]:
        """Read a major type and its argument, which must be in the shortest form."""
        first = self._take(1)[0]
        major, argument = first >> 5, first & 0x1F
        if argument < _ONE_BYTE_HEAD:
            return major, argument
        # 28 to 30 are reserved, 31 is an indefinite length. Of the simple values, those that
        # need more bytes are floats or unassigned.
        if argument > _LONGEST_HEAD or major == _SIMPLE:
            raise NotStrict
        size = 1 << (argument - _ONE_BYTE_HEAD)
        value = int.from_bytes(self._take(size), "big")
        if value < (_ONE_BYTE_HEAD if size == 1 else 1 << (4 * size)):
            raise NotStrict
        return major, value

    def item(self, depth: int) -> Item:
        if depth == 0:
            raise NotStrict
        major, argument = self.head()
        if major == _UINT:
            return argument
        if major == _NINT:
            return -1 - argument
        if major in {_BYTES, _TEXT}:
            return self._string(major, argument)
        if major == _ARRAY:
            return [self.item(depth - 1) for _ in range(argument)]
        if major == _MAP:
            return self._map(argument, depth - 1)
        if major == _SIMPLE and argument in {_FALSE, _TRUE}:
            return argument == _TRUE
        raise NotStrict

    def _string(self, major: int, length: int) -> bytes | str:
        raw = self._take(length)
        if major == _BYTES:
            return raw
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise NotStrict from error

    def _map(self, count: int, depth: int) -> dict[int | str, Item]:
        result: dict[int | str, Item] = {}
        last = b""
        for _ in range(count):
            start = self._position
            key = self.item(1)
            # A boolean is an int as well, and True would be taken for the key 1.
            if isinstance(key, bool) or not isinstance(key, int | str):
                raise NotStrict
            encoded = self._data[start : self._position]
            # Ascending keys also means that no key occurs twice.
            if encoded <= last:
                raise NotStrict
            last = encoded
            result[key] = self.item(depth)
        return result

    def _take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise Truncated
        taken = self._data[self._position : end]
        self._position = end
        return taken

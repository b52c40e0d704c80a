"""Passes and presentations as text."""

from __future__ import annotations

from typing import Any, Final

from spec.makers.common import claims, make
from spec.makers.proof import present, tied
from spec.makers.text import DIGITS, to_text

ABOUT = "The text form: what it stands for, and text that stands for nothing."

_SECTION: Final = "9"


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    odd = make("text", claims())
    even = make("text", claims(purpose="Gym entrances"))
    good = {
        "pass-even": ("a pass with an even number of bytes", even),
        "pass-odd": ("a pass with an odd number of bytes", odd),
        "presentation": ("a presentation", present(tied())),
    }
    return [
        *(_good(name, text, data) for name, (text, data) in good.items()),
        _case("nothing", "nothing after the prefix", "VAV1:", {"result": "empty"}),
        *_bad(to_text(odd)),
    ]


def _overflow(body: str, size: int) -> str:
    """Write one group so that it reads the same to whoever takes only the bits that fit."""
    starts = range(0, len(body), 3)
    groups = [body[start : start + 3] for start in starts]
    values = [sum(DIGITS.index(char) * 45**i for i, char in enumerate(group)) for group in groups]
    too_much = 256 ** (size - 1)
    position = next(
        i
        for i, (group, value) in enumerate(zip(groups, values, strict=True))
        if len(group) == size and value + too_much < 45**size
    )
    value = values[position] + too_much
    groups[position] = "".join(DIGITS[value // 45**i % 45] for i in range(size))
    return "".join(groups)


def _bad(text: str) -> list[dict[str, Any]]:
    body = text.removeprefix("VAV1:")
    bad = {
        "empty": ("no characters", ""),
        "prefix-missing": ("without the prefix", body),
        "prefix-other": ("the prefix of something else", "HC1:" + body),
        "prefix-version": ("the prefix of another version", "VAV2:" + body),
        "prefix-small": ("the prefix in small letters", "vav1:" + body),
        "space-inside": ("a space after the prefix", "VAV1: " + body),
        "line-ends": ("a line end within", text[:76] + "\n" + text[76:]),
        "small-letters": ("small letters", "VAV1:" + body.lower()),
        "cut": ("one character of the last group", "VAV1:" + body[: len(body) // 3 * 3 - 2]),
        "other-character": ("a character that Base45 has not", "VAV1:_" + body[1:]),
        "non-ascii": ("a letter that is no ASCII", "VAV1:Ä" + body[1:]),
        "full-width": ("digits of another script", "VAV1:\uff10" + body[1:]),
        "group-too-large": ("65,536 more in a group of three", "VAV1:" + _overflow(body, 3)),
        "group-65536": ("65,536 in a group of three", "VAV1:GGW" + body[3:]),
        "group-largest": ("91,124 in a group of three", "VAV1::::" + body[3:]),
        "pair-too-large": ("256 more in a group of two", "VAV1:" + _overflow(body, 2)),
        "pair-largest": ("2,024 in a group of two", text[:-2] + "::"),
    }
    return [_case(name, text, data, {"result": "malformed"}) for name, (text, data) in bad.items()]


def _good(name: str, description: str, data: bytes) -> dict[str, Any]:
    return _case(name, description, to_text(data), {"result": "valid", "bytes": data})


def _case(name: str, description: str, text: str, expected: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"text-{name}",
        "description": description,
        "section": _SECTION,
        "text": text,
        "expected": expected,
    }

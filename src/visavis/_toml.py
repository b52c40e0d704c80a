"""Writing TOML: the standard library only reads it. What is written is flat and small."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

__all__ = ["Table", "Value", "as_toml"]

Value: TypeAlias = str | int | float | date | datetime
Table: TypeAlias = Mapping[str, "Value | Table"]


def as_toml(table: Table, *, name: str = "") -> str:
    """Return a table as TOML: its values first, and then the tables in it.

    Args:
        table: names of keys have to be bare words; times with a zone are rounded down to whole
            seconds.
        name: of the table itself; empty for the whole document.
    """
    lines = [f"[{name}]\n"] if name else []
    below = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            below.append(as_toml(value, name=f"{name}.{key}" if name else key))
        else:
            lines.append(f"{key} = {_written(value)}\n")
    return "\n".join(filter(None, ["".join(lines), *below]))


def _written(value: Value) -> str:
    if isinstance(value, str):
        # What JSON escapes, TOML escapes in the same way; DEL only TOML does.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    # The shortest digits that read back as the same number; inf and nan are TOML too.
    return repr(value)

"""The files of vectors: put together, written, compared."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from spec.makers import (
    keys,
    pass_claims,
    pass_encoding,
    pass_own_claims,
    pass_recipient,
    pass_sealed,
    pass_signed,
    pass_valid,
    pin,
    policy,
    proof,
    proof_form,
    status_list,
    text_form,
)
from spec.makers.common import DEFAULTS

__all__ = ["build", "main"]

FOLDER: Final = Path(__file__).resolve().parent.parent / "vectors"

_PASSES: Final = {
    "pass-valid": [pass_valid],
    "pass-encoding": [pass_encoding],
    "pass-sealed": [pass_sealed, pass_recipient],
    "pass-signed": [pass_signed],
    "pass-claims": [pass_claims, pass_own_claims],
    "pin": [pin],
    "policy": [policy],
    "proof": [proof, proof_form],
}
_KEYS_NOTE: Final = (
    "Test keys: their private parts are public. Never use them for anything but these vectors."
)
# A byte, or a few, many times over: bombs and long lists are given as what is repeated.
_REPEATED: Final = re.compile(rb"(.{1,13}?)\1{99,}", re.DOTALL)


def build() -> dict[str, bytes]:
    """Return every file by its name."""
    files: dict[str, Any] = {"keys": {"note": _KEYS_NOTE, "keys": keys.describe()}}
    for name, topics in _PASSES.items():
        vectors = [vector for topic in topics for vector in topic.vectors()]
        files[name] = _file(topics[0].ABOUT, vectors, DEFAULTS)
    files["status-list"] = _file(status_list.ABOUT, status_list.vectors(), status_list.DEFAULTS)
    files["text"] = _file(text_form.ABOUT, text_form.vectors(), {})
    return {f"{name}.json": _json(value) for name, value in files.items()}


def main() -> int:
    """Write the files, or with ``--check`` compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if they differ")
    check = parser.parse_args().check
    files = build()
    if check:
        return _compare(files)
    FOLDER.mkdir(exist_ok=True)
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    return 0


def _compare(files: dict[str, bytes]) -> int:
    there = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    problems = []
    for name in sorted(files.keys() | there.keys()):
        if name not in there:
            problems.append(f"{name} is missing")
        elif name not in files:
            problems.append(f"{name} is not one of the files that are generated")
        elif files[name] != there[name]:
            problems.append(f"{name} differs{_first_difference(files[name], there[name])}")
    for problem in problems:
        sys.stderr.write(f"spec/vectors: {problem}\n")
    if problems:
        sys.stderr.write(
            "Rebuild the vectors with `python spec/generate.py`, or undo the change.\n"
        )
    return 1 if problems else 0


def _first_difference(wanted: bytes, found: bytes) -> str:
    """Say where two files part."""
    pairs = zip(wanted.splitlines(), found.splitlines(), strict=False)
    line = next((number for number, (a, b) in enumerate(pairs, 1) if a != b), None)
    return " in length" if line is None else f" from line {line} on"


def _file(about: str, vectors: list[dict[str, Any]], defaults: dict[str, Any]) -> dict[str, Any]:
    ids = [vector["id"] for vector in vectors]
    repeated = {name for name in ids if ids.count(name) > 1}
    if repeated:
        raise ValueError(f"ids are not unique: {repeated}")
    return {"about": about, "defaults": defaults, "vectors": vectors}


def _json(value: Any) -> bytes:
    return (json.dumps(_plain(value), ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: Any) -> Any:
    """Replace bytes by hexadecimal digits."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _hex(value) if isinstance(value, bytes) else value


def _hex(data: bytes) -> str | list[Any]:
    """Return hexadecimal digits, or parts of which some are repeated."""
    parts: list[Any] = []
    end = 0
    for match in _REPEATED.finditer(data):
        unit = match.group(1)
        before = data[end : match.start()]
        parts += [before.hex()] if before else []
        parts.append({"hex": unit.hex(), "times": (match.end() - match.start()) // len(unit)})
        end = match.end()
    if not parts:
        return data.hex()
    return parts + ([data[end:].hex()] if data[end:] else [])

from __future__ import annotations

import contextlib
import math
import os
import tomllib
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis._operating_point import (
    OperatingPoint,
    as_file,
    read_operating_point,
    require_model,
    shipped_operating_point,
)
from visavis._toml import Table, as_toml
from visavis.errors import ModelProblem
from visavis.face.fake import FakeEmbedder
from visavis.registry import ModelEntry, Task

POINT = OperatingPoint(
    id="fake/people-1e-4-2026-11-22-provisional",
    status="provisional",
    embedder="fake",
    preprocessing="fake",
    model_sha256="ab" * 32,
    fmr_target=1e-4,
    match=0.943115234375,
    same_capture=0.9226,
)
EVIDENCE: Table = {"data": "people", "people": 40, "fmr": {"errors": 3, "value": 1e-05}}


def written(folder: Path, **changes: Any) -> Path:
    values: dict[str, Any] = asdict(POINT) | changes
    kept: Table = {key: value for key, value in values.items() if value is not None}
    text = as_toml({"operating_point": kept, "evidence": EVIDENCE})
    path = folder / "point.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(path: Path) -> str:
    with pytest.raises(ModelProblem) as caught:
        read_operating_point(path)
    assert caught.value.reason == "operating_point_invalid"
    assert str(path) in caught.value.message
    assert caught.value.remedy.endswith(".")
    return caught.value.message


def test_what_is_written_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "point.toml"
    path.write_bytes(as_file(POINT, EVIDENCE))
    assert read_operating_point(path) == POINT
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert document == {"operating_point": asdict(POINT), "evidence": EVIDENCE}


numbers = st.integers() | st.floats(allow_nan=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
dates = st.dates() | st.datetimes(datetime(1971, 1, 1), timezones=st.just(UTC))
values = numbers | texts | dates | st.booleans()
tables = st.recursive(
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), values, max_size=4),
    lambda inner: st.dictionaries(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), inner, max_size=3),
)


def whole(table: Any) -> Any:
    if isinstance(table, dict):
        return {key: whole(value) for key, value in table.items()}
    return table.replace(microsecond=0) if isinstance(table, datetime) else table


@given(tables)
def test_any_table_is_written_as_toml(table: dict[str, Any]) -> None:
    assert tomllib.loads(as_toml(table)) == whole(table)


@pytest.mark.parametrize(
    "text", ['"', "\\", "\n\r\t\0\x7f\x1b", "'''", '"""', "照片 é", "#", "a=b"]
)
def test_odd_characters_are_written(text: str) -> None:
    assert tomllib.loads(as_toml({"data": text, "day": date(2026, 11, 22)}))["data"] == text


def test_a_name_that_is_no_text_is_written_with_a_question_mark() -> None:
    document = tomllib.loads(as_file(POINT, {"data": "old-\udcff"}).decode())
    assert document["evidence"]["data"] == "old-?"


WRONG: dict[str, list[object]] = {
    "id": ["", " ", "a b", "x\n", "-a", "ä", 5, "x" * 161, None],
    "status": ["", "Proven", "proven ", True, None],
    "embedder": ["", "../own", "Big", "x" * 65, 1, None],
    "preprocessing": ["", "a/b", None],
    "model_sha256": ["", "ab", "AB" * 32, "gg" * 32, "ab" * 33, 7, None],
    "fmr_target": [0.0, 0.0101, 0.5, 1.0, -0.1, 2.0, 1, math.nan, math.inf, "1e-4", True, None],
    "match": [1.01, -1, -1.0, -1.01, math.nan, math.inf, -math.inf, "0.9", True, None],
    "same_capture": [1.01, -2, math.nan, "", False, None],
    "another": ["field"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, few in WRONG.items() for value in few], ids=repr
)
def test_a_value_that_cannot_be_right(tmp_path: Path, name: str, value: object) -> None:
    assert name in problem(written(tmp_path, **{name: value})) or name == "another"


def test_the_ends_of_the_ranges_and_whole_numbers_are_right(tmp_path: Path) -> None:
    assert read_operating_point(written(tmp_path, match=1, same_capture=-0.999)).match == 1
    assert read_operating_point(written(tmp_path, status="proven")).status == "proven"
    assert read_operating_point(written(tmp_path, fmr_target=0.01)).fmr_target == 0.01


TEXTS = {
    "empty": b"",
    "no TOML": b"[operating_point\n",
    "no UTF-8": b"\xff\xfe",
    "no tables": b"operating_point = 1\nevidence = 2\n",
    "deep": b"a = " + b"[" * 5000 + b"]" * 5000,
    "too much": as_file(POINT, EVIDENCE) + b"# more\n" * 20_000,
    "a number with very many digits": b"a = " + b"9" * 10_000,
    "without evidence": as_toml({"operating_point": asdict(POINT)}).encode(),
    "evidence of nothing": as_file(POINT, {"people": 3}),
    "a further table": as_file(POINT, EVIDENCE) + b"[more]\n",
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_file_that_is_no_operating_point(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "point.toml"
    path.write_bytes(TEXTS[kind])
    assert problem(path)


def test_what_is_no_readable_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe", Path("/proc/self/mem")):
        assert problem(path)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_as_one_kind_of_error(tmp_path_factory: Any, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    assert problem(path)


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_is_refused_or_leaves_values_in_their_ranges(
    tmp_path_factory: Any, place: int, bit: int
) -> None:
    data = bytearray(as_file(POINT, EVIDENCE))
    data[place % len(data)] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.toml"
    path.write_bytes(data)
    with contextlib.suppress(ModelProblem):
        point = read_operating_point(path)
        assert -1 < point.match <= 1
        assert 0 < point.fmr_target <= 0.01
        assert point.status in {"proven", "provisional"}


def test_nothing_is_guessed_for_an_embedder_that_was_never_measured() -> None:
    with pytest.raises(ModelProblem) as caught:
        shipped_operating_point("other-net")
    assert caught.value.reason == "no_operating_point"


ENTRY = ModelEntry("fake", Task.EMBED, "", "ab" * 32, "", "", "", None, FakeEmbedder.spec)


def test_it_belongs_to_the_weights_it_was_measured_with() -> None:
    require_model(POINT, ENTRY)
    for point, entry in [
        (replace(POINT, model_sha256="cd" * 32), ENTRY),
        (replace(POINT, preprocessing="other"), ENTRY),
        (replace(POINT, embedder="other"), ENTRY),
        (POINT, replace(ENTRY, embedder=None)),
    ]:
        with pytest.raises(ModelProblem) as caught:
            require_model(point, entry)
        assert caught.value.reason == "wrong_operating_point"


def test_its_thresholds_are_not_shown() -> None:
    assert "0.94" not in repr(POINT)
    assert "0.92" not in repr(POINT)

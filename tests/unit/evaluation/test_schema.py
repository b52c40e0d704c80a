"""The schema of report.json says what the samples are, and takes nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from tests.synthetic import sample_report

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "evaluation-report.schema.json").read_text("utf-8")
)
REPORTS: list[Callable[[], dict[str, Any]]] = [
    getattr(sample_report, name) for name in sample_report.__all__
]


def check(report: dict[str, Any]) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(report)))


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within the schema that stands for a value."""
    if set(schema) == {"$ref"}:
        return
    yield path, schema
    for name in ("properties", "$defs"):
        for key, below in schema.get(name, {}).items():
            yield from parts(below, f"{path}/{key}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name], f"{path}/{name}")
    for number, below in enumerate(schema.get("oneOf", ())):
        if below != {"type": "null"} and "$ref" not in below:
            yield from parts(below, f"{path}/{number}")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_is_described_in_a_sentence() -> None:
    found = list(parts(SCHEMA))
    assert len(found) > 100
    for path, part in found:
        assert part["description"].endswith("."), path
        assert part["description"][0].isupper() or part["description"].startswith("alpha"), path


def test_nothing_that_is_not_described_is_allowed() -> None:
    for path, part in parts(SCHEMA):
        if "properties" in part and not path.endswith("both_rates"):
            closed = part.get("additionalProperties", part.get("unevaluatedProperties"))
            assert closed is False, path
            assert "required" in part, path


@pytest.mark.parametrize("make", REPORTS)
def test_samples_are_valid(make: Callable[[], dict[str, Any]]) -> None:
    check(make())


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path.split("/")

    def change(report: Any) -> None:
        for step in way:
            report = report[int(step) if step.isdigit() else step]
        report[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("schema", "visavis-evaluation-2"),
        _set("person", "somebody"),
        _set("data/people", -1),
        _set("data/sha256", "ABC"),
        _set("data/left_out", {"a/path.jpg": 1}),
        _set("systems/0/acquisition/fta/value", None),
        _set("systems/0/acquisition/fta/high", 1.5),
        _set("systems/0/trials/0/at_operating_point/score", [0.5]),
        _set("systems/0/trials/0/points/0/shown", False),
        _set("systems/0/trials/0/points/4/fmr", 0.0),
        _set("systems/0/differentials/columns/0/groups/0/names", ["somebody"]),
        _set("systems/0/calibration/0/status", "probably"),
        _set("systems", []),
    ],
)
def test_what_is_not_in_it_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    report = copy.deepcopy(sample_report.one_system())
    change(report)
    with pytest.raises(ValidationError):
        check(report)

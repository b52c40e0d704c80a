"""Every vector of ``spec/vectors``, with the package and with a second reader."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.spec import run
from tests.spec.vectors import FOLDER, PASSES, named

from visavis.passes._rejections import REASONS

ROOT = FOLDER.parents[1]
WITHOUT_VECTOR = {"disabled", "too_many_attempts"}
"""How many attempts are too many is the choice of each verifier."""

Vector = dict[str, Any]


def each(*topics: str) -> pytest.MarkDecorator:
    vectors = [pytest.param(vector, id=name) for name, vector in named(*topics)]
    return pytest.mark.parametrize("vector", vectors)


@each(*PASSES)
def test_the_package_gives_the_answer(vector: Vector) -> None:
    assert run.our_answer(vector) == vector["expected"]


@each(*PASSES)
def test_a_second_reader_gives_the_answer(vector: Vector) -> None:
    answer = run.their_answer(vector)
    # cbor2 calls a length of 2^64 - 1 excessive, and section 10 allows for that.
    if vector["expected"] == {"result": "truncated"} and vector["id"].startswith("huge-"):
        answer = {"result": "truncated"} if answer == {"result": "malformed"} else answer
    assert answer == vector["expected"]


@each("status-list")
def test_the_package_gives_the_answer_about_a_place(vector: Vector, tmp_path: Path) -> None:
    assert run.our_status(vector, tmp_path) == vector["expected"]


@each("status-list")
def test_a_second_reader_gives_the_answer_about_a_place(vector: Vector) -> None:
    assert run.their_status(vector) == vector["expected"]


@each("text")
def test_a_second_reader_reads_text(vector: Vector) -> None:
    assert run.their_text(vector["text"]) == vector["expected"]


@each("text")
def test_the_package_reads_text(vector: Vector) -> None:
    assert run.our_text(vector["text"]) == vector["expected"]


def test_the_vectors_are_what_the_generator_writes() -> None:
    command = [sys.executable, str(ROOT / "spec" / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_there_are_many_vectors_and_every_id_is_one_of_a_kind() -> None:
    names = [name for name, _ in named(*PASSES, "status-list", "text")]
    assert len(names) >= 700
    assert len(names) == len(set(names))


def test_every_file_is_run() -> None:
    topics = {path.stem for path in FOLDER.glob("*.json")}
    assert topics == {*PASSES, "status-list", "text", "keys"}


def test_every_result_code_has_a_vector() -> None:
    results = {vector["expected"]["result"] for _, vector in named(*PASSES, "status-list", "text")}
    assert results - {"valid"} == REASONS.keys() - WITHOUT_VECTOR


def test_the_document_explains_every_result_code() -> None:
    document = (ROOT / "spec" / "pass.md").read_text(encoding="utf-8")
    table = document.split("| | code | given if |")[1]
    cells = re.findall(r"^\| \d+ \| ([^|]+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == REASONS.keys()

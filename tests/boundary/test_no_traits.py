"""Nothing here infers what kind of person somebody is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import visavis.registry
from visavis.errors import ModelProblem
from visavis.registry import ModelStore, Task
from visavis.registry._manifest import parse_shipped

ALLOWED = {"detect", "mesh", "embed", "pad"}
TRAITS = [
    "age",
    "gender",
    "sex",
    "emotion",
    "expression",
    "ethnicity",
    "race",
    "religion",
    "health",
    "attractiveness",
    "identify",
    "search",
    "liveness-score",
    "attribute",
]
MANIFEST = (Path(visavis.registry.__file__).parent / "models.toml").read_text(encoding="utf-8")


def _with_task(task: str) -> str:
    quoted = task.replace("\\", "\\\\").replace('"', '\\"')
    return MANIFEST.replace('task = "mesh"', f'task = "{quoted}"')


def test_the_tasks_are_four_and_none_is_a_trait() -> None:
    assert {task.value for task in Task} == ALLOWED
    used = {model["task"] for model in tomllib.loads(MANIFEST)["model"]}
    assert used <= ALLOWED
    assert used == {entry.task.value for entry in ModelStore(Path("none")).entries()}


@pytest.mark.parametrize("task", TRAITS)
def test_the_manifest_refuses_a_task_that_infers_a_trait(task: str) -> None:
    with pytest.raises(ModelProblem) as caught:
        parse_shipped(_with_task(task))
    assert caught.value.reason == "task_not_allowed"


@given(st.text("abcdefghijklmnopqrstuvwxyz-_ ", max_size=20).filter(lambda t: t not in ALLOWED))
def test_the_manifest_refuses_every_other_word(task: str) -> None:
    with pytest.raises(ModelProblem):
        parse_shipped(_with_task(task))


@pytest.mark.parametrize("task", sorted(ALLOWED - {"embed"}))
def test_the_manifest_takes_the_others(task: str) -> None:
    assert parse_shipped(_with_task(task))

"""Promise one: a verification compares one live person with the one pass they present."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
import typer
from tests.boundary._signatures import every_function, references_taken

import visavis
from visavis.cli._commands import app
from visavis.passes import Pass
from visavis.types import Template

SEARCHING = re.compile(
    r"galler|search|identif(y|ication)|watch_?list|lookup|candidates|nearest|rank|"
    r"track|follow|surveil|alert|crowd|deduplicat|cluster",
    re.IGNORECASE,
)


def test_no_function_method_or_property_takes_more_than_one_pass_or_template() -> None:
    functions = list(every_function())
    assert len(functions) > 100
    for name, function, owner in functions:
        assert references_taken(function, owner) <= 1, name


class _Bad:
    def two(self, first: Template, second: Template) -> None: ...
    def many(self, passes: Iterable[Pass]) -> None: ...
    def optional(self, first: Pass, second: Pass | None = None) -> None: ...
    def star(self, *templates: Template) -> None: ...
    def keyed(self, by_name: dict[str, Template]) -> None: ...
    def nested(self, pairs: list[tuple[str, Pass]]) -> None: ...


@pytest.mark.parametrize("name", ["two", "many", "optional", "star", "keyed", "nested"])
def test_the_check_itself_finds_a_function_that_takes_more(name: str) -> None:
    assert references_taken(vars(_Bad)[name], _Bad) > 1


def test_a_method_of_a_pass_counts_the_pass_it_belongs_to() -> None:
    def compare(self: Any, other: Pass) -> None: ...

    assert references_taken(compare, Pass) > 1


def _parameters(command: Any, path: str = "visavis") -> Iterable[tuple[str, Any]]:
    for name, below in getattr(command, "commands", {}).items():
        yield from _parameters(below, f"{path} {name}")
    for parameter in command.params:
        yield path, parameter


def test_no_command_takes_more_than_one_pass() -> None:
    taken: dict[str, int] = {}
    for path, parameter in _parameters(typer.main.get_command(app)):
        if ".pass" in (parameter.metavar or ""):
            assert parameter.nargs == 1, path
            assert not getattr(parameter, "multiple", False), path
            taken[path] = taken.get(path, 0) + 1
    # Each takes one pass, in one argument or option.
    assert set(taken.values()) == {1}
    assert set(taken) == {
        "visavis enroll",
        "visavis verify",
        "visavis inspect",
        "visavis holder present",
        "visavis pass qr",
        "visavis pass read",
        "visavis pass text",
        "visavis status revoke",
        "visavis status withdraw",
    }


def test_nothing_public_is_named_after_searching_or_following() -> None:
    for name, _, _ in every_function():
        public = [part for part in name.split(".")[1:] if not part.startswith("_")]
        assert not any(SEARCHING.search(part) for part in public), name
    for path, parameter in _parameters(typer.main.get_command(app)):
        assert not SEARCHING.search(f"{path} {parameter.name}"), path


def test_passes_and_templates_cannot_be_compared_or_put_in_a_set() -> None:
    for kind in (Pass, visavis.passes.OpenedPass, Template):
        assert kind.__eq__ is object.__eq__, kind

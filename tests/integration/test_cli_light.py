"""`visavis verify --camera --light`."""

from __future__ import annotations

import pytest
from tests.integration._cli import Machine
from tests.integration._guided import Guided, pass_of_holder

from visavis.cli import _verify_camera
from visavis.liveness._colours import NEUTRAL, Colour


@pytest.fixture
def staged(machine: Machine) -> str:
    return machine.file("staged-light.pass", pass_of_holder())


def test_the_screen_shines_and_a_face_without_its_light_is_not_verified(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)
    monkeypatch.setattr(_verify_camera, "require_window", lambda: None)
    result = machine.call("verify", staged, "--camera", "--light", "--json")
    assert (result.json()["outcome"], result.json()["reason"]) == (
        "cannot_decide",
        "light_not_seen",
    )
    said = " ".join(result.stderr.split())
    assert said.startswith("The screen will shine in slow, soft colours.")
    assert "sensitive to changing light" in said
    shone = [moment.light for moment in guided.shown]
    assert shone[0] == NEUTRAL
    assert {colour.rgb for colour in guided.captures[0].challenge.colours} == {
        colour.rgb for colour in Colour
    }
    assert {colour.rgb for colour in Colour} <= {*shone}
    assert guided.captures[0].looks == ()


def test_without_it_the_screen_does_not_shine(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)
    result = machine.call("verify", staged, "--camera", "--json")
    assert result.code == 0
    assert {moment.light for moment in guided.shown} == {None}
    assert "colours" not in result.stderr


def test_without_a_screen_nothing_is_begun_and_nothing_counted(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("visavis.cli._screen._window", lambda: None)
    for _ in range(5):
        result = machine.call("verify", staged, "--camera", "--light", "--json")
        assert result.json()["reason"] == "light_needs_screen"
    assert guided.opened == []
    assert machine.call("verify", staged, "--camera").code == 0


def test_light_is_for_a_camera(machine: Machine, staged: str, same: str) -> None:
    result = machine.call("verify", staged, same, "--light", "--json")
    assert result.json()["reason"] == "light_needs_camera"

"""What docs/liveness.md says is what the code does."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from tests.integration._guided import Guided, pass_of_holder
from tests.synthetic.camera.attacks import ATTACKS
from tests.unit.liveness.tasks import both, far
from tests.unit.staged_verification import frames

import visavis
from visavis.liveness import Challenge, Extent, Step, challenge, guidance
from visavis.liveness.frames import MOST_FRAMES
from visavis.types import Presence

PAGE = Path(__file__).resolve().parents[2] / "docs" / "liveness.md"
TASKS = (
    far(Step.TURN_LEFT, challenge.HOLDS[0]),
    both(Step.LOOK_UP, Step.TURN_RIGHT, *challenge.HOLDS[:2]),
)


class Clock:
    """Half a minute goes by each time that somebody looks."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self, zone: tzinfo) -> datetime:
        self._now += timedelta(seconds=30)
        return self._now.astimezone(zone)


def test_the_example_verifies_somebody_who_does_what_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    monkeypatch.setattr(challenge, "draw", lambda _: TASKS)
    said: list[str] = []
    names: dict[str, Any] = {
        "visavis": visavis,
        "secrets": secrets,
        "datetime": Clock(),
        "UTC": UTC,
        "verifier": Guided().verifier(),
        "presented": visavis.Pass(pass_of_holder()),
        "policy": visavis.Policy(),
        "camera": _camera(),
        "show": said.append,
    }
    exec(compile(example, PAGE.name, "exec"), names)  # noqa: S102 - the page's own lines
    answer = names["answer"]
    assert isinstance(answer, visavis.Verified)
    assert answer.presence is Presence.LIVE
    assert isinstance(names["challenge"], Challenge)
    assert {
        "Turn your head far to your left.",
        "Look up a little.",
        "Stay so, and turn to your right as well.",
        "Hold it.",
    } <= set(said)


def _camera() -> Iterator[tuple[bytes, float]]:
    for frame in frames(TASKS, settled=6, most=0.15):
        yield frame.data, frame.at


def test_every_class_of_attack_is_described_once() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \| .+ \|$", _part("Attacks"), re.MULTILINE)
    assert sorted(rows) == sorted(ATTACKS)


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    asked = _words(_part("What a person does"))
    *first, last = (f"{hold:.1f}" for hold in challenge.HOLDS)
    assert f"for {', '.join(first)} or {last} seconds" in asked
    assert f"There are {challenge.VALID.total_seconds():.0f} seconds for all of it" in asked
    assert f"at most {MOST_FRAMES} of them" in asked
    # Nods are never far, and furthest on top of something else.
    turn, nod = guidance.TURNED[Extent.FAR][0], guidance.ALSO_LOOKED[0]
    assert nod > guidance.LOOKED[Extent.SLIGHT][0]
    assert f"({turn:g} degrees to a side, {nod:g} up or down" in _words(
        _part("People who cannot do it")
    )


def test_a_challenge_surprises_by_as_many_bits_as_on_the_page() -> None:
    counted = re.search(r"([\d.]+) by its movements and how", _words(challenge.__doc__ or ""))
    assert counted
    assert f": {counted[1]} bits, counted to the last challenge" in _words(_part("What is checked"))
    assert set(re.findall(r"([\d.]+) bits", PAGE.read_text(encoding="utf-8"))) == {counted[1]}


def test_each_presence_is_named_as_the_command_line_names_it() -> None:
    for presence in Presence:
        assert f"`{presence.value}`" in _part("What a person does")


def _part(heading: str) -> str:
    """Return what stands under a heading, with what is under the headings below it."""
    before, found = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")
    assert before
    return found.split("\n## ")[0]


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text)

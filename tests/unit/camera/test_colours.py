"""Colours of the screen: in the window, from the command line, and in recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.camera.recordings import described, folder, jpeg, video

from visavis.camera import read_recording
from visavis.cli import _screen
from visavis.cli._screen import Moment, require_window
from visavis.cli._screen_window import SIZE, Window, drawn
from visavis.cli._verify import Request, camera_number
from visavis.errors import InvalidArgument
from visavis.liveness import Colour, Frame, Instruction
from visavis.passes import Policy

LIT = (120, 214, 110)
COLOURS = [colour.value for colour in Colour] * 4
FRAME = Frame(jpeg(0), 0.0)


def moment(
    light: tuple[int, int, int] | None, said: Instruction = Instruction.LOOK_UP_SLIGHTLY
) -> Moment:
    return Moment(said, 1, 3, 41, light)


def test_the_light_is_around_the_oval_and_the_picture_in_it() -> None:
    dark, lit = (np.asarray(drawn(moment(light), jpeg(127))) for light in (None, LIT))
    assert lit.shape == (SIZE[1], SIZE[0], 3)
    shining = (lit == LIT).all(2)
    assert shining.mean() > 0.75
    assert not (dark == LIT).all(2).any()
    inside = (slice(180, 360), slice(400, 560))
    assert (lit[inside] == dark[inside]).all()


@pytest.mark.parametrize("colour", Colour)
@pytest.mark.parametrize("said", Instruction)
def test_words_are_read_easily_on_every_colour(colour: Colour, said: Instruction) -> None:
    """Contrast of 4.5 to 1 at the least, as WCAG 2.2 counts it (success criterion 1.4.3)."""

    def luminance(rgb: Any) -> float:
        values = np.asarray(rgb) / 255
        light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return float(light @ (0.2126, 0.7152, 0.0722))

    band = np.asarray(drawn(moment(colour.rgb, said), jpeg(0)))[545:]
    darkest = band.reshape(-1, 3)[band.sum(2).argmin()]
    assert (luminance(colour.rgb) + 0.05) / (luminance(darkest) + 0.05) > 4.5


class Root:
    def __init__(self) -> None:
        self.background: list[str] = []
        self.told: list[Any] = []

    def configure(self, background: str) -> None:
        self.background.append(background)

    def attributes(self, *what: Any) -> None:
        self.told.append(what)

    def winfo_screenwidth(self) -> int:
        return 1600

    def winfo_screenheight(self) -> int:
        return 1000

    def geometry(self, size: str) -> None:
        self.told.append(size)

    def nothing(self, *_: Any, **__: Any) -> None: ...

    title = resizable = bind = protocol = lift = focus_force = update = destroy = nothing


def test_the_window_fills_the_screen_with_light_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = Root()

    class Label:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        pack = configure = root.nothing

    monkeypatch.setattr("tkinter.Tk", lambda **_: root)
    monkeypatch.setattr("tkinter.Label", Label)
    monkeypatch.setattr("PIL.ImageTk.PhotoImage", lambda *_, **__: "shown")
    window = Window()
    window.show(moment(None), FRAME)
    assert (root.background, root.told) == ([], [])
    window.show(moment(LIT), FRAME)
    window.show(moment((1, 2, 3)), FRAME)
    assert root.background == ["#78d66e", "#010203"]
    assert root.told == ["1600x1000+0+0", ("-fullscreen", 1)]


def test_light_needs_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_screen, "_window", lambda: None)
    with pytest.raises(InvalidArgument) as caught:
        require_window()
    assert caught.value.reason == "light_needs_screen"
    closed = []

    class Opened:
        def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr(_screen, "_window", Opened)
    require_window()
    assert closed == [True]


def test_light_needs_a_camera() -> None:
    with_light = Request("a.pass", [Path("a.jpg")], Policy(), None, light=True)
    with pytest.raises(InvalidArgument) as caught:
        camera_number(with_light)
    assert caught.value.reason == "light_needs_camera"
    assert camera_number(Request("a.pass", [], Policy(), None, camera=True, light=True)) == 0


def make_folder(at: Path, **values: Any) -> Path:
    return folder(at / "recording", **values)


def make_video(at: Path, **values: Any) -> Path:
    made = video(at / "recording.avi")
    described(at / "recording.json", **values)
    return made


@pytest.mark.parametrize("made", [make_folder, make_video])
def test_a_recording_says_its_colours_and_when_they_began(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    read = read_recording(made(tmp_path, light={"began": 0.4, "colours": COLOURS}))
    assert read.colours == (*Colour,) * 4
    assert read.began == 0.4


def test_a_recording_without_light_has_none(tmp_path: Path) -> None:
    read = read_recording(folder(tmp_path / "recording"))
    assert (read.colours, read.began) == ((), None)


@pytest.mark.parametrize(
    "light",
    [
        True,
        [],
        {},
        {"began": 0.4},
        {"colours": COLOURS},
        {"began": "0.4", "colours": COLOURS},
        {"began": True, "colours": COLOURS},
        {"began": 10**400, "colours": COLOURS},
        {"began": 0.4, "colours": COLOURS, "more": 1},
        {"began": 0.4, "colours": []},
        {"began": 0.4, "colours": ["red"] * 12},
        {"began": 0.4, "colours": [["warm"]] * 12},
        {"began": 0.4, "colours": "warm"},
    ],
)
def test_any_other_light_is_refused(light: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_recording(folder(tmp_path / "recording", light=light))
    assert caught.value.reason == "recording_invalid"


@pytest.mark.parametrize("colours", [COLOURS[:3], ["warm"] * 12, [*COLOURS, *COLOURS]])
def test_colours_that_no_challenge_has_are_refused(colours: list[str], tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_recording(folder(tmp_path / "recording", light={"began": 0, "colours": colours}))
    assert caught.value.reason == "bad_challenge"

"""What somebody who answers a challenge sees."""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from rich.cells import cell_len
from rich.console import Console
from tests.unit.camera.recordings import jpeg

from visavis.cli._screen import Moment, Screen, open_screen
from visavis.cli._screen_terminal import Lines, Terminal, lettered, rendered
from visavis.cli._screen_window import SIZE, drawn
from visavis.liveness import Frame, Instruction

FRAME = Frame(jpeg(1), 0.0)


def terminal(*, height: int = 24, encoding: str = "utf-8", colours: bool = False) -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(
        file=file,
        width=80,
        height=height,
        force_terminal=True,
        color_system="truecolor" if colours else None,
        legacy_windows=False,
    )


def said(console: Console) -> str:
    console.file.flush()
    assert isinstance(console.file, io.TextIOWrapper)
    return console.file.buffer.getvalue().decode(console.file.encoding)  # type: ignore[no-any-return]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("height", [24, 60, 10])
@pytest.mark.parametrize("instruction", Instruction)
def test_every_instruction_fits_a_terminal_of_80_columns(
    instruction: Instruction, height: int, encoding: str
) -> None:
    console = terminal(height=height, encoding=encoding)
    console.print(rendered(Moment(instruction, 1, 3, 41), console))
    lines = said(console).splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert len(lines) <= height
    # The sentence itself is always there, to be read aloud or copied.
    assert any(line.strip() == instruction.value for line in lines)
    assert any("Step 2 of 3. 41 seconds left." in line for line in lines)
    assert any("Left and right are your own." in line for line in lines)


def test_letters_are_large_where_there_is_room_and_the_terminal_can_show_them() -> None:
    moment = Moment(Instruction.TURN_LEFT, 0, 3, 59)
    shown = {}
    for height, encoding in ((24, "utf-8"), (10, "utf-8"), (24, "ascii")):
        console = terminal(height=height, encoding=encoding)
        console.print(rendered(moment, console))
        shown[height, encoding] = "█" in said(console)
    assert shown == {(24, "utf-8"): True, (10, "utf-8"): False, (24, "ascii"): False}


def test_letters_are_those_of_the_sentence() -> None:
    assert [row.rstrip() for row in lettered("lT", width=80)] == [
        "",
        "▀▀██ ▄▄▄▄▄▄",
        "  ██ ▀ ██ ▀",
        "  ██   ██",
        "▀▀▀▀▀ ▀▀▀▀",
        "",
    ]
    assert [len(row) for row in lettered("Turn your", width=80)] == [54] * 6
    assert len(lettered("Turn your head to your left.", width=80)) == 18
    assert lettered("unpronounceable", width=80) == []


def test_progress_never_goes_beyond_the_last_step() -> None:
    assert Moment(Instruction.HOLD_STILL, 3, 3, 0).progress == "Step 3 of 3. 0 seconds left."


def test_a_terminal_shows_one_instruction_in_the_place_of_the_one_before() -> None:
    console = terminal()
    screen = Terminal(console)
    screen.show(Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 50), FRAME)
    screen.show(Moment(Instruction.HOLD_IT, 0, 2, 49), FRAME)
    screen.close()
    text = said(console)
    assert text.index("Look up a little.") < text.index("Hold it.")
    assert "\x1b[1A\x1b[2K" in text.split("Look up a little.")[1].split("Hold it.")[0], "drawn over"
    # At the end every line that was drawn last is erased.
    drawn_last, erased = text.rsplit("Hold it.", 1)[1].split("\x1b[?25h")
    assert erased.replace("\x1b[1A", "").replace("\x1b[2K", "").strip() == ""
    assert erased.count("\x1b[2K") > drawn_last.count("\n")


def test_where_nothing_can_be_drawn_over_each_instruction_is_a_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    screen = Lines(console)
    for left in (50, 49, 48):
        screen.show(Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, left), FRAME)
    screen.show(Moment(Instruction.LOOK_UP_SLIGHTLY, 1, 2, 47), FRAME)
    screen.close()
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1:] == [
        "Look up a little. Step 1 of 2. 50 seconds left.",
        "Look up a little. Step 2 of 2. 47 seconds left.",
    ]


def picture(left: int, right: int) -> bytes:
    pixels = np.full((720, 1280, 3), left, np.uint8)
    pixels[:, 640:] = right
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG")
    return data.getvalue()


def test_the_window_shows_a_mirror_with_an_oval() -> None:
    moment = Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 50)
    shown = np.asarray(drawn(moment, picture(40, 220)).convert("L"), int)
    assert shown.shape == (SIZE[1], SIZE[0])
    inside = shown[270, 400], shown[270, 560]
    assert inside[0] == pytest.approx(220, abs=3), "the right of the picture is on the left"
    assert inside[1] == pytest.approx(40, abs=3)
    # Outside the oval it is darker.
    assert shown[270, 100] < 150
    assert shown[20, 400] < 150


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (160, 120), (1920, 1080)])
def test_pictures_of_every_shape_are_shown_whole(size: tuple[int, int]) -> None:
    data = io.BytesIO()
    Image.new("RGB", size, (255, 255, 255)).save(data, "JPEG")
    shown = np.asarray(
        drawn(Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 50), data.getvalue()).convert("L")
    )
    assert shown.shape == (SIZE[1], SIZE[0])
    height, width = np.nonzero(shown[:540] > 90)
    across, down = np.ptp(width) + 1, np.ptp(height) + 1
    assert across / down == pytest.approx(size[0] / size[1], rel=0.03)


def test_what_the_window_says_changes_with_the_moment() -> None:
    data = picture(100, 100)
    moments = [
        Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 50),
        Moment(Instruction.LOOK_DOWN_SLIGHTLY, 0, 2, 50),
        Moment(Instruction.LOOK_UP_SLIGHTLY, 1, 2, 50),
        Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 3, 50),
        Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 49),
    ]
    assert len({drawn(moment, data).tobytes() for moment in moments}) == len(moments)


@pytest.mark.parametrize("instruction", Instruction)
def test_every_instruction_fits_the_window(instruction: Instruction) -> None:
    band = np.asarray(drawn(Moment(instruction, 3, 4, 59), picture(0, 0)).convert("L"))[540:]
    written = band > 60
    assert written[10:115].any()
    assert not written[:, :12].any()
    assert not written[:, -12:].any()
    assert not written[:4].any()
    assert not written[-4:].any()


class Root:
    """A window that nobody sees."""

    def __init__(self, **_: object) -> None:
        self.bound: dict[str, object] = {}
        self.closed = False
        roots.append(self)

    def bind(self, key: str, what: object) -> None:
        self.bound[key] = what

    def protocol(self, key: str, what: object) -> None:
        self.bound[key] = what

    def destroy(self) -> None:
        self.closed = True

    def title(self, *_: object, **__: object) -> None: ...

    resizable = lift = focus_force = update = title


roots: list[Root] = []


class Label:
    def __init__(self, *_: object, **__: object) -> None: ...

    def pack(self) -> None: ...

    def configure(self, image: object) -> None:
        assert image == "shown"


@pytest.fixture
def _screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with a screen."""
    monkeypatch.setattr("tkinter.Tk", Root)
    monkeypatch.setattr("tkinter.Label", Label)
    monkeypatch.setattr("PIL.ImageTk.PhotoImage", lambda image, master: "shown")  # noqa: ARG005
    monkeypatch.setenv("DISPLAY", ":0")
    roots.clear()
    yield
    roots.clear()


def kind() -> type[Screen]:
    with open_screen(terminal()) as screen:
        return type(screen)


@pytest.mark.usefixtures("_screen")
def test_with_a_screen_there_is_a_window_and_it_is_closed_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), open_screen(terminal()) as screen:
        screen.show(Moment(Instruction.LOOK_UP_SLIGHTLY, int(1 / 0), 2, 50), FRAME)
    assert [root.closed for root in roots] == [True]


@pytest.mark.usefixtures("_screen")
@pytest.mark.parametrize("way", ["<Escape>", "WM_DELETE_WINDOW"])
def test_who_closes_the_window_has_stopped(way: str) -> None:
    moment = Moment(Instruction.LOOK_UP_SLIGHTLY, 0, 2, 50)
    with open_screen(terminal()) as screen:
        screen.show(moment, FRAME)
        stop = roots[0].bound[way]
        assert callable(stop)
        stop()
        with pytest.raises(KeyboardInterrupt):
            screen.show(moment, FRAME)


@pytest.mark.usefixtures("_screen")
def test_without_a_screen_there_is_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    import tkinter  # noqa: PLC0415

    assert kind().__name__ == "Window"

    def refuse(**_: object) -> None:
        raise tkinter.TclError("no display")

    with monkeypatch.context() as patch:
        patch.setattr(tkinter, "Tk", refuse)
        assert kind() is Terminal
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tkinter", None)
        patch.delitem(sys.modules, "visavis.cli._screen_window")
        assert kind() is Terminal
    monkeypatch.delenv("DISPLAY")
    for platform, remote, there in (
        ("linux", False, False),
        ("darwin", False, True),
        ("darwin", True, False),
        ("win32", False, True),
    ):
        with monkeypatch.context() as patch:
            patch.setattr("visavis.cli._screen.sys", types.SimpleNamespace(platform=platform))
            patch.delenv("SSH_CONNECTION", raising=False)
            if remote:
                patch.setenv("SSH_CONNECTION", "there")
            assert (kind() is not Terminal) == there, platform


def test_a_pipe_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with open_screen(Console(file=io.StringIO())) as screen:
        assert type(screen) is Lines

"""Instructions in a window, below the picture of the camera as a mirror shows it."""

from __future__ import annotations

import io
import textwrap
import tkinter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps, ImageTk

from visavis.liveness import Instruction

if TYPE_CHECKING:
    from visavis.cli._screen import Moment
    from visavis.liveness import Frame

__all__ = ["SIZE", "Window", "drawn"]

SIZE: Final = (960, 740)
"""Width and height of the window, in pixels."""

_PICTURE: Final = (960, 540)
_OVAL: Final = (280, 390)  # as wide as a face at 40 to 80 cm, with some room around it
_BAND, _TEXT, _SOFT, _DONE = "#101418", "#ffffff", "#c8d0d8", "#5ee08a"
_SHADE: Final = 110


@dataclass(frozen=True, slots=True)
class _Look:
    band: str | tuple[int, int, int]
    text: str
    soft: str
    done: str
    shade: int  # of 255: how much of the picture is left outside the oval


_DARK: Final = _Look(_BAND, _TEXT, _SOFT, _DONE, _SHADE)
_LARGE, _SMALL = 46, 22
_LETTERS: Final = 38  # of the large kind in one line
_GOOD: Final = frozenset({Instruction.HOLD_IT, Instruction.HOLD_STILL})


class Window:
    """A window; Escape or its own button closes it."""

    def __init__(self) -> None:
        self._stopped = self._shines = False
        self._root = tkinter.Tk(className="visavis")
        self._root.title("visavis")
        self._root.resizable(width=False, height=False)
        self._root.bind("<Escape>", self._stop)
        self._root.protocol("WM_DELETE_WINDOW", self._stop)
        self._label = tkinter.Label(self._root, borderwidth=0, background=_BAND)
        self._label.pack()
        self._root.lift()
        self._root.focus_force()

    def show(self, moment: Moment, frame: Frame) -> None:
        """Show it, on the whole screen where the screen is to shine.

        Raises:
            KeyboardInterrupt: the window was closed.
        """
        if moment.light is not None:
            self._shine(moment.light)
        self._image = ImageTk.PhotoImage(drawn(moment, frame.data), master=self._root)
        self._label.configure(image=self._image)
        self._root.update()
        if self._stopped:
            raise KeyboardInterrupt

    def close(self) -> None:
        """Close it."""
        self._root.destroy()

    def _shine(self, light: tuple[int, int, int]) -> None:
        if not self._shines:
            self._shines = True
            self._root.resizable(width=True, height=True)
            # Where nothing manages windows, there is no full screen but by its size.
            wide, high = self._root.winfo_screenwidth(), self._root.winfo_screenheight()
            self._root.geometry(f"{wide}x{high}+0+0")
            self._root.attributes("-fullscreen", 1)
            self._label.pack(expand=True)
        self._root.configure(background="#{:02x}{:02x}{:02x}".format(*light))

    def _stop(self, _: object = None) -> None:
        self._stopped = True


def drawn(moment: Moment, data: bytes) -> Image.Image:
    """Return what the window shows.

    Colour says nothing that is not said in words as well.

    Args:
        moment: what there is to say.
        data: the picture, as the camera took it.

    Returns:
        RGB, as large as `SIZE`.
    """
    look = _DARK if moment.light is None else _Look(moment.light, _BAND, _BAND, _BAND, 0)
    window = Image.new("RGB", SIZE, look.band)
    window.paste(_mirrored(data, look, good=moment.instruction in _GOOD))
    draw = ImageDraw.Draw(window)
    middle, top = SIZE[0] // 2, _PICTURE[1]
    _write(draw, moment.instruction.value, (middle, top + 66), look)
    _dots(draw, moment, (middle, top + 136), look)
    small = ImageFont.load_default(_SMALL)
    below = f"{moment.progress} Left and right are your own. Esc stops."
    draw.text((middle, top + 172), below, fill=look.soft, font=small, anchor="mm")
    return window


def _mirrored(data: bytes, look: _Look, *, good: bool) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", _PICTURE)
        upright = ImageOps.pad(picture.convert("RGB"), _PICTURE, color=_BAND)
    mirrored = ImageOps.mirror(upright)
    left, top = ((side - oval) // 2 for side, oval in zip(_PICTURE, _OVAL, strict=True))
    oval = (left, top, left + _OVAL[0], top + _OVAL[1])
    mask = Image.new("L", _PICTURE, look.shade)
    ImageDraw.Draw(mask).ellipse(oval, fill=255)
    shown = Image.composite(mirrored, Image.new("RGB", _PICTURE, look.band), mask)
    ImageDraw.Draw(shown).ellipse(oval, outline=look.done if good else look.text, width=5)
    return shown


def _write(draw: ImageDraw.ImageDraw, text: str, middle: tuple[int, int], look: _Look) -> None:
    font = ImageFont.load_default(_LARGE)
    lines = "\n".join(textwrap.wrap(text, _LETTERS))
    draw.multiline_text(middle, lines, fill=look.text, font=font, anchor="mm", align="center")


def _dots(draw: ImageDraw.ImageDraw, moment: Moment, middle: tuple[int, int], look: _Look) -> None:
    gap, radius = 44, 11
    left = middle[0] - gap * (moment.total - 1) // 2
    for number in range(moment.total):
        x, done = left + gap * number, number < moment.step
        box = (x - radius, middle[1] - radius, x + radius, middle[1] + radius)
        fill, outline = (look.done, look.done) if done else (None, look.soft)
        draw.ellipse(box, fill=fill, outline=outline, width=3)

"""Instructions in a terminal: large letters that are read from an arm's length or two."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont
from rich.align import Align
from rich.console import Group
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.cli._screen import Moment
    from visavis.liveness import Frame

__all__ = ["Lines", "Terminal", "lettered", "rendered"]

STOPS: Final = "Left and right are your own. Ctrl-C stops."

# Pillow's own bitmap font, Courier Bold: every letter is as wide as any other.
_LETTER: Final = (6, 11)
_ROWS: Final = -(-_LETTER[1] // 2)  # two pixels in one character
_AROUND: Final = 6  # lines for everything else
_BLOCKS: Final = " ▀▄█"


class Terminal:
    """Shows the newest instruction in the same place.

    Args:
        console: a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, moment: Moment, frame: Frame) -> None:  # noqa: ARG002 - no pictures here
        """Show it."""
        self._live.update(rendered(moment, self._console), refresh=True)

    def close(self) -> None:
        """Take it away."""
        self._live.stop()


class Lines:
    """Prints each new instruction on a line of its own, where nothing can be drawn over.

    Args:
        console: a file, or a pipe.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: object = None
        console.print(STOPS, markup=False)

    def show(self, moment: Moment, frame: Frame) -> None:  # noqa: ARG002 - no pictures here
        """Print it if it is new."""
        if self._said != (moment.instruction, moment.step):
            self._said = (moment.instruction, moment.step)
            self._console.print(f"{moment.instruction.value} {moment.progress}", markup=False)

    def close(self) -> None:
        """Nothing is left to do."""


def rendered(moment: Moment, console: Console) -> Group:
    """Return what a terminal shows.

    Args:
        moment: what there is to say.
        console: for its size, and what it can show.
    """
    text = moment.instruction.value
    plain = Text(text, style="bold")
    parts: list[Text | Align] = [Text(), Align.center(plain), Text()]
    width, height = console.size
    large = lettered(text, width=width) if not console.options.ascii_only else []
    if large and len(large) + _AROUND <= height:
        # The plain sentence stays, for whoever has it read aloud.
        block = Text("\n".join(large), style="bold", no_wrap=True)
        parts = [Align.center(block), Text(), Align.center(plain)]
    return Group(*parts, Align.center(Text(moment.progress)), Align.center(Text(STOPS)))


def lettered(text: str, *, width: int) -> list[str]:
    """Return a sentence in letters six characters wide and six lines high.

    Args:
        text: in ASCII.
        width: most characters in a line.

    Returns:
        The lines; none where the longest word is too wide.
    """
    room = width // _LETTER[0]
    if room < max(map(len, text.split())):
        return []
    lines = []
    for part in textwrap.wrap(text, room, break_on_hyphens=False):
        lines += _blocks(part)
    return lines


def _blocks(text: str) -> list[str]:
    size = (_LETTER[0] * len(text), 2 * _ROWS)
    image = Image.new("1", size)
    ImageDraw.Draw(image).text((0, 0), text, fill=1, font=ImageFont.load_default_imagefont())
    dark = [[bool(image.getpixel((x, y))) for x in range(size[0])] for y in range(size[1])]
    return [
        "".join(_BLOCKS[up + 2 * low] for up, low in zip(*dark[row : row + 2], strict=True))
        for row in range(0, size[1], 2)
    ]

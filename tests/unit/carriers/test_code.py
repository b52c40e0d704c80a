from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import segno
from numpy.typing import NDArray
from PIL import Image
from tests.unit.carriers.made import made, presented, reason

from visavis.carriers import PICTURES, code_lines, code_picture, from_picture, to_text
from visavis.carriers._qr import make_code
from visavis.errors import InvalidArgument
from visavis.passes import Pass

BUDGET = {
    "bearer": (made(), 17),
    "pin": (made(pin=True), 18),
    "holder key": (made(holder=True), 18),
    "holder key and proof": (presented(), 25),
    "512 numbers": (made(numbers=512), 27),
    "512 numbers and proof": (presented(numbers=512), 27),
}


def modules(presented: Pass) -> NDArray[np.bool_]:
    return np.array([list(row) for row in make_code(presented).matrix], dtype=bool)


@pytest.mark.parametrize("kind", BUDGET)
def test_real_passes_fit_into_codes_that_can_be_read(kind: str) -> None:
    whole, most = BUDGET[kind]
    code = make_code(whole)
    assert int(code.version) <= most
    assert (code.mode, code.error) == ("alphanumeric", "M")
    # What the budget is for: as many characters as such a version holds by the standard.
    assert len(to_text(whole)) <= {17: 734, 18: 816, 25: 1451, 27: 1637}[most]


@pytest.mark.parametrize("suffix", sorted(PICTURES))
@pytest.mark.parametrize("whole", [made(), presented()], ids=["pass", "presentation"])
def test_a_picture_of_a_pass_is_always_the_same(suffix: str, whole: Pass) -> None:
    assert code_picture(whole, suffix) == code_picture(Pass(whole.sealed, whole.proof), suffix)
    assert code_picture(whole, suffix.upper()) == code_picture(whole, suffix)


@pytest.mark.parametrize("kind", BUDGET)
def test_a_png_is_read_back(kind: str) -> None:
    whole, _ = BUDGET[kind]
    data = code_picture(whole, ".png")
    assert from_picture(data, "code.png").encode() == whole.encode()
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("L"))
    quiet = 4 * 8
    assert set(np.unique(pixels)) == {0, 255}
    assert (pixels[:quiet] == 255).all()
    assert (pixels[:, -quiet:] == 255).all()
    assert (pixels[quiet:-quiet:8, quiet:-quiet:8] == np.where(modules(whole), 0, 255)).all()


def drawn(svg: bytes) -> NDArray[np.bool_]:
    """Return the modules of an SVG file: lines of one module's width, each drawn to the right."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    (path,) = (p for p in root.iter("{http://www.w3.org/2000/svg}path") if "stroke" in p.attrib)
    side = round(float(root.attrib["viewBox"].split()[2]) * 2)
    assert root.attrib["width"] == root.attrib["height"] == f"{side / 2:g}mm"
    found = np.zeros((side, side), bool)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path.attrib["d"]):
        values = [float(number) for number in re.findall(r"-?[0-9.]+", numbers)]
        if command == "h":
            found[int(y), int(x) : int(x + values[0])] = True
            x += values[0]
        else:
            relative = command == "m"
            x, y = x * relative + values[0], y * relative + values[1]
    return found


@pytest.mark.parametrize("kind", BUDGET)
def test_an_svg_is_read_back(kind: str) -> None:
    whole, _ = BUDGET[kind]
    found = drawn(code_picture(whole, ".svg"))
    assert (found == np.pad(modules(whole), 4)).all()
    data = io.BytesIO()
    Image.fromarray(np.kron(~found, np.ones((5, 5), bool))).save(data, "PNG")
    assert from_picture(data.getvalue(), "code.svg").encode() == whole.encode()


@pytest.mark.parametrize("ink", [(0, 255), (255, 0)], ids=["dark terminal", "light terminal"])
@pytest.mark.parametrize("kind", BUDGET)
def test_lines_of_blocks_are_read_back(kind: str, ink: tuple[int, int]) -> None:
    whole, _ = BUDGET[kind]
    lines = code_lines(whole)
    assert len({len(line) for line in lines}) == 1
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    light = np.array([[halves[block] for block in line] for line in lines]).transpose(0, 2, 1)
    rows = np.kron(light.reshape(-1, len(lines[0])), np.ones((4, 4), int))
    screen = np.pad(np.where(rows, ink[1], ink[0]), 40, constant_values=ink[0])
    data = io.BytesIO()
    Image.fromarray(screen.astype(np.uint8)).save(data, "PNG")
    assert from_picture(data.getvalue(), "screen").encode() == whole.encode()


def test_what_no_code_can_hold_is_refused() -> None:
    most = Pass(b"\xd8" + bytes(2256))
    assert int(make_code(most).version) == 40
    for action in (code_lines, lambda whole: code_picture(whole, ".png")):
        with pytest.raises(InvalidArgument) as caught:
            action(made(numbers=2048))
        assert reason(caught) == "too_large_for_code"


@pytest.mark.parametrize("suffix", ["", ".", ".gif", ".jpg", "png", ".pdf"])
def test_a_picture_of_another_kind_is_refused(suffix: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        code_picture(made(), suffix)
    assert reason(caught) == "unknown_picture"


def test_a_code_is_that_of_the_text_form() -> None:
    assert make_code(made()) == segno.make(
        to_text(made()), micro=False, error="M", mode="alphanumeric", boost_error=False
    )

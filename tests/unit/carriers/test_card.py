"""The card: what is drawn is taken out of the PDF again."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
import zlib
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.carriers.made import VERIFIER, made, presented, reason

from visavis.carriers import Card, _card_pdf, card_pdf, from_picture
from visavis.carriers._qr import make_code
from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import Pass

MM = 72 / 25.4
CARD = Card("Gym entrance", date(2027, 11, 21), "Front desk, 0123 456789")
PASSES = {
    "bearer": made(),
    "pin": made(pin=True),
    "holder key": made(holder=True),
    "512 numbers": made(numbers=512),
    "512 numbers and key": made(numbers=512, holder=True),
}


def pages(pdf: bytes) -> list[str]:
    """Return what is drawn on each page."""
    streams = re.findall(rb"/ASCII85Decode /FlateDecode.*?stream\n(.*?)endstream", pdf, re.DOTALL)
    drawn = [
        zlib.decompress(base64.a85decode(b"<~" + data.strip(), adobe=True)) for data in streams
    ]
    return [page.decode("latin-1") for page in drawn if page.startswith(b"1 0 0 1 0 0 cm")]


def code(pdf: bytes) -> tuple[NDArray[np.bool_], float, tuple[float, float]]:
    """Return the modules of the code on the first page, the size of one and where they begin."""
    numbers = r"([-0-9.]+) "
    page = pages(pdf)[0]
    place = re.search(rf"{numbers}0 0 {numbers}{numbers}{numbers}cm\nn 0 0 7 1 re", page)
    assert place
    width, height, left, bottom = (float(number) for number in place.groups())
    assert width == height
    boxes = np.array(re.findall(rf"{numbers * 4}re", page), dtype=float).round().astype(int)
    modules = np.zeros((boxes[:, 0] + boxes[:, 2]).max() * np.array([1, 1]), bool)
    for x, y, across, up in boxes:
        modules[y : y + up, x : x + across] = True
    return modules[::-1], width, (left, bottom)


@pytest.mark.parametrize("kind", PASSES)
def test_the_code_of_a_card_is_read_back(kind: str) -> None:
    modules, _, _ = code(card_pdf(PASSES[kind], CARD))
    expected = np.array([list(row) for row in make_code(PASSES[kind]).matrix], bool)
    assert (modules == expected).all()
    data = io.BytesIO()
    Image.fromarray(np.kron(~np.pad(modules, 4), np.ones((4, 4), bool))).save(data, "PNG")
    assert from_picture(data.getvalue(), "card").encode() == PASSES[kind].encode()


@pytest.mark.parametrize("kind", PASSES)
def test_the_code_is_large_enough_to_be_read_from_print_and_clear_of_the_edge(kind: str) -> None:
    modules, side, (left, bottom) = code(card_pdf(PASSES[kind], CARD))
    assert side >= 0.4 * MM
    assert left >= max(2 * MM, 4 * side) - 0.01
    assert bottom >= max(2 * MM, 4 * side) - 0.01
    assert bottom + len(modules) * side <= (54 - 2) * MM + 0.01


def test_a_card_has_the_size_of_a_bank_card_and_two_sides() -> None:
    pdf = card_pdf(made(), CARD)
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]", pdf)
    assert len(boxes) == len(pages(pdf)) == 2
    for width, height in boxes:
        assert float(width) == pytest.approx(85.6 * MM, abs=0.01)
        assert float(height) == pytest.approx(54 * MM, abs=0.01)
    assert b"/FontFile2" in pdf  # any printer has the letters


def test_a_card_is_always_the_same() -> None:
    first = card_pdf(made(), CARD)
    card_pdf(made(pin=True), Card("Łuk, Ωπ", date(2028, 1, 1)))
    assert card_pdf(Pass(made().sealed), CARD) == first


def words(monkeypatch: pytest.MonkeyPatch, whole: Pass, card: Card) -> str:
    """Return all words of a card."""
    said: list[str] = []
    draw = _card_pdf.draw

    def listening(matrix: list[bytes], *sides: list[tuple[str, str]]) -> bytes:
        said.extend(f"{label}: {text}" for side in sides for label, text in side)
        return draw(matrix, *sides)

    monkeypatch.setattr(_card_pdf, "draw", listening)
    assert card_pdf(whole, card).startswith(b"%PDF-")
    return "\n".join(said)


def test_a_card_says_what_its_holder_has_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    said = words(monkeypatch, made(), CARD)
    for needed in (
        "your own face",
        "only in one place",
        "only you have them",
        "sealed",
        "What for: Gym entrance.",
        f"(reader {VERIFIER.id})",
        "The last day is 2027-11-21.",
        "Whom to ask: Front desk, 0123 456789.",
        "withdraw at any time",
        "Lost or copied: Tell them the number",
        "Without a face: There is always another way",
    ):
        assert needed in said
    assert "PIN" not in said
    assert "Never write it here." in words(monkeypatch, made(pin=True), CARD)


def test_a_card_without_a_contact_names_who_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = words(monkeypatch, made(), Card("Gym.", date(2027, 1, 2)))
    assert "Whom to ask: The place that gave it to you." in said
    assert "What for: Gym.\n" in said


@pytest.mark.parametrize(
    "purpose", ["a<b>&amp;</b>{}%s{0}", "x" * 80, "W" * 80, "Cafe\u0301 Zu\u0308rich", "Łuk Ωπ €5"]
)
def test_odd_words_are_drawn_as_they_are(purpose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = words(monkeypatch, made(numbers=512), Card(purpose, CARD.last_day, purpose))
    assert f"Whom to ask: {unicodedata.normalize('NFC', purpose)}." in said


@pytest.mark.parametrize("field", ["purpose", "contact"])
@pytest.mark.parametrize("letter", ["ź", "\u0421", "健", "😀", "ع", "\u0301"])
def test_letters_that_the_font_has_not_are_refused(field: str, letter: str) -> None:
    said: dict[str, Any] = {"purpose": "Gym", "contact": "Desk", field: f"x {letter}x"}
    with pytest.raises(InvalidArgument) as caught:
        card_pdf(made(), Card(last_day=CARD.last_day, **said))
    assert reason(caught) == "not_printable_on_card"


@pytest.mark.parametrize("text", ["", " ", "x" * 81, "two\nlines", "\x00", "a\u202eb", " x"])
def test_words_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Card(text, CARD.last_day)
    assert reason(caught) == "bad_purpose"
    if text != " x":
        with pytest.raises(InvalidArgument) as caught:
            Card("Gym", CARD.last_day, text)
        assert reason(caught) == "bad_contact"


def test_words_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_card_pdf, "_SIZES", (9.0,))
    with pytest.raises(InvalidArgument) as caught:
        card_pdf(made(), Card("W" * 80, CARD.last_day, "W" * 80))
    assert reason(caught) == "too_long_for_card"


def test_a_proof_does_not_belong_on_a_card() -> None:
    with pytest.raises(InvalidArgument) as caught:
        card_pdf(presented(), CARD)
    assert reason(caught) == "proof_on_card"


@pytest.mark.parametrize(
    ("whole", "expected"),
    [(made(numbers=1300), "too_large_for_card"), (made(numbers=2048), "too_large_for_code")],
)
def test_a_code_too_fine_to_print_is_refused(whole: Pass, expected: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        card_pdf(whole, CARD)
    assert reason(caught) == expected


def test_what_is_no_pass_is_rejected() -> None:
    with pytest.raises(PassRejected) as caught:
        card_pdf(Pass(b"\xd8\x60hello"), CARD)
    assert reason(caught) in {"malformed", "truncated"}

"""How people carry a pass: text, QR code, card. What each is made of is in ``spec/pass.md``."""

from visavis.carriers._card import Card, card_pdf
from visavis.carriers._picture import from_picture
from visavis.carriers._presented import read_presented
from visavis.carriers._qr import PICTURES, code_lines, code_picture
from visavis.carriers._text import from_text, to_text

__all__ = [
    "PICTURES",
    "Card",
    "card_pdf",
    "code_lines",
    "code_picture",
    "from_picture",
    "from_text",
    "read_presented",
    "to_text",
]

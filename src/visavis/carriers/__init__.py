"""How people carry a pass: text, QR code, card."""

from visavis.carriers._text import from_text, to_text

__all__ = ["from_text", "to_text"]

"""A pass to print and carry in a wallet: its code, and in plain words what it is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from visavis.carriers._qr import make_code
from visavis.errors import InvalidArgument
from visavis.passes import check_purpose

if TYPE_CHECKING:
    from visavis.passes import Pass

__all__ = ["Card", "card_pdf"]

_ISSUER: Final = "The place that gave it to you"
_LONGEST_CONTACT: Final = 80


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says that cannot be read from a sealed pass.

    Args:
        purpose: what the pass is for, 1 to 80 printable characters.
        last_day: the last day on which it works, in UTC.
        contact: whom to turn to, 1 to 80 printable characters.

    Raises:
        InvalidArgument: ``bad_purpose``, ``bad_contact``.
    """

    purpose: str
    last_day: date
    contact: str = _ISSUER

    def __post_init__(self) -> None:
        check_purpose(self.purpose)
        contact = self.contact
        if not (0 < len(contact) <= _LONGEST_CONTACT and contact.isprintable() and contact.strip()):
            raise InvalidArgument(
                "bad_contact",
                f"The contact is empty, not printable or over {_LONGEST_CONTACT} characters long.",
                "Say in a few words whom to turn to.",
            )


def card_pdf(presented: Pass, card: Card) -> bytes:
    """Return a PDF document of the size of a bank card (ISO/IEC 7810 ID-1): the code, the words.

    The same for the same pass and words.

    Args:
        presented: the pass, without a proof.
        card: what the card says.

    Raises:
        InvalidArgument: ``proof_on_card``: a proof is good for half a minute;
            ``too_large_for_code``; ``too_large_for_card``: the code would be too fine to print;
            ``not_printable_on_card``; ``too_long_for_card``.
        PassRejected: the pass is not well-formed.
    """
    if presented.proof is not None:
        raise InvalidArgument(
            "proof_on_card",
            "This is a pass with a proof, which is good for half a minute and not for a card.",
            "Print the pass itself, if it is not tied to a phone.",
        )
    # The library takes longer to import than a pass to verify.
    from visavis.carriers._card_pdf import draw  # noqa: PLC0415

    matrix = [bytes(row) for row in make_code(presented).matrix]
    return draw(matrix, _front(card), _back(card, presented))


def _front(card: Card) -> list[tuple[str, str]]:
    """Return labels and what follows them, for beside the code."""
    return [("Pass for", _plain(card.purpose)), ("Last day", f"{card.last_day:%Y-%m-%d}")]


def _back(card: Card, presented: Pass) -> list[tuple[str, str]]:
    pin = [("PIN", "It also needs your PIN. Never write it here.")] if presented.needs_pin else []
    return [
        (
            "What it is",
            "This card and your own face together show that the pass is yours, and only in one"
            " place. In the code are numbers made from your face, signed and sealed. Nobody keeps"
            " them: only you have them.",
        ),
        ("What for", _sentence(card.purpose)),
        (
            "Who reads it",
            "Nobody but the place that it was made for"
            f" (reader {presented.verifier_id}), when you show it.",
        ),
        ("Until when", f"The last day is {card.last_day:%Y-%m-%d}."),
        *pin,
        ("Whom to ask", _sentence(card.contact)),
        (
            "No longer wanted",
            "You can withdraw at any time, and need give no reason. Tell them, and cut the code to"
            " pieces.",
        ),
        (
            "Lost or copied",
            "Tell them the number that you were given with the pass. It is then refused.",
        ),
        ("Without a face", "There is always another way, which is just as good. Ask for it."),
    ]


def _plain(text: str) -> str:
    # The font has no accents on their own, but most letters with one.
    return unicodedata.normalize("NFC", text)


def _sentence(text: str) -> str:
    return _plain(text).rstrip(".") + "."

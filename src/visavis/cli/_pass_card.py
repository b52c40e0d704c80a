"""The words of a card: out of the pass, where it can be opened, or from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from visavis.carriers import Card, card_pdf
from visavis.cli._home import open_home
from visavis.cli._opening import claims_of
from visavis.errors import HomeProblem, InvalidArgument, PassRejected
from visavis.passes import Claims, Pass, rejected
from visavis.types import Tier

__all__ = ["Words", "make_card"]

_NOT_OURS = frozenset({"wrong_verifier", "unknown_issuer"})


@dataclass(frozen=True, slots=True)
class Words:
    """What the command line says about a card."""

    title: str | None
    ends: str | None
    contact: str | None

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return (self.title, self.ends, self.contact) != (None, None, None)


def make_card(presented: Pass, words: Words, folder: Path | None) -> bytes:
    """Return a card as PDF.

    Raises:
        InvalidArgument: ``bad_ends``; ``ends_differ``: the pass says another day;
            ``card_words_missing``; ``tied_to_phone``; and what ``card_pdf`` raises.
        PassRejected: the pass is damaged, or has expired.
        HomeProblem: there is a home, and it cannot be used.
    """
    title, last_day = words.title, None if words.ends is None else _day(words.ends)
    if title is None or last_day is None:
        claims = _claims(presented, folder)
        last_day = _last_day(claims, last_day)
        title = claims.purpose if title is None else title
    contact = {} if words.contact is None else {"contact": words.contact}
    return card_pdf(presented, Card(title, last_day, **contact))


def _claims(presented: Pass, folder: Path | None) -> Claims:
    """Return what the pass says, if it is one of ours."""
    try:
        home = open_home(folder)
        verifiers = home.verifiers
    except HomeProblem as problem:
        if problem.reason != "home_missing":
            raise
        raise _words_missing() from problem
    if presented.verifier_id not in {key.id for key in verifiers}:
        raise _words_missing()
    try:
        return claims_of(presented, home)
    except PassRejected as rejection:
        if rejection.reason not in _NOT_OURS:
            raise
        raise _words_missing() from rejection


def _words_missing() -> InvalidArgument:
    return InvalidArgument(
        "card_words_missing",
        "The pass cannot be opened here, so what it is for and how long is not known.",
        "Say it with --title and --ends, or use the home of the place that it is for.",
    )


def _last_day(claims: Claims, said: date | None) -> date:
    """Return the last day of a pass, if a card can carry it."""
    if claims.tier is Tier.HOLDER_KEY:
        raise InvalidArgument(
            "tied_to_phone",
            "The pass is tied to a phone, and a card could not show that the phone is there.",
            "Show the code on that phone.",
        )
    if claims.expires_at <= datetime.now(UTC):
        raise rejected("expired")
    # The end is the first second at which the pass is not valid.
    last_day = (claims.expires_at - timedelta(seconds=1)).date()
    if said not in {None, last_day}:
        raise InvalidArgument(
            "ends_differ",
            f"The last day of the pass is {last_day:%Y-%m-%d}, and not {said:%Y-%m-%d}.",
            "Leave --ends out.",
        )
    return last_day


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise InvalidArgument(
            "bad_ends", f"{text!r} is not a day.", "Write it as 2027-01-31."
        ) from error

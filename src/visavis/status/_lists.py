"""The verifier's side: lists of other issuers, fetched whole, cached, checked at every use."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, final

from visavis.errors import InvalidArgument, PassRejected, StatusProblem, VisavisError
from visavis.passes import StatusList, rejected
from visavis.status._cache import Cache, Copy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from visavis.status._source import ListSource

__all__ = ["HeldList", "StatusLists"]

_SKEW: Final = timedelta(seconds=60)
_PATIENCE: Final = timedelta(seconds=3)
_REST: Final = timedelta(seconds=30)
"""How long a server is left alone after it has failed while people were waiting."""

_AT_THE_DOOR: Final = {
    "list_malformed": "status_malformed",
    "list_expired": "status_stale",
    "list_early": "status_stale",
    "list_older": "status_stale",
}


@dataclass(frozen=True, slots=True)
class HeldList:
    """What is known of one issuer's list, without asking for it.

    Args:
        issuer: id of the issuer.
        location: the file or address that it comes from.
        state: "good", "status_missing", "status_stale" or "status_malformed".
        fetched_at: when it was fetched, if it is good.
        issued_at: when its issuer made it, if it is good.
        ends_at: until when it can be used unless a newer one is fetched, if it is good.
    """

    issuer: str
    location: str
    state: str
    fetched_at: datetime | None = None
    issued_at: datetime | None = None
    ends_at: datetime | None = None


@final
class StatusLists:
    """The lists of the issuers that a verifier trusts, but is not.

    A list is asked for when it is older than its issuer allows, and then those of all issuers
    for which that is so: what a server sees does not depend on the pass that is presented.

    Args:
        sources: where each issuer's list is to be had, by the issuer's id.
        cache: folder for lists that were fetched; None keeps them in memory.
        patience: for a server to take the next step.

    Raises:
        InvalidArgument: ``bad_status_source``: an id is not that of its key.
    """

    def __init__(
        self,
        sources: Mapping[str, ListSource],
        *,
        cache: Path | None,
        patience: timedelta = _PATIENCE,
    ) -> None:
        for issuer, source in sources.items():
            if issuer != source.key.id:
                raise InvalidArgument(
                    "bad_status_source",
                    f"The source for the issuer {issuer} has the key of {source.key.id}.",
                    "Name each source by the id of its key.",
                )
        self._sources = dict(sources)
        self._cache = Cache(cache)
        self._patience = patience
        self._failed: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def require_valid(self, issuer: str, place: int, *, now: datetime) -> None:
        """Make sure that a pass is still in force, by a list that is genuine and fresh.

        Args:
            issuer: id of the key that signed the pass.
            place: its place in that issuer's list.
            now: the present, with a time zone.

        Raises:
            PassRejected: ``revoked``, ``status_missing``, ``status_stale``,
                ``status_malformed``.
            InvalidArgument: ``naive_datetime``.
        """
        _check(now)
        if issuer not in self._sources:
            raise rejected("status_missing")
        with self._lock:
            self._fetch(self._wanted(now), now)
            found, _ = self._current(issuer, now)
        if not found.valid(place):
            raise rejected("revoked")

    def refresh(self, now: datetime, *, everything: bool = False) -> dict[str, VisavisError | None]:
        """Fetch the lists of which half the time has gone that their issuers allow, or all.

        Done every now and then, nobody has to wait for a list when they present a pass, and
        there is time to repair a server before its lists are too old.

        Args:
            now: the present, with a time zone.
            everything: also those that are newer.

        Returns:
            What went wrong, or None, for each issuer whose list was asked for. A list that was
            fetched before can be used as long as its issuer allows, whatever went wrong.

        Raises:
            InvalidArgument: ``naive_datetime``.
        """
        _check(now)
        with self._lock:
            due = [issuer for issuer in self._sources if everything or self._is_due(issuer, now)]
            return self._fetch(due, now)

    def held(self, now: datetime) -> tuple[HeldList, ...]:
        """Return what is known of each list, in the order of the sources; none is fetched.

        Raises:
            InvalidArgument: ``naive_datetime``.
        """
        _check(now)
        return tuple(self._held(issuer, now) for issuer in self._sources)

    def _held(self, issuer: str, now: datetime) -> HeldList:
        location = self._sources[issuer].location
        try:
            found, fetched_at = self._current(issuer, now)
        except PassRejected as answer:
            return HeldList(issuer, location, answer.reason)
        ends_at = min(found.expires_at, fetched_at + found.ttl)
        return HeldList(issuer, location, "good", fetched_at, found.issued_at, ends_at)

    def _wanted(self, now: datetime) -> list[str]:
        """Return the issuers to ask while people wait: whose list is no good any more."""
        return [
            issuer
            for issuer, source in self._sources.items()
            if source.is_remote
            and not self._rests(issuer, now)
            and self._held(issuer, now).state != "good"
        ]

    def _rests(self, issuer: str, now: datetime) -> bool:
        _, tried_at = self._failed.get(issuer, ("", now - _REST))
        return timedelta(0) <= now - tried_at < _REST

    def _is_due(self, issuer: str, now: datetime) -> bool:
        try:
            found, fetched_at = self._current(issuer, now)
        except PassRejected:
            return True
        return not self._sources[issuer].is_remote or 2 * (now - fetched_at) >= found.ttl

    def _fetch(self, issuers: Collection[str], now: datetime) -> dict[str, VisavisError | None]:
        outcomes: dict[str, VisavisError | None] = {}
        for issuer in issuers:
            try:
                self._take_in(issuer, now)
            except VisavisError as problem:
                outcomes[issuer] = problem
            else:
                outcomes[issuer] = None
        return outcomes

    def _take_in(self, issuer: str, now: datetime) -> Copy:
        """Fetch a list, and keep it if it is good and not older than the one before."""
        source = self._sources[issuer]
        try:
            copy = Copy(source.read(patience=self._patience), now)
            self._check_new(copy, source, now)
            kept = self._cache.read(issuer)
            # A plain file is read at every use, and its copy on disk must not tell when that was.
            if source.is_remote or kept is None or kept.token != copy.token:
                self._cache.write(issuer, copy)
        except VisavisError as problem:
            self._failed[issuer] = (problem.reason, now)
            raise
        self._failed.pop(issuer, None)
        return copy

    def _check_new(self, copy: Copy, source: ListSource, now: datetime) -> None:
        try:
            new = StatusList.open(copy.token, source.key)
        except PassRejected as error:
            raise _no_good("malformed", "is not a genuine list of its issuer", source) from error
        if new.issued_at > now + _SKEW:
            raise _no_good("early", "was made in the future, says its date", source)
        if now >= new.expires_at:
            raise _no_good("expired", "has expired", source)
        before = self._cache.read(source.key.id)
        try:
            newest = before and StatusList.open(before.token, source.key)
        except PassRejected:
            return  # damaged on our own disk; the new one takes its place
        if newest and _is_older(new, newest):
            raise _no_good("older", "is older than the one before it", source)

    def _current(self, issuer: str, now: datetime) -> tuple[StatusList, datetime]:
        """Return the list to rely on and when it was fetched."""
        source = self._sources[issuer]
        copy = self._cache.read(issuer)
        if not source.is_remote:
            # What went wrong is noted; what was read before may still do.
            with contextlib.suppress(VisavisError):
                copy = self._take_in(issuer, now)
        if copy is None:
            why, _ = self._failed.get(issuer, ("", now))
            raise rejected(_AT_THE_DOOR.get(why, "status_missing"))
        found = StatusList.open(copy.token, source.key)
        kept_for = now - copy.fetched_at
        # Before it was fetched, or made, a list cannot be used: then a clock is wrong.
        fresh = -_SKEW <= kept_for < found.ttl and found.issued_at <= now + _SKEW
        if not fresh or now >= found.expires_at:
            raise rejected("status_stale")
        return found, copy.fetched_at


def _check(now: datetime) -> None:
    if now.utcoffset() is None:
        raise InvalidArgument(
            "naive_datetime", "The present time has no time zone.", "Use datetime.now(UTC)."
        )


def _no_good(reason: str, what: str, source: ListSource) -> StatusProblem:
    return StatusProblem(
        f"list_{reason}",
        f"The status list at {source.location} {what}.",
        "Ask its issuer to publish it again; check the clock here.",
    )


def _is_older(new: StatusList, newest: StatusList) -> bool:
    """Tell whether a list was made before another one; in one second, nothing is un-revoked."""
    if new.issued_at != newest.issued_at:
        return new.issued_at < newest.issued_at
    old = int.from_bytes(newest.bits, "little")
    return int.from_bytes(new.bits, "little") & old != old

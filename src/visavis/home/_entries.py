"""All keys of a home in one table, without unlocking any."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from visavis.errors import HomeProblem
from visavis.home._keyring import PUBLIC_KINDS, is_locked_file, read_public
from visavis.home._layout import ROLES, Role
from visavis.home._trusted import Trusted, distrusted_ids, read_trusted
from visavis.passes import IssuerPublicKey

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from visavis.home._layout import Layout

__all__ = ["KeyEntry", "State", "entries"]

State = Literal["present", "former", "lost", "trusted", "retired", "distrusted"]


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One key that a home knows.

    Args:
        role: what it is for.
        id: the first 16 digits of its thumbprint.
        thumbprint: 64 hexadecimal digits; None if its public half is not here.
        state: our own keys are present, former or lost; those of other issuers are trusted,
            retired or distrusted.
        accepted: whether its passes are accepted here at all.
        name: what people here call an issuer.
        status: where an issuer's status list is, other than here.
        ca_file: certificates that its web server is checked with.
        retired_at: passes that an issuer signed at this time or later are refused.
        locked: whether a private key of our own needs a passphrase.
    """

    role: Role
    id: str
    thumbprint: str | None
    state: State
    accepted: bool = True
    name: str | None = None
    status: str | None = None
    ca_file: Path | None = None
    retired_at: datetime | None = None
    locked: bool = False


def entries(layout: Layout, *, now: datetime) -> tuple[KeyEntry, ...]:
    """Return our own keys, present ones first, and then those of other issuers.

    Raises:
        HomeProblem: ``home_damaged``.
    """
    trusted = {each.key.id: each for each in read_trusted(layout)}
    own = [entry for role in ROLES for entry in _own(layout, role, trusted)]
    ours = {entry.id for entry in own}
    others = [_other(each, now) for each in trusted.values() if each.key.id not in ours]
    gone = [_distrusted(layout, key_id) for key_id in distrusted_ids(layout) if key_id not in ours]
    return (*own, *others, *gone)


def _own(layout: Layout, role: Role, trusted: dict[str, Trusted]) -> list[KeyEntry]:
    key = read_public(layout.present_public(role), PUBLIC_KINDS[role])
    locked = is_locked_file(layout.private(role))
    found = [KeyEntry(role, key.id, key.thumbprint, "present", locked=locked)]
    for key_id in layout.former_ids(role):
        if key_id == key.id:
            continue  # a rotation was interrupted before it had any effect
        private = layout.former_private(role, key_id)
        thumbprint = None
        with contextlib.suppress(HomeProblem):
            thumbprint = read_public(
                layout.former_public(role, key_id), PUBLIC_KINDS[role]
            ).thumbprint
        state: State = "former" if private.exists() else "lost"
        locked = is_locked_file(private)
        found.append(KeyEntry(role, key_id, thumbprint, state, locked=locked))
    return found if role == "verifier" else [_with_trust(each, trusted) for each in found]


def _with_trust(entry: KeyEntry, trusted: dict[str, Trusted]) -> KeyEntry:
    about = trusted.get(entry.id)
    if about is None:
        return replace(entry, accepted=False)
    return replace(entry, name=about.name, retired_at=about.retired_at)


def _other(each: Trusted, now: datetime) -> KeyEntry:
    retired = each.retired_at is not None and each.retired_at <= now
    return KeyEntry(
        "issuer",
        each.key.id,
        each.key.thumbprint,
        "retired" if retired else "trusted",
        accepted=each.status is not None,
        name=each.name,
        status=each.status,
        ca_file=each.ca_file,
        retired_at=each.retired_at,
    )


def _distrusted(layout: Layout, key_id: str) -> KeyEntry:
    thumbprint = None
    with contextlib.suppress(HomeProblem):
        thumbprint = read_public(layout.distrusted / f"{key_id}.pub", IssuerPublicKey).thumbprint
    return KeyEntry("issuer", key_id, thumbprint, "distrusted", accepted=False)

"""A new key comes into use and the old one goes to ``former/``; or a lost one is replaced.

The steps, in an order in which every moment is a home that works and no key is ever lost:

1. ``next.<role>.key`` and then ``next.<role>.pub`` are written;
2. the key in use is copied to ``former/``, or what is left of a lost one is set aside there;
3. the next issuer key is trusted;
4. ``next.<role>.key`` is renamed to ``<role>.key``: from here on it is in use;
5. the former issuer keys are retired;
6. ``next.<role>.pub`` is renamed to ``<role>.pub``.

What was interrupted is seen by what is there. A ``next.<role>.key`` has never been used, and is
thrown away; a ``next.<role>.pub`` alone belongs to the key in use, and the last steps are made up.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from visavis._files import read_bounded, write_atomically
from visavis.errors import HomeProblem
from visavis.home import _problems as problem
from visavis.home._changes import move, remove
from visavis.home._keyring import KINDS, PUBLIC_KINDS, Keyring, as_text, is_locked_file, read_public
from visavis.home._layout import MAX_FILE_BYTES, Layout, Role
from visavis.home._trusted import Trusted, read_trusted, whole_second, write_trusted
from visavis.passes import IssuerKey, IssuerPublicKey

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from visavis.passes import VerifierKey

__all__ = ["rotate"]


def rotate(layout: Layout, role: Role, keyring: Keyring, *, now: datetime, lost: bool) -> None:
    """Bring a new key into use, or finish what an interrupted rotation has begun.

    Raises:
        HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``; with
            ``lost``: ``key_not_lost``.
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    if role == "issuer":
        read_trusted(layout)  # what is damaged is noticed before anything is changed
    if _recover(layout, role, now):
        return
    if lost:
        passphrase = _new_passphrase(layout, role, keyring)
    else:
        present = keyring.read(layout.private(role), KINDS[role])
        passphrase = keyring.passphrase if is_locked_file(layout.private(role)) else None
    new = KINDS[role].generate()
    write_atomically(layout.next_private(role), new.to_pem(passphrase=passphrase))
    write_atomically(layout.next_public(role), new.public.to_pem(), mode=0o644)
    if lost:
        _set_aside(layout, role, keyring, now)
    else:
        _keep(layout, role, present)
    if isinstance(new, IssuerKey):
        write_trusted(layout, Trusted(new.public))
    move(layout.next_private(role), layout.private(role))
    _complete(layout, role, now)


def _recover(layout: Layout, role: Role, now: datetime) -> bool:
    """Undo a rotation that was interrupted early, or finish it; tell whether it is finished."""
    private, public = layout.next_private(role), layout.next_public(role)
    if not private.exists():
        if public.exists():
            _complete(layout, role, now)
            return True
        return False
    if role == "issuer" and public.exists():
        with contextlib.suppress(HomeProblem):
            unused = read_public(public, IssuerPublicKey)
            remove(layout.trusted / f"{unused.id}.pub")
    remove(public)
    remove(private)
    return False


def _complete(layout: Layout, role: Role, now: datetime) -> None:
    if role == "issuer":
        former = set(layout.former_ids(role))
        for trusted in read_trusted(layout):
            if trusted.key.id in former and trusted.retired_at is None:
                retired = dataclasses.replace(trusted, retired_at=whole_second(now))
                write_trusted(layout, retired)
    move(layout.next_public(role), layout.public(role))


def _keep(layout: Layout, role: Role, present: IssuerKey | VerifierKey) -> None:
    """Copy the key in use to where former ones are."""
    public = layout.former_public(role, present.id)
    write_atomically(public, present.public.to_pem(), mode=0o644, overwrite=True)
    pem = read_bounded(layout.private(role), MAX_FILE_BYTES)
    write_atomically(layout.former_private(role, present.id), pem, overwrite=True)


def _new_passphrase(layout: Layout, role: Role, keyring: Keyring) -> str | None:
    """Return what a key in place of a lost one is locked with: what the others are."""
    locked = any(is_locked_file(path) for _, path in layout.private_keys())
    passphrase = as_text(keyring.passphrase) if locked else None
    if _is_usable(keyring, layout.private(role), role):
        raise problem.not_lost(role)
    return passphrase


def _set_aside(layout: Layout, role: Role, keyring: Keyring, now: datetime) -> None:
    """Move what cannot be read any more out of the way. Nothing is deleted."""
    present = layout.private(role)
    former = [layout.former_private(role, key_id) for key_id in layout.former_ids(role)]
    for path in (*former, present):
        if os.path.lexists(path) and not _is_usable(keyring, path, role):
            move(path, layout.lost(path.name, now))
    with contextlib.suppress(HomeProblem):
        # Passes that were made with a lost issuer key are still good, and still ours.
        known = read_public(layout.public(role), PUBLIC_KINDS[role])
        public = layout.former_public(role, known.id)
        write_atomically(public, known.to_pem(), mode=0o644, overwrite=True)


def _is_usable(keyring: Keyring, path: Path, role: Role) -> bool:
    try:
        keyring.read(path, KINDS[role])
    except HomeProblem:
        return False
    return True

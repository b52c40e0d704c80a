"""The issuers whose passes are accepted: one public key each, and what people say about it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from visavis._files import read_bounded, write_atomically, write_problem
from visavis._toml import as_toml
from visavis.errors import FileProblem, HomeProblem
from visavis.home import _problems as problem
from visavis.home._changes import move, remove
from visavis.home._keyring import read_public
from visavis.home._layout import MAX_FILE_BYTES
from visavis.passes import IssuerPublicKey, TrustedIssuer

if TYPE_CHECKING:
    from visavis.home._layout import Layout

__all__ = [
    "Trusted",
    "distrusted_ids",
    "make_distrusted",
    "read_distrusted",
    "read_trusted",
    "whole_second",
    "write_trusted",
]

_FIELDS: Final[dict[str, type]] = {
    "name": str,
    "status": str,
    "ca_file": str,
    "retired_at": datetime,
}


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer that is trusted.

    Args:
        key: checks its signatures.
        name: what people here call it.
        status: where its status list is: a folder, a file or an https URL. None: nowhere, so
            that none of its passes can be accepted, unless the issuer is our own.
        ca_file: certificates that its web server is checked with, instead of the system's.
        retired_at: passes issued at this time or later are refused.
    """

    key: IssuerPublicKey
    name: str | None = None
    status: str | None = None
    ca_file: Path | None = None
    retired_at: datetime | None = None

    @property
    def issuer(self) -> TrustedIssuer:
        """What a pass is opened with."""
        return TrustedIssuer(self.key, self.retired_at)


def read_trusted(layout: Layout) -> tuple[Trusted, ...]:
    """Read all that are trusted, in the order of their ids.

    Raises:
        HomeProblem: ``home_damaged``: a file is no key or not the one it is named after, or what
            stands beside it cannot be understood.
    """
    gone = distrusted_ids(layout)
    return tuple(
        _read_one(layout, path)
        for path in sorted(layout.trusted.glob("*.pub"))
        if path.stem not in gone
    )


def distrusted_ids(layout: Layout) -> list[str]:
    """Return the ids of those that must not be trusted again, in ascending order."""
    return sorted(path.stem for path in layout.distrusted.glob("*.pub"))


def read_distrusted(layout: Layout, key_id: str) -> Trusted:
    """Return what was known of an issuer when it was distrusted.

    Raises:
        HomeProblem: ``home_damaged``.
    """
    return _read_one(layout, layout.distrusted / f"{key_id}.pub")


def write_trusted(layout: Layout, trusted: Trusted) -> None:
    """Trust an issuer, or change what is said about it.

    Raises:
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    # What is said comes first: without the key it means nothing, and the key alone would mean
    # that the issuer is in use.
    about = layout.trusted / f"{trusted.key.id}.toml"
    if content := _as_toml(trusted):
        write_atomically(about, content, mode=0o644, overwrite=True)
    else:
        remove(about)
    path = layout.trusted / f"{trusted.key.id}.pub"
    write_atomically(path, trusted.key.to_pem(), mode=0o644, overwrite=True)
    remove(layout.distrusted / path.name)
    remove(layout.distrusted / about.name)


def make_distrusted(layout: Layout, trusted: Trusted) -> None:
    """Trust an issuer no more. Its key is kept, so that it is known if it comes again.

    Raises:
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    try:
        layout.distrusted.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise write_problem(error, layout.distrusted) from error
    # From here on it is distrusted, wherever else its key is.
    path = layout.distrusted / f"{trusted.key.id}.pub"
    write_atomically(path, trusted.key.to_pem(), mode=0o644, overwrite=True)
    remove(layout.trusted / path.name)
    about = layout.trusted / f"{trusted.key.id}.toml"
    if about.exists():
        move(about, layout.distrusted / about.name)


def whole_second(moment: datetime) -> datetime:
    """Round a time up, as passes are dated in whole seconds: what was issued by then counts."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole + timedelta(seconds=moment.microsecond > 0)


def _read_one(layout: Layout, path: Path) -> Trusted:
    key = read_public(path, IssuerPublicKey)
    # A file's name is what people compare when they decide whom to trust.
    if key.id != path.stem:
        raise problem.damaged(layout.folder, f"trusted/{path.name} holds the key {key.id}")
    about = path.with_suffix(".toml")
    values = _read_toml(layout, about) if about.exists() else {}
    retired_at, ca_file = values.get("retired_at"), values.get("ca_file")
    if retired_at is not None and retired_at.utcoffset() is None:
        raise _not_understood(layout, about, "retired_at has no time zone")
    return Trusted(
        key,
        name=values.get("name"),
        status=values.get("status"),
        ca_file=None if ca_file is None else layout.folder / ca_file,
        retired_at=retired_at,
    )


def _read_toml(layout: Layout, path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(read_bounded(path, MAX_FILE_BYTES).decode())
    except FileProblem as error:
        raise _not_understood(layout, path, "it cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise _not_understood(layout, path, "it is not TOML") from error
    for name, value in values.items():
        # A word that is not known may be a wrong spelling of one that takes trust away.
        if name not in _FIELDS:
            raise _not_understood(layout, path, f"there is no field {name!r}")
        if type(value) is not _FIELDS[name] or value == "":
            raise _not_understood(layout, path, f"{name} has a value of the wrong kind")
    return values


def _not_understood(layout: Layout, path: Path, what: str) -> HomeProblem:
    return problem.damaged(layout.folder, f"trusted/{path.name}: {what}")


def _as_toml(trusted: Trusted) -> bytes:
    about: dict[str, str | datetime | None] = {
        "name": trusted.name,
        "status": trusted.status,
        "ca_file": None if trusted.ca_file is None else str(trusted.ca_file),
        "retired_at": trusted.retired_at,
    }
    return as_toml({key: value for key, value in about.items() if value is not None}).encode()

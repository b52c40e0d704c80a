"""Trusting an issuer, retiring its key, and trusting it no more."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Final

from visavis._files import read_bounded
from visavis.errors import InvalidArgument
from visavis.home import _problems as problem
from visavis.home._keyring import read_public
from visavis.home._layout import MAX_FILE_BYTES
from visavis.home._trusted import (
    Trusted,
    distrusted_ids,
    make_distrusted,
    read_distrusted,
    read_trusted,
    whole_second,
    write_trusted,
)
from visavis.passes import IssuerPublicKey, VerifierPublicKey

if TYPE_CHECKING:
    from datetime import datetime

    from visavis.home._layout import Layout

__all__ = ["distrust", "read_issuer", "retire", "trust"]

_LONGEST_NAME: Final = 80
_EARLIEST, _LATEST = 1970, 9999
_MAX_CA_BYTES: Final = 1 << 20


def read_issuer(file: Path) -> IssuerPublicKey:
    """Read the public key that somebody sent.

    Raises:
        FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``, ``file_too_large``.
        InvalidArgument: ``private_key``: it is the secret half; ``bad_key``.
    """
    data = read_bounded(file, MAX_FILE_BYTES)
    if b"PRIVATE KEY" in data:
        raise InvalidArgument(
            "private_key",
            f"{file} holds a private key, which nobody but its owner may have.",
            "Use the .pub file; if somebody sent you this one, tell them to make a new key.",
        )
    return IssuerPublicKey.from_pem(data)


def trust(  # noqa: PLR0913 - all that can be said about an issuer
    layout: Layout,
    key: IssuerPublicKey,
    *,
    name: str | None,
    status: str | None,
    ca_file: Path | None,
    again: bool,
) -> Trusted:
    """Trust an issuer, or change what is known about one. What is None stays as it is.

    Raises:
        InvalidArgument: ``bad_name``, ``bad_status_source``, ``bad_path``,
            ``not_an_issuer``.
        HomeProblem: ``distrusted``, ``home_damaged``.
        FileProblem: ``ca_file`` cannot be read; or ``cannot_write``, ``disk_full``.
    """
    if key.id == read_public(layout.present_public("verifier"), VerifierPublicKey).id:
        raise InvalidArgument(
            "not_an_issuer",
            "This is our own verifier key, which signs no passes.",
            "Ask the issuer for its issuer.pub.",
        )
    if key.id in distrusted_ids(layout) and not again:
        raise problem.distrusted(key.id)
    if key.id in distrusted_ids(layout):
        # What was retired before it was distrusted comes back retired.
        before = read_distrusted(layout, key.id)
    else:
        known = {trusted.key.id: trusted for trusted in read_trusted(layout)}
        before = known.get(key.id, Trusted(key))
    if ca_file is not None:
        read_bounded(ca_file, _MAX_CA_BYTES)
    trusted = dataclasses.replace(
        before,
        name=before.name if name is None else _checked_name(name),
        status=before.status if status is None else _checked_source(key, status),
        ca_file=before.ca_file if ca_file is None else _absolute(ca_file),
    )
    write_trusted(layout, trusted)
    return trusted


def retire(layout: Layout, key_id: str, *, at: datetime) -> None:
    """Refuse what an issuer's key signs from a time on.

    Raises:
        InvalidArgument: ``bad_time``: without a time zone, or out of range.
        HomeProblem: ``not_trusted``, ``home_damaged``.
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    if at.utcoffset() is None or not _EARLIEST < at.year < _LATEST:
        raise InvalidArgument(
            "bad_time",
            "The time has no time zone, or is out of range.",
            "Write it as in 2026-01-31T18:00:00Z.",
        )
    trusted = _require(layout, key_id)
    write_trusted(layout, dataclasses.replace(trusted, retired_at=whole_second(at)))


def distrust(layout: Layout, key_id: str) -> None:
    """Refuse everything that an issuer's key has signed or will sign.

    Raises:
        HomeProblem: ``not_trusted``, ``home_damaged``.
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    make_distrusted(layout, _require(layout, key_id))


def _require(layout: Layout, key_id: str) -> Trusted:
    for trusted in read_trusted(layout):
        if trusted.key.id == key_id:
            return trusted
    raise problem.not_trusted(key_id)


def _checked_name(name: str) -> str:
    if not (name.isprintable() and name.strip() == name and 0 < len(name) <= _LONGEST_NAME):
        raise InvalidArgument(
            "bad_name",
            "The name is empty, blank at an end, not printable or too long.",
            f"Use 1 to {_LONGEST_NAME} characters.",
        )
    return name


def _checked_source(key: IssuerPublicKey, status: str) -> str:
    """Return an https address as it is, and a path so that it holds in every folder."""
    from visavis.status import ListSource  # noqa: PLC0415 - takes a while to import

    source = ListSource(key, status)
    return status if source.is_remote else str(_absolute(Path(status)))


def _absolute(path: Path) -> Path:
    whole = path.absolute()
    try:
        str(whole).encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(
            "bad_path",
            f"The name of {path} is not text, and cannot be written down.",
            "Use another name.",
        ) from error
    return whole

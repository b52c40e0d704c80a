"""Where the list of an issuer is to be had: chosen by the verifier, never named by a pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from visavis._files import read_bounded
from visavis.errors import InvalidArgument
from visavis.passes import StatusList
from visavis.status._https import fetch

if TYPE_CHECKING:
    from datetime import timedelta

    from visavis.passes import IssuerPublicKey

__all__ = ["SUFFIX", "ListSource"]

SUFFIX: Final = ".cwt"


@dataclass(frozen=True, slots=True)
class ListSource:
    """Where the list of one issuer is to be had.

    Args:
        key: checks that the list is by this issuer.
        source: a folder, or the start of an https address, with the file ``<issuer id>.cwt``
            below it; or a file or address that ends in ``.cwt`` itself.
        ca_file: certificates (PEM) of those who may vouch for the server, instead of those that
            the system trusts.

    Raises:
        InvalidArgument: ``bad_status_source``.
    """

    key: IssuerPublicKey
    source: str
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        usable = _is_address(self.source) if self.is_remote else _is_path(self.source)
        if not usable:
            raise InvalidArgument(
                "bad_status_source",
                f"{self.source!r} is not a place that a status list can be fetched from.",
                "Use a folder, or an address that begins with https:// and has no ? or #.",
            )

    @property
    def is_remote(self) -> bool:
        """Whether fetching the list speaks to a network."""
        return "://" in self.source

    @property
    def location(self) -> str:
        """The file or address of the list itself."""
        if self.source.endswith(SUFFIX):
            return self.source
        name = self.key.id + SUFFIX
        if self.is_remote:
            return f"{self.source.rstrip('/')}/{name}"
        return str(Path(self.source) / name)

    def read(self, *, patience: timedelta) -> bytes:
        """Fetch whatever is there, up to the size of the longest list.

        Args:
            patience: for a server to take the next step.

        Raises:
            StatusProblem: ``list_not_fetched``.
            FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``,
                ``file_too_large``: about a plain file, or ``ca_file``.
        """
        if self.is_remote:
            return fetch(self.location, ca_file=self.ca_file, patience=patience.total_seconds())
        return read_bounded(Path(self.location), StatusList.MOST_BYTES)


def _is_path(source: str) -> bool:
    return bool(source) and "\0" not in source


def _is_address(source: str) -> bool:
    try:
        parts = urlsplit(source)
        whole = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        return False
    # What stands before @ or after ? could name the one who asks.
    asks_only = "@" not in parts.netloc and not {"?", "#"} & set(source)
    plain = source.isascii() and source.isprintable() and " " not in source
    return bool(whole) and asks_only and plain

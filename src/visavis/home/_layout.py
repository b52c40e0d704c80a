"""Where everything is in a home folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

__all__ = ["MAX_FILE_BYTES", "ROLES", "Layout", "Role"]

Role = Literal["issuer", "verifier"]
ROLES: Final[tuple[Role, ...]] = ("issuer", "verifier")
MAX_FILE_BYTES: Final = 8192

_FORMER: Final = re.compile(r"([0-9a-f]{16})\.(issuer|verifier)\.(?:key|pub)")


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of the files in one home folder."""

    folder: Path

    def private(self, role: Role) -> Path:
        """The key in use."""
        return self.folder / f"{role}.key"

    def public(self, role: Role) -> Path:
        """Its public half."""
        return self.folder / f"{role}.pub"

    def next_private(self, role: Role) -> Path:
        """A key that is about to come into use: there only while keys are rotated."""
        return self.folder / f"next.{role}.key"

    def next_public(self, role: Role) -> Path:
        """Its public half, which stays a moment longer."""
        return self.folder / f"next.{role}.pub"

    def present_public(self, role: Role) -> Path:
        """The public half of the key in use, also when a rotation was interrupted."""
        coming = self.next_public(role)
        in_use = coming.exists() and not self.next_private(role).exists()
        return coming if in_use else self.public(role)

    def is_unfinished(self, role: Role) -> bool:
        """Whether a rotation was interrupted."""
        return self.next_private(role).exists() or self.next_public(role).exists()

    @property
    def former(self) -> Path:
        """The folder of keys that were in use."""
        return self.folder / "former"

    def former_private(self, role: Role, key_id: str) -> Path:
        """A key that was in use."""
        return self.former / f"{key_id}.{role}.key"

    def former_public(self, role: Role, key_id: str) -> Path:
        """Its public half."""
        return self.former / f"{key_id}.{role}.pub"

    def lost(self, name: str, now: datetime) -> Path:
        """Where a file goes that was a private key and cannot be read any more."""
        return self.former / f"lost-{now:%Y%m%dT%H%M%S%f}-{name}"

    @property
    def trusted(self) -> Path:
        """The folder of issuers that are trusted."""
        return self.folder / "trusted"

    @property
    def distrusted(self) -> Path:
        """The folder of issuers that are not trusted any more."""
        return self.folder / "distrusted"

    @property
    def register(self) -> Path:
        """Which passes were called back."""
        return self.folder / "register.db"

    @property
    def attempts(self) -> Path:
        """Failed attempts in a row, and proofs that were used."""
        return self.folder / "attempts.db"

    @property
    def operating_point(self) -> Path:
        """The threshold to decide with, if it is not the one that ships."""
        return self.folder / "operating_point.toml"

    @property
    def lists(self) -> Path:
        """The folder of status lists that were fetched."""
        return self.folder / "lists"

    @property
    def lock(self) -> Path:
        """Locked by the process that changes keys."""
        return self.folder / ".lock"

    def former_ids(self, role: Role) -> list[str]:
        """The ids of all keys that were in use, of lost ones too, in ascending order."""
        names = (_FORMER.fullmatch(path.name) for path in self.former.glob("*"))
        return sorted({found[1] for found in names if found is not None and found[2] == role})

    def private_keys(self) -> list[tuple[Role, Path]]:
        """Every private key that can be read, as far as names tell."""
        present = [(role, self.private(role)) for role in ROLES]
        coming = [(role, self.next_private(role)) for role in ROLES]
        former = [
            (role, self.former_private(role, key_id))
            for role in ROLES
            for key_id in self.former_ids(role)
        ]
        return [(role, path) for role, path in (*present, *coming, *former) if path.exists()]

    def private_files(self) -> list[Path]:
        """Every file that nobody else may read: private keys, and what is left of lost ones."""
        return [*self.folder.glob("*.key"), *self.former.glob("*.key")]

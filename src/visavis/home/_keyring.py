"""Reading keys, and asking for the passphrase that private ones may be locked with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar

from visavis._files import read_bounded
from visavis.errors import FileProblem, HomeProblem, InvalidArgument
from visavis.home import _problems as problem
from visavis.home._layout import MAX_FILE_BYTES, Role
from visavis.passes import IssuerKey, IssuerPublicKey, VerifierKey, VerifierPublicKey
from visavis.passes.keys import is_locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["KINDS", "PUBLIC_KINDS", "Keyring", "as_text", "is_locked_file", "read_public"]

KINDS: Final[dict[Role, type[IssuerKey | VerifierKey]]] = {
    "issuer": IssuerKey,
    "verifier": VerifierKey,
}
PUBLIC_KINDS: Final[dict[Role, type[IssuerPublicKey | VerifierPublicKey]]] = {
    "issuer": IssuerPublicKey,
    "verifier": VerifierPublicKey,
}


class _PrivatePem(Protocol):
    @classmethod
    def from_pem(cls, data: bytes, *, passphrase: str | None = None) -> Self: ...


class _PublicPem(Protocol):
    @classmethod
    def from_pem(cls, data: bytes) -> Self: ...


_Private = TypeVar("_Private", bound=_PrivatePem)
_Public = TypeVar("_Public", bound=_PublicPem)


class Keyring:
    """Reads the private keys of one home.

    Args:
        ask: returns the passphrase, or None if there is nobody to ask. It is called once, when
            the first locked key is read.
    """

    def __init__(self, ask: Callable[[], str | None] | None) -> None:
        self._ask = ask
        self._asked = False
        self._passphrase: str | None = None

    @property
    def passphrase(self) -> str:
        """What unlocks the keys.

        Raises:
            HomeProblem: ``passphrase_required``.
        """
        if not self._asked:
            self._passphrase = None if self._ask is None else self._ask()
            self._asked = True
        if self._passphrase is None:
            raise problem.passphrase_required()
        return self._passphrase

    def read(self, path: Path, kind: type[_Private], *, instead: str | None = None) -> _Private:
        """Read a private key.

        Args:
            path: its file.
            kind: what it must be.
            instead: a passphrase that may unlock it as well.

        Raises:
            HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``.
        """
        try:
            pem = read_bounded(path, MAX_FILE_BYTES)
            if not is_locked(pem):
                return kind.from_pem(pem)
            for passphrase in self._offers(instead):
                if (key := _unlock(pem, kind, passphrase)) is not None:
                    return key
        except (FileProblem, InvalidArgument) as error:
            role: Role = "issuer" if issubclass(kind, IssuerKey) else "verifier"
            raise problem.damaged_key(path, role) from error
        raise problem.wrong_passphrase(path)

    def _offers(self, instead: str | None) -> list[str]:
        if instead is None:
            return [self.passphrase]
        try:
            # Each try takes most of a second, so the likely one comes first.
            return [self.passphrase, instead]
        except HomeProblem:
            return [instead]


def as_text(passphrase: str) -> str:
    """Return a passphrase that can be used as one.

    Raises:
        InvalidArgument: ``bad_passphrase``: it came from bytes that are no text.
    """
    try:
        passphrase.encode()
    except UnicodeEncodeError as error:
        raise problem.bad_passphrase() from error
    return passphrase


def read_public(path: Path, kind: type[_Public]) -> _Public:
    """Read a public key of a home.

    Raises:
        HomeProblem: ``home_damaged``.
    """
    try:
        return kind.from_pem(read_bounded(path, MAX_FILE_BYTES))
    except (FileProblem, InvalidArgument) as error:
        name = f"{path.parent.name}/{path.name}"
        raise problem.damaged(path.parent, f"{name} cannot be used as a key") from error


def is_locked_file(path: Path) -> bool:
    """Tell whether a private key is locked; one that cannot be read is not."""
    try:
        return is_locked(read_bounded(path, MAX_FILE_BYTES))
    except FileProblem:
        return False


def _unlock(pem: bytes, kind: type[_Private], passphrase: str) -> _Private | None:
    """Unlock a key; None if the passphrase is wrong."""
    try:
        return kind.from_pem(pem, passphrase=as_text(passphrase))
    except InvalidArgument as error:
        if error.reason in {"wrong_passphrase", "bad_passphrase"}:
            return None
        raise

"""The home folder: the only thing an operator stores, and it holds nothing but keys.

::

    issuer.key      private, signs passes             PKCS #8 PEM, mode 0600
    verifier.key    private, opens passes             PKCS #8 PEM, mode 0600
    issuer.pub      for verifiers that trust us       SubjectPublicKeyInfo PEM
    verifier.pub    for issuers that make passes for us
    trusted/        <issuer id>.pub: whose passes are accepted here
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, final

import platformdirs

from visavis._files import read_bounded, write_atomically, write_problem
from visavis.errors import FileProblem, HomeProblem, InvalidArgument
from visavis.passes.keys import IssuerKey, IssuerPublicKey, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Home", "default_home"]

_ISSUER_KEY: Final = "issuer.key"
_VERIFIER_KEY: Final = "verifier.key"
_ISSUER_PUBLIC: Final = "issuer.pub"
_VERIFIER_PUBLIC: Final = "verifier.pub"
_TRUSTED: Final = "trusted"
_PRIVATE: Final = (_ISSUER_KEY, _VERIFIER_KEY)
_FILES: Final = (*_PRIVATE, _ISSUER_PUBLIC, _VERIFIER_PUBLIC)
_MAX_KEY_BYTES: Final = 8192

_Key = TypeVar("_Key")


def default_home() -> Path:
    """Return ``$VISAVIS_HOME``, or the user's data folder of the platform if it is not set."""
    chosen = os.environ.get("VISAVIS_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("visavis"))


@final
class Home:
    """The keys of one operator. Each is read when it is first used.

    Made by ``create`` and ``open``.

    Args:
        folder: where the keys are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path | None = None) -> Home:
        """Make new keys in a new or empty folder; either all of it exists afterwards or none.

        Args:
            folder: where; ``default_home()`` if not given.

        Raises:
            HomeProblem: ``home_exists``: there is something in the folder already, or it is a
                file.
            FileProblem: ``cannot_write``, ``disk_full``, ``file_exists``: a file is where the
                folder above should be.
        """
        folder = folder or default_home()
        if _is_occupied(folder):
            raise _home_exists(folder)
        try:
            # A symbolic link stays one: the keys go to where it leads.
            target = Path(os.path.realpath(folder))
            target.parent.mkdir(parents=True, exist_ok=True)
            # Made with mode 0700, beside the target so that it can be renamed in one step.
            building = Path(tempfile.mkdtemp(prefix=".visavis-", dir=target.parent))
        except (OSError, ValueError) as error:
            raise write_problem(error, folder.parent) from error
        try:
            _fill(building)
            _rename(building, target)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        return cls(folder)

    @classmethod
    def open(cls, folder: Path | None = None) -> Home:
        """Open a home that exists. No key is read yet.

        Args:
            folder: where; ``default_home()`` if not given.

        Raises:
            HomeProblem: ``home_missing``, ``home_damaged``, ``home_too_open``: others can read a
                private key.
        """
        folder = folder or default_home()
        if not _is_occupied(folder):
            raise HomeProblem(
                "home_missing", f"There are no keys in {folder}.", "Run `visavis init`."
            )
        try:
            _check_complete(folder)
            _check_private(folder)
        except OSError as error:
            raise _damaged(folder, "the folder cannot be read") from error
        return cls(folder)

    @functools.cached_property
    def issuer(self) -> IssuerKey:
        """The key that signs passes.

        Raises:
            HomeProblem: ``home_damaged``.
        """
        return self._load(Path(_ISSUER_KEY), IssuerKey.from_pem)

    @functools.cached_property
    def verifier(self) -> VerifierKey:
        """The key that opens passes.

        Raises:
            HomeProblem: ``home_damaged``.
        """
        return self._load(Path(_VERIFIER_KEY), VerifierKey.from_pem)

    @functools.cached_property
    def trusted_issuers(self) -> tuple[IssuerPublicKey, ...]:
        """The issuers whose passes are accepted, in the order of their ids.

        Raises:
            HomeProblem: ``home_damaged``: a file is no key, or not the one it is named after.
        """
        keys = []
        for path in sorted((self.folder / _TRUSTED).glob("*.pub")):
            name = path.relative_to(self.folder)
            key = self._load(name, IssuerPublicKey.from_pem)
            # A file's name is what people compare when they decide whom to trust.
            if key.id != path.stem:
                raise _damaged(self.folder, f"{name} holds the key {key.id}")
            keys.append(key)
        return tuple(keys)

    def _load(self, name: Path, from_pem: Callable[[bytes], _Key]) -> _Key:
        try:
            return from_pem(read_bounded(self.folder / name, _MAX_KEY_BYTES))
        except (FileProblem, InvalidArgument) as error:
            raise _damaged(self.folder, f"{name} cannot be used as a key") from error

    def __repr__(self) -> str:
        return f"<Home: {self.folder}>"


def _fill(folder: Path) -> None:
    issuer = IssuerKey.generate()
    verifier = VerifierKey.generate()
    trusted = folder / _TRUSTED
    try:
        trusted.mkdir(mode=0o700)
    except OSError as error:
        raise write_problem(error, trusted) from error
    write_atomically(folder / _ISSUER_KEY, issuer.to_pem())
    write_atomically(folder / _VERIFIER_KEY, verifier.to_pem())
    write_atomically(folder / _ISSUER_PUBLIC, issuer.public.to_pem(), mode=0o644)
    write_atomically(folder / _VERIFIER_PUBLIC, verifier.public.to_pem(), mode=0o644)
    write_atomically(trusted / f"{issuer.id}.pub", issuer.public.to_pem(), mode=0o644)


def _rename(building: Path, target: Path) -> None:
    if os.name == "nt":  # where a rename never replaces a folder, not even an empty one
        with contextlib.suppress(OSError):
            target.rmdir()
    try:
        building.rename(target)
    except OSError as error:
        # Someone else was faster.
        if _is_occupied(target):
            raise _home_exists(target) from error
        raise write_problem(error, target) from error


def _is_occupied(folder: Path) -> bool:
    """Tell whether something is there that is not an empty folder."""
    if not os.path.lexists(folder):
        return False
    try:
        return any(True for _ in folder.iterdir())
    except FileNotFoundError:
        return False  # a link that leads nowhere yet
    except OSError:
        return True  # not a folder, or one that may not be looked into


def _check_complete(folder: Path) -> None:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if not (folder / _TRUSTED).is_dir():
        missing.append(_TRUSTED)
    if missing:
        raise _damaged(folder, f"{missing[0]} is missing")


def _check_private(folder: Path) -> None:
    if os.name != "posix":
        return
    for name in _PRIVATE:
        path = folder / name
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise HomeProblem(
                "home_too_open",
                f"Other users can read or change {path}.",
                f"Run `chmod 600 {shlex.quote(str(path))}`.",
            )


def _home_exists(folder: Path) -> HomeProblem:
    return HomeProblem(
        "home_exists",
        f"There is something in {folder} already, and it is never replaced.",
        "Choose another folder.",
    )


def _damaged(folder: Path, what: str) -> HomeProblem:
    return HomeProblem(
        "home_damaged",
        f"The keys in {folder} cannot be used: {what}.",
        "Restore the folder from a backup, or run `visavis init` with another folder.",
    )

"""The home of one operator."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, final

import platformdirs

from visavis._files import write_atomically
from visavis._operating_point import OperatingPoint, as_file, read_operating_point
from visavis.home import _create, _problems, _protect, _rotate, _trust
from visavis.home._changes import changing
from visavis.home._checks import check_home
from visavis.home._entries import KeyEntry, entries
from visavis.home._keyring import PUBLIC_KINDS, Keyring, read_public
from visavis.home._layout import ROLES, Layout, Role
from visavis.home._statuses import AllStatuses
from visavis.home._trusted import Trusted, read_trusted
from visavis.passes import (
    IssuerKey,
    IssuerPublicKey,
    TrustedIssuer,
    VerifierKey,
    VerifierPublicKey,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from visavis._toml import Table
    from visavis.attempts import Attempts
    from visavis.status import Register, Statuses, StatusLists

__all__ = ["Home", "default_home"]

_Private = TypeVar("_Private", bound=IssuerKey | VerifierKey)


def default_home() -> Path:
    """Return ``$VISAVIS_HOME``, or the user's data folder of the platform if it is not set."""
    chosen = os.environ.get("VISAVIS_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("visavis"))


@final
class Home:
    """The keys of one operator, and what it decides with. Each is read when it is first used.

    Made by ``create`` and ``open``. What another process changes afterwards is not noticed.

    Args:
        folder: where everything is.
        passphrase: as in ``open``.
    """

    def __init__(self, folder: Path, *, passphrase: Callable[[], str | None] | None = None) -> None:
        self.folder = folder
        self._layout = Layout(folder)
        self._keyring = Keyring(passphrase)

    @classmethod
    def create(cls, folder: Path | None = None, *, passphrase: str | None = None) -> Home:
        """Make new keys in a new or empty folder; either all of it exists afterwards or none.

        Args:
            folder: where; ``default_home()`` if not given.
            passphrase: locks the private keys, if given.

        Raises:
            HomeProblem: ``home_exists``: there is something in the folder already, or it is a
                file.
            InvalidArgument: ``bad_passphrase``: empty, or longer than 72 bytes.
            FileProblem: ``cannot_write``, ``disk_full``, ``file_exists``: a file is where the
                folder above should be.
        """
        folder = folder or default_home()
        _create.create(folder, passphrase)
        return cls(folder, passphrase=lambda: passphrase)

    @classmethod
    def open(
        cls, folder: Path | None = None, *, passphrase: Callable[[], str | None] | None = None
    ) -> Home:
        """Open a home that exists. No key is read yet.

        Args:
            folder: where; ``default_home()`` if not given.
            passphrase: called at most once, when a private key is needed and locked; returns
                None if there is nobody to ask.

        Raises:
            HomeProblem: ``home_missing``, ``home_damaged``, ``home_too_open``: others can read a
                private key.
        """
        folder = folder or default_home()
        check_home(Layout(folder))
        return cls(folder, passphrase=passphrase)

    @functools.cached_property
    def issuer(self) -> IssuerKey:
        """The key that signs passes.

        Raises:
            HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``.
        """
        key = self._keyring.read(self._layout.private("issuer"), IssuerKey)
        # A pass signed with one key must not take its place from the register of another.
        if key.id != self.issuer_public.id:
            raise _problems.damaged(self.folder, "issuer.key and issuer.pub do not belong together")
        return key

    @functools.cached_property
    def verifier(self) -> VerifierKey:
        """The key that opens new passes.

        Raises:
            HomeProblem: as ``issuer``.
        """
        return self._keyring.read(self._layout.private("verifier"), VerifierKey)

    @functools.cached_property
    def issuer_public(self) -> IssuerPublicKey:
        """What verifiers need to trust us. Reading it needs no passphrase.

        Raises:
            HomeProblem: ``home_damaged``.
        """
        return read_public(self._layout.present_public("issuer"), IssuerPublicKey)

    @functools.cached_property
    def verifier_public(self) -> VerifierPublicKey:
        """What issuers need to make passes for us. Reading it needs no passphrase.

        Raises:
            HomeProblem: ``home_damaged``.
        """
        return read_public(self._layout.present_public("verifier"), VerifierPublicKey)

    @functools.cached_property
    def issuers(self) -> tuple[IssuerKey, ...]:
        """Our issuer keys: the present one, and then former ones in the order of their ids.

        Raises:
            HomeProblem: as ``issuer``.
        """
        return (self.issuer, *self._former("issuer", self.issuer))

    @functools.cached_property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Our verifier keys: the present one, and then former ones in the order of their ids.

        Raises:
            HomeProblem: as ``issuer``.
        """
        return (self.verifier, *self._former("verifier", self.verifier))

    @functools.cached_property
    def trusted(self) -> tuple[Trusted, ...]:
        """The issuers whose passes are accepted, with what is known about them, by id.

        Raises:
            HomeProblem: ``home_damaged``: a file is no key or not the one it is named after, or
                what stands beside it cannot be understood.
        """
        return read_trusted(self._layout)

    @functools.cached_property
    def trusted_issuers(self) -> tuple[TrustedIssuer, ...]:
        """The issuers whose passes are accepted, as passes are opened with them.

        Raises:
            HomeProblem: as ``trusted``.
        """
        return tuple(each.issuer for each in self.trusted)

    @property
    def interrupted(self) -> tuple[Role, ...]:
        """The keys whose rotation was interrupted. ``rotate`` finishes it."""
        return tuple(role for role in ROLES if self._layout.is_unfinished(role))

    def keys(self, *, now: datetime) -> tuple[KeyEntry, ...]:
        """Return every key that is known here, our own first. None is unlocked.

        Raises:
            HomeProblem: ``home_damaged``.
        """
        return entries(self._layout, now=now)

    @functools.cached_property
    def register(self) -> Register:
        """Which passes of the present issuer key were called back.

        Raises:
            HomeProblem: ``home_damaged``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        return self._register(self.issuer_public.id)

    @functools.cached_property
    def registers(self) -> tuple[Register, ...]:
        """The same for all our issuer keys: the present one, former and lost ones by id.

        Raises:
            HomeProblem, FileProblem: as ``register``.
        """
        present = self.issuer_public.id
        former = [each for each in self._layout.former_ids("issuer") if each != present]
        return (self.register, *map(self._register, former))

    @functools.cached_property
    def lists(self) -> StatusLists:
        """Which passes of other issuers were called back, as far as it is known where to ask.

        Raises:
            HomeProblem: as ``trusted``.
        """
        # What fetches lists takes a while to import.
        from visavis.status import ListSource, StatusLists  # noqa: PLC0415

        ours = {register.issuer for register in self.registers}
        sources = {
            each.key.id: ListSource(each.key, each.status, each.ca_file)
            for each in self.trusted
            if each.status is not None and each.key.id not in ours
        }
        return StatusLists(sources, cache=self._layout.lists)

    @functools.cached_property
    def statuses(self) -> Statuses:
        """Which passes are in force: our own by our registers, all others by lists.

        Raises:
            HomeProblem, FileProblem: as ``register`` and ``trusted``.
        """
        return AllStatuses({each.issuer: each for each in self.registers}, self.lists)

    @functools.cached_property
    def attempts(self) -> Attempts:
        """The failed attempts in a row with each pass."""
        from visavis.attempts import Attempts  # noqa: PLC0415

        return Attempts(self._layout.attempts)

    @functools.cached_property
    def operating_point(self) -> OperatingPoint | None:
        """The threshold to decide with here; None for the one that ships.

        Raises:
            ModelProblem: ``operating_point_invalid``: there is a file, and it cannot be used.
        """
        path = self._layout.operating_point
        # A link that leads nowhere must not bring back another threshold.
        return read_operating_point(path) if os.path.lexists(path) else None

    def use_operating_point(
        self, point: OperatingPoint, evidence: Table, *, replace: bool = False
    ) -> Path:
        """Decide with an operating point of our own from now on, and with its embedder.

        Passes that were made with another embedder are then rejected.

        Args:
            point: the threshold.
            evidence: what it was measured on; goes into the file.
            replace: even if there is one already.

        Returns:
            The file.

        Raises:
            FileProblem: ``file_exists``, ``cannot_write``, ``disk_full``.
            HomeProblem: ``home_busy``.
        """
        path = self._layout.operating_point
        with self._changing():
            write_atomically(path, as_file(point, evidence), mode=0o644, overwrite=replace)
        return path

    def rotate(self, role: Role, *, now: datetime, lost: bool = False) -> None:
        """Bring a new key into use; the old one goes to ``former/`` and serves old passes.

        A new issuer key is trusted here; the old one stays trusted, and is retired. What an
        interrupted rotation has begun is finished instead.

        Args:
            role: which key.
            now: the present, with a time zone.
            lost: the key in use is missing, damaged, or its passphrase forgotten. What is left
                of it, and of former ones that cannot be read either, is set aside in
                ``former/``. If other keys are locked, the new one is locked with the passphrase
                that this home was opened with, which may be a new one.

        Raises:
            HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``,
                ``home_busy``, ``home_changed``; with ``lost``: ``key_not_lost``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        seen = vars(self).get(f"{role}_public")
        with self._changing():
            if seen is not None and self._present(role) != seen:
                raise _problems.changed_meanwhile(self.folder)
            _rotate.rotate(self._layout, role, self._keyring, now=now, lost=lost)

    def trust(
        self,
        file: Path,
        *,
        name: str | None = None,
        status: str | None = None,
        ca_file: Path | None = None,
        again: bool = False,
    ) -> Trusted:
        """Accept the passes of an issuer, or change what is known about it.

        Args:
            file: its public key; ``issuer.pub`` in the issuer's own home.
            name: what people here call it, 1 to 80 characters.
            status: where its status list is: a folder, a file or an https URL. Without one, none
                of its passes can be accepted.
            ca_file: certificates to check its web server with, instead of the system's.
            again: even if it was distrusted before.

        Returns:
            What is known about it now. What was not given stays as it was.

        Raises:
            InvalidArgument: ``bad_key``; ``private_key``: the secret half, which nobody may send;
                ``not_an_issuer``: our own verifier key; ``bad_name``, ``bad_status_source``,
                ``bad_path``.
            HomeProblem: ``distrusted``, ``home_damaged``, ``home_busy``.
            FileProblem: ``file`` or ``ca_file`` cannot be read; or ``cannot_write``, ``disk_full``.
        """
        key = _trust.read_issuer(file)
        with self._changing():
            return _trust.trust(
                self._layout, key, name=name, status=status, ca_file=ca_file, again=again
            )

    def retire(self, key_id: str, *, at: datetime) -> None:
        """Refuse what an issuer's key signs from a time on; earlier passes work until they end.

        Args:
            key_id: the id of the key, 16 digits.
            at: from when on, with a time zone; rounded up to a whole second, as passes are dated.

        Raises:
            InvalidArgument: ``bad_time``.
            HomeProblem: ``not_trusted``, ``home_damaged``, ``home_busy``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        with self._changing():
            _trust.retire(self._layout, key_id, at=at)

    def distrust(self, key_id: str) -> None:
        """Refuse everything that an issuer's key has ever signed, at once and for good.

        Args:
            key_id: the id of the key, 16 digits.

        Raises:
            HomeProblem: ``not_trusted``, ``home_damaged``, ``home_busy``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        with self._changing():
            _trust.distrust(self._layout, key_id)

    def protect(self, passphrase: str | None) -> None:
        """Lock all private keys with a passphrase, or with another one; None unlocks them.

        Raises:
            InvalidArgument: ``bad_passphrase``: empty, or longer than 72 bytes.
            HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``,
                ``home_busy``.
            FileProblem: ``cannot_write``, ``disk_full``.
        """
        with self._changing():
            _protect.protect(self._layout, self._keyring, passphrase)
            self._keyring = Keyring(lambda: passphrase)

    def _present(self, role: Role) -> IssuerPublicKey | VerifierPublicKey:
        return read_public(self._layout.present_public(role), PUBLIC_KINDS[role])

    def _former(self, role: Role, present: _Private) -> Iterator[_Private]:
        for key_id in self._layout.former_ids(role):
            path = self._layout.former_private(role, key_id)
            if key_id != present.id and path.exists():
                key = self._keyring.read(path, type(present))
                if key.id != key_id:
                    raise _problems.damaged(self.folder, f"{path.name} holds the key {key.id}")
                yield key

    def _register(self, issuer: str) -> Register:
        from visavis.status import Register  # noqa: PLC0415

        _create.bring_up_to_date(self._layout)
        return Register(self._layout.register, issuer=issuer)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with changing(self._layout):
            _create.bring_up_to_date(self._layout)
            try:
                yield
            finally:
                for name, value in vars(Home).items():
                    if isinstance(value, functools.cached_property):
                        vars(self).pop(name, None)

    def __repr__(self) -> str:
        return f"<Home: {self.folder}>"

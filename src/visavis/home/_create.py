"""Making a home: all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from visavis._files import write_atomically, write_problem
from visavis.home import _problems as problem
from visavis.home._checks import is_occupied
from visavis.home._keyring import as_text
from visavis.home._layout import Layout
from visavis.passes import IssuerKey, VerifierKey

__all__ = ["bring_up_to_date", "create"]


def create(folder: Path, passphrase: str | None) -> None:
    """Make new keys in a new or empty folder.

    Raises:
        HomeProblem: ``home_exists``.
        InvalidArgument: ``bad_passphrase``.
        FileProblem: ``cannot_write``, ``disk_full``, ``file_exists``.
    """
    if is_occupied(folder):
        raise problem.exists(folder)
    if passphrase is not None:
        passphrase = as_text(passphrase)
    issuer, verifier = IssuerKey.generate(), VerifierKey.generate()
    contents = [
        ("issuer.key", issuer.to_pem(passphrase=passphrase), 0o600),
        ("verifier.key", verifier.to_pem(passphrase=passphrase), 0o600),
        ("issuer.pub", issuer.public.to_pem(), 0o644),
        ("verifier.pub", verifier.public.to_pem(), 0o644),
        (f"trusted/{issuer.id}.pub", issuer.public.to_pem(), 0o644),
    ]
    try:
        # A symbolic link stays one: the keys go to where it leads.
        target = Path(os.path.realpath(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        # Made with mode 0700, beside the target so that it can be renamed in one step.
        building = Path(tempfile.mkdtemp(prefix=".visavis-", dir=target.parent))
    except (OSError, ValueError) as error:
        raise write_problem(error, folder.parent) from error
    try:
        layout = Layout(building)
        for made in (layout.trusted, layout.former):
            _make_folder(made)
        _make_register(layout)
        for name, data, mode in contents:
            write_atomically(building / name, data, mode=mode)
        _rename(building, target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def bring_up_to_date(layout: Layout) -> None:
    """Add what a home lacks that was made before passes could be called back.

    A home that has ``former/`` had a register from its beginning. If it is missing there, it got
    lost, and an empty one must not take its place: nothing would be called back in it.

    Raises:
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    if layout.former.is_dir():
        return
    if not layout.register.exists():
        _make_register(layout)
    _make_folder(layout.former)


def _make_register(layout: Layout) -> None:
    from visavis.status import Register  # noqa: PLC0415 - takes a while, and is seldom needed

    Register.create(layout.register)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise write_problem(error, folder) from error


def _rename(building: Path, target: Path) -> None:
    if os.name == "nt":  # where a rename never replaces a folder, not even an empty one
        with contextlib.suppress(OSError):
            target.rmdir()
    try:
        building.rename(target)
    except OSError as error:
        # Someone else was faster.
        if is_occupied(target):
            raise problem.exists(target) from error
        raise write_problem(error, target) from error

"""Setting, changing and removing the passphrase of all private keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from visavis._files import write_atomically
from visavis.home._changes import STAGED, move, remove
from visavis.home._keyring import KINDS, as_text

if TYPE_CHECKING:
    from visavis.home._keyring import Keyring
    from visavis.home._layout import Layout

__all__ = ["protect"]


def protect(layout: Layout, keyring: Keyring, passphrase: str | None) -> None:
    """Lock every private key with a passphrase, or unlock them with None.

    All keys are read, and all are written beside the old ones, before the first is replaced. If
    the power fails between the first and the last, the same call finishes it.

    Raises:
        HomeProblem: ``home_damaged``, ``passphrase_required``, ``wrong_passphrase``.
        InvalidArgument: ``bad_passphrase``.
        FileProblem: ``cannot_write``, ``disk_full``.
    """
    if passphrase is not None:
        as_text(passphrase)
    contents = {}
    for role, path in layout.private_keys():
        key = keyring.read(path, KINDS[role], instead=passphrase)
        # A key that lies elsewhere, behind a link, must not stay there as it was.
        contents[Path(os.path.realpath(path))] = key.to_pem(passphrase=passphrase)
    staged = {path: path.with_name(path.name + STAGED) for path in contents}
    try:
        for path, pem in contents.items():
            write_atomically(staged[path], pem, overwrite=True)
    except BaseException:
        for path in staged.values():
            remove(path)
        raise
    for path, new in staged.items():
        move(new, path)

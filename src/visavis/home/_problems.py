"""What can be wrong with a home."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from visavis.errors import HomeProblem, InvalidArgument

if TYPE_CHECKING:
    from pathlib import Path

    from visavis.home._layout import Role

__all__ = [
    "bad_passphrase",
    "busy",
    "changed_meanwhile",
    "damaged",
    "damaged_key",
    "distrusted",
    "exists",
    "missing",
    "not_lost",
    "not_trusted",
    "passphrase_required",
    "too_open",
    "wrong_passphrase",
]


def missing(folder: Path) -> HomeProblem:
    return HomeProblem("home_missing", f"There are no keys in {folder}.", "Run `visavis init`.")


def exists(folder: Path) -> HomeProblem:
    return HomeProblem(
        "home_exists",
        f"There is something in {folder} already, and it is never replaced.",
        "Choose another folder.",
    )


def damaged(folder: Path, what: str) -> HomeProblem:
    return HomeProblem(
        "home_damaged",
        f"The keys in {folder} cannot be used: {what}.",
        "Restore the folder from a backup, or run `visavis init` with another folder.",
    )


def damaged_key(path: Path, role: Role) -> HomeProblem:
    remedy = f"run `visavis keys rotate {role} --lost`"
    if path.parent.name == "former":
        remedy = "move it elsewhere, and make new passes instead of those that need it"
    return HomeProblem(
        "home_damaged",
        f"The {role} key {path} is missing or damaged.",
        f"Restore it from a backup; if there is none, {remedy}.",
    )


def too_open(path: Path) -> HomeProblem:
    return HomeProblem(
        "home_too_open",
        f"Other users can read or change {path}.",
        f"Run `chmod 600 {shlex.quote(str(path))}`.",
    )


def busy(folder: Path) -> HomeProblem:
    return HomeProblem(
        "home_busy",
        f"Somebody else is changing the keys in {folder}.",
        "Wait for them, then look at `visavis keys list` before you go on.",
    )


def changed_meanwhile(folder: Path) -> HomeProblem:
    return HomeProblem(
        "home_changed",
        f"The keys in {folder} were changed by somebody else in the meantime.",
        "Look at `visavis keys list`, then try again if it is still needed.",
    )


def passphrase_required() -> HomeProblem:
    return HomeProblem(
        "passphrase_required",
        "The private keys are locked by a passphrase.",
        "Type the passphrase, or set VISAVIS_PASSPHRASE.",
    )


def wrong_passphrase(path: Path) -> HomeProblem:
    return HomeProblem(
        "wrong_passphrase",
        f"The passphrase does not unlock {path}.",
        "Type it again; capitals and spaces count.",
    )


def bad_passphrase() -> InvalidArgument:
    return InvalidArgument(
        "bad_passphrase", "The passphrase is empty or not text.", "Choose another one."
    )


def not_lost(role: Role) -> HomeProblem:
    return HomeProblem(
        "key_not_lost",
        f"The {role} key is not lost: it is there and can be used.",
        f"To replace it so that old passes go on working, run `visavis keys rotate {role}`.",
    )


def not_trusted(key_id: str) -> HomeProblem:
    return HomeProblem(
        "not_trusted", f"No issuer {key_id} is trusted here.", "Look at `visavis keys list`."
    )


def distrusted(key_id: str) -> HomeProblem:
    return HomeProblem(
        "distrusted",
        f"The issuer {key_id} was distrusted here, for good.",
        "Ask the issuer for a new key; only if it was a mistake, trust it again with --force.",
    )

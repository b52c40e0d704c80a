"""What ``visavis doctor`` finds in a home folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from visavis._operating_point import PROVEN, require_model, shipped_operating_point
from visavis.cli._home import PASSPHRASE
from visavis.errors import HomeProblem, VisavisError
from visavis.face import DEFAULT_EMBEDDER
from visavis.home import Home, KeyEntry
from visavis.registry import ModelStore

__all__ = ["Finding", "examine_home"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it.

    Attributes:
        state: "ok", "missing" (only some commands need it) or "broken".
    """

    name: str
    state: str
    detail: str
    remedy: str = ""


def examine_home(folder: Path) -> Iterator[Finding]:
    """Look at the threshold, the keys, whom they trust, and the register.

    Nobody is asked for a passphrase.
    """
    try:
        home = Home.open(folder, passphrase=lambda: os.environ.get(PASSPHRASE))
        entries = home.keys(now=datetime.now(UTC))
    except HomeProblem as problem:
        yield _operating_point(None)
        state = "missing" if problem.reason == "home_missing" else "broken"
        yield Finding("keys", state, problem.message, problem.remedy)
        return
    yield _operating_point(home)
    yield _trusted(entries)
    yield _register(home)
    yield from _interrupted(home)
    yield _keys(home, entries)


def _operating_point(home: Home | None) -> Finding:
    name = "operating point"
    try:
        own = home.operating_point if home is not None else None
        point = own or shipped_operating_point(DEFAULT_EMBEDDER)
        require_model(point, ModelStore.default().entry(point.embedder))
    except VisavisError as problem:
        return Finding(name, "broken", problem.message, problem.remedy)
    where = "as shipped" if own is None else "of this home"
    status = "proven" if point.status == PROVEN else "provisional: its data are too few to prove it"
    return Finding(name, "ok", f"{point.id}, {where}; {status}")


def _keys(home: Home, entries: tuple[KeyEntry, ...]) -> Finding:
    detail = f"{home.folder}: issuer {home.issuer_public.id}, verifier {home.verifier_public.id}"
    former = sum(entry.state == "former" for entry in entries)
    if former:
        detail += f", {former} former"
    try:
        _ = home.issuers, home.verifiers
    except HomeProblem as problem:
        if problem.reason == "passphrase_required":
            return Finding("keys", "ok", f"{detail}; locked by a passphrase")
        return Finding("keys", "broken", problem.message, problem.remedy)
    return Finding("keys", "ok", detail)


def _trusted(entries: tuple[KeyEntry, ...]) -> Finding:
    others = [entry for entry in entries if entry.state in {"trusted", "retired"}]
    silent = [entry.id for entry in others if not entry.accepted]
    if silent:
        return Finding(
            "trusted issuers",
            "broken",
            f"no pass of {', '.join(silent)} is accepted, because its status list is not known",
            "Run `visavis keys trust FILE.pub --status PLACE`.",
        )
    ours = sum(entry.role == "issuer" and entry.accepted for entry in entries) - len(others)
    return Finding("trusted issuers", "ok", f"{ours} of our own, {len(others)} others")


def _register(home: Home) -> Finding:
    try:
        counts = home.register.counts()
    except VisavisError as problem:
        return Finding("register", "broken", problem.message, problem.remedy)
    used = f"{counts.issued} of {counts.size} places given to passes"
    return Finding("register", "ok", f"{used}, {counts.called_back} called back")


def _interrupted(home: Home) -> Iterator[Finding]:
    for role in home.interrupted:
        yield Finding(
            "rotation",
            "broken",
            f"a rotation of the {role} key was interrupted; nothing is lost",
            f"Run `visavis keys rotate {role}` again.",
        )

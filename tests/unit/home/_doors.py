"""What a home is for: a pass made with its keys is opened with its keys. And how homes break."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis.errors import PassRejected
from visavis.home import Home
from visavis.passes import Pass, VerifierPublicKey, issue, open_pass
from visavis.types import EnrolmentMethod, Template

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STEPS = ("link", "replace", "rename", "unlink", "mkdir")


def made_with(home: Home, *, at: datetime = NOW, verifier: VerifierPublicKey | None = None) -> Pass:
    """Make a pass with the keys of a home, and with a place in its register."""
    features = np.random.default_rng(1).normal(size=128).astype(np.float32)
    return issue(
        Template.from_features(features, embedder="embedder-1", preprocessing="chip-1"),
        issuer=home.issuer,
        verifier=verifier or home.verifier_public,
        purpose="Gym entrance",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=at,
        lifetime=timedelta(days=365),
        status=home.register.take(),
    )


def answer(home: Home, presented: Pass, *, now: datetime = NOW) -> str:
    """Present a pass: "accepted", or why it is not."""
    try:
        opened = open_pass(presented, verifiers=home.verifiers, issuers=home.trusted_issuers)
        home.statuses.require_valid(opened.claims.issuer, opened.claims.status, now=now)
    except PassRejected as rejection:
        return rejection.reason
    return "accepted"


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but the lock, with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


Change = Callable[[Callable[..., Any]], Callable[..., Any]]


@contextmanager
def _every_step(change: Change) -> Iterator[None]:
    """Put something around what the system does to names of files."""
    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, change(getattr(os, name)))
        yield


def power_cuts(folder: Path, copies: Path, action: Callable[[], object]) -> list[Path]:
    """Do something to a home, and return copies of what was on the disk after each step."""
    made: list[Path] = []
    copying = False

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal copying
            result = function(*arguments, **options)
            if not copying:
                copying = True
                made.append(copies / str(len(made)))
                shutil.copytree(folder, made[-1], symlinks=True)
                copying = False
            return result

        return call

    with _every_step(watched):
        action()
    return made


@contextmanager
def failing(at: int, failure: BaseException) -> Iterator[None]:
    """Let the step with this number fail, counted from one."""
    calls = 0

    def broken(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise failure
            return function(*arguments, **options)

        return call

    with _every_step(broken):
        yield

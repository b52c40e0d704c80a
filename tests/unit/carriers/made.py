"""Passes as they are issued and presented, of every size that matters to a code."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.passes import HolderKey, IssuerKey, Pass, VerifierKey, issue, present
from visavis.types import EnrolmentMethod, Template

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = IssuerKey.generate()
VERIFIER = VerifierKey.generate()
HOLDER = HolderKey.generate()


@functools.cache
def made(
    *, numbers: int = 128, purpose: str = "Gym entrance", pin: bool = False, holder: bool = False
) -> Pass:
    features = np.random.default_rng(numbers).normal(size=numbers).astype(np.float32)
    return issue(
        Template.from_features(features, embedder="dlib-resnet29-v1", preprocessing="mesh5-150"),
        issuer=ISSUER,
        verifier=VERIFIER.public,
        purpose=purpose,
        enrolment=EnrolmentMethod.LIVE,
        consent=bytes(range(32)),
        issued_at=NOW,
        lifetime=timedelta(days=365),
        status=2**20 - 1,
        pin="481516" if pin else None,
        holder=HOLDER.public if holder else None,
    )


@functools.cache
def presented(*, numbers: int = 128) -> Pass:
    return present(made(numbers=numbers, holder=True), holder=HOLDER, now=NOW)


def reason(caught: pytest.ExceptionInfo[VisavisError]) -> str:
    """Return the reason of an error, after checking that it says what to do."""
    for part in (caught.value.message, caught.value.remedy):
        assert part.endswith(".")
        assert part.isprintable()
    return caught.value.reason

"""Reading what a pass says, without a face."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from visavis.cli._secrets import pin_of
from visavis.home import Home
from visavis.passes import Claims, Pass, TrustedIssuer, open_pass

__all__ = ["claims_of"]


def claims_of(
    presented: Pass, home: Home, *, issuers: Collection[TrustedIssuer] | None = None
) -> Claims:
    """Open a pass, and return what it says, be it valid or not.

    A wrong PIN counts as it does at the door: otherwise this would be the way to try PINs.

    Args:
        presented: the pass.
        home: whose verifier keys open it.
        issuers: whose passes are read; those that the home trusts if not given.

    Raises:
        PassRejected: as ``open_pass``; ``disabled``, ``too_many_attempts``.
        HomeProblem: the keys are damaged, or attempts cannot be counted.
    """
    pin = pin_of(presented)
    trusted = home.trusted_issuers if issuers is None else issuers
    with home.attempts.attempt(presented, now=datetime.now(UTC), forgives=False):
        opened = open_pass(presented, verifiers=home.verifiers, issuers=trusted, pin=pin)
    opened.template.erase()
    return opened.claims

"""Measure how passes protect what is in them: ``make protection``.

Three questions. Can two passes of one face be told from passes of two faces, without the
verifier's key? What does every step cost, in time and bytes? What does it cost to guess a PIN?
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._linkage import Linkage, measure_linkage, shared_bytes

from visavis.carriers import to_text
from visavis.errors import PassRejected
from visavis.passes import (
    HolderKey,
    IssuerKey,
    Pass,
    Policy,
    StatusList,
    TrustedIssuer,
    VerifierKey,
    check,
    check_proof,
    issue,
    open_pass,
    present,
)
from visavis.status import Register
from visavis.types import EnrolmentMethod, Template

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PIN, WRONG = "843917", "843918"
DIMENSION = 128
GPU = "RTX 4090"
GPU_GUESSES = 1667.0
"""Argon2id with 64 MiB, three passes, one lane, in guesses a second on one RTX 4090: hashcat,
pull request 4284 (Netherlands Forensic Institute, July 2025)."""
YEAR = 365.25 * 86400


@dataclass(frozen=True, slots=True)
class Step:
    """What one step costs.

    Attributes:
        name: the step.
        ms: median in milliseconds.
        low: lower quartile.
        high: upper quartile.
        limit: the budget in milliseconds, if there is one.
        size: bytes of what comes out, if bytes do.
    """

    name: str
    ms: float
    low: float
    high: float
    limit: float | None = None
    size: int | None = None


class Desk:
    """Keys, a register and templates, all made up: no face is needed to measure a seal."""

    def __init__(self, seed: int = 1) -> None:
        self.issuer, self.verifier = IssuerKey.generate(), VerifierKey.generate()
        self.holder = HolderKey.generate()
        self.register = Register(None, issuer=self.issuer.id)
        self.trusted = [TrustedIssuer(self.issuer.public)]
        self._dice = np.random.default_rng(seed)

    def face(self, dimension: int = DIMENSION) -> NDArray[np.float32]:
        """Return features of somebody new."""
        return self._dice.normal(size=dimension).astype(np.float32) / np.float32(dimension**0.5)

    def make(
        self,
        features: NDArray[np.float32],
        pin: str | None = None,
        *,
        holder: bool = False,
        status: int | None = None,
    ) -> Pass:
        """Issue a pass for a year."""
        template = Template.from_features(
            features, embedder="dlib-resnet29-v1", preprocessing="mesh5-150-v1"
        )
        return issue(
            template,
            issuer=self.issuer,
            verifier=self.verifier.public,
            purpose="Gym entrance",
            enrolment=EnrolmentMethod.PHOTO,
            consent=bytes(range(32)),
            issued_at=NOW,
            lifetime=timedelta(days=365),
            status=self.register.take() if status is None else status,
            pin=pin,
            holder=self.holder.public if holder else None,
        )

    def open(self, presented: Pass, pin: str | None = None) -> None:
        """Do everything that is done with a pass before a face is looked for."""
        opened = open_pass(presented, verifiers=[self.verifier], issuers=self.trusted, pin=pin)
        check(
            opened,
            policy=Policy(),
            now=NOW,
            embedder="dlib-resnet29-v1",
            preprocessing="mesh5-150-v1",
        )
        check_proof(presented, claims=opened.claims, now=NOW, clock_skew=timedelta(seconds=30))
        self.register.require_valid(opened.claims.issuer, opened.claims.status, now=NOW)
        opened.template.erase()


def steps(desk: Desk, repetitions: int) -> list[Step]:
    """Time every step."""
    face, large = desk.face(), desk.face(512)
    place = desk.register.take()
    bearer, with_pin = desk.make(face), desk.make(face, PIN)
    on_phone = desk.make(face, holder=True)
    shown = present(on_phone, holder=desk.holder, now=NOW)
    bits = desk.register.bits()
    times = {"issued_at": NOW, "expires_at": NOW + timedelta(days=3)}
    token = StatusList.sign(bits, issuer=desk.issuer, ttl=timedelta(hours=12), **times)

    def wrong_pin() -> None:
        try:
            desk.open(with_pin, WRONG)
        except PassRejected as error:
            if error.reason == "wrong_pin":
                return
        raise AssertionError("a wrong PIN opened the pass")

    few = max(5, repetitions // 20)
    return [
        _time("issue, bearer", lambda: desk.make(face, status=place), repetitions, size=bearer),
        _time("issue, PIN", lambda: desk.make(face, PIN, status=place), few, size=with_pin),
        _time(
            "issue, holder key",
            lambda: desk.make(face, holder=True, status=place),
            repetitions,
            size=on_phone,
        ),
        _time(
            "issue, bearer, 512 numbers",
            lambda: desk.make(large, status=place),
            repetitions,
            size=desk.make(large),
        ),
        _time("present with the phone", lambda: _present(desk, on_phone), repetitions, size=shown),
        _time("open, bearer", lambda: desk.open(bearer), repetitions, limit=2),
        _time("open, PIN", lambda: desk.open(with_pin, PIN), few, limit=300),
        _time("open, wrong PIN", wrong_pin, few, limit=300),
        _time("open, holder key and proof", lambda: desk.open(shown), repetitions, limit=4),
        _time("write the text form", lambda: to_text(bearer), repetitions, size=to_text(bearer)),
        _time(
            "status list: read, check",
            lambda: StatusList.open(token, desk.issuer.public),
            repetitions,
            size=token,
        ),
    ]


def _present(desk: Desk, sealed: Pass) -> Pass:
    return present(sealed, holder=desk.holder, now=NOW)


def _time(
    name: str,
    work: Callable[[], object],
    repetitions: int,
    *,
    limit: float | None = None,
    size: Pass | str | bytes | None = None,
) -> Step:
    work()
    taken = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    low, median, high = np.percentile(taken, [25, 50, 75])
    count = None if size is None else len(size.encode() if isinstance(size, Pass) else size)
    return Step(name, float(median), float(low), float(high), limit, count)


def guessing(digits: int, own_ms: float) -> dict[str, float | int]:
    """Return what it costs to try every PIN with a stolen pass and a stolen verifier key."""
    pins = 10**digits
    return {
        "digits": digits,
        "gpu_hours": pins / GPU_GUESSES / 3600,
        "gpu_years": pins / GPU_GUESSES / YEAR,
        "this_machine_days": pins * own_ms / 1000 / 86400,
    }


def main() -> int:
    """Measure, print, and return 1 if something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--passes", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    desk = Desk()
    measured = steps(desk, options.repetitions)
    linkage = measure_linkage(desk.make, desk.face, options.passes)
    same_face = desk.face()
    shared = shared_bytes([desk.make(same_face).sealed for _ in range(options.passes)])
    own = next(step.ms for step in measured if step.name == "open, PIN")
    guesses = [guessing(digits, own) for digits in (6, 8)]
    good = _good(measured, linkage) and shared[1:] == (0, 0)
    if options.json:
        values = {
            "good": good,
            "steps": [asdict(step) for step in measured],
            "linkage": [asdict(each) for each in linkage],
            "shared_bytes": dict(zip(("fixed", "outside_header", "pieces"), shared, strict=True)),
            "guessing": guesses,
            "gpu": {"name": GPU, "guesses_per_second": GPU_GUESSES},
        }
        print(json.dumps(values, indent=1))
    else:
        _show(measured, linkage, guesses)
        _show_shared(shared, options.passes)
    return 0 if good else 1


def _good(measured: list[Step], linkage: list[Linkage]) -> bool:
    in_time = all(step.limit is None or step.ms < step.limit for step in measured)
    return in_time and all(each.as_expected for each in linkage)


def _show(
    measured: list[Step], linkage: list[Linkage], guesses: list[dict[str, float | int]]
) -> None:
    print("| step | ms (quartiles) | budget | bytes |\n|---|---|---|---|")
    for step in measured:
        limit = "" if step.limit is None else f"< {step.limit:g} ms"
        size = "" if step.size is None else f"{step.size:,}"
        print(
            f"| {step.name} | {step.ms:.2f} ({step.low:.2f}-{step.high:.2f}) | {limit} | {size} |"
        )
    print("\n| what is compared | by | D_sys (99.9 %) | linkable |\n|---|---|---|---|")
    for each in linkage:
        found = f"{each.d_sys:.3f} ({each.low:.3f} to {each.high:.3f})"
        print(f"| {each.what} | {each.by} | {found} | {'yes' if each.linkable else 'no'} |")
    print(f"\n| PIN | all of them, on one {GPU} | on this machine |\n|---|---|---|")
    for row in guesses:
        hours, years = row["gpu_hours"], row["gpu_years"]
        print(
            f"| {row['digits']} digits | {hours:.2f} h = {years:.2g} GPU-years"
            f" | {row['this_machine_days']:.3g} days |"
        )


def _show_shared(shared: tuple[int, int, int], passes: int) -> None:
    fixed, outside, pieces = shared
    print(
        f"\n{passes} passes of one face: {fixed} bytes are the same in all of them, {outside} of"
        f" these outside the header;\n{pieces} pieces of eight bytes occur in two of them."
    )


if __name__ == "__main__":
    sys.exit(main())

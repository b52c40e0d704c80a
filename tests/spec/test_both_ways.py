"""What one implementation writes, the other reads: random keys, salts, templates and times."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from spec.makers import writer, zlib_stable
from spec.makers.text import to_text
from tests.spec import reader

from visavis import carriers
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
from visavis.types import EnrolmentMethod, Template, Tier

NOW = 1_800_000_000
PRESENT = datetime.fromtimestamp(NOW, UTC)
POLICY = {
    "lowest_tier": "bearer",
    "lowest_enrolment": "photo",
    "purposes": ["Zugang"],
    "issuers": None,
    "longest_lifetime": None,
    "oldest_enrolment": None,
    "clock_skew": 60,
    "embedder": "embedder-1",
    "preprocessing": "chip-1",
}
TIERS = [(False, False), (True, False), (False, True), (True, True)]
SIZES = [32, 128, 2048]

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def new_numbers(size: int) -> bytes:
    return secrets.token_bytes(size - 1).replace(b"\x80", b"\x81") + b"\x01"


@dataclass
class People:
    """Fresh keys, for the package and for plain cryptography."""

    issuer: Key
    verifier: Key
    holder: Key
    pin: str | None
    tied: bool

    @property
    def tier(self) -> int:
        return 3 if self.tied else 1 if self.pin is None else 2


@pytest.fixture(params=TIERS, ids=["bearer", "pin", "holder-key", "pin-and-holder-key"])
def people(request: pytest.FixtureRequest) -> People:
    with_pin, tied = request.param
    return People(new_key(), new_key(), new_key(), "493017" if with_pin else None, tied)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("nonce", [None, secrets.token_bytes(32)], ids=["window", "nonce"])
def test_the_second_reader_opens_what_the_package_writes(
    people: People, size: int, nonce: bytes | None
) -> None:
    numbers = new_numbers(size)
    consent = secrets.token_bytes(32)
    values = np.frombuffer(numbers, np.int8)
    holder = HolderKey(people.holder)
    made = issue(
        Template(values, embedder="embedder-1", preprocessing="chip-1"),
        issuer=IssuerKey(people.issuer),
        verifier=VerifierKey(people.verifier).public,
        purpose="Zugang",
        enrolment=EnrolmentMethod.LIVE_ATTENDED,
        consent=consent,
        issued_at=PRESENT,
        lifetime=timedelta(days=1),
        status=77,
        pin=people.pin,
        holder=holder.public if people.tied else None,
    )
    if people.tied:
        made = present(made, holder=holder, now=PRESENT, nonce=nonce)

    sealed, proof = reader.split(made.encode())
    trusted = [reader.Issuer(people.issuer.public_key())]
    opened = reader.open_pass(sealed, verifiers=[people.verifier], issuers=trusted, pin=people.pin)
    reader.check_policy(opened, POLICY, NOW)
    reader.Checker().check(opened, proof, now=NOW, clock_skew=60, nonce=nonce)
    assert opened.claims["template"] == numbers
    assert opened.claims["consent"] == consent
    assert opened.claims["tier"] == people.tier
    assert (opened.claims["issued_at"], opened.claims["expires_at"]) == (NOW, NOW + 86_400)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("nonce", [None, secrets.token_bytes(32)], ids=["window", "nonce"])
def test_the_package_opens_what_the_second_writer_writes(
    people: People, size: int, nonce: bytes | None
) -> None:
    numbers = new_numbers(size)
    data = _written(people, numbers, nonce)
    presented = Pass.decode(data)
    opened = open_pass(
        presented,
        verifiers=[VerifierKey(people.verifier)],
        issuers=[TrustedIssuer(IssuerKey(people.issuer).public)],
        pin=people.pin,
    )
    check(opened, policy=Policy(), now=PRESENT, embedder="embedder-1", preprocessing="chip-1")
    accepted = check_proof(
        presented, claims=opened.claims, now=PRESENT, clock_skew=timedelta(0), nonce=nonce
    )
    assert (accepted is not None) == people.tied
    assert opened.template.reveal().tobytes() == numbers
    assert opened.claims.tier is list(Tier)[people.tier - 1]
    assert opened.claims.purpose == "Zugang"
    # The package would have written the same bytes.
    assert presented.encode() == data


def _written(people: People, numbers: bytes, nonce: bytes | None) -> bytes:
    verifier = people.verifier.public_key()
    claims: dict[int, Any] = {
        1: writer.key_id(people.issuer.public_key()).hex(),
        3: writer.key_id(verifier).hex(),
        4: NOW + 100,
        6: NOW - 100,
        7: secrets.token_bytes(16),
    }
    if people.tied:
        public = people.holder.public_key().public_numbers()
        claims[8] = {1: {1: 2, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y % 2 == 1}}
    template = ["embedder-1", "chip-1", 1, numbers]
    consent = secrets.token_bytes(32)
    place = secrets.randbelow(1 << 20).to_bytes(3)
    claims[-65537] = ["Zugang", people.tier, 1, consent, place, template]
    pin = None if people.pin is None else writer.Pin(people.pin, secrets.token_bytes(16))
    seal = writer.Seal(verifier, new_key(), secrets.token_bytes(12), pin)
    sealed = seal.seal(writer.sign_pass(claims, people.issuer))
    if not people.tied:
        return sealed
    fresh = nonce or [NOW // 30, secrets.token_bytes(8)]
    statement = [1, writer.sha256(sealed), writer.key_id(verifier), fresh]
    return writer.presentation(sealed, writer.sign_proof(statement, people.holder))


def test_status_lists_both_ways() -> None:
    key = new_key()
    issuer = IssuerKey(key)
    bits = secrets.token_bytes(20_000)
    token = StatusList.sign(
        bits,
        issuer=issuer,
        issued_at=PRESENT,
        expires_at=PRESENT + timedelta(days=7),
        ttl=timedelta(hours=1),
    )
    lists = reader.Lists(key.public_key())
    lists.fetch(token, NOW)
    assert lists.held is not None
    assert lists.held["bits"] == bits
    assert lists.held["ttl"] == 3600

    claims = {
        2: "visavis:status/" + issuer.id,
        4: NOW + 100,
        6: NOW,
        65533: {"lst": zlib_stable.stored(bits), "bits": 1},
        65534: 100,
    }
    opened = StatusList.open(writer.sign_status_list(claims, key), issuer.public)
    assert (opened.bits, opened.issued_at, opened.ttl) == (bits, PRESENT, timedelta(seconds=100))


@pytest.mark.parametrize("size", [1, 2, 3, 463, 66_560])
def test_text_both_ways(size: int) -> None:
    data = b"\xd8" + secrets.token_bytes(size - 1)
    text = carriers.to_text(Pass(data))
    assert text == to_text(data)
    assert reader.from_text(text) == carriers.from_text(text).sealed == data

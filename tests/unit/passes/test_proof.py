from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import (
    Accepted,
    Action,
    Claims,
    HolderKey,
    IssuerKey,
    Pass,
    TrustedIssuer,
    VerifierKey,
    check_proof,
    new_nonce,
    open_pass,
    present,
)
from visavis.passes._cose_keys import signing_key
from visavis.passes._sign1 import PASS, PROOF, sign

MakePass = Callable[..., Pass]
SKEW = timedelta(seconds=30)
HOLDER = HolderKey.generate()
# Of P-256 (SEC 2, section 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def sealed(make_pass: MakePass) -> Pass:
    return make_pass(holder=HOLDER.public)


@pytest.fixture(scope="module")
def claims(sealed: Pass, issuer: IssuerKey, verifier: VerifierKey) -> Claims:
    trusted = [TrustedIssuer(issuer.public)]
    return open_pass(sealed, verifiers=[verifier], issuers=trusted).claims


@pytest.fixture(scope="module")
def check_it(claims: Claims, now: datetime) -> Callable[..., Accepted]:
    def check(presented: Pass, **changes: Any) -> Accepted:
        arguments: dict[str, Any] = {"claims": claims, "now": now, "clock_skew": SKEW} | changes
        accepted = check_proof(presented, **arguments)
        assert accepted is not None
        return accepted

    return check


@pytest.fixture(scope="module")
def reason(check_it: Callable[..., Accepted]) -> Callable[..., str]:
    def refused(presented: Pass, **changes: Any) -> str:
        with pytest.raises(PassRejected) as caught:
            check_it(presented, **changes)
        return caught.value.reason

    return refused


Check = Callable[..., Accepted]
Reason = Callable[..., str]


def test_a_fresh_proof_is_accepted(sealed: Pass, check_it: Check, now: datetime) -> None:
    presented = present(sealed, holder=HOLDER, now=now)
    accepted = check_it(presented)
    assert len(accepted.digest) == 32
    assert accepted.until == (now + 2 * SKEW).timestamp()
    again = check_it(present(sealed, holder=HOLDER, now=now))
    assert again.digest != accepted.digest


def test_what_is_presented_survives_being_carried(sealed: Pass, check_it: Check, now: Any) -> None:
    presented = present(sealed, holder=HOLDER, now=now)
    carried = Pass.decode(presented.encode())
    assert (carried.sealed, carried.proof) == (presented.sealed, presented.proof)
    assert check_it(carried) == check_it(presented)


def test_without_the_phone_it_is_refused(sealed: Pass, reason: Reason) -> None:
    assert reason(sealed) == "proof_missing"


def test_a_pass_without_a_key_needs_no_proof_and_takes_none(
    make_pass: MakePass, issuer: IssuerKey, verifier: VerifierKey, now: datetime
) -> None:
    plain = make_pass()
    trusted = [TrustedIssuer(issuer.public)]
    claims = open_pass(plain, verifiers=[verifier], issuers=trusted).claims
    assert check_proof(plain, claims=claims, now=now, clock_skew=SKEW) is None
    presented = present(plain, holder=HOLDER, now=now)
    with pytest.raises(PassRejected) as caught:
        check_proof(presented, claims=claims, now=now, clock_skew=SKEW)
    assert caught.value.reason == "proof_not_expected"


def test_windows_to_the_second(
    sealed: Pass, check_it: Check, reason: Reason, now: datetime
) -> None:
    assert now.timestamp() % 30 == 0
    presented = present(sealed, holder=HOLDER, now=now + timedelta(seconds=29))
    second = timedelta(seconds=1)
    assert reason(presented, now=now - SKEW - second) == "proof_early"
    for early in (-30, 0, 29, 30, 59):
        check_it(presented, now=now + early * second)
    assert reason(presented, now=now + 60 * second) == "proof_stale"
    # Without any allowance, it is good for its own window alone.
    exact = timedelta(0)
    assert reason(presented, now=now - second, clock_skew=exact) == "proof_early"
    for inside in (0, 29):
        check_it(presented, now=now + inside * second, clock_skew=exact)
    assert reason(presented, now=now + 30 * second, clock_skew=exact) == "proof_stale"


def test_a_generous_policy_is_not_generous_with_proofs(
    sealed: Pass, reason: Reason, now: datetime
) -> None:
    presented = present(sealed, holder=HOLDER, now=now)
    late = now + timedelta(minutes=2)
    assert reason(presented, now=late, clock_skew=timedelta(hours=1)) == "proof_stale"


def test_a_statement_is_remembered_as_long_as_it_counts(
    sealed: Pass, check_it: Check, reason: Reason, now: datetime
) -> None:
    presented = present(sealed, holder=HOLDER, now=now)
    until = datetime.fromtimestamp(check_it(presented).until, UTC)
    assert reason(presented, now=until) == "proof_stale"
    # A stricter verifier remembers it for those who are not.
    assert check_it(presented, clock_skew=timedelta(0)).until == until.timestamp()
    check_it(presented, now=until - timedelta(microseconds=1))


def test_a_nonce_is_good_for_one_occasion(
    sealed: Pass, check_it: Check, reason: Reason, now: datetime
) -> None:
    nonce = new_nonce()
    presented = present(sealed, holder=HOLDER, now=now, nonce=nonce)
    # The phone's clock does not matter then.
    check_it(presented, nonce=nonce, now=now + timedelta(minutes=10))
    assert reason(presented, nonce=new_nonce()) == "proof_wrong_nonce"
    assert reason(presented) == "proof_wrong_nonce"
    in_window = present(sealed, holder=HOLDER, now=now)
    assert reason(in_window, nonce=nonce) == "proof_wrong_nonce"


@pytest.mark.parametrize("length", [0, 15, 65])
def test_nonces_of_another_length(
    sealed: Pass, check_it: Check, now: datetime, length: int
) -> None:
    with pytest.raises(InvalidArgument):
        present(sealed, holder=HOLDER, now=now, nonce=bytes(length))
    with pytest.raises(InvalidArgument):
        check_it(present(sealed, holder=HOLDER, now=now), nonce=bytes(length))


def test_another_phone(sealed: Pass, reason: Reason, now: datetime) -> None:
    stranger = HolderKey.generate()
    assert reason(present(sealed, holder=stranger, now=now)) == "proof_bad_signature"


def test_another_pass(make_pass: MakePass, sealed: Pass, reason: Reason, now: datetime) -> None:
    other = make_pass(holder=HOLDER.public)
    proof = present(other, holder=HOLDER, now=now).proof
    assert reason(Pass(sealed.sealed, proof)) == "proof_wrong_pass"


def test_another_action(sealed: Pass, check_it: Check, reason: Reason, now: datetime) -> None:
    withdrawal = present(sealed, holder=HOLDER, now=now, action=Action.WITHDRAW)
    assert reason(withdrawal) == "proof_wrong_action"
    check_it(withdrawal, action=Action.WITHDRAW)
    presented = present(sealed, holder=HOLDER, now=now)
    assert reason(presented, action=Action.WITHDRAW) == "proof_wrong_action"


def _signed(statement: Any, key: HolderKey = HOLDER) -> bytes:
    encoded = statement if isinstance(statement, bytes) else cbor2.dumps(statement)
    return sign(encoded, signing_key(key), PROOF).encode()


def _statement(sealed: Pass, now: datetime) -> list[Any]:
    proof = present(sealed, holder=HOLDER, now=now).proof
    assert proof is not None
    statement = cbor2.loads(cbor2.loads(proof).value[2])
    assert isinstance(statement, list)
    return statement


def test_another_verifier(sealed: Pass, reason: Reason, now: datetime) -> None:
    action, pass_hash, _, fresh = _statement(sealed, now)
    proof = _signed([action, pass_hash, bytes(8), fresh])
    assert reason(Pass(sealed.sealed, proof)) == "proof_wrong_verifier"


def test_a_signature_for_something_else(sealed: Pass, reason: Reason, now: datetime) -> None:
    statement = cbor2.dumps(_statement(sealed, now))
    proof = sign(statement, signing_key(HOLDER), PASS).encode()
    assert reason(Pass(sealed.sealed, proof)) == "proof_bad_signature"


def test_a_negated_signature_is_the_same_statement(
    sealed: Pass, check_it: Check, now: datetime
) -> None:
    presented = present(sealed, holder=HOLDER, now=now)
    assert presented.proof is not None
    s = int.from_bytes(presented.proof[-32:], "big")
    negated = presented.proof[:-32] + (ORDER - s).to_bytes(32, "big")
    assert check_it(Pass(sealed.sealed, negated)).digest == check_it(presented).digest
    assert negated != presented.proof


def test_statements_of_another_shape(sealed: Pass, reason: Reason, now: datetime) -> None:
    action, pass_hash, audience, fresh = _statement(sealed, now)
    number, serial = fresh
    for statement in (
        b"",
        b"\x00",
        [],
        [action, pass_hash, audience],
        [action, pass_hash, audience, fresh, 0],
        [0, pass_hash, audience, fresh],
        [3, pass_hash, audience, fresh],
        [True, pass_hash, audience, fresh],
        [action, pass_hash[:31], audience, fresh],
        [action, pass_hash, audience[:7], fresh],
        [action, pass_hash, audience.hex(), fresh],
        [action, pass_hash, audience, number],
        [action, pass_hash, audience, bytes(15)],
        [action, pass_hash, audience, bytes(65)],
        [action, pass_hash, audience, [number]],
        [action, pass_hash, audience, [number, serial, 0]],
        [action, pass_hash, audience, [number, serial[:7]]],
        [action, pass_hash, audience, [-1, serial]],
        [action, pass_hash, audience, [True, serial]],
        [action, pass_hash, audience, [float(number), serial]],
        {0: action, 1: pass_hash},
        cbor2.dumps([action, pass_hash, audience, fresh]) + b"\x00",
    ):
        assert reason(Pass(sealed.sealed, _signed(statement))) == "proof_malformed"


def test_every_single_bit_of_a_proof_matters(sealed: Pass, reason: Reason, now: datetime) -> None:
    proof = present(sealed, holder=HOLDER, now=now).proof
    assert proof is not None
    seen = set()
    for bit in range(8 * len(proof)):
        changed = bytearray(proof)
        changed[bit // 8] ^= 1 << (bit % 8)
        seen.add(reason(Pass(sealed.sealed, bytes(changed))))
    assert seen == {"proof_malformed", "proof_bad_signature"}
    for length in range(len(proof)):
        assert reason(Pass(sealed.sealed, proof[:length])) == "proof_malformed"


def test_every_single_bit_of_a_presentation_matters(
    sealed: Pass, issuer: IssuerKey, verifier: VerifierKey, now: datetime
) -> None:
    trusted = [TrustedIssuer(issuer.public)]

    def verify(data: bytes) -> None:
        presented = Pass.decode(data)
        opened = open_pass(presented, verifiers=[verifier], issuers=trusted)
        check_proof(presented, claims=opened.claims, now=now, clock_skew=SKEW)

    encoded = present(sealed, holder=HOLDER, now=now).encode()
    for bit in range(8 * len(encoded)):
        changed = bytearray(encoded)
        changed[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(PassRejected):
            verify(bytes(changed))
    verify(encoded)


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_random_presentations(data: bytes) -> None:
    for tried in (data, b"\x82" + data, b"\x82\x42\xd8\x60" + data):
        try:
            presented = Pass.decode(tried)
        except PassRejected:
            continue
        assert presented.encode() == tried


def test_the_largest_that_is_looked_at() -> None:
    with pytest.raises(PassRejected) as caught:
        Pass.decode(b"\x82" + bytes(65 * 1024))
    assert caught.value.reason == "too_large"


def test_now_needs_a_time_zone(sealed: Pass, now: datetime) -> None:
    with pytest.raises(InvalidArgument):
        present(sealed, holder=HOLDER, now=now.replace(tzinfo=None))


def test_it_is_presented_only_if_it_is_a_pass(now: datetime) -> None:
    with pytest.raises(PassRejected):
        present(Pass(b"\xd8\x60"), holder=HOLDER, now=now)

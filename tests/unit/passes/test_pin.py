from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from visavis.errors import InvalidArgument, PassRejected
from visavis.passes import (
    HolderKey,
    IssuerKey,
    OpenedPass,
    Pass,
    TrustedIssuer,
    VerifierKey,
    check_new_pin,
    open_pass,
)
from visavis.types import Tier

Craft = Callable[..., bytes]
MakePass = Callable[..., Pass]
Open = Callable[..., OpenedPass]
PIN = "843917"
SALT = bytes(range(16))


@pytest.fixture(scope="module")
def open_with(issuer: IssuerKey, verifier: VerifierKey) -> Open:
    def opened(sealed: bytes, pin: str | None) -> OpenedPass:
        trusted = [TrustedIssuer(issuer.public)]
        return open_pass(Pass(sealed), verifiers=[verifier], issuers=trusted, pin=pin)

    return opened


@pytest.fixture(scope="module")
def protected(make_pass: MakePass) -> Pass:
    return make_pass(pin=PIN)


def _reason(open_with: Open, sealed: bytes, pin: str | None) -> str:
    with pytest.raises(PassRejected) as caught:
        open_with(sealed, pin)
    return caught.value.reason


def test_the_right_pin_opens_it(protected: Pass, open_with: Open) -> None:
    assert protected.needs_pin
    claims = open_with(protected.sealed, PIN).claims
    assert claims.tier is Tier.PIN
    assert claims.holder is None


@pytest.mark.parametrize(
    "pin", ["843918", "8439170", "0843917", "", "84391", "84391\uff17", "x" * 99]
)
def test_another_pin_does_not(protected: Pass, open_with: Open, pin: str) -> None:
    assert _reason(open_with, protected.sealed, pin) == "wrong_pin"


def test_without_a_pin_nothing_is_tried(protected: Pass, open_with: Open) -> None:
    assert _reason(open_with, protected.sealed, None) == "pin_required"


def test_a_wrong_pin_is_a_damaged_pass_for_everybody(protected: Pass, open_with: Open) -> None:
    length = len(protected.sealed)
    for position in (length // 2, 200):
        changed = bytearray(protected.sealed)
        changed[position] ^= 1
        assert _reason(open_with, bytes(changed), PIN) == "wrong_pin"


def test_a_pin_that_is_not_needed_is_not_ignored(make_pass: MakePass, open_with: Open) -> None:
    plain = make_pass()
    assert not plain.needs_pin
    assert _reason(open_with, plain.sealed, PIN) == "pin_not_expected"


def test_two_passes_with_one_pin_have_their_own_salt(make_pass: MakePass) -> None:
    salts = set()
    for _ in range(3):
        _, _, _, [[header, _, _]] = cbor2.loads(make_pass(pin=PIN).sealed).value
        salt, *cost = cbor2.loads(header)[-65538]
        assert cost == [65536, 3, 4]
        salts.add(salt)
    assert len(salts) == 3


def _stretch(memory: int = 65536, passes: int = 3, lanes: int = 4) -> bytes:
    argon2 = Argon2id(salt=SALT, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return argon2.derive(PIN.encode())


@pytest.fixture(scope="module")
def header(verifier: VerifierKey) -> Callable[..., dict[int, Any]]:
    return lambda *cost: {1: -25, 4: bytes.fromhex(verifier.id), -65538: list(cost)}


@pytest.mark.parametrize("cost", [(65536, 3, 4), (65536, 3, 1), (66000, 4, 8)])
def test_a_second_writer_is_understood(
    craft: Craft,
    open_with: Open,
    header: Callable[..., dict[int, Any]],
    claims: dict[Any, Any],
    cost: tuple[int, int, int],
) -> None:
    own = claims | {-65537: [claims[-65537][0], 2, *claims[-65537][2:]]}
    sealed = craft(own, recipient=header(SALT, *cost), pin=_stretch(*cost))
    assert open_with(sealed, PIN).claims.tier is Tier.PIN


@pytest.mark.parametrize(
    "cost",
    [
        (65535, 3, 4),
        (262145, 3, 4),
        (2**63, 3, 4),
        (65536, 2, 4),
        (65536, 11, 4),
        (65536, 3, 0),
        (65536, 3, 9),
        (65536, 2**40, 4),
    ],
)
def test_too_little_and_too_much_work_are_refused(
    craft: Craft,
    open_with: Open,
    header: Callable[..., dict[int, Any]],
    cost: tuple[int, int, int],
) -> None:
    sealed = craft(recipient=header(SALT, *cost), pin=bytes(32))
    assert _reason(open_with, sealed, PIN) == "pin_cost_out_of_range"


@pytest.mark.parametrize(
    "value",
    [
        (),
        (SALT,),
        (SALT, 65536, 3),
        (SALT, 65536, 3, True),
        (SALT, 65536, 3, 4, 0),
        (SALT[:15], 65536, 3, 4),
        (b"", 65536, 3, 4),
        ("x" * 16, 65536, 3, 4),
        (SALT, "65536", 3, 4),
    ],
)
def test_parameters_of_another_shape(
    craft: Craft, open_with: Open, header: Callable[..., dict[int, Any]], value: tuple[Any, ...]
) -> None:
    sealed = craft(recipient=header(*value), pin=bytes(32))
    assert _reason(open_with, sealed, PIN) == "malformed"


@pytest.mark.parametrize(("tier", "with_pin"), [(1, True), (2, False)])
def test_the_seal_must_be_of_the_tier_that_the_issuer_signed(  # noqa: PLR0913, PLR0917
    craft: Craft,
    open_with: Open,
    header: Callable[..., dict[int, Any]],
    claims: dict[Any, Any],
    tier: int,
    with_pin: bool,
) -> None:
    own = claims | {-65537: [claims[-65537][0], tier, *claims[-65537][2:]]}
    if with_pin:
        sealed = craft(own, recipient=header(SALT, 65536, 3, 4), pin=_stretch())
    else:
        sealed = craft(own)
    assert _reason(open_with, sealed, PIN if with_pin else None) == "malformed"


COMMON = [
    "000000", "111111", "123456", "654321", "345678", "890123", "121212", "123123", "112112",
    "246802", "159753", "147258", "696969", "112233", "311299", "123199", "991231", "010100",
    "31121999", "12311999", "19991231", "12345678", "12341234", "1111111111111111",
]  # fmt: skip


@pytest.mark.parametrize("pin", COMMON)
def test_common_pins_are_refused(pin: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check_new_pin(pin)
    assert caught.value.reason == "common_pin"
    assert pin not in str(caught.value)


@pytest.mark.parametrize("pin", ["", "84391", "84391a", "٨٤٣٩١٧", "8439 17", "-84391", "8" * 17])
def test_what_is_not_a_pin(pin: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check_new_pin(pin)
    assert caught.value.reason == "bad_pin"


def test_few_pins_are_refused() -> None:
    def refused(pin: str) -> bool:
        try:
            check_new_pin(pin)
        except InvalidArgument:
            return True
        return False

    count = sum(refused(f"{number:06}") for number in range(0, 10**6, 7))
    # Mostly dates; what is left must be worth guessing through.
    assert 0.05 < count / (10**6 / 7) < 0.15
    dice = random.Random(1)  # noqa: S311
    eight = [f"{dice.randrange(10**8):08}" for _ in range(20_000)]
    assert sum(map(refused, eight)) < 200


def test_holder_key_and_pin_go_together(make_pass: MakePass, open_with: Open) -> None:
    holder = HolderKey.generate().public
    sealed = make_pass(pin=PIN, holder=holder)
    claims = open_with(sealed.sealed, PIN).claims
    assert claims.tier is Tier.HOLDER_KEY
    assert claims.holder == holder
    assert _reason(open_with, sealed.sealed, None) == "pin_required"


def test_the_length_says_only_that_there_is_a_pin(make_pass: MakePass) -> None:
    lengths = {len(make_pass(pin=pin).sealed) for pin in (PIN, "8439171592", "9" * 10 + "843917")}
    assert len(lengths) == 1


def test_a_pass_with_a_pin_ends_like_any_other(make_pass: MakePass, open_with: Open) -> None:
    opened = open_with(make_pass(pin=PIN, lifetime=timedelta(days=2)).sealed, PIN)
    assert opened.claims.expires_at - opened.claims.issued_at == timedelta(days=2)


def test_two_at_the_same_time_do_not_wait_for_each_other_for_ever(
    protected: Pass, open_with: Open
) -> None:
    opened: list[Tier] = []

    def work() -> None:
        opened.append(open_with(protected.sealed, PIN).claims.tier)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert opened == [Tier.PIN] * 4


@pytest.mark.parametrize("pin", [843917, b"843917", 1.5])
def test_a_pin_is_a_text(protected: Pass, open_with: Open, pin: Any) -> None:
    assert _reason(open_with, protected.sealed, pin) == "wrong_pin"

"""Of one valid vector of each kind, every bit matters, and a flipped one raises nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from tests.spec import run
from tests.spec.vectors import expand, key, load

from visavis.errors import PassRejected
from visavis.passes import IssuerPublicKey, StatusList, _pin

Vector = dict[str, Any]


class QuickArgon2:
    """Stretches with the parameters of the vector once, and does without work otherwise."""

    known: dict[tuple[object, ...], bytes]

    def __init__(self, **parameters: Any) -> None:
        self._parameters = parameters

    def derive(self, pin: bytes) -> bytes:
        asked = (pin, *self._parameters.values())
        if asked not in self.known:
            if self.known:
                return hashlib.sha256(repr(asked).encode()).digest()
            self.known[asked] = Argon2id(**self._parameters).derive(pin)
        return self.known[asked]


@pytest.fixture
def quick_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuickArgon2, "known", {}, raising=False)
    monkeypatch.setattr(_pin, "Argon2id", QuickArgon2)


def flips(data: bytes) -> Iterator[bytes]:
    for position in range(len(data)):
        for bit in range(8):
            yield data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def vector_of(topic: str, name: str) -> Vector:
    return next(vector for vector in load(topic) if vector["id"] == name)


@pytest.mark.usefixtures("quick_argon2")
@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("pass-valid", "bearer"),
        ("pass-valid", "pin"),
        ("pass-valid", "holder-key"),
        ("pass-valid", "pin-and-holder-key"),
        ("proof", "nonce"),
    ],
)
def test_every_bit_of_what_is_presented(topic: str, name: str) -> None:
    vector = vector_of(topic, name)
    assert run.our_answer(vector) == vector["expected"]
    accepted = [
        changed.hex()
        for changed in flips(expand(vector["input"]))
        if run.our_answer(vector | {"input": changed.hex()})["result"] == "valid"
    ]
    assert accepted == []


def test_every_bit_of_a_status_list() -> None:
    issuer = IssuerPublicKey(key("issuer").public_key())
    token = expand(vector_of("status-list", "in-force")["input"])
    assert StatusList.open(token, issuer).issuer == issuer.id
    for changed in flips(token):
        with pytest.raises(PassRejected) as caught:
            StatusList.open(changed, issuer)
        assert caught.value.reason == "status_malformed"

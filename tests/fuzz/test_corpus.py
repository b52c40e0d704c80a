"""What the fuzzer found to reach new code is read again by every test run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz.targets import NAMES, one_input, seeds

CORPUS = [
    bytes.fromhex(line)
    for line in Path(__file__).with_name("corpus.txt").read_text(encoding="ascii").split()
]


def test_every_reader_has_seeds_and_findings() -> None:
    for inputs in (seeds(), CORPUS):
        assert {data[0] % len(NAMES) for data in inputs if data} == set(range(len(NAMES)))


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_what_was_found_is_answered_or_rejected(number: int) -> None:
    own = [data for data in (*seeds(), *CORPUS) if data and data[0] % len(NAMES) == number]
    assert own
    for data in own:
        one_input(data)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_small_changes_of_what_is_good(number: int) -> None:
    own = [seed for seed in seeds() if seed[0] == number][:2]
    for seed in own:
        for position in range(1, len(seed)):
            for value in (0x00, 0x18, 0x5F, 0x80, 0xA0, 0xF6, 0xFB, 0xFF):
                one_input(seed[:position] + bytes([value]) + seed[position + 1 :])
            one_input(seed[:position])
            one_input(seed[:position] + seed[position : position + 1] + seed[position:])

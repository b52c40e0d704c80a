from __future__ import annotations

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.passes._strict import NotStrict, Truncated, loads

steady = settings(derandomize=True, database=None, deadline=None, max_examples=500)


def _sorted(entries: dict[int | str, object]) -> dict[int | str, object]:
    return dict(sorted(entries.items(), key=lambda entry: cbor2.dumps(entry[0])))


known = st.recursive(
    st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=300)
    | st.text(max_size=100),
    lambda inner: (
        st.lists(inner, max_size=30)
        | st.dictionaries(st.integers(-(2**64), 2**64 - 1) | st.text(), inner, max_size=30).map(
            _sorted
        )
    ),
    max_leaves=8,
)


def _depth(value: object) -> int:
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1


@steady
@given(known.filter(lambda value: _depth(value) <= 8))
def test_reads_what_the_general_writer_writes(value: object) -> None:
    assert loads(cbor2.dumps(value)) == value


@steady
@given(st.binary(max_size=12))
def test_never_accepts_what_the_general_reader_reads_otherwise(data: bytes) -> None:
    try:
        value = loads(data)
    except NotStrict:
        return
    assert cbor2.loads(data) == value
    assert cbor2.dumps(value) == data


@pytest.mark.parametrize(
    "data",
    [
        "1817",  # 23 in two bytes
        "1900ff",
        "1a0000ffff",
        "1b00000000ffffffff",
        "5803616263",
        "1c",
        "9f01ff",
        "bf0101ff",
        "5f4161ff",
        "7f6161ff",
        "ff",
        "f6",
        "f7",
        "f0",
        "f814",
        "f93c00",
        "fb3ff0000000000000",
        "61ff",
        "63eda080",
        "a201010102",
        "a202010101",
        "a220010101",
        "a2616201616101",
        "a2616101616101",
        "a26161010001",
        "a1f501",
        "a18001",
        "a1410101",
        "c101",
        "c24101",
        "d81c8100",
        "0000",
        "818181818181818100",
    ],
)
def test_refuses(data: str) -> None:
    with pytest.raises(NotStrict) as caught:
        loads(bytes.fromhex(data))
    assert not isinstance(caught.value, Truncated)


@pytest.mark.parametrize("data", ["", "18", "1901", "42ff", "62c3", "8201", "a101", "a2010102"])
def test_tells_when_something_is_missing(data: str) -> None:
    with pytest.raises(Truncated):
        loads(bytes.fromhex(data))


def test_a_tag_is_expected_or_refused() -> None:
    assert loads(bytes.fromhex("d86080"), tag=96) == []
    for data in ("80", "d28080", "d8128080", "d86180", "c080"):
        with pytest.raises(NotStrict):
            loads(bytes.fromhex(data), tag=96)
    with pytest.raises(NotStrict):
        loads(bytes.fromhex("d86080"))

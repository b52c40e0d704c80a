"""Two maps of bits: what can be done with them, and what cannot be read out of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.errors import StatusProblem
from visavis.status import Counts
from visavis.status._places import Places, _zero

SIZE = 256


def _after(steps: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> Places:
    """Take certain places, and call some back, in this order."""
    places = Places.empty(SIZE)
    for what, place in steps:
        if what == "take":
            free = sum(not places.is_taken(other) for other in range(place))
            monkeypatch.setattr("secrets.randbelow", lambda _, number=free: number)
            places, got = places.take()
            assert got == place
        else:
            places, _ = places.call_back(place)
    return places


def test_every_place_is_given_out_exactly_once() -> None:
    places, seen = Places.empty(SIZE), []
    for _ in range(SIZE):
        places, place = places.take()
        seen.append(place)
    assert sorted(seen) == list(range(SIZE))
    assert seen != sorted(seen)
    with pytest.raises(StatusProblem) as caught:
        places.take()
    assert caught.value.reason == "register_full"
    assert "visavis keys rotate issuer" in caught.value.remedy


def test_any_free_place_can_be_next(monkeypatch: pytest.MonkeyPatch) -> None:
    places = _after([("take", 3), ("take", 8), ("take", 255)], monkeypatch)
    free = [place for place in range(SIZE) if place not in {3, 8, 255}]
    limits = []
    for number, expected in enumerate(free):

        def randbelow(limit: int, number: int = number) -> int:
            limits.append(limit)
            return number

        monkeypatch.setattr("secrets.randbelow", randbelow)
        assert places.take()[1] == expected
    assert set(limits) == {len(free)}


@settings(derandomize=True, database=None)
@given(st.binary(min_size=1, max_size=40))
def test_the_zeros_are_counted_right(bits: bytes) -> None:
    zeros = [i for i in range(8 * len(bits)) if not bits[i // 8] >> i % 8 & 1]
    assert [_zero(bits, number) for number in range(len(zeros))] == zeros


def test_the_order_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [place * 37 % SIZE for place in range(1, 41)]
    back = taken[::3]
    first = [("take", place) for place in taken] + [("back", place) for place in back]
    second = [("take", place) for place in sorted(taken)]
    second += [("back", place) for place in sorted(back)]
    mixed = [("take", taken[0]), ("back", taken[0])] + [("take", place) for place in taken[:0:-1]]
    mixed += [("back", place) for place in back[1:]]
    states = {
        (places.taken, places.called_back)
        for places in (_after(steps, monkeypatch) for steps in (first, second, mixed))
    }
    assert len(states) == 1


def test_only_what_was_issued_can_be_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    places = _after([("take", 7)], monkeypatch)
    for place in (6, 8, -1, -249, SIZE, 2**70):
        with pytest.raises(StatusProblem) as caught:
            places.call_back(place)
        assert caught.value.reason == "place_unknown"
    once, _ = places.call_back(7)
    assert once.is_called_back(7)
    assert once.call_back(7)[0] == once
    assert once.counts == Counts(issued=1, called_back=1, size=SIZE)
    assert once.counts.free == SIZE - 1


def test_growing_changes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    places = _after([("take", 0), ("take", 255), ("back", 255)], monkeypatch)
    grown = places.grown_to(2 * SIZE)
    assert grown.counts == Counts(issued=2, called_back=1, size=2 * SIZE)
    assert grown.is_called_back(255)
    assert not grown.is_taken(256)
    assert grown.grown_to(SIZE) == grown


def test_what_does_not_fit_together_is_noticed() -> None:
    assert Places(b"\x07", b"\x05").consistent
    assert not Places(b"\x05", b"\x02").consistent
    assert not Places(b"\x05", b"\x01\x00").consistent


def test_the_places_are_not_shown() -> None:
    assert "\\x" not in repr(Places(b"\x07", b"\x05"))

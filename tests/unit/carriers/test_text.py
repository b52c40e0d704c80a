from __future__ import annotations

import base45
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.carriers.made import made, presented, reason

from visavis.carriers import from_text, to_text
from visavis.errors import PassRejected
from visavis.passes import Pass

steady = settings(derandomize=True, database=None, deadline=None, max_examples=300)
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
spaces = st.text(" \t\r\n\u2003", max_size=4)


def rejection(text: str) -> str:
    with pytest.raises(PassRejected) as caught:
        from_text(text)
    return reason(caught)


@steady
@given(sealed=st.binary(max_size=900), before=spaces, after=spaces)
def test_any_bytes_come_back(sealed: bytes, before: str, after: str) -> None:
    # What begins like a presentation is taken for one.
    sealed = b"\xd8" + sealed
    assert from_text(before + to_text(Pass(sealed)) + after).encode() == sealed


@steady
@given(sealed=st.binary(max_size=300), proof=st.binary(max_size=300))
def test_any_presentation_comes_back(sealed: bytes, proof: bytes) -> None:
    back = from_text(to_text(Pass(sealed, proof)))
    assert (back.sealed, back.proof) == (sealed, proof)


@steady
@given(st.text() | st.text(BASE45).map("VAV1:".__add__))
def test_any_text_is_a_pass_written_as_it_would_be_or_is_rejected(text: str) -> None:
    reasons = set()
    try:
        assert to_text(from_text(text)) == text.strip()
    except PassRejected as refused:
        reasons.add(refused.reason)
    assert reasons <= {"malformed", "truncated"}


def test_the_text_is_what_the_specification_says() -> None:
    sealed = made().sealed
    text = to_text(made())
    assert text == "VAV1:" + base45.b45encode(sealed).decode()
    assert set(text) <= set(BASE45)
    # So that white space around a text can be taken away from it.
    assert not any(to_text(Pass(bytes([a, b]))).endswith(" ") for a in range(256) for b in (0, 255))
    assert not any(to_text(Pass(bytes([a]))).endswith(" ") for a in range(256))


@pytest.mark.parametrize("whole", [made(), presented()], ids=["pass", "presentation"])
def test_other_ways_to_write_a_text_are_rejected(whole: Pass) -> None:
    text = to_text(whole)
    for other in (
        text.lower(),
        text.removeprefix("VAV1:"),
        text.replace("VAV1:", "VAV2:"),
        text.replace("VAV1:", "vav1:"),
        text.replace("VAV1:", "VAV1: "),
        text[:300] + "\n" + text[300:],
        text + "\x00",
        text[:-1] + "é",
        text[:-1] + "\udc80",
        "VAV1::::",  # larger than two bytes
        "VAV1:Z0Z0",
        "",
        " ",
        "VAV1",
    ):
        assert rejection(other) == "malformed", other[:20]


def test_a_presentation_without_its_end_is_rejected() -> None:
    text = to_text(presented())
    assert {rejection(text[:length]) for length in range(7, len(text))} == {
        "malformed",  # no Base45 has this length
        "truncated",
    }


def test_what_is_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(_: object) -> bytes:
        raise AssertionError("it was decoded")

    limit = 66_560
    assert from_text(to_text(Pass(b"\xd8" + bytes(limit - 1)))).sealed[1:] == bytes(limit - 1)
    assert rejection(to_text(Pass(b"\xd8" + bytes(limit)))) == "too_large"
    monkeypatch.setattr(base45, "b45decode", explode)
    assert rejection("VAV1:" + "0" * 3_000_000) == "too_large"

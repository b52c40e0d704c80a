from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import ModelProblem
from visavis.registry._dlib import to_onnx
from visavis.registry._dlib_file import Reader

if TYPE_CHECKING:
    from collections.abc import Callable


def packed(value: int) -> bytes:
    """Write an integer as dlib does (``pack_int`` in ``serialize.h``)."""
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_packed_integers(value: int) -> None:
    reader = Reader(packed(value))
    assert reader.integer() == value
    reader.finish()


def test_the_bytes_of_the_published_file() -> None:
    # Its first bytes: a version, a word, the margin and the distance threshold of the loss.
    reader = Reader(
        bytes.fromhex(
            "0101010d6c6f73735f6d65747269635f32030ad7a3811c039a999981 18".replace(" ", "")
        )
    )
    reader.integers(1)
    assert reader.word("loss_metric_2") == "loss_metric_2"
    assert reader.number() == pytest.approx(0.04, abs=1e-8)
    assert reader.number() == pytest.approx(0.6, abs=1e-7)
    reader.finish()


def test_tensors_and_flags() -> None:
    data = b"".join(map(packed, (2, 2, 3, 1, 1))) + struct.pack("<6f", *range(6)) + b"10"
    reader = Reader(data)
    assert np.array_equal(reader.tensor(2, 3, 1, 1).reshape(-1), np.arange(6, dtype=np.float32))
    assert (reader.flag(), reader.flag()) == (True, False)
    reader.finish()


@pytest.mark.parametrize(
    ("data", "take"),
    [
        (b"", lambda r: r.integer()),
        (b"\x00", lambda r: r.integer()),
        (b"\x09" + bytes(9), lambda r: r.integer()),
        (b"\x11\x01", lambda r: r.integer()),
        (b"\x02\x01", lambda r: r.integer()),
        (packed(2), lambda r: r.integers(1)),
        (packed(1) + packed(32000), lambda r: r.number()),
        (packed(2**62) + packed(999), lambda r: r.number()),
        (packed(2**40) + b"abc", lambda r: r.word("abc")),
        (packed(3) + b"abd", lambda r: r.word("abc")),
        (packed(-1) + b"abc", lambda r: r.word("abc")),
        (packed(3) + b"ab", lambda r: r.word("abc")),
        (b"2", lambda r: r.flag()),
        (b"".join(map(packed, (1, 1, 1, 1, 1))) + bytes(4), lambda r: r.tensor(1, 1, 1, 1)),
        (b"".join(map(packed, (2, 2**50, 1, 1, 1))) + bytes(4), lambda r: r.tensor(1, 1, 1, 1)),
        (b"".join(map(packed, (2, 1, 1, 1, 1))) + bytes(3), lambda r: r.tensor(1, 1, 1, 1)),
        (
            b"".join(map(packed, (2, 1, 1, 1, 1))) + struct.pack("<f", float("nan")),
            lambda r: r.tensor(1, 1, 1, 1),
        ),
        (b"\x01", lambda r: r.finish()),
    ],
)
def test_anything_else_is_refused(data: bytes, take: Callable[[Reader], object]) -> None:
    with pytest.raises(ModelProblem) as caught:
        take(Reader(data))
    assert caught.value.reason == "weights_unusable"


@given(st.binary(max_size=400))
def test_noise_is_not_a_network(data: bytes) -> None:
    with pytest.raises(ModelProblem):
        to_onnx(data)

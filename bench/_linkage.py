"""Whether passes can be linked to each other without the key.

After Gomez-Barrero et al., "General Framework to Evaluate Unlinkability in Biometric Template
Protection Systems", IEEE TIFS 13(6), 2018.

D_sys is 0 if pairs of passes of one face look like pairs of two faces, and 1 if they can always
be told apart. What somebody without the key could compute about a pair is the linkage value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cbor2
import numpy as np
from numpy.typing import NDArray

from visavis.passes import Pass

__all__ = ["Linkage", "global_measure", "measure_linkage", "shared_bytes"]

Bytes = NDArray[np.uint8]
Values = NDArray[np.float64]
_BINS = 20
_RESAMPLES = 1000
# 99.9 %: with 95 % and three functions, one run in seven would call passes linkable by chance.
_REACH = 3.29


@dataclass(frozen=True, slots=True)
class Linkage:
    """How well pairs of one face can be told from pairs of two.

    Attributes:
        what: what an attacker looks at.
        by: the linkage function.
        d_sys: the estimate, less its mean when the labels are dealt out at random: counting noise
            alone makes the plain estimate a little larger than 0.
        low: lower end of its 99.9 % interval, from the spread under random labels.
        high: upper end of the same.
        as_expected: whether it is what it must be: nothing for sealed passes, and much for bare
            templates, without which the measurement would show nothing.
    """

    what: str
    by: str
    d_sys: float
    low: float
    high: float
    as_expected: bool

    @property
    def linkable(self) -> bool:
        """Whether the labels make a difference."""
        return self.low > 0


def global_measure(mated: Values, non_mated: Values) -> float:
    """Estimate D_sys from linkage values with histograms, both kinds being as likely (omega = 1).

    D(s) = 2 LR(s) / (1 + LR(s)) - 1 where the likelihood ratio LR(s) > 1, else 0 (equation 8);
    D_sys is its mean over mated pairs (equation 9).
    """
    edges = np.unique(np.quantile(np.concatenate([mated, non_mated]), np.linspace(0, 1, _BINS + 1)))
    edges[0], edges[-1] = -np.inf, np.inf
    p = np.histogram(mated, edges)[0] / len(mated)
    q = np.histogram(non_mated, edges)[0] / len(non_mated)
    total = p + q
    local = np.divide(p - q, total, out=np.zeros_like(total), where=total > 0)
    return float((p * np.maximum(local, 0)).sum())


def measure_linkage(
    make: Callable[[NDArray[np.float32]], Pass],
    face: Callable[[], NDArray[np.float32]],
    passes: int,
) -> list[Linkage]:
    """Try to link sealed passes of the very same features.

    Bare templates are linked as well, which shows that the method sees what there is to see.
    """
    faces = [face() for _ in range(passes)]
    first = [make(features).sealed for features in faces]
    second = [make(features).sealed for features in faces]
    dice = np.random.default_rng(2)
    return [
        _sealed("bits in common", _bits_in_common, first, second, dice),
        _sealed("bytes in common", _bytes_in_common, first, second, dice),
        _sealed("pairs of bytes in common", _pieces_in_common, first, second, dice),
        _bare(faces, dice),
    ]


def _bits_in_common(one: bytes, other: bytes) -> float:
    mixed = np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)
    return -float(np.unpackbits(mixed).sum())


def _bytes_in_common(one: bytes, other: bytes) -> float:
    return float((np.frombuffer(one, np.uint8) == np.frombuffer(other, np.uint8)).sum())


def _pieces_in_common(one: bytes, other: bytes) -> float:
    return float(len(_pieces(one, 2) & _pieces(other, 2)))


def _pieces(data: bytes, size: int) -> set[bytes]:
    return {data[start : start + size] for start in range(len(data) - size + 1)}


def _sealed(
    by: str,
    link: Callable[[bytes, bytes], float],
    first: list[bytes],
    second: list[bytes],
    dice: np.random.Generator,
) -> Linkage:
    count = len(first)
    mated = np.array([link(*pair) for pair in zip(first, second, strict=True)])
    others = (np.arange(count) + dice.integers(1, count, count)) % count
    non_mated = np.array([link(first[i], second[j]) for i, j in enumerate(others)])
    d_sys, low, high = _with_null(mated, non_mated, dice)
    return Linkage("sealed passes", by, d_sys, low, high, as_expected=low <= 0 <= high)


def _bare(faces: list[NDArray[np.float32]], dice: np.random.Generator) -> Linkage:
    """Show that the method sees what is there: two captures of a face, without any seal."""
    rows = np.array(faces)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    again = rows + dice.normal(0, 0.03, rows.shape)
    mated = (rows * again).sum(1).astype(np.float64)
    non_mated = (rows * np.roll(again, 1, 0)).sum(1).astype(np.float64)
    d_sys, low, high = _with_null(mated, non_mated, dice)
    return Linkage("bare templates", "inner product", d_sys, low, high, as_expected=low > 0)


def _with_null(
    mated: Values, non_mated: Values, dice: np.random.Generator
) -> tuple[float, float, float]:
    both = np.concatenate([mated, non_mated])
    dealt = []
    for _ in range(_RESAMPLES):
        dice.shuffle(both)
        dealt.append(global_measure(both[: len(mated)], both[len(mated) :]))
    found = global_measure(mated, non_mated) - float(np.mean(dealt))
    reach = _REACH * float(np.std(dealt))
    return found, found - reach, found + reach


def shared_bytes(passes: list[bytes]) -> tuple[int, int, int]:
    """Compare sealed passes of one face with each other, byte by byte.

    Returns:
        How many positions have the same byte in all of them; how many of those are not in the
        header, which the format fixes; and how many pieces of eight bytes outside of the header
        any two of them have in common, wherever they are.
    """
    rows = np.array([np.frombuffer(each, np.uint8) for each in passes])
    fixed = (rows == rows[0]).all(axis=0)
    header = _header_positions(passes[0])
    outside = [bytes(row[~header]) for row in rows]
    seen: dict[bytes, int] = {}
    shared = 0
    for number, data in enumerate(outside):
        for piece in _pieces(data, 8):
            shared += seen.setdefault(piece, number) != number
    return int(fixed.sum()), int((fixed & ~header).sum()), shared


def _header_positions(sealed: bytes) -> NDArray[np.bool_]:
    """Mark all that is not iv, one-time key or ciphertext."""
    _, unprotected, ciphertext, [[_, public, _]] = cbor2.loads(sealed).value
    header = np.ones(len(sealed), bool)
    for varying in (unprotected[5], ciphertext, public[-1][-2]):
        start = sealed.index(varying)
        header[start : start + len(varying)] = False
    return header

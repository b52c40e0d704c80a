"""ZLIB data (RFC 1950) that comes out the same everywhere.

What ``zlib.compress`` makes depends on the build, so these bytes are put together by hand.
"""

from __future__ import annotations

import zlib

__all__ = ["raw_runs", "runs", "stored"]

_LONGEST_STORED = 65_535
_LONGEST_MATCH = 258


def stored(data: bytes) -> bytes:
    """Write data without compression."""
    blocks = []
    for start in range(0, len(data), _LONGEST_STORED):
        block = data[start : start + _LONGEST_STORED]
        last = start + len(block) == len(data)
        size = len(block).to_bytes(2, "little")
        complement = (len(block) ^ 0xFFFF).to_bytes(2, "little")
        blocks.append(bytes([last]) + size + complement + block)
    return b"\x78\x01" + b"".join(blocks) + _checksum(data)


def runs(*parts: tuple[int, int]) -> bytes:
    """Write runs, each a byte and how often it comes, with the fixed codes of RFC 1951."""
    data = b"".join(bytes([byte]) * count for byte, count in parts)
    return b"\x78\x9c" + raw_runs(*parts) + _checksum(data)


def raw_runs(*parts: tuple[int, int]) -> bytes:
    """Write runs as bare DEFLATE (RFC 1951)."""
    bits = ["1", "10"]  # the last block, fixed codes; least significant bit first
    for byte, count in parts:
        matches, literals = divmod(count - 1, _LONGEST_MATCH)
        bits.append(_literal(byte))
        # Length 258 is code 285, distance 1 is code 0.
        bits.append(("11000101" + "00000") * matches)
        bits.append(_literal(byte) * literals)
    bits.append("0000000")
    joined = "".join(bits)
    return bytes(int(joined[i : i + 8][::-1], 2) for i in range(0, len(joined), 8))


def _literal(byte: int) -> str:
    if byte < 144:  # noqa: PLR2004 - RFC 1951, section 3.2.6
        return f"{0b00110000 + byte:08b}"
    return f"{0b110010000 + byte - 144:09b}"


def _checksum(data: bytes) -> bytes:
    return zlib.adler32(data).to_bytes(4, "big")

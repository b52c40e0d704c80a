"""Status lists: genuine, fresh, and what they say about one place."""

from __future__ import annotations

import zlib
from typing import Any, Final

from spec.makers import writer, zlib_stable
from spec.makers.common import DAY, NOW, ordered
from spec.makers.keys import KEYS
from spec.makers.writer import Raw

ABOUT = "Status lists: whether they are genuine and fresh, and what they say about one place."

DEFAULTS: Final[dict[str, Any]] = {
    "issuer": "issuer",
    "place": 4711,
    "now": NOW,
    "fetched": None,
    "before": [],
}
"""What a vector stands for that does not say otherwise; `fetched` is `now` then."""

_SMALLEST: Final = 16_384
_LARGEST: Final = 131_072
_PLACE: Final = 4711
_TTL: Final = 3600
_MADE: Final = NOW - 600


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_places(), *_fresh(), *_contents(), *_claims(), *_tokens()]


def status_claims(compressed: bytes | None = None, **changes: Any) -> dict[Any, Any]:
    """Return the claims of a list in which one place is 1: 4712."""
    named = {"sub": 2, "exp": 4, "iat": 6, "status_list": 65533, "ttl": 65534}
    fields: dict[Any, Any] = {
        2: "visavis:status/" + writer.key_id(KEYS["issuer"].public_key()).hex(),
        4: _MADE + 7 * DAY,
        6: _MADE,
        65533: {"lst": revoked(_PLACE + 1) if compressed is None else compressed, "bits": 1},
        65534: _TTL,
    }
    return fields | {named[name]: value for name, value in changes.items()}


def revoked(place: int, size: int = _SMALLEST) -> bytes:
    """Return a list of zeros with a single 1."""
    byte, bit = divmod(place, 8)
    parts = [(0, byte), (1 << bit, 1), (0, size - byte - 1)]
    return zlib_stable.runs(*(part for part in parts if part[1]))


def _places() -> list[dict[str, Any]]:
    last = 8 * _SMALLEST - 1
    largest = revoked(8 * _LARGEST - 1, _LARGEST)
    flags = zlib_stable.runs((0b10110100, 1), (0, _SMALLEST - 1))
    bits = [
        _case(
            f"bit-{bit}",
            f"bit {bit} of the first byte, which is 0xb4",
            flags,
            "revoked" if 0b10110100 >> bit & 1 else "valid",
            place=bit,
        )
        for bit in range(8)
    ]
    return [
        _case("in-force", "the place is 0, its neighbour 1", revoked(_PLACE + 1), "valid"),
        _case("called-back", "the place is 1", revoked(_PLACE), "revoked"),
        *bits,
        _case("last-in-force", "the last place", revoked(0), "valid", place=last),
        _case("last-called-back", "the last place", revoked(last), "revoked", place=last),
        _case(
            "beyond-the-end", "the first place after the end", revoked(0), "revoked", place=last + 1
        ),
        _case("far-beyond-the-end", "the largest place", revoked(0), "revoked", place=1_048_575),
        _case("largest", "the last place of the largest list", largest, "revoked", place=1_048_575),
        _case("largest-in-force", "the largest list", largest, "valid"),
        _case(
            "odd-size",
            "16,385 bytes",
            revoked(8 * _SMALLEST, _SMALLEST + 1),
            "revoked",
            place=8 * _SMALLEST,
        ),
        _case("stored", "not compressed", zlib_stable.stored(bytes(_SMALLEST)), "valid"),
        _case(
            "stored-largest",
            "the largest list, not compressed",
            zlib_stable.stored(b"\xff" * _LARGEST),
            "revoked",
        ),
    ]


def _fresh() -> list[dict[str, Any]]:
    good = _token(status_claims())
    made = {"fetched": _MADE}
    newer = _token(status_claims(revoked(_PLACE), iat=NOW - 60))
    older = _token(status_claims(iat=NOW - 120))
    end = _MADE + 7 * DAY
    return [
        _plain("just-made", "the second in which it was made", good, "valid", now=_MADE),
        _plain("last-second", "its last second", good, "valid", now=end - 1),
        _plain("expired", "the second in which it ends", good, "status_stale", now=end),
        _plain("from-the-future", "made an hour from now", good, "status_stale", now=_MADE - 3600),
        _plain("from-the-future-just", "made in 61 s", good, "status_stale", now=_MADE - 61),
        _plain("kept-just", "fetched ttl - 1 s ago", good, "valid", now=_MADE + _TTL - 1, **made),
        _plain("kept-too-long", "fetched ttl ago", good, "status_stale", now=_MADE + _TTL, **made),
        _plain("missing", "there is no list", None, "status_missing"),
        _plain(
            "older-than-before",
            "an older list after a newer one, by which the place is 1",
            older,
            "revoked",
            before=[{"input": newer, "now": NOW - 30}],
        ),
        _plain(
            "newer-than-before",
            "a newer list after an older one",
            newer,
            "revoked",
            before=[{"input": older, "now": NOW - 30}],
        ),
    ]


def _contents() -> list[dict[str, Any]]:
    zeros = zlib_stable.runs((0, _SMALLEST))
    bad = {
        "too-short": ("16,383 bytes", zlib_stable.runs((0, _SMALLEST - 1))),
        "nothing-in-it": ("no bytes in the list", zlib_stable.stored(b"") or b""),
        "too-long": ("131,073 bytes", zlib_stable.runs((0, _LARGEST + 1))),
        "bomb": ("10 MB of zeros", zlib_stable.runs((0, 10_000_000))),
        "bomb-later": ("10 MB after a list", zlib_stable.runs((0, _LARGEST), (255, 10_000_000))),
        "trailing-data": ("a byte after the ZLIB data", zeros + b"\0"),
        "two-streams": ("ZLIB data twice", zeros + zeros),
        "checksum": ("a wrong checksum", zeros[:-1] + bytes([zeros[-1] ^ 1])),
        "checksum-missing": ("no checksum", zeros[:-4]),
        "cut": ("the end of the ZLIB data is missing", zeros[:-9]),
        "raw-deflate": ("DEFLATE without the ZLIB form", zlib_stable.raw_runs((0, _SMALLEST))),
        "gzip": ("gzip in place of ZLIB", _gzip()),
        "dictionary": ("ZLIB data that asks for a dictionary", b"\x78\xbb\0\0\0\1" + zeros[2:]),
        "not-compressed": ("the bare list", bytes(_SMALLEST)),
        "empty": ("no bytes", b""),
    }
    return [
        _case(f"lst-{name}", text, data, "status_malformed") for name, (text, data) in bad.items()
    ]


def _claims() -> list[dict[str, Any]]:
    lst = revoked(_PLACE + 1)
    other = "visavis:status/" + writer.key_id(KEYS["second-issuer"].public_key()).hex()
    own = status_claims()[2]
    bad: dict[str, tuple[str, Any]] = {
        "sub-other": ("about another issuer", status_claims(sub=other)),
        "sub-bare": ("the bare id", status_claims(sub=own[-16:])),
        "sub-capitals": ("the id in capitals", status_claims(sub=own[:-16] + own[-16:].upper())),
        "sub-address": ("an address", status_claims(sub="https://example.org/status/1")),
        "sub-bytes": ("bytes as sub", status_claims(sub=own.encode())),
        "bits-two": ("two bits an entry", status_claims(status_list={"lst": lst, "bits": 2})),
        "bits-eight": ("eight bits an entry", status_claims(status_list={"lst": lst, "bits": 8})),
        "bits-true": ("bits are `true`", status_claims(status_list={"lst": lst, "bits": True})),
        "bits-missing": ("bits are missing", status_claims(status_list={"lst": lst})),
        "bits-first": ("bits before lst", status_claims(status_list={"bits": 1, "lst": lst})),
        "aggregation": (
            "an address of further lists",
            status_claims(status_list={"lst": lst, "bits": 1, "aggregation_uri": "x"}),
        ),
        "list-text": ("the list as text", status_claims(status_list={"lst": "x", "bits": 1})),
        "list-null": ("null in place of the list", status_claims(status_list=None)),
        "ttl-zero": ("a ttl of 0", status_claims(ttl=0)),
        "ttl-negative": ("a negative ttl", status_claims(ttl=-1)),
        "ttl-true": ("ttl is `true`", status_claims(ttl=True)),
        "ttl-float": ("ttl as a float", status_claims(ttl=3600.0)),
        "ttl-long": ("a ttl longer than from iat to exp", status_claims(ttl=7 * DAY + 1)),
        "ttl-huge": ("a ttl of 64 bits", status_claims(ttl=2**64 - 1)),
        "ttl-missing": ("no ttl", _without(65534)),
        "exp-missing": ("no exp", _without(4)),
        "iat-missing": ("no iat", _without(6)),
        "sub-missing": ("no sub", _without(2)),
        "exp-is-iat": ("exp is iat", status_claims(exp=_MADE)),
        "exp-too-late": ("exp is a second after the latest", status_claims(exp=253_370_764_801)),
        "exp-float": ("exp as a float", status_claims(exp=float(_MADE + DAY))),
        "iat-nan": ("iat is NaN", status_claims(iat=Raw(b"\xf9\x7e\x00"))),
        "iss-too": ("an issuer as well", ordered(status_claims() | {1: own[-16:]})),
        "unknown-claim": ("an unknown claim", ordered(status_claims() | {-70000: 0})),
        "not-a-map": ("an array", list(status_claims().values())),
        "claims-trailing": ("a byte after the claims", writer.encode(status_claims()) + b"\0"),
    }
    return [
        _plain(f"claims-{name}", text, _token(value), "status_malformed")
        for name, (text, value) in bad.items()
    ]


def _tokens() -> list[dict[str, Any]]:
    plain = status_claims()
    good = _token(plain)
    payload = writer.encode(plain)
    signature = good[-64:]
    header = {1: -7, 16: "application/statuslist+cwt"}
    bad = {
        "empty": ("no bytes", b""),
        "cut": ("the last byte is missing", good[:-1]),
        "trailing": ("a byte after the end", good + b"\0"),
        "untagged": ("without its tag", good[1:]),
        "tag-cwt": ("in the tag 61 of a CWT", b"\xd8\x3d" + good),
        "too-large": ("262,145 bytes", good + bytes(262_145 - len(good))),
        "padded": (
            "a list that is well signed and longer than 262,144 bytes",
            _token(status_claims(zlib_stable.runs((0, _LARGEST)) + bytes(262_144))),
        ),
        "type-missing": ("no media type", _token(plain, header={1: -7})),
        "type-jwt": ("another media type", _token(plain, header=header | {16: "statuslist+jwt"})),
        "type-short": (
            "the media type without application/",
            _token(plain, header=header | {16: "statuslist+cwt"}),
        ),
        "type-number": ("the media type as a number", _token(plain, header=header | {16: 61})),
        "alg-es384": ("ES384", _token(plain, header=header | {1: -35})),
        "alg-missing": ("no algorithm", _token(plain, header={16: header[16]})),
        "kid": ("a key id in the header", _token(plain, header=ordered(header | {4: bytes(8)}))),
        "unprotected": ("a key id, unprotected", _token(plain, unprotected={4: bytes(8)})),
        "signature-flipped": ("the last bit is flipped", good[:-1] + bytes([good[-1] ^ 1])),
        "signature-zero": ("a signature of zeros", _token(plain, signature=bytes(64))),
        "signature-short": ("63 bytes of signature", _token(plain, signature=signature[:63])),
        "other-key": ("signed by another issuer", _token(plain, key="second-issuer")),
        "pass-domain": ("signed as if it were a pass", _token(plain, domain=b"visavis-pass-1")),
        "sent-other": (
            "a list that was not signed",
            _token(status_claims(revoked(_PLACE)), sent=payload),
        ),
        "detached": ("null in place of the claims", _token(plain, sent=Raw(b"\xf6"))),
        "bomb": ("nested arrays", b"\xd2" + b"\x81" * 60_000),
        "json": ("a list as a JWT", b"eyJhbGciOiJFUzI1NiJ9.e30."),
    }
    negated = _token(plain, signature=writer.negate(signature))
    return [
        *(
            _plain(f"token-{name}", text, data, "status_malformed")
            for name, (text, data) in bad.items()
        ),
        _plain("token-signature-negated", "s replaced by its negative", negated, "valid"),
        _plain(
            "token-other-issuer",
            "the list of another issuer, about itself",
            _token(plain),
            "status_malformed",
            issuer="second-issuer",
        ),
    ]


def _token(value: Any, key: str = "issuer", **parts: Any) -> bytes:
    return writer.sign_status_list(value, KEYS[key], **parts)


def _without(label: int) -> dict[Any, Any]:
    return {key: value for key, value in status_claims().items() if key != label}


def _gzip() -> bytes:
    data = bytes(_SMALLEST)
    body = zlib_stable.raw_runs((0, _SMALLEST))
    end = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + end


def _case(
    name: str, description: str, compressed: bytes, result: str, **more: Any
) -> dict[str, Any]:
    return _plain(name, description, _token(status_claims(compressed)), result, **more)


def _plain(
    name: str, description: str, token: bytes | None, result: str, **more: Any
) -> dict[str, Any]:
    return {
        "id": name,
        "description": description,
        "section": "8",
        "input": token,
        **more,
        "expected": {"result": result},
    }

"""Bytes that are not a pass: limits, and CBOR in any encoding but the one of section 2."""

from __future__ import annotations

from typing import Any, Final

import cbor2
from spec.makers import writer
from spec.makers.common import case, claims, make, sealer
from spec.makers.keys import KEYS
from spec.makers.proof import fields, present
from spec.makers.text import to_text
from spec.makers.writer import Raw

ABOUT = "Bytes that are too many, too few, or not in the one encoding that is allowed."

_FILLER: Final = b"\0" * 17
_HEADER: Final = writer.encode(writer.CONTENT_HEADER)


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_lengths(), *_tags(), *_outer(), *_headers(), *_bombs(), *_presentations()]


def _lengths() -> list[dict[str, Any]]:
    sealed = make("lengths", claims())
    bad = {
        "cut-to-one-byte": ("the first byte of a pass", sealed[:1], "truncated"),
        "cut-in-the-header": ("the first ten bytes of a pass", sealed[:10], "truncated"),
        "cut-in-half": ("half a pass", sealed[: len(sealed) // 2], "truncated"),
        "cut-by-one": ("all but the last byte of a pass", sealed[:-1], "truncated"),
        "beginning-missing": ("all but the first byte of a pass", sealed[1:], "malformed"),
        "trailing-zero": ("a zero after the end", sealed + b"\0", "malformed"),
        "trailing-newline": ("a line end after the end", sealed + b"\n", "malformed"),
        "twice": ("one pass after the other", sealed + sealed, "malformed"),
        "text-as-bytes": ("the text form in place of bytes", to_text(sealed).encode(), "malformed"),
        "text-in-cbor": ("the pass in a byte string", writer.encode(sealed), "malformed"),
        "zero-byte": ("one zero", b"\0", "malformed"),
    }
    return [
        case("empty", "no bytes at all", "2", b"", "empty"),
        case("too-large", "65,537 bytes", "2", sealed + bytes(65_537 - len(sealed)), "too_large"),
        case("far-too-large", "a megabyte", "2", bytes(1 << 20), "too_large"),
        *(case(name, text, "2", data, code) for name, (text, data, code) in bad.items()),
    ]


def _tags() -> list[dict[str, Any]]:
    sealed = make("tags", claims())
    bare = sealed[2:]
    bad = {
        "tag-missing": ("without the tag", bare),
        "tag-97": ("tag 97", b"\xd8\x61" + bare),
        "tag-16": ("tag 16, COSE_Encrypt0", b"\xd0" + bare),
        "tag-18": ("tag 18, COSE_Sign1", b"\xd2" + bare),
        "tag-twice": ("tag 96 in tag 96", b"\xd8\x60" + sealed),
        "tag-cwt": ("in the tag 61 of a CWT", b"\xd8\x3d" + sealed),
        "tag-self-described": ("in the tag 55799 of self-described CBOR", b"\xd9\xd9\xf7" + sealed),
        "tag-two-bytes": ("tag 96 in two bytes", b"\xd9\x00\x60" + bare),
        "tag-eight-bytes": ("tag 96 in eight bytes", b"\xdb" + bytes(7) + b"\x60" + bare),
        "tag-on-iv": ("a tag on the iv", _wrap({5: cbor2.CBORTag(21, bytes(12))})),
        "tag-on-ciphertext": (
            "a tag on the ciphertext",
            _outer_item([_HEADER, {5: bytes(12)}, cbor2.CBORTag(24, _FILLER), _recipients()]),
        ),
    }
    return _malformed(bad)


def _outer() -> list[dict[str, Any]]:
    parts = [_HEADER, {5: bytes(12)}, _FILLER, _recipients()]
    items = [writer.encode(part) for part in parts]
    bad = {
        "array-of-three": ("recipients are missing", _outer_item(parts[:3])),
        "array-of-five": ("one item too many", _outer_item([*parts, b""])),
        "array-empty": ("an empty array", _outer_item([])),
        "array-indefinite": (
            "an array of indefinite length",
            b"\xd8\x60\x9f" + b"".join(items) + b"\xff",
        ),
        "array-long-head": (
            "the length of the array in two bytes",
            b"\xd8\x60\x98\x04" + b"".join(items),
        ),
        "map-in-place-of-array": ("a map in place of the array", _outer_item({1: 2})),
        "ciphertext-indefinite": (
            "a ciphertext of indefinite length",
            _outer_item([*parts[:2], Raw(b"\x5f\x51" + _FILLER + b"\xff"), parts[3]]),
        ),
        "ciphertext-long-head": (
            "the length of the ciphertext in a byte of its own, without need",
            _outer_item([*parts[:2], Raw(b"\x58\x11" + _FILLER), parts[3]]),
        ),
        "ciphertext-text": (
            "the ciphertext as text",
            _outer_item([*parts[:2], _FILLER.decode(), parts[3]]),
        ),
        "iv-float": ("a float in place of the iv", _wrap({5: 1.5})),
        "iv-nan": ("NaN in place of the iv", _wrap({5: Raw(b"\xf9\x7e\x00")})),
        "iv-infinity": ("infinity in place of the iv", _wrap({5: Raw(b"\xf9\x7c\x00")})),
        "iv-null": ("null in place of the iv", _wrap({5: None})),
        "iv-undefined": ("undefined in place of the iv", _wrap({5: Raw(b"\xf7")})),
        "iv-simple": ("a simple value in place of the iv", _wrap({5: Raw(b"\xe0")})),
        "iv-simple-two-bytes": ("false in two bytes", _wrap({5: Raw(b"\xf8\x14")})),
        "iv-break": ("a break in place of the iv", _wrap({5: Raw(b"\xff")})),
        "iv-array": ("an array of numbers in place of the iv", _wrap({5: [0] * 12})),
        "iv-not-utf8": ("text that is not UTF-8", _wrap({5: Raw(b"\x62\xc3\x28")})),
        "iv-surrogate": (
            "text with half of a surrogate pair",
            _wrap({5: Raw(b"\x63\xed\xa0\x80")}),
        ),
        "iv-overlong": ("text with an overlong form", _wrap({5: Raw(b"\x62\xc0\x80")})),
    }
    return _malformed(bad)


def _headers() -> list[dict[str, Any]]:
    kid = writer.key_id(KEYS["verifier"].public_key())
    digits = {
        "header-unsorted": ("keys not in order", "a3 03 183d 01 03 3a00010000 01"),
        "header-repeated-key": ("a key twice", "a4 01 03 01 03 03 183d 3a00010000 01"),
        "header-repeated-key-differs": (
            "a key twice, first with another value",
            "a4 01 01 01 03 03 183d 3a00010000 01",
        ),
        "header-long-integer": ("3 in two bytes", "a3 01 1803 03 183d 3a00010000 01"),
        "header-long-key": ("key 1 in two bytes", "a3 03 183d 1801 03 3a00010000 01"),
        "header-float-value": ("3.0 in place of 3", "a3 01 f94200 03 183d 3a00010000 01"),
        "header-float-key": ("key 1.0", "a3 03 183d 3a00010000 01 f93c00 03"),
        "header-true-key": ("key `true`", "a3 03 183d 3a00010000 01 f5 03"),
        "header-bytes-key": ("a byte string as a key", "a4 01 03 03 183d 3a00010000 01 4100 00"),
        "header-indefinite": ("a map of indefinite length", "bf 01 03 03 183d 3a00010000 01 ff"),
        "header-bignum": ("3 as a bignum", "a3 01 c24103 03 183d 3a00010000 01"),
        "header-deep": ("nine levels", "a1 01 8181818181818181 00"),
    }
    contents = {name: (text, bytes.fromhex(raw)) for name, (text, raw) in digits.items()} | {
        "header-trailing": ("a byte after the header", _HEADER + b"\0"),
        "header-cut": ("the last byte of the header is missing", _HEADER[:-1]),
        "header-empty-bytes": ("no bytes as the header", b""),
        "header-empty-map": ("an empty map", b"\xa0"),
        "header-array": ("an array", b"\x80"),
        "header-tagged": ("a tagged map", b"\xd8\x3d" + _HEADER),
    }
    bad = {
        name: (text, make(name, claims(), content_header=raw))
        for name, (text, raw) in contents.items()
    }
    recipient = writer.encode({1: -25, 4: kid})
    return _malformed(
        bad
        | {
            "header-not-bytes": (
                "a map that is not in a byte string",
                _outer_item([writer.CONTENT_HEADER, {5: bytes(12)}, _FILLER, _recipients()]),
            ),
            "recipient-header-unsorted": (
                "keys of the recipient header not in order",
                make("x", claims(), recipient_header=b"\xa2\x04\x48" + kid + b"\x01\x38\x18"),
            ),
            "recipient-header-repeated-key": (
                "a key of the recipient header twice",
                make("x", claims(), recipient_header=b"\xa3" + recipient[1:4] + recipient[1:]),
            ),
            "recipient-header-trailing": (
                "a byte after the recipient header",
                make("x", claims(), recipient_header=recipient + b"\0"),
            ),
            "unprotected-repeated-key": (
                "the iv twice",
                _wrap(Raw(b"\xa2" + 2 * (b"\x05\x4c" + bytes(12)))),
            ),
        }
    )


def _bombs() -> list[dict[str, Any]]:
    many = {
        "bomb-arrays": ("60,000 nested arrays", b"\x81" * 60_000),
        "bomb-tagged-arrays": ("the same after the tag", b"\xd8\x60" + b"\x81" * 60_000),
        "bomb-indefinite": ("60,000 nested arrays of indefinite length", b"\x9f" * 60_000),
        "bomb-maps": ("30,000 nested maps", b"\xd8\x60" + b"\xa1\x00" * 30_000),
        "bomb-tags": ("30,000 nested tags", b"\xd8\x60" * 30_000),
        "bomb-presentation": ("60,000 nested arrays of two", b"\x82" * 60_000),
        "bomb-header": (
            "nested arrays in the header",
            make("x", claims(), content_header=b"\x81" * 5_000),
        ),
        "bomb-recipient": (
            "nested arrays in the recipient header",
            make("x", claims(), recipient_header=b"\x81" * 5_000),
        ),
    }
    huge = {
        "huge-bytes": ("2^64 - 1 bytes are announced", b"\xd8\x60\x84\x5b" + b"\xff" * 8),
        "huge-text": ("2^64 - 1 bytes of text are announced", b"\xd8\x60\x84\x7b" + b"\xff" * 8),
        "huge-array": ("2^64 - 1 items are announced", b"\xd8\x60\x9b" + b"\xff" * 8),
        "huge-map": ("2^64 - 1 pairs are announced", b"\xd8\x60\x84\xbb" + b"\xff" * 8),
        "huge-bytes-31-bit": ("2 GiB are announced", b"\xd8\x60\x84\x5a\x7f\xff\xff\xff"),
    }
    return [
        *_malformed(many),
        *(case(name, text, "2", data, "truncated") for name, (text, data) in huge.items()),
    ]


def _presentations() -> list[dict[str, Any]]:
    sealed = make("presentations", fields())
    whole = present(sealed)
    proof = cbor2.loads(whole)[1]
    bad = {
        "presentation-three": ("three items", b"\x83" + whole[1:] + b"\x40"),
        "presentation-one": ("one item", writer.encode([sealed])),
        "presentation-trailing": ("a byte after the end", whole + b"\0"),
        "presentation-null-proof": ("null in place of the proof", writer.encode([sealed, None])),
        "presentation-text": ("text in place of the proof", writer.encode([sealed, "proof"])),
        "presentation-proof-inside": (
            "a proof that is not in a byte string",
            writer.encode([sealed, Raw(proof)]),
        ),
        "presentation-pass-inside": (
            "a pass that is not in a byte string",
            writer.encode([Raw(sealed), proof]),
        ),
        "presentation-indefinite": ("an array of indefinite length", b"\x9f" + whole[1:] + b"\xff"),
        "presentation-long-head": ("its length in two bytes", b"\x98\x02" + whole[1:]),
        "presentation-tagged": ("a tag in front", b"\xd8\x60" + whole),
        "presentation-in-presentation": (
            "a presentation in place of the pass",
            writer.presentation(whole, proof),
        ),
        "presentation-swapped": ("the proof first", writer.presentation(proof, sealed)),
    }
    return [
        *_malformed(bad, "7"),
        case("presentation-cut", "the last byte is missing", "7", whole[:-1], "truncated"),
        case("presentation-cut-head", "its first byte", "7", whole[:1], "truncated"),
        case("presentation-of-nothing", "no pass", "7", writer.presentation(b"", proof), "empty"),
        case(
            "presentation-too-large",
            "66,561 bytes",
            "2",
            writer.presentation(sealed, bytes(66_561 - len(sealed) - 7)),
            "too_large",
        ),
        case(
            "presentation-of-too-large",
            "a presentation of fewer bytes with a pass of 65,537",
            "2",
            writer.presentation(sealed + bytes(65_537 - len(sealed)), proof),
            "too_large",
        ),
    ]


def _malformed(bad: dict[str, tuple[str, bytes]], section: str = "2") -> list[dict[str, Any]]:
    return [case(name, text, section, data, "malformed") for name, (text, data) in bad.items()]


def _wrap(unprotected: Any) -> bytes:
    return _outer_item([_HEADER, unprotected, _FILLER, _recipients()])


def _recipients() -> list[Any]:
    seal = sealer("encoding")
    return [seal.recipient_item(seal.recipient())]


def _outer_item(fields: Any) -> bytes:
    return writer.encode(cbor2.CBORTag(96, fields))

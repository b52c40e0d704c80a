"""Sealed layers that are well-formed CBOR and wrong all the same."""

from __future__ import annotations

import itertools
from typing import Any, Final

import cbor2
from spec.makers import writer
from spec.makers.common import case, claims, flipped, make, ordered, sealer
from spec.makers.keys import KEYS

ABOUT = "The sealed layer: algorithms, headers, versions, keys, and seals that do not open."

_SECTION: Final = "3"
_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [
        *_content_headers(),
        *_versions(),
        *_parts(),
        *_shut(),
    ]


def _content_headers() -> list[dict[str, Any]]:
    good: dict[Any, Any] = writer.CONTENT_HEADER
    headers = {
        "alg-a128gcm": ("A128GCM", good | {1: 1}),
        "alg-a192gcm": ("A192GCM", good | {1: 2}),
        "alg-chacha": ("ChaCha20/Poly1305", good | {1: 24}),
        "alg-a256cbc": ("A256CBC, which does not authenticate", good | {1: -65529}),
        "alg-es256": ("ES256, an algorithm that signs", good | {1: -7}),
        "alg-zero": ("algorithm 0, which is reserved", good | {1: 0}),
        "alg-true": ("`true`", good | {1: True}),
        "alg-text": ("the algorithm as text", good | {1: "A256GCM"}),
        "alg-none-text": ("the text `none`", good | {1: "none"}),
        "alg-missing": ("no algorithm", {3: 61, -65537: 1}),
        "content-type-missing": ("no content type", {1: 3, -65537: 1}),
        "content-type-cose": ("another content type", good | {3: 60}),
        "content-type-text": ("the content type as text", good | {3: "application/cwt"}),
        "crit": ("a critical header (label 2)", good | {2: [-65537]}),
        "crit-empty": ("no critical headers (label 2)", good | {2: []}),
        "header-kid": ("a key id", good | {4: bytes(8)}),
        "header-kid-empty": ("an empty key id", good | {4: b""}),
        "header-iv": ("an iv in the protected header", good | {5: bytes(12)}),
        "header-private": ("an unknown private label", good | {-65539: 1}),
        "header-text-label": ("a label of text", good | {"x": 1}),
        "header-unknown": ("an unknown label", good | {999: 1}),
    }
    return [
        case(name, f"content header: {text}", _SECTION, _with_header(header), "malformed")
        for name, (text, header) in headers.items()
    ]


def _versions() -> list[dict[str, Any]]:
    good: dict[Any, Any] = writer.CONTENT_HEADER
    other = {
        "version-2": ("version 2", _with_header(good | {-65537: 2})),
        "version-0": ("version 0", _with_header(good | {-65537: 0})),
        "version-negative": ("version -1", _with_header(good | {-65537: -1})),
        "version-huge": ("the largest version", _with_header(good | {-65537: 2**64 - 1})),
        "version-2-otherwise": (
            "version 2 with headers and parts unlike those of version 1",
            writer.encode(cbor2.CBORTag(96, [writer.encode({1: 24, -65537: 2}), {}, [], "x", 5])),
        ),
        "version-2-other-verifier": (
            "version 2, sealed to another verifier",
            make("v", claims(), verifier="other-verifier", content_header=good | {-65537: 2}),
        ),
    }
    bad = {
        "version-missing": ("no version", {1: 3, 3: 61}),
        "version-true": ("version `true`", good | {-65537: True}),
        "version-text": ("version as text", good | {-65537: "2"}),
        "version-array": ("an array as the version", good | {-65537: [2]}),
    }
    return [
        *(
            case(name, text, _SECTION, data, "unsupported_version")
            for name, (text, data) in other.items()
        ),
        *(
            case(name, text, _SECTION, _with_header(header), "malformed")
            for name, (text, header) in bad.items()
        ),
        case(
            "version-unprotected",
            "the version in the unprotected header",
            _SECTION,
            make(
                "v", claims(), content_header={1: 3, 3: 61}, unprotected={5: bytes(12), -65537: 1}
            ),
            "malformed",
        ),
    ]


def _parts() -> list[dict[str, Any]]:
    seal = sealer("parts")
    header = writer.encode(writer.CONTENT_HEADER)
    recipient = seal.recipient_item(seal.recipient())
    some = bytes(32)
    unprotected = {
        "iv-missing": ("no iv", {}),
        "iv-empty": ("an iv without bytes", {5: b""}),
        "iv-short": ("an iv of 11 bytes", {5: bytes(11)}),
        "iv-long": ("an iv of 13 bytes", {5: bytes(13)}),
        "iv-partial": ("a partial iv (label 6)", {6: bytes(12)}),
        "unprotected-alg": ("the algorithm again", {1: 3, 5: bytes(12)}),
        "unprotected-alg-other": ("another algorithm", {1: 1, 5: bytes(12)}),
        "unprotected-unknown": ("an unknown label", {5: bytes(12), 999: 0}),
    }
    layers = {
        "ciphertext-empty": ("no ciphertext", seal.wrap(header, b"", [recipient])),
        "ciphertext-tag-only": ("nothing but 16 bytes", seal.wrap(header, bytes(16), [recipient])),
        "ciphertext-detached": ("null as ciphertext", seal.wrap(header, None, [recipient])),
        "no-recipient": ("no recipient", seal.wrap(header, some, [])),
        "two-recipients": ("two recipients", seal.wrap(header, some, [recipient, recipient])),
        "recipients-null": ("null in place of recipients", seal.wrap(header, some, None)),
        "recipient-of-two": (
            "the empty string is missing",
            seal.wrap(header, some, [recipient[:2]]),
        ),
        "recipient-of-four": (
            "a recipient in the recipient",
            seal.wrap(header, some, [[*recipient, [recipient]]]),
        ),
        "recipient-ciphertext": (
            "a wrapped key in the recipient",
            seal.wrap(header, some, [[*recipient[:2], bytes(40)]]),
        ),
        "recipient-ciphertext-null": (
            "null in the recipient",
            seal.wrap(header, some, [[*recipient[:2], None]]),
        ),
        "recipient-ciphertext-text": (
            "empty text in the recipient",
            seal.wrap(header, some, [[*recipient[:2], ""]]),
        ),
        "alg-unprotected": (
            "the algorithm in the unprotected header only",
            make(
                "a", claims(), content_header={3: 61, -65537: 1}, unprotected={1: 3, 5: bytes(12)}
            ),
        ),
    }
    return [
        *(
            case(name, text, _SECTION, make("u", claims(), unprotected=value), "malformed")
            for name, (text, value) in unprotected.items()
        ),
        *(case(name, text, _SECTION, data, "malformed") for name, (text, data) in layers.items()),
    ]


def _shut() -> list[dict[str, Any]]:
    fields = claims()
    sealed = make("shut", fields)
    xs = {
        "x-not-on-the-curve": ("no point of the curve has this x", _off_curve()),
        "x-zero": ("x is zero", 0),
        "x-is-p": ("x is the prime of the field", _PRIME),
        "x-is-p-plus-5": ("x is the prime of the field and five", _PRIME + 5),
        "x-largest": ("all bits of x are set", 2**256 - 1),
        "x-other": ("x of another key", int.from_bytes(sealer("another").x(), "big")),
    }
    kid = writer.key_id(KEYS["verifier"].public_key())
    to_other = make("shut", fields, verifier="other-verifier", recipient_header={1: -25, 4: kid})
    other = make("o", claims(verifier="other-verifier"), verifier="other-verifier")
    bad = {
        "flipped-tag": ("the last bit of the ciphertext is flipped", flipped(sealed, -1)),
        "flipped-ciphertext": ("a bit of the ciphertext is flipped", flipped(sealed)),
        "flipped-iv": ("a bit of the iv is flipped", _with_iv(sealed, 1)),
        "seventeen-bytes": ("17 bytes that no key has sealed", _with_ciphertext(sealed, bytes(17))),
        "cut-ciphertext": ("a ciphertext without its end", _with_ciphertext(sealed, 40)),
        "sealed-to-other-key": ("this verifier's id, but sealed to another key", to_other),
        "sealed-as-encrypt0": ("sealed as COSE_Encrypt0", make("e", fields, domain="Encrypt0")),
        "sealed-for-other-alg": ("the key was derived for A128GCM", make("e", fields, algorithm=1)),
    }
    return [
        *(
            case(name, f"one-time key: {text}", _SECTION, _with_x(sealed, x), "altered")
            for name, (text, x) in xs.items()
        ),
        *(case(name, text, _SECTION, data, "altered") for name, (text, data) in bad.items()),
        case("other-verifier", "sealed to another verifier", _SECTION, other, "wrong_verifier"),
        case(
            "other-verifier-flipped",
            "sealed to another verifier and damaged",
            _SECTION,
            flipped(other),
            "wrong_verifier",
        ),
        case(
            "no-verifier-key",
            "a verifier without any key",
            _SECTION,
            sealed,
            "wrong_verifier",
            verifiers=[],
        ),
    ]


def _off_curve() -> int:
    """Return the smallest x that no point of the curve has."""
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    squares = (x**3 - 3 * x + b for x in itertools.count())
    return next(x for x, y2 in enumerate(squares) if pow(y2, (_PRIME - 1) // 2, _PRIME) != 1)


def _with_iv(sealed: bytes, flip: int) -> bytes:
    """Flip bits of the first byte of the iv."""
    parts = cbor2.loads(sealed).value
    iv = parts[1][5]
    parts[1] = {5: bytes([iv[0] ^ flip]) + iv[1:]}
    return writer.encode(cbor2.CBORTag(96, parts))


def _with_ciphertext(sealed: bytes, replacement: bytes | int) -> bytes:
    """Put another ciphertext in place, or leave only the first bytes of the one there is."""
    parts = cbor2.loads(sealed).value
    parts[2] = replacement if isinstance(replacement, bytes) else parts[2][:replacement]
    return writer.encode(cbor2.CBORTag(96, parts))


def _with_x(sealed: bytes, x: int) -> bytes:
    parts = cbor2.loads(sealed).value
    parts[3][0][1][-1][-2] = x.to_bytes(32, "big")
    return writer.encode(cbor2.CBORTag(96, parts))


def _with_header(header: dict[Any, Any]) -> bytes:
    """Return a pass that is sealed well, with another content header."""
    return make("content header", claims(), content_header=ordered(header))

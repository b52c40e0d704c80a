"""Passes whose seal opens, with something wrong in the signed layer."""

from __future__ import annotations

from typing import Any, Final

import cbor2
from spec.makers import writer
from spec.makers.common import ISSUED, case, claims, make, ordered, seal
from spec.makers.keys import KEYS

ABOUT = "The signed layer: form, algorithm, signature, issuer, audience."

_SECTION: Final = "4"


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_layers(), *_headers(), *_signatures(), *_who(), *_for_whom()]


def _layers() -> list[dict[str, Any]]:
    good = writer.sign_pass(claims(), KEYS["issuer"])
    header, unprotected, payload, signature = cbor2.loads(good).value
    contents = {
        "signed-one-byte": ("one byte", b"\0"),
        "signed-text": ("text", b"not a pass at all"),
        "signed-untagged": ("without its tag", good[1:]),
        "signed-tag-98": ("tag 98, COSE_Sign", b"\xd8\x62" + good[1:]),
        "signed-tag-17": ("tag 17, COSE_Mac0", b"\xd1" + good[1:]),
        "signed-tag-twice": ("tag 18 in tag 18", b"\xd2" + good),
        "signed-tag-cwt": ("in the tag 61 of a CWT", b"\xd8\x3d" + good),
        "signed-tag-long": ("tag 18 in two bytes", b"\xd8\x12" + good[1:]),
        "signed-trailing": ("a byte after the end", good + b"\0"),
        "signed-cut": ("the last byte is missing", good[:-1]),
        "signed-indefinite": ("an array of indefinite length", b"\xd2\x9f" + good[2:] + b"\xff"),
        "signed-three": ("no signature", _layer([header, unprotected, payload])),
        "signed-five": ("an item too many", _layer([header, unprotected, payload, signature, 0])),
        "signed-detached": ("null as payload", _layer([header, unprotected, None, signature])),
        "signed-payload-map": (
            "claims that are not in a byte string",
            _layer([header, unprotected, claims(), signature]),
        ),
        "signed-payload-empty": ("no claims", writer.sign_pass(b"", KEYS["issuer"])),
        "signed-sealed-twice": ("a sealed pass inside", seal("inner", good)),
        "signed-bomb": ("nested arrays", b"\xd2" + b"\x81" * 2_000),
        "signed-huge": ("2^64 - 1 bytes are announced", b"\xd2\x84\x5b" + b"\xff" * 8),
        "signature-empty": ("no bytes", _layer([header, unprotected, payload, b""])),
        "signature-short": ("63 bytes", _layer([header, unprotected, payload, signature[:63]])),
        "signature-long": ("65 bytes", _layer([header, unprotected, payload, signature + b"\0"])),
        "signature-der": ("DER", _layer([header, unprotected, payload, _der(signature)])),
        "signature-null": ("null", _layer([header, unprotected, payload, None])),
    }
    return [
        case(name, f"signed layer: {text}", _SECTION, seal("signed", content), "malformed")
        for name, (text, content) in contents.items()
    ]


def _headers() -> list[dict[str, Any]]:
    good = writer.SIGN_HEADER
    headers = {
        "sign-alg-es384": ("ES384", {1: -35}),
        "sign-alg-esp256": ("ESP256, the same by its newer number", {1: -9}),
        "sign-alg-es256k": ("ES256K", {1: -47}),
        "sign-alg-eddsa": ("EdDSA", {1: -8}),
        "sign-alg-hmac": ("HMAC 256/256, with the public key as its key", {1: 5}),
        "sign-alg-text": ("the algorithm as text", {1: "ES256"}),
        "sign-alg-none": ("the text `none`", {1: "none"}),
        "sign-alg-zero": ("algorithm 0", {1: 0}),
        "sign-alg-null": ("null", {1: None}),
        "sign-alg-missing": ("an empty map", {}),
        "sign-header-empty": ("no bytes, which COSE allows for an empty map", b""),
        "sign-kid": ("a key id", good | {4: bytes(8)}),
        "sign-crit": ("a critical header (label 2)", ordered(good | {2: [1]})),
        "sign-type": ("a media type (label 16)", good | {16: "application/cwt"}),
        "sign-content-type": ("a content type", good | {3: 61}),
        "sign-unknown": ("an unknown label", good | {999: 0}),
        "sign-repeated-alg": ("the algorithm twice", b"\xa2\x01\x26\x01\x26"),
        "sign-long-alg": ("the algorithm in two bytes", b"\xa1\x01\x38\x06"),
    }
    unprotected = {
        "sign-unprotected-kid": ("a key id", {4: bytes(8)}),
        "sign-unprotected-alg": ("the algorithm again", {1: -7}),
        "sign-unprotected-null": ("null in place of the map", writer.Raw(b"\xf6")),
        "sign-unprotected-array": ("an array in place of the map", []),
    }
    moved = make("signed", claims(), signed={"header": {}, "unprotected": {1: -7}})
    return [
        *(
            case(
                name,
                f"signed layer, header: {text}",
                _SECTION,
                make("signed", claims(), signed={"header": header}),
                "malformed",
            )
            for name, (text, header) in headers.items()
        ),
        *(
            case(
                name,
                f"signed layer, unprotected header: {text}",
                _SECTION,
                make("signed", claims(), signed={"unprotected": value}),
                "malformed",
            )
            for name, (text, value) in unprotected.items()
        ),
        case(
            "sign-alg-moved",
            "signed layer: the algorithm in the unprotected header only",
            _SECTION,
            moved,
            "malformed",
        ),
    ]


def _signatures() -> list[dict[str, Any]]:
    fields = claims()
    content = writer.sign_pass(fields, KEYS["issuer"])
    r, s = content[-64:-32], content[-32:]
    order = writer.ORDER.to_bytes(32, "big")
    signatures = {
        "signature-zero": ("64 zeros", bytes(64)),
        "signature-r-zero": ("r is zero", bytes(32) + s),
        "signature-s-zero": ("s is zero", r + bytes(32)),
        "signature-r-order": ("r is the order of the curve", order + s),
        "signature-s-order": ("s is the order of the curve", r + order),
        "signature-ones": ("all bits are set", b"\xff" * 64),
        "signature-swapped": ("s before r", s + r),
        "signature-flipped": ("the last bit is flipped", r + s[:-1] + bytes([s[-1] ^ 1])),
    }
    proof = {"domain": b"visavis-proof-1"}
    other = writer.encode(claims(purpose="Locker room"))
    wrong: dict[str, tuple[str, dict[str, Any]]] = {
        "signed-by-stranger": ("signed by a stranger in the issuer's name", {"key": "stranger"}),
        "signed-by-verifier": ("signed by the verifier in the issuer's name", {"key": "verifier"}),
        "signed-no-domain": ("signed without external data, as any CWT", {"domain": b""}),
        "signed-proof-domain": ("signed as if it were a proof", proof),
        "signed-other-context": ("signed as one of several", {"context": "Signature"}),
        "signed-sent-other": ("another purpose than the signed one", {"sent": other}),
    }
    return [
        *(
            case(
                name,
                f"signature: {text}",
                _SECTION,
                make("signature", fields, signed={"signature": signature}),
                "bad_signature",
            )
            for name, (text, signature) in signatures.items()
        ),
        *(
            case(name, text, _SECTION, seal(name, _signed(**parts)), "bad_signature")
            for name, (text, parts) in wrong.items()
        ),
    ]


def _who() -> list[dict[str, Any]]:
    fields = claims()
    strange = claims(issuer="stranger")
    swapped = claims(issuer="second-issuer")
    signed = writer.sign_pass(fields, KEYS["issuer"])
    retired = {"issuers": [{"key": "issuer", "retired_at": ISSUED}]}
    return [
        case(
            "issuer-unknown",
            "signed well, by an issuer that is not trusted",
            _SECTION,
            seal("who", writer.sign_pass(strange, KEYS["stranger"])),
            "unknown_issuer",
        ),
        case(
            "issuer-none",
            "no issuer is trusted",
            _SECTION,
            seal("who", signed),
            "unknown_issuer",
            issuers=[],
        ),
        case(
            "issuer-in-other-name",
            "signed by one trusted issuer in the name of another",
            _SECTION,
            make("who", swapped),
            "bad_signature",
            issuers=[{"key": "issuer"}, {"key": "second-issuer"}],
        ),
        case(
            "issuer-retired",
            "issued in the second in which the key was retired",
            "10",
            make("who", fields),
            "issuer_retired",
            **retired,
        ),
        case(
            "issuer-retired-and-forged",
            "the signature is looked at before the retirement",
            "10",
            seal("who", _signed(key="stranger")),
            "bad_signature",
            **retired,
        ),
    ]


def _for_whom() -> list[dict[str, Any]]:
    signed = writer.sign_pass(claims(), KEYS["issuer"])
    strange = claims(issuer="stranger")
    former = claims(verifier="former-verifier")
    return [
        case(
            "resealed",
            "opened by its verifier and sealed again to another one",
            "5",
            seal("who", signed, verifier="other-verifier"),
            "wrong_verifier",
            verifiers=["other-verifier"],
        ),
        case(
            "resealed-to-own-former-key",
            "sealed again to another key of the same verifier",
            "5",
            seal("who", writer.sign_pass(former, KEYS["issuer"])),
            "wrong_verifier",
            verifiers=["verifier", "former-verifier"],
        ),
        case(
            "resealed-and-unknown",
            "the issuer is looked at before the audience",
            "5",
            seal("who", writer.sign_pass(strange, KEYS["stranger"]), verifier="other-verifier"),
            "unknown_issuer",
            verifiers=["other-verifier"],
        ),
    ]


def _signed(key: str = "issuer", **parts: Any) -> bytes:
    return writer.sign_pass(claims(), KEYS[key], **parts)


def _layer(fields: list[Any]) -> bytes:
    return writer.encode(cbor2.CBORTag(18, fields))


def _der(signature: bytes) -> bytes:
    parts = []
    for half in (signature[:32], signature[32:]):
        body = half.lstrip(b"\0")
        body = b"\0" + body if body[0] & 0x80 else body
        parts.append(b"\x02" + bytes([len(body)]) + body)
    joined = b"".join(parts)
    return b"\x30" + bytes([len(joined)]) + joined

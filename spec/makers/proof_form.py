"""Proofs that are not signed well, or not well-formed."""

from __future__ import annotations

from typing import Any

from spec.makers import writer
from spec.makers.keys import KEYS
from spec.makers.proof import WINDOW, by, proof_case, statement, tied

__all__ = ["vectors"]


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this module."""
    return [*_signed(), *_statements(), *_layers()]


def _signed() -> list[dict[str, Any]]:
    sealed = tied()
    plain = statement(sealed)
    issuer = writer.sign_proof(plain, KEYS["issuer"])
    bad = {
        "proof-other-device": ("signed by another device", by("other-holder", plain)),
        "proof-by-issuer": ("signed by the issuer of the pass", issuer),
        "proof-no-domain": ("signed without external data", by("holder", plain, domain=b"")),
        "proof-pass-domain": (
            "signed as if it were a pass",
            by("holder", plain, domain=b"visavis-pass-1"),
        ),
        "proof-sent-other": (
            "another window than the signed one",
            by("holder", plain, sent=writer.encode(statement(sealed, window=WINDOW + 1))),
        ),
        "proof-signature-zero": (
            "a signature of zeros",
            by("holder", plain, signature=bytes(64)),
        ),
        "proof-signature-large": (
            "r and s are the order of the curve",
            by("holder", plain, signature=2 * writer.ORDER.to_bytes(32, "big")),
        ),
    }
    return [
        proof_case(name, text, writer.presentation(sealed, proof), "proof_bad_signature")
        for name, (text, proof) in bad.items()
    ]


def _statements() -> list[dict[str, Any]]:
    sealed = tied()
    hashed = writer.sha256(sealed)
    statements = {
        "proof-action-zero": ("action 0", statement(sealed, action=0)),
        "proof-action-three": ("action 3", statement(sealed, action=3)),
        "proof-action-true": ("action `true`", statement(sealed, action=True)),
        "proof-hash-short": ("a hash of 31 bytes", statement(sealed, pass_hash=hashed[:31])),
        "proof-hash-text": ("the hash as text", statement(sealed, pass_hash=hashed.hex())),
        "proof-audience-short": ("an audience of 7 bytes", statement(sealed, audience=bytes(7))),
        "proof-audience-text": ("the audience as text", statement(sealed, audience="a" * 16)),
        "proof-nonce-short": ("a nonce of 15 bytes", statement(sealed, fresh=bytes(15))),
        "proof-nonce-long": ("a nonce of 65 bytes", statement(sealed, fresh=bytes(65))),
        "proof-serial-short": ("a serial of 7 bytes", statement(sealed, serial=bytes(7))),
        "proof-serial-empty": ("an empty serial", statement(sealed, serial=b"")),
        "proof-window-alone": ("a window without a serial", statement(sealed, fresh=[WINDOW])),
        "proof-window-number": ("a bare number", statement(sealed, fresh=WINDOW)),
        "proof-window-negative": ("a negative window", statement(sealed, window=-1)),
        "proof-window-true": ("window `true`", statement(sealed, window=True)),
        "proof-window-float": (
            "a window as a float",
            statement(sealed, window=float(WINDOW)),
        ),
        "proof-three-fields": ("freshness is missing", statement(sealed)[:3]),
        "proof-five-fields": ("one field too many", [*statement(sealed), 0]),
        "proof-statement-map": ("a map in place of the array", {1: 1}),
        "proof-statement-trailing": (
            "a byte after the statement",
            writer.encode(statement(sealed)) + b"\0",
        ),
        "proof-statement-empty": ("an empty statement", b""),
    }
    signed = {name: (text, by("holder", value)) for name, (text, value) in statements.items()}
    return _malformed(sealed, signed)


def _layers() -> list[dict[str, Any]]:
    sealed = tied()
    good = by("holder", statement(sealed))
    proofs = {
        "proof-empty": ("no bytes", b""),
        "proof-cut": ("the last byte is missing", good[:-1]),
        "proof-trailing": ("a byte after the end", good + b"\0"),
        "proof-untagged": ("without its tag", good[1:]),
        "proof-other-tag": (
            "tag 98",
            by("holder", statement(sealed), tag=98),
        ),
        "proof-signature-short": ("63 bytes of signature", good[:-66] + b"\x58\x3f" + good[-64:-1]),
        "proof-alg-missing": ("no algorithm", by("holder", statement(sealed), header={})),
        "proof-alg-other": ("algorithm ES384", by("holder", statement(sealed), header={1: -35})),
        "proof-kid": (
            "a key id in the header",
            by("holder", statement(sealed), header={1: -7, 4: bytes(8)}),
        ),
        "proof-unprotected": (
            "a field in the unprotected header",
            by("holder", statement(sealed), unprotected={4: bytes(8)}),
        ),
        "proof-detached": (
            "null in place of the statement",
            good.replace(writer.encode(writer.encode(statement(sealed))), b"\xf6"),
        ),
        "proof-is-a-pass": ("the pass itself", sealed),
    }
    return _malformed(sealed, proofs)


def _malformed(sealed: bytes, proofs: dict[str, tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [
        proof_case(name, text, writer.presentation(sealed, proof), "proof_malformed")
        for name, (text, proof) in proofs.items()
    ]

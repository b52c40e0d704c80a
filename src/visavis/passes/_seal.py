"""Sealing to one verifier: ECDH-ES + HKDF-256 on P-256, then AES-256-GCM (RFC 9053).

The steps are those of ``cryptography``; laid out here is only what goes into them. The COSE
library has no place for a PIN in the key derivation (SuppPrivInfo), and it decrypts into memory
that cannot be overwritten.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis.passes import _labels as label
from visavis.passes._envelope import CONTENT_HEADER, Envelope, recipient_header
from visavis.passes._rejections import rejected

if TYPE_CHECKING:
    from visavis.passes._pin import PinParameters
    from visavis.passes.keys import VerifierKey, VerifierPublicKey

__all__ = ["seal", "unseal"]

_KEY_BITS: Final = 256
_EVEN: Final = b"\x02"  # SEC 1, section 2.3.3: a compressed point whose y is even
_ASSOCIATED: Final = cbor2.dumps(["Encrypt", cbor2.dumps(CONTENT_HEADER), b""])


def seal(
    content: bytes,
    verifier: VerifierPublicKey,
    *,
    pin: str | None = None,
    parameters: PinParameters | None = None,
) -> Envelope:
    """Encrypt the signed layer so that only ``verifier`` can read it, with the PIN if one is given.

    Args:
        content: the encoded signed layer.
        verifier: whom it is for.
        pin: the holder's PIN.
        parameters: how the PIN is stretched; given exactly if ``pin`` is.
    """
    one_time = ec.generate_private_key(ec.SECP256R1())
    header = recipient_header(bytes.fromhex(verifier.id), parameters)
    stretched = parameters.stretch(pin) if parameters is not None and pin is not None else None
    key = _content_key(one_time.exchange(ec.ECDH(), verifier._key), header, stretched)
    iv = secrets.token_bytes(label.IV_BYTES)
    return Envelope(
        verifier_id=bytes.fromhex(verifier.id),
        pin=parameters,
        iv=iv,
        ephemeral_x=one_time.public_key().public_numbers().x.to_bytes(label.COORDINATE_BYTES),
        ciphertext=AESGCM(key).encrypt(iv, content, _ASSOCIATED),
    )


def unseal(envelope: Envelope, verifier: VerifierKey, *, pin: str | None = None) -> bytearray:
    """Decrypt the signed layer into memory that the caller can overwrite.

    Raises:
        PassRejected: ``pin_cost_out_of_range``, ``pin_required``, ``pin_not_expected``,
            ``wrong_pin``, ``altered``.
    """
    stretched = _stretched(envelope.pin, pin)
    wrong = "altered" if stretched is None else "wrong_pin"
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), _EVEN + envelope.ephemeral_x
        )
    except ValueError as error:
        # No point of the curve has this x.
        raise rejected(wrong) from error
    header = recipient_header(envelope.verifier_id, envelope.pin)
    key = _content_key(verifier._key.exchange(ec.ECDH(), ephemeral), header, stretched)
    content = bytearray(len(envelope.ciphertext) - label.TAG_BYTES)
    try:
        AESGCM(key).decrypt_into(envelope.iv, envelope.ciphertext, _ASSOCIATED, content)
    except InvalidTag as error:
        raise rejected(wrong) from error
    return content


def _stretched(parameters: PinParameters | None, pin: str | None) -> bytes | None:
    if parameters is None:
        # To open it all the same would let people believe that their PIN protects it.
        if pin is not None:
            raise rejected("pin_not_expected")
        return None
    parameters.require_accepted()
    if pin is None:
        raise rejected("pin_required")
    return parameters.stretch(pin)


def _content_key(secret: bytes, header: dict[int, object], stretched: bytes | None) -> bytes:
    """Derive the key through the COSE_KDF_Context (RFC 9053, section 5.2), binding the header.

    The stretched PIN is SuppPrivInfo: one more secret that both sides know.
    """
    nobody = [None, None, None]
    context: list[object] = [label.A256GCM, nobody, nobody, [_KEY_BITS, cbor2.dumps(header)]]
    if stretched is not None:
        context.append(stretched)
    hkdf = HKDF(hashes.SHA256(), _KEY_BITS // 8, salt=None, info=cbor2.dumps(context))
    return hkdf.derive(secret)

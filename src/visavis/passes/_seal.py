"""Sealing to one verifier: ECDH-ES + HKDF-256 on P-256, then AES-256-GCM (RFC 9053)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSE, CWTError, Recipient

from visavis.passes import _labels as label
from visavis.passes._cose_keys import opening_key, point, sealing_key
from visavis.passes._envelope import CONTENT_HEADER, Envelope, recipient_header
from visavis.passes._rejections import rejected

if TYPE_CHECKING:
    from visavis.passes.keys import VerifierKey, VerifierPublicKey

__all__ = ["seal", "unseal"]

_KEY_BITS: Final = 256
_EVEN: Final = b"\x02"  # SEC 1, section 2.3.3: a compressed point whose y is even


def seal(content: bytes, verifier: VerifierPublicKey) -> Envelope:
    """Encrypt the signed layer so that only ``verifier`` can read it."""
    verifier_id = bytes.fromhex(verifier.id)
    recipient = Recipient.new(
        recipient_header(verifier_id),
        {},
        recipient_key=sealing_key(verifier),
        context=_context(verifier_id),
    )
    # Fresh dictionaries throughout: the library writes into the ones it is given.
    message: cbor2.CBORTag = COSE.new().encode_and_encrypt(
        content, None, dict(CONTENT_HEADER), {}, [recipient], out="cbor2/CBORTag"
    )
    _, unprotected, ciphertext, [[_, public, _]] = message.value
    return Envelope(
        verifier_id=verifier_id,
        iv=unprotected[label.IV],
        ephemeral_x=public[label.EPHEMERAL_KEY][label.X],
        ciphertext=ciphertext,
    )


def unseal(envelope: Envelope, verifier: VerifierKey) -> bytes:
    """Decrypt the signed layer.

    Raises:
        PassRejected: ``wrong_verifier``, ``altered``.
    """
    verifier_id = bytes.fromhex(verifier.id)
    if envelope.verifier_id != verifier_id:
        raise rejected("wrong_verifier")
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), _EVEN + envelope.ephemeral_x
        )
    except ValueError as error:
        # No point of the curve has this x.
        raise rejected("altered") from error
    recipient = [
        cbor2.dumps(recipient_header(verifier_id)),
        {label.EPHEMERAL_KEY: point(ephemeral)},
        b"",
    ]
    message = cbor2.CBORTag(
        label.TAG_ENCRYPT,
        [
            cbor2.dumps(CONTENT_HEADER),
            {label.IV: envelope.iv},
            envelope.ciphertext,
            [recipient],
        ],
    )
    key = opening_key(verifier)
    try:
        content: bytes = COSE.new().decode(message, [key], context=_context(verifier_id))
    except CWTError as error:
        raise rejected("altered") from error
    return content


def _context(verifier_id: bytes) -> list[object]:
    """Return the COSE_KDF_Context (RFC 9053, section 5.2), which binds the header to the key.

    A PIN will enter here, stretched by Argon2id, as one more secret that the key depends on:
    see "What is left room for" in ``docs/adr/0003-the-pass.md``.
    """
    nobody = [None, None, None]
    public_info = [_KEY_BITS, cbor2.dumps(recipient_header(verifier_id))]
    return [label.A256GCM, nobody, list(nobody), public_info]

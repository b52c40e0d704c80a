"""The signed layer: COSE_Sign1 with ES256 over the claims (RFC 9052, section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cbor2
from cwt import COSE, CWTError

from visavis.passes import _labels as label
from visavis.passes._cose_keys import signing_key, verifying_key
from visavis.passes._rejections import rejected
from visavis.passes._strict import NotStrict, loads

if TYPE_CHECKING:
    from visavis.passes.keys import IssuerKey, IssuerPublicKey

__all__ = ["Signed", "sign"]

_HEADER: Final = {label.ALG: label.ES256}
# An issuer's key also signs other things. Bytes that are signed as one of them can never be
# shown as a pass, because every pass is signed together with these words.
_DOMAIN: Final = b"visavis-pass-1"


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with a signature that has not been checked yet.

    Args:
        payload: the encoded claims.
        signature: 64 bytes, r and s.
    """

    payload: bytes
    signature: bytes

    def encode(self) -> bytes:
        """Write the layer, deterministically."""
        fields = [cbor2.dumps(_HEADER), {}, self.payload, self.signature]
        return cbor2.dumps(cbor2.CBORTag(label.TAG_SIGN1, fields))

    @classmethod
    def decode(cls, encoded: bytes) -> Signed:
        """Read the layer.

        Raises:
            PassRejected: ``malformed``.
        """
        try:
            fields = loads(encoded, tag=label.TAG_SIGN1)
        except NotStrict as error:
            raise rejected("malformed") from error
        match fields:
            case [bytes(), dict(), bytes(payload), bytes(signature)] if (
                len(signature) == label.SIGNATURE_BYTES
            ):
                signed = cls(payload=payload, signature=signature)
            case _:
                raise rejected("malformed")
        # This also pins the algorithm: any other header is written differently.
        if signed.encode() != encoded:
            raise rejected("malformed")
        return signed

    def verify(self, issuer: IssuerPublicKey) -> None:
        """Check the signature.

        Raises:
            PassRejected: ``bad_signature``.
        """
        try:
            COSE.new().decode(self.encode(), [verifying_key(issuer)], external_aad=_DOMAIN)
        except CWTError as error:
            raise rejected("bad_signature") from error


def sign(payload: bytes, issuer: IssuerKey) -> Signed:
    """Sign the encoded claims."""
    message = COSE.new().encode_and_sign(
        payload,
        signing_key(issuer),
        dict(_HEADER),
        {},
        external_aad=_DOMAIN,
        out="cbor2/CBORTag",
    )
    return Signed(payload=payload, signature=message.value[3])

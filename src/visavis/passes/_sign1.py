"""COSE_Sign1 with ES256 (RFC 9052, section 4.2): how passes, proofs and status lists are signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cbor2
from cwt import COSE, CWTError

from visavis.passes import _labels as label
from visavis.passes._strict import NotStrict, loads

if TYPE_CHECKING:
    from cwt.cose_key_interface import COSEKeyInterface

__all__ = ["PASS", "PROOF", "STATUS_LIST", "BadSignature", "Kind", "Signed", "sign"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a signature is for. One kind can never be shown as another.

    Args:
        domain: signed together with the payload (external additional data), and never sent.
        type: media type in the protected header, or None.
    """

    domain: bytes
    type: str | None = None

    def header(self) -> dict[int, object]:
        """Return the protected header; a new one, because the library writes into it."""
        header: dict[int, object] = {label.ALG: label.ES256}
        if self.type is not None:
            header[label.TYPE] = self.type
        return header


PASS: Final = Kind(b"visavis-pass-1")
PROOF: Final = Kind(b"visavis-proof-1")
STATUS_LIST: Final = Kind(b"", "application/statuslist+cwt")


class BadSignature(Exception):
    """The signature is not by this key over this payload."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with a signature that has not been checked yet.

    Args:
        kind: what it was signed as.
        payload: the signed bytes.
        signature: 64 bytes, r and s.
    """

    kind: Kind
    payload: bytes
    signature: bytes

    def encode(self) -> bytes:
        """Write the layer, deterministically."""
        fields = [cbor2.dumps(self.kind.header()), {}, self.payload, self.signature]
        return cbor2.dumps(cbor2.CBORTag(label.TAG_SIGN1, fields))

    @classmethod
    def decode(cls, encoded: bytes, kind: Kind) -> Signed:
        """Read the layer.

        Raises:
            NotStrict: it is not exactly what ``encode`` writes for this kind.
        """
        match loads(encoded, tag=label.TAG_SIGN1):
            case [bytes(), dict(), bytes(payload), bytes(signature)] if (
                len(signature) == label.SIGNATURE_BYTES
            ):
                signed = cls(kind, payload, signature)
            case _:
                raise NotStrict
        # This also pins the algorithm: any other header is written differently.
        if signed.encode() != encoded:
            raise NotStrict
        return signed

    def verify(self, key: COSEKeyInterface) -> None:
        """Check the signature.

        Raises:
            BadSignature: it is not by this key.
        """
        try:
            COSE.new().decode(self.encode(), [key], external_aad=self.kind.domain)
        except CWTError as error:
            raise BadSignature from error


def sign(payload: bytes, key: COSEKeyInterface, kind: Kind) -> Signed:
    """Sign encoded claims or another payload."""
    message = COSE.new().encode_and_sign(
        payload, key, kind.header(), {}, external_aad=kind.domain, out="cbor2/CBORTag"
    )
    return Signed(kind, payload, message.value[3])

"""The outer layer as bytes: COSE_Encrypt for one verifier, without any key.

Reading takes the fields out and writes the layer again: bytes that are not exactly what this
module would have written are refused. There is no other way to be well-formed, and what has
not been foreseen cannot be let through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cbor2

from visavis.passes import _labels as label
from visavis.passes._pin import PinParameters
from visavis.passes._rejections import rejected
from visavis.passes._strict import NotStrict, Truncated, loads

if TYPE_CHECKING:
    from visavis.passes._strict import Item

__all__ = ["CONTENT_HEADER", "Envelope", "recipient_header"]

CONTENT_HEADER: Final = {
    label.ALG: label.A256GCM,
    label.CONTENT_TYPE: label.CONTENT_CWT,
    label.FORMAT_VERSION: label.VERSION,
}


def recipient_header(verifier_id: bytes, pin: PinParameters | None) -> dict[int, object]:
    """Return the protected header that names the verifier and says how a PIN is stretched."""
    header: dict[int, object] = {label.ALG: label.ECDH_ES_HKDF_256, label.KID: verifier_id}
    if pin is not None:
        header[label.PIN_PARAMETERS] = pin.encode()
    return header


@dataclass(frozen=True, slots=True)
class Envelope:
    """What varies between two sealed passes.

    Args:
        verifier_id: 8 bytes, the id of the key that opens the pass.
        pin: how the PIN is stretched that is needed as well, or None.
        iv: 12 bytes.
        ephemeral_x: 32 bytes, the x coordinate of the sender's one-time public key.
        ciphertext: the sealed content and a 16-byte tag.
    """

    verifier_id: bytes
    pin: PinParameters | None
    iv: bytes
    ephemeral_x: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """Write the layer, deterministically."""
        # ECDH uses x alone, so both points with this x give the same secret. Were both allowed,
        # a pass could be changed without being rejected: y is always "even".
        ephemeral = {
            label.KTY: label.EC2,
            label.CRV: label.P256,
            label.X: self.ephemeral_x,
            label.Y: False,
        }
        recipient = [
            cbor2.dumps(recipient_header(self.verifier_id, self.pin)),
            {label.EPHEMERAL_KEY: ephemeral},
            b"",
        ]
        content = [cbor2.dumps(CONTENT_HEADER), {label.IV: self.iv}, self.ciphertext, [recipient]]
        return cbor2.dumps(cbor2.CBORTag(label.TAG_ENCRYPT, content))

    @classmethod
    def decode(cls, sealed: bytes) -> Envelope:
        """Read the layer.

        Raises:
            PassRejected: ``empty``, ``too_large``, ``truncated``, ``malformed``,
                ``unsupported_version``.
        """
        if not sealed:
            raise rejected("empty")
        if len(sealed) > label.MAX_PASS_BYTES:
            raise rejected("too_large")
        try:
            fields = loads(sealed, tag=label.TAG_ENCRYPT)
        except Truncated as error:
            raise rejected("truncated") from error
        except NotStrict as error:
            raise rejected("malformed") from error
        envelope = _take_apart(fields)
        if envelope.encode() != sealed:
            raise rejected("malformed")
        return envelope


def _take_apart(fields: Item) -> Envelope:
    match fields:
        case [bytes(header), *rest]:
            _check_version(_header(header))
        case _:
            raise rejected("malformed")
    match rest:
        case [
            {label.IV: bytes(iv)},
            bytes(ciphertext),
            [[bytes(recipient), {label.EPHEMERAL_KEY: {label.X: bytes(x)}}, bytes()]],
        ]:
            verifier_id, pin = _recipient(_header(recipient))
        case _:
            raise rejected("malformed")
    right = (len(iv), len(x)) == (label.IV_BYTES, label.COORDINATE_BYTES)
    if not right or len(ciphertext) <= label.TAG_BYTES:
        raise rejected("malformed")
    return Envelope(verifier_id=verifier_id, pin=pin, iv=iv, ephemeral_x=x, ciphertext=ciphertext)


def _header(encoded: bytes) -> dict[int | str, Item]:
    try:
        header = loads(encoded)
    except NotStrict as error:
        raise rejected("malformed") from error
    if not isinstance(header, dict):
        raise rejected("malformed")
    return header


def _check_version(header: dict[int | str, Item]) -> None:
    """Look at the version before anything that another version may do differently."""
    version = header.get(label.FORMAT_VERSION)
    if type(version) is int and version != label.VERSION:
        raise rejected("unsupported_version")


def _recipient(header: dict[int | str, Item]) -> tuple[bytes, PinParameters | None]:
    verifier_id = header.get(label.KID)
    if not isinstance(verifier_id, bytes) or len(verifier_id) != label.KEY_ID_BYTES:
        raise rejected("malformed")
    if label.PIN_PARAMETERS not in header:
        return verifier_id, None
    return verifier_id, PinParameters.decode(header[label.PIN_PARAMETERS])

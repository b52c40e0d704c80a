"""The claims as bytes: a CBOR Web Token (RFC 8392) with one private claim."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import cbor2
import numpy as np

from visavis.passes import _labels as label
from visavis.passes._rejections import rejected
from visavis.passes._strict import NotStrict, loads
from visavis.passes._values import LONGEST_LIFETIME, LONGEST_PURPOSE, Claims
from visavis.passes.keys import HolderPublicKey
from visavis.types import EnrolmentMethod, Template, Tier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visavis.passes._strict import Item

__all__ = ["decode_claims", "encode_claims", "is_model_id", "is_purpose", "is_template"]

_ENROLMENT: Final = {
    1: EnrolmentMethod.PHOTO,
    2: EnrolmentMethod.LIVE,
    3: EnrolmentMethod.LIVE_ATTENDED,
}
_TIER: Final = {1: Tier.BEARER, 2: Tier.PIN, 3: Tier.HOLDER_KEY}
_TIER_NUMBER: Final = {tier: number for number, tier in _TIER.items()}
_ENROLMENT_NUMBER: Final = {method: number for number, method in _ENROLMENT.items()}
# Written out: were it taken from Template, a new way of rounding would reuse an old number, and
# passes made before it would be read wrongly.
_QUANTISATION: Final = {1: "int8-4.5s"}
_QUANTISATION_NUMBER: Final = {name: number for number, name in _QUANTISATION.items()}
_SHORTEST_TEMPLATE: Final = 32
_LONGEST_TEMPLATE: Final = 2048
_LONGEST_MODEL_ID: Final = 64
_LATEST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


def encode_claims(claims: Claims, template: Template) -> bytes:
    """Write the claims, deterministically."""
    return _encode(claims, template.reveal().tobytes())


def decode_claims(encoded: bytes) -> tuple[Claims, Template]:
    """Read claims whose signature need not have been checked yet.

    Raises:
        PassRejected: ``malformed``, ``lifetime_too_long``.
    """
    try:
        fields = loads(encoded)
    except NotStrict as error:
        raise rejected("malformed") from error
    claims, numbers = _take_apart(fields)
    if _encode(claims, numbers) != encoded:
        raise rejected("malformed")
    if claims.expires_at - claims.issued_at > LONGEST_LIFETIME:
        raise rejected("lifetime_too_long")
    # The copy is writable, so that the template can be erased after use.
    values = np.frombuffer(numbers, dtype=np.int8).copy()
    if not is_template(values):
        raise rejected("malformed")
    template = Template(values, embedder=claims.embedder, preprocessing=claims.preprocessing)
    return claims, template


def is_purpose(value: str) -> bool:
    """Tell whether a text can be a purpose: printable, not blank, at most 80 characters."""
    return 0 < len(value) <= LONGEST_PURPOSE and value.isprintable() and value == value.strip()


def is_model_id(value: str) -> bool:
    """Tell whether a text can be the id of a model or of its preprocessing."""
    usable = value.isascii() and value.isprintable() and " " not in value
    return 0 < len(value) <= _LONGEST_MODEL_ID and usable


def is_template(values: NDArray[Any]) -> bool:
    """Tell whether an array can be a template: 32 to 2048 numbers, -127 to 127, not all zero."""
    if values.dtype != np.int8 or values.ndim != 1:
        return False
    if not _SHORTEST_TEMPLATE <= values.size <= _LONGEST_TEMPLATE:
        return False
    # -128 has no opposite in one byte, and quantisation never makes it.
    return bool(values.any()) and int(values.min()) >= -np.iinfo(np.int8).max


def _encode(claims: Claims, numbers: bytes) -> bytes:
    fields: dict[int, object] = {
        label.ISS: claims.issuer,
        label.AUD: claims.audience,
        label.EXP: int(claims.expires_at.timestamp()),
        label.IAT: int(claims.issued_at.timestamp()),
        label.CTI: claims.id,
    }
    if claims.holder is not None:
        x, odd = claims.holder.coordinates
        point = {label.KTY: label.EC2, label.CRV: label.P256, label.X: x, label.Y: odd}
        fields[label.CNF] = {label.CNF_COSE_KEY: point}
    fields[label.VISAVIS] = [
        claims.purpose,
        _TIER_NUMBER[claims.tier],
        _ENROLMENT_NUMBER[claims.enrolment],
        claims.consent,
        claims.status.to_bytes(label.STATUS_BYTES),
        [
            claims.embedder,
            claims.preprocessing,
            _QUANTISATION_NUMBER[claims.quantisation],
            numbers,
        ],
    ]
    return cbor2.dumps(fields)


def _take_apart(fields: Item) -> tuple[Claims, bytes]:
    holder = _holder(fields) if isinstance(fields, dict) else None
    match fields:
        case {
            label.ISS: str(issuer),
            label.AUD: str(audience),
            label.EXP: int(expires_at),
            label.IAT: int(issued_at),
            label.CTI: bytes(cti),
            label.VISAVIS: [
                str(purpose),
                int(tier),
                int(enrolment),
                bytes(consent),
                bytes(status),
                [str(embedder), str(preprocessing), int(quantisation), bytes(numbers)],
            ],
        }:
            pass
        case _:
            raise rejected("malformed")
    well_formed = (
        len(cti) == label.CTI_BYTES
        and len(consent) == label.CONSENT_BYTES
        and 0 <= issued_at < expires_at <= _LATEST
        and len(status) == label.STATUS_BYTES
        and int.from_bytes(status) < label.LARGEST_STATUS_LIST
        and tier in _TIER
        and (_TIER[tier] is Tier.HOLDER_KEY) == (holder is not None)
        and enrolment in _ENROLMENT
        and quantisation in _QUANTISATION
        and is_purpose(purpose)
        and is_model_id(embedder)
        and is_model_id(preprocessing)
    )
    if not well_formed:
        raise rejected("malformed")
    claims = Claims(
        id=cti,
        issuer=issuer,
        audience=audience,
        purpose=purpose,
        issued_at=datetime.fromtimestamp(issued_at, UTC),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        enrolment=_ENROLMENT[enrolment],
        consent=consent,
        embedder=embedder,
        preprocessing=preprocessing,
        quantisation=_QUANTISATION[quantisation],
        tier=_TIER[tier],
        status=int.from_bytes(status),
        holder=holder,
    )
    return claims, numbers


def _holder(fields: dict[int | str, Item]) -> HolderPublicKey | None:
    if label.CNF not in fields:
        return None
    match fields[label.CNF]:
        case {label.CNF_COSE_KEY: {label.X: bytes(x), label.Y: bool(odd)}} if (
            len(x) == label.COORDINATE_BYTES
        ):
            try:
                return HolderPublicKey.from_coordinates(x, odd=odd)
            except ValueError as error:
                # No point of the curve has this x.
                raise rejected("malformed") from error
        case _:
            raise rejected("malformed")

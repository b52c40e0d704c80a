"""Status lists: which passes of an issuer are still in force, one bit each, signed by the issuer.

A Token Status List in CWT form (draft-ietf-oauth-status-list-21, section 5.2), restricted to the
one encoding of ``spec/pass.md``, section 8.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, final

import cbor2

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label
from visavis.passes._cose_keys import signing_key, verifying_key
from visavis.passes._rejections import rejected
from visavis.passes._sign1 import STATUS_LIST, BadSignature, Signed, sign
from visavis.passes._strict import NotStrict, loads

if TYPE_CHECKING:
    from visavis.passes.keys import IssuerKey, IssuerPublicKey

__all__ = ["StatusList"]

_SUBJECT: Final = "visavis:status/"
_MOST_BYTES: Final = label.LARGEST_STATUS_LIST // 8
_LATEST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class _Claims:
    """What the issuer signs, as it stands in the token."""

    subject: str
    expires_at: int
    issued_at: int
    compressed: bytes
    ttl: int

    @property
    def well_formed(self) -> bool:
        """Whether the times are possible: a list is not kept longer than it is good for."""
        in_order = 0 <= self.issued_at < self.expires_at <= _LATEST
        return in_order and 1 <= self.ttl <= self.expires_at - self.issued_at

    def encode(self) -> bytes:
        """Write the claims, deterministically."""
        fields: dict[int, object] = {
            label.SUB: self.subject,
            label.EXP: self.expires_at,
            label.IAT: self.issued_at,
            label.STATUS_LIST: {"lst": self.compressed, "bits": 1},
            label.TTL: self.ttl,
        }
        return cbor2.dumps(fields)

    @classmethod
    def decode(cls, encoded: bytes) -> _Claims:
        """Read what ``encode`` writes, and nothing else; the issuer has signed it."""
        match loads(encoded):
            case {
                label.SUB: str(subject),
                label.EXP: int(expires_at),
                label.IAT: int(issued_at),
                label.STATUS_LIST: {"lst": bytes(compressed)},
                label.TTL: int(ttl),
            }:
                # A boolean is an int as well, and would be written again as it was read.
                claims = cls(subject, int(expires_at), int(issued_at), compressed, int(ttl))
            case _:
                raise NotStrict
        if claims.encode() != encoded:
            raise NotStrict
        return claims


@final
@dataclass(frozen=True, slots=True)
class StatusList:
    """A list that is genuine. Whether it is fresh is for whoever uses it to decide.

    Args:
        issuer: id of the issuer whose passes it is about.
        issued_at: when it was made; UTC, whole seconds.
        expires_at: when nobody may rely on it any more; UTC, whole seconds.
        ttl: how long it may be used after it was fetched.
        bits: one bit for each place, the least significant bit of the first byte being place 0;
            1 means that the pass is no longer in force.
    """

    issuer: str
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    bits: bytes = field(repr=False)

    SIZES: ClassVar[range] = range(label.SMALLEST_STATUS_LIST, label.LARGEST_STATUS_LIST + 1, 8)
    """How many places a list can have."""

    MOST_BYTES: ClassVar[int] = label.MAX_STATUS_LIST_BYTES
    """How long a signed list can be."""

    @staticmethod
    def sign(
        bits: bytes,
        *,
        issuer: IssuerKey,
        issued_at: datetime,
        expires_at: datetime,
        ttl: timedelta,
    ) -> bytes:
        """Sign a list, and return the bytes to publish.

        Args:
            bits: one bit for each place, as in ``StatusList``; 131,072 to 1,048,576 places.
            issuer: the key that signed the passes.
            issued_at: the present, with a time zone; fractions of a second are dropped.
            expires_at: when nobody may rely on it any more, with a time zone.
            ttl: how long it may be used after it was fetched: a second or more, and not longer
                than the list is good for.

        Raises:
            InvalidArgument: ``bad_status_list``, ``naive_datetime``, ``bad_status_times``.
        """
        if 8 * len(bits) not in StatusList.SIZES:
            raise InvalidArgument(
                "bad_status_list",
                f"A status list cannot have {8 * len(bits)} places.",
                "Use the bits of a register.",
            )
        if issued_at.utcoffset() is None or expires_at.utcoffset() is None:
            raise InvalidArgument(
                "naive_datetime",
                "A time of the status list has no time zone.",
                "Use datetime.now(UTC).",
            )
        claims = _Claims(
            subject=_SUBJECT + issuer.id,
            expires_at=int(expires_at.timestamp()),
            issued_at=int(issued_at.timestamp()),
            compressed=zlib.compress(bits, level=9),
            ttl=int(ttl.total_seconds()),
        )
        if not claims.well_formed:
            raise InvalidArgument(
                "bad_status_times",
                "The status list would end before it starts, or be kept for longer than it lasts.",
                "Let it last for some days, and be fetched again after some hours.",
            )
        return sign(claims.encode(), signing_key(issuer), STATUS_LIST).encode()

    @classmethod
    def open(cls, token: bytes, issuer: IssuerPublicKey) -> StatusList:
        """Read a list, and make sure that it is by this issuer and about its own passes.

        Args:
            token: what was published, whatever it is.
            issuer: the key that signed the passes.

        Raises:
            PassRejected: ``status_malformed``. Nothing else is raised, whatever the bytes are.
        """
        if len(token) > cls.MOST_BYTES:
            raise rejected("status_malformed")
        try:
            signed = Signed.decode(token, STATUS_LIST)
            signed.verify(verifying_key(issuer))
            claims = _Claims.decode(signed.payload)
            bits = _decompress(claims.compressed)
        except (NotStrict, BadSignature) as error:
            raise rejected("status_malformed") from error
        about_itself = claims.subject == _SUBJECT + issuer.id
        if not (about_itself and claims.well_formed and 8 * len(bits) in cls.SIZES):
            raise rejected("status_malformed")
        return cls(
            issuer=issuer.id,
            issued_at=datetime.fromtimestamp(claims.issued_at, UTC),
            expires_at=datetime.fromtimestamp(claims.expires_at, UTC),
            ttl=timedelta(seconds=claims.ttl),
            bits=bits,
        )

    def valid(self, place: int) -> bool:
        """Tell whether the pass with this place is in force; no pass beyond the end is."""
        if not 0 <= place < 8 * len(self.bits):
            return False
        return not self.bits[place // 8] >> place % 8 & 1


def _decompress(compressed: bytes) -> bytes:
    """Expand one whole ZLIB stream, into no more memory than the largest list takes."""
    stream = zlib.decompressobj()
    try:
        bits = stream.decompress(compressed, _MOST_BYTES + 1)
    except zlib.error as error:
        raise NotStrict from error
    if not stream.eof or stream.unused_data:
        raise NotStrict
    return bits

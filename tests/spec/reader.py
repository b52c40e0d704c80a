"""A second reader of passes, after ``spec/pass.md`` alone.

It uses cbor2, cryptography and nothing of the package. It is here to show that the document is
enough; it holds secrets in ordinary memory, and is no reader to open real passes with.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
import zlib
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = [
    "Checker",
    "Issuer",
    "Lists",
    "Opened",
    "Refused",
    "check_policy",
    "from_text",
    "key_id",
    "open_pass",
    "split",
]

Private = ec.EllipticCurvePrivateKey
Public = ec.EllipticCurvePublicKey

_CONTENT_HEADER = {1: 3, 3: 61, -65537: 1}
_LATEST = 253_370_764_800  # 9999-01-01T00:00:00Z
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_TIERS = {1: "bearer", 2: "pin", 3: "holder-key"}
_ENROLMENTS = {1: "photo", 2: "live", 3: "live-attended"}


class Refused(Exception):
    """Refused with a code of section 10."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Cut(Refused):
    """The bytes end too early."""


@dataclass(frozen=True)
class Issuer:
    """An issuer that is trusted."""

    key: Public
    retired_at: int | None = None


@dataclass(frozen=True)
class Opened:
    """A genuine pass."""

    sealed: bytes
    claims: dict[str, Any]
    holder: Public | None


# Section 2


def key_id(key: Public) -> bytes:
    """Return the first 8 bytes of the thumbprint."""
    numbers = key.public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return hashlib.sha256(cbor2.dumps({1: 2, -1: 1, -2: x, -3: y})).digest()[:8]


def _strict(data: bytes, tag: int | None = None, code: str = "malformed") -> Any:
    """Read one item: whatever is written differently from how it was read is refused."""
    try:
        value = cbor2.loads(data)
        # Not canonical=True: that would put the keys in the order of RFC 7049.
        again = cbor2.dumps(value)
    except cbor2.CBORDecodeEOF as error:
        raise _Cut(code) from error
    except Exception as error:
        raise Refused(code) from error
    if again != data:
        raise Refused(code)
    if tag is not None:
        if not isinstance(value, cbor2.CBORTag) or value.tag != tag:
            raise Refused(code)
        value = value.value
    _require(_is_plain(value, 8), code)
    return value


def _is_plain(value: Any, levels: int) -> bool:
    if levels == 0:
        return False
    if type(value) is list:
        return all(_is_plain(item, levels - 1) for item in value)
    if type(value) is dict:
        keys = all(type(key) in {int, str} and _is_plain(key, 1) for key in value)
        in_order = keys and list(value) == sorted(value, key=cbor2.dumps)
        return in_order and all(_is_plain(item, levels - 1) for item in value.values())
    if type(value) is int:
        return -(2**64) <= value < 2**64
    return type(value) in {bool, bytes, str}


def _require(condition: object, code: str = "malformed") -> None:
    if not condition:
        raise Refused(code)


def _is_bytes(value: Any, *sizes: int) -> bool:
    return type(value) is bytes and len(value) in sizes


def _is_uint(value: Any) -> bool:
    return type(value) is int and value >= 0


def _point(x: bytes, *, odd: bool) -> Public:
    """Raise ValueError if no point of P-256 has this x."""
    encoded = (b"\x03" if odd else b"\x02") + x
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded)


def _sign1(
    data: bytes, header: dict[int, Any], domain: bytes, code: str = "malformed"
) -> tuple[bytes, bytes, bytes]:
    """Return the payload of a COSE_Sign1, what was signed, and the signature."""
    item = _strict(data, 18, code)
    _require(type(item) is list and len(item) == 4, code)
    protected, unprotected, payload, signature = item
    _require(protected == cbor2.dumps(header) and unprotected == {}, code)
    _require(type(unprotected) is dict and type(payload) is bytes, code)
    _require(_is_bytes(signature, 64), code)
    return payload, cbor2.dumps(["Signature1", protected, domain, payload]), signature


def _is_signed(key: Public, message: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


# Sections 3 to 6


def split(data: bytes) -> tuple[bytes, bytes | None]:
    """Take a presentation apart; the proof is None if there is only a pass."""
    _require(len(data) <= 66_560, "too_large")
    if data[:1] != b"\x82":
        return data, None
    try:
        item = _strict(data)
    except _Cut as error:
        raise Refused("truncated") from error
    _require(len(item) == 2 and all(type(part) is bytes for part in item))
    return item[0], item[1]


def open_pass(
    sealed: bytes, *, verifiers: list[Private], issuers: list[Issuer], pin: str | None
) -> Opened:
    """Unseal a pass and make sure that it is genuine."""
    content, verifier, with_pin = _unseal(sealed, verifiers, pin)
    payload, signed, signature = _sign1(content, {1: -7}, b"visavis-pass-1")
    claims, holder = _claims(_strict(payload))
    issuer = next((known for known in issuers if _hex_id(known.key) == claims["issuer"]), None)
    if issuer is None:
        raise Refused("unknown_issuer")
    _require(_is_signed(issuer.key, signed, signature), "bad_signature")
    late = issuer.retired_at is not None and claims["issued_at"] >= issuer.retired_at
    _require(not late, "issuer_retired")
    _require(claims["tier"] == 3 or (claims["tier"] == 2) == with_pin)
    _require(claims["audience"] == _hex_id(verifier.public_key()), "wrong_verifier")
    return Opened(sealed, claims, holder)


def _hex_id(key: Public) -> str:
    return key_id(key).hex()


def _unseal(
    sealed: bytes, verifiers: list[Private], pin: str | None
) -> tuple[bytes, Private, bool]:
    _require(sealed, "empty")
    _require(len(sealed) <= 65_536, "too_large")
    try:
        item = _strict(sealed, 96)
    except _Cut as error:
        raise Refused("truncated") from error
    header, iv, ciphertext, recipient, x = _sealed_layer(item)
    kid = recipient[4]
    verifier = next((key for key in verifiers if key_id(key.public_key()) == kid), None)
    if verifier is None:
        raise Refused("wrong_verifier")
    stretched = _stretched(recipient.get(-65538), pin)
    wrong = "altered" if stretched is None else "wrong_pin"
    try:
        secret = verifier.exchange(ec.ECDH(), _point(x, odd=False))
    except ValueError as error:
        raise Refused(wrong) from error
    context = [3, [None] * 3, [None] * 3, [256, cbor2.dumps(recipient)]]
    context += [] if stretched is None else [stretched]
    key = HKDF(hashes.SHA256(), 32, salt=b"", info=cbor2.dumps(context)).derive(secret)
    try:
        opened = AESGCM(key).decrypt(iv, ciphertext, cbor2.dumps(["Encrypt", header, b""]))
    except InvalidTag as error:
        raise Refused(wrong) from error
    return opened, verifier, stretched is not None


def _sealed_layer(item: Any) -> tuple[bytes, bytes, bytes, dict[int, Any], bytes]:
    """Check the form of the layer, and return what varies in it."""
    _require(type(item) is list and item and type(item[0]) is bytes)
    header = _strict(item[0])
    _require(type(header) is dict)
    version = header.get(-65537)
    _require(type(version) is not int or version == 1, "unsupported_version")
    _require(item[0] == cbor2.dumps(_CONTENT_HEADER) and len(item) == 4)
    _, unprotected, ciphertext, recipients = item
    _require(type(unprotected) is dict and list(unprotected) == [5])
    _require(_is_bytes(unprotected[5], 12))
    _require(type(ciphertext) is bytes and len(ciphertext) > 16)
    _require(type(recipients) is list and len(recipients) == 1)
    _require(type(recipients[0]) is list and len(recipients[0]) == 3)
    protected, ephemeral, nothing = recipients[0]
    _require(type(protected) is bytes and nothing == b"")
    recipient = _strict(protected)
    _require(type(recipient) is dict and list(recipient)[:2] == [1, 4])
    _require(list(recipient)[2:] in ([], [-65538]))
    _require(recipient[1] == -25 and _is_bytes(recipient[4], 8))
    if -65538 in recipient:
        parameters = recipient[-65538]
        _require(type(parameters) is list and len(parameters) == 4)
        _require(_is_bytes(parameters[0], 16) and all(map(_is_uint, parameters[1:])))
    _require(type(ephemeral) is dict and list(ephemeral) == [-1])
    key = ephemeral[-1]
    _require(type(key) is dict and list(key) == [1, -1, -2, -3])
    _require(_same(key[1], 2) and _same(key[-1], 1) and key[-3] is False)
    _require(_is_bytes(key[-2], 32))
    return item[0], unprotected[5], ciphertext, recipient, key[-2]


def _same(value: Any, wanted: int) -> bool:
    """Tell whether a value is this number, and not a boolean that is equal to it."""
    return type(value) is int and value == wanted


def _stretched(parameters: list[Any] | None, pin: str | None) -> bytes | None:
    if parameters is None:
        _require(pin is None, "pin_not_expected")
        return None
    salt, memory, passes, lanes = parameters
    in_range = 65_536 <= memory <= 262_144 and 3 <= passes <= 10 and 1 <= lanes <= 8
    _require(in_range, "pin_cost_out_of_range")
    if pin is None:
        raise Refused("pin_required")
    _require(6 <= len(pin) <= 16 and pin.isascii() and pin.isdigit(), "wrong_pin")
    argon2 = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return argon2.derive(pin.encode())


def _claims(value: Any) -> tuple[dict[str, Any], Public | None]:
    _require(type(value) is dict)
    holder = _holder(value.pop(8)) if 8 in value else None
    _require(list(value) == [1, 3, 4, 6, 7, -65537])
    issuer, audience, expires_at, issued_at, cti, own = value.values()
    _require(type(issuer) is str and type(audience) is str)
    _require(_is_uint(issued_at) and _is_uint(expires_at) and issued_at < expires_at <= _LATEST)
    _require(_is_bytes(cti, 16) and type(own) is list and len(own) == 6)
    purpose, tier, enrolment, consent, status, model = own
    _require(_is_purpose(purpose) and _is_bytes(consent, 32))
    _require(type(tier) is int and tier in _TIERS)
    _require(type(enrolment) is int and enrolment in _ENROLMENTS)
    _require(_is_bytes(status, 3) and int.from_bytes(status) <= 1_048_575)
    _require((tier == 3) == (holder is not None))
    _require(type(model) is list and len(model) == 4)
    embedder, preprocessing, quantisation, template = model
    _require(_is_model_id(embedder) and _is_model_id(preprocessing) and _same(quantisation, 1))
    _require(type(template) is bytes and 32 <= len(template) <= 2048)
    _require(any(template) and 0x80 not in template)
    _require(expires_at - issued_at <= 158_112_000, "lifetime_too_long")
    found = {
        "issuer": issuer,
        "audience": audience,
        "expires_at": expires_at,
        "issued_at": issued_at,
        "id": cti,
        "purpose": purpose,
        "tier": tier,
        "enrolment": enrolment,
        "consent": consent,
        "status": int.from_bytes(status),
        "embedder": embedder,
        "preprocessing": preprocessing,
        "quantisation": quantisation,
        "template": template,
    }
    return found, holder


def _holder(confirmation: Any) -> Public:
    _require(type(confirmation) is dict and list(confirmation) == [1])
    key = confirmation[1]
    _require(type(key) is dict and list(key) == [1, -1, -2, -3])
    _require(_same(key[1], 2) and _same(key[-1], 1))
    _require(_is_bytes(key[-2], 32) and type(key[-3]) is bool)
    try:
        return _point(key[-2], odd=key[-3])
    except ValueError as error:
        raise Refused("malformed") from error


def _is_purpose(text: Any) -> bool:
    if type(text) is not str or not 1 <= len(text) <= 80 or text[0] == " " or text[-1] == " ":
        return False
    return all(char == " " or unicodedata.category(char)[0] not in "CZ" for char in text)


def _is_model_id(text: Any) -> bool:
    return type(text) is str and 1 <= len(text) <= 64 and all("!" <= char <= "~" for char in text)


# Section 10: what a verifier asks


def check_policy(opened: Opened, policy: dict[str, Any], now: int) -> None:
    """Check validity and policy; issuers are given by their ids."""
    claims, skew = opened.claims, policy["clock_skew"]
    _require(now >= claims["issued_at"] - skew, "not_yet_valid")
    _require(now < claims["expires_at"] + skew, "expired")
    for name, code in (("issuer", "issuer_not_accepted"), ("purpose", "wrong_purpose")):
        accepted = policy[f"{name}s"]
        _require(accepted is None or claims[name] in accepted, code)
    tiers, enrolments = list(_TIERS.values()), list(_ENROLMENTS.values())
    lowest_tier = tiers.index(policy["lowest_tier"]) + 1
    lowest_enrolment = enrolments.index(policy["lowest_enrolment"]) + 1
    _require(claims["tier"] >= lowest_tier, "tier_too_low")
    _require(claims["enrolment"] >= lowest_enrolment, "enrolment_too_weak")
    oldest, longest = policy["oldest_enrolment"], policy["longest_lifetime"]
    _require(oldest is None or now - claims["issued_at"] <= oldest, "enrolment_too_old")
    lifetime = claims["expires_at"] - claims["issued_at"]
    _require(longest is None or lifetime <= longest, "lifetime_not_accepted")
    for name in ("embedder", "preprocessing"):
        _require(claims[name] == policy[name], "wrong_embedder")


# Section 7


@dataclass
class Checker:
    """A verifier's memory of the statements that it has accepted."""

    accepted: set[bytes] = field(default_factory=set)

    def check(  # noqa: PLR0913 - everything that a proof is about
        self,
        opened: Opened,
        proof: bytes | None,
        *,
        now: int,
        clock_skew: int,
        nonce: bytes | None = None,
        action: int = 1,
    ) -> None:
        """Accept a proof, once."""
        if opened.holder is None:
            _require(proof is None, "proof_not_expected")
            return
        if proof is None:
            raise Refused("proof_missing")
        code = "proof_malformed"
        payload, signed, signature = _sign1(proof, {1: -7}, b"visavis-proof-1", code)
        did, pass_hash, audience, fresh = _statement(payload, code)
        _require(_is_signed(opened.holder, signed, signature), "proof_bad_signature")
        _require(did == action, "proof_wrong_action")
        own = hashlib.sha256(opened.sealed).digest()
        _require(hmac.compare_digest(pass_hash, own), "proof_wrong_pass")
        own = bytes.fromhex(opened.claims["audience"])
        _require(hmac.compare_digest(audience, own), "proof_wrong_verifier")
        _check_fresh(fresh, now, min(clock_skew, 30), nonce)
        _require(payload not in self.accepted, "proof_replayed")
        self.accepted.add(payload)


def _statement(payload: bytes, code: str) -> tuple[int, bytes, bytes, Any]:
    value = _strict(payload, code=code)
    _require(type(value) is list and len(value) == 4, code)
    action, pass_hash, audience, fresh = value
    _require(type(action) is int and action in {1, 2}, code)
    _require(_is_bytes(pass_hash, 32) and _is_bytes(audience, 8), code)
    window = type(fresh) is list and len(fresh) == 2 and _is_uint(fresh[0])
    window = window and _is_bytes(fresh[1], 8)
    _require(window or _is_bytes(fresh, *range(16, 65)), code)
    return action, pass_hash, audience, fresh


def _check_fresh(fresh: Any, now: int, skew: int, nonce: bytes | None) -> None:
    if nonce is not None or type(fresh) is bytes:
        given = fresh if type(fresh) is bytes else b""
        same = hmac.compare_digest(given, nonce or b"")
        _require(nonce is not None and same, "proof_wrong_nonce")
        return
    start = 30 * fresh[0]
    _require(start <= now + skew, "proof_early")
    _require(start + 30 > now - skew, "proof_stale")


# Section 8


@dataclass
class Lists:
    """A verifier's memory of the newest list of one issuer."""

    issuer: Public
    held: dict[str, Any] | None = None
    fetched_at: int = 0
    problem: str = "status_missing"

    def fetch(self, token: bytes, now: int) -> None:
        """Take in a list, unless it is no good or older than the one before."""
        try:
            new = self._open(token)
        except Refused as error:
            self.problem = error.code
            return
        if new["iat"] > now + 60 or now >= new["exp"]:
            self.problem = "status_stale"
        elif self.held is None or new["iat"] >= self.held["iat"]:
            self.held, self.fetched_at = new, now

    def check(self, place: int, now: int) -> None:
        """Refuse a pass that is not in force, or not known to be."""
        if self.held is None:
            raise Refused(self.problem)
        _require(now - self.fetched_at < self.held["ttl"], "status_stale")
        _require(now < self.held["exp"] and self.held["iat"] <= now + 60, "status_stale")
        bits = self.held["bits"]
        _require(place < 8 * len(bits), "revoked")
        _require(bits[place // 8] >> (place % 8) & 1 == 0, "revoked")

    def _open(self, token: bytes) -> dict[str, Any]:
        code = "status_malformed"
        _require(len(token) <= 262_144, code)
        header = {1: -7, 16: "application/statuslist+cwt"}
        payload, signed, signature = _sign1(token, header, b"", code)
        _require(_is_signed(self.issuer, signed, signature), code)
        claims = _strict(payload, code=code)
        _require(type(claims) is dict and list(claims) == [2, 4, 6, 65533, 65534], code)
        sub, exp, iat, status_list, ttl = claims.values()
        _require(type(sub) is str and sub == "visavis:status/" + _hex_id(self.issuer), code)
        _require(_is_uint(iat) and _is_uint(exp) and iat < exp <= _LATEST, code)
        _require(_is_uint(ttl) and 1 <= ttl <= exp - iat, code)
        _require(type(status_list) is dict and list(status_list) == ["lst", "bits"], code)
        _require(_same(status_list["bits"], 1) and type(status_list["lst"]) is bytes, code)
        return {"exp": exp, "iat": iat, "ttl": ttl, "bits": _inflate(status_list["lst"], code)}


def _inflate(data: bytes, code: str) -> bytes:
    stream = zlib.decompressobj()
    try:
        bits = stream.decompress(data, 131_073)
    except zlib.error as error:
        raise Refused(code) from error
    _require(stream.eof and not stream.unused_data and 16_384 <= len(bits) <= 131_072, code)
    return bits


# Section 9


def from_text(text: str) -> bytes:
    """Read the text form."""
    _require(text.startswith("VAV1:"))
    body = text[5:]
    _require(body, "empty")
    _require(len(body) % 3 != 1 and set(body) <= set(_BASE45))
    data = b""
    for start in range(0, len(body), 3):
        group = body[start : start + 3]
        value = sum(_BASE45.index(char) * 45**place for place, char in enumerate(group))
        _require(value < 256 ** (len(group) - 1))
        data += value.to_bytes(len(group) - 1, "big")
    return data

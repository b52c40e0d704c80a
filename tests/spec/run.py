"""One vector through one implementation: ours, or the second reader.

Both return what came out in one form: a result code; or "valid", with what was read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.spec import reader
from tests.spec.vectors import expand, key

from visavis.attempts import Attempts
from visavis.carriers import from_text, to_text
from visavis.errors import PassRejected
from visavis.passes import (
    Action,
    Claims,
    HolderPublicKey,
    IssuerPublicKey,
    Pass,
    Policy,
    StatusList,
    TrustedIssuer,
    VerifierKey,
    check,
    check_proof,
    open_pass,
)
from visavis.status import ListSource, StatusLists
from visavis.types import EnrolmentMethod, Template, Tier

__all__ = [
    "our_answer",
    "our_status",
    "our_text",
    "their_answer",
    "their_status",
    "their_text",
]

_TIERS = {Tier.BEARER: 1, Tier.PIN: 2, Tier.HOLDER_KEY: 3}
_QUANTISATIONS = {"int8-4.5s": 1}


def our_answer(vector: dict[str, Any]) -> dict[str, Any]:
    """Open and check a pass with the package."""
    attempts = Attempts()
    try:
        for earlier in vector["before"]:
            _ours(vector | earlier, attempts)
    except PassRejected as error:
        return {"result": f"refused before: {error.reason}"}
    try:
        claims, template = _ours(vector, attempts)
    except PassRejected as error:
        return {"result": error.reason}
    return {
        "result": "valid",
        "tier": claims.tier.value,
        "claims": {
            "issuer": claims.issuer,
            "audience": claims.audience,
            "expires_at": int(claims.expires_at.timestamp()),
            "issued_at": int(claims.issued_at.timestamp()),
            "id": claims.id.hex(),
            "holder": claims.holder and _our_holder(claims.holder),
            "purpose": claims.purpose,
            "tier": _TIERS[claims.tier],
            "enrolment": claims.enrolment.value,
            "consent": claims.consent.hex(),
            "status": claims.status,
            "embedder": claims.embedder,
            "preprocessing": claims.preprocessing,
            "quantisation": _QUANTISATIONS[claims.quantisation],
            "template": template.reveal().tobytes().hex(),
        },
    }


def _ours(vector: dict[str, Any], attempts: Attempts) -> tuple[Claims, Template]:
    presented = Pass.decode(expand(vector["input"]))
    now = _time(vector["now"])
    policy = vector["policy"]
    opened = open_pass(
        presented,
        verifiers=[VerifierKey(key(name)) for name in vector["verifiers"]],
        issuers=[_trusted(issuer) for issuer in vector["issuers"]],
        pin=vector["pin"],
    )
    check(
        opened,
        policy=_policy(policy),
        now=now,
        embedder=policy["embedder"],
        preprocessing=policy["preprocessing"],
    )
    proof = check_proof(
        presented,
        claims=opened.claims,
        now=now,
        clock_skew=timedelta(seconds=policy["clock_skew"]),
        nonce=None if vector["nonce"] is None else expand(vector["nonce"]),
        action=Action(vector["action"]),
    )
    if proof is not None:
        attempts.use(proof, now=now)
    return opened.claims, opened.template


def _policy(policy: dict[str, Any]) -> Policy:
    purposes, issuers = policy["purposes"], policy["issuers"]
    return Policy(
        lowest_tier=Tier(policy["lowest_tier"]),
        lowest_enrolment=EnrolmentMethod(policy["lowest_enrolment"]),
        purposes=None if purposes is None else frozenset(purposes),
        issuers=None if issuers is None else frozenset(_id(name) for name in issuers),
        longest_lifetime=_seconds(policy["longest_lifetime"]),
        oldest_enrolment=_seconds(policy["oldest_enrolment"]),
        clock_skew=timedelta(seconds=policy["clock_skew"]),
    )


def _trusted(issuer: dict[str, Any]) -> TrustedIssuer:
    retired_at = issuer.get("retired_at")
    return TrustedIssuer(
        IssuerPublicKey(key(issuer["key"]).public_key()),
        retired_at=None if retired_at is None else _time(retired_at),
    )


def _our_holder(holder: HolderPublicKey) -> dict[str, Any]:
    x, odd = holder.coordinates
    return {"x": x.hex(), "odd": odd}


def our_status(vector: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Ask the package's status lists about a place."""
    issuer = IssuerPublicKey(key(vector["issuer"]).public_key())
    file = folder / f"{issuer.id}.cwt"
    lists = StatusLists({issuer.id: ListSource(issuer, str(folder))}, cache=None)
    for earlier in vector["before"]:
        file.write_bytes(expand(earlier["input"]))
        assert lists.refresh(_time(earlier["now"]), everything=True) == {issuer.id: None}
    if vector["input"] is not None:
        file.write_bytes(expand(vector["input"]))
        try:
            StatusList.open(expand(vector["input"]), issuer)
        except PassRejected as error:
            _assert_refused(lists, issuer.id, vector)
            return {"result": error.reason}
    if vector["fetched"] is not None:
        lists.refresh(_time(vector["fetched"]), everything=True)
        file.unlink()
    try:
        lists.require_valid(issuer.id, vector["place"], now=_time(vector["now"]))
    except PassRejected as error:
        return {"result": error.reason}
    return {"result": "valid"}


def _assert_refused(lists: StatusLists, issuer: str, vector: dict[str, Any]) -> None:
    """Assert that a list that is no list lets nobody in. One that is too large is not even read."""
    with pytest.raises(PassRejected) as caught:
        lists.require_valid(issuer, vector["place"], now=_time(vector["now"]))
    assert caught.value.reason in {"status_malformed", "status_missing"}


def our_text(text: str) -> dict[str, Any]:
    """Read text with the package, as far as that goes without a key."""
    try:
        presented = from_text(text)
        assert presented.verifier_id
    except PassRejected as error:
        return {"result": error.reason}
    assert to_text(presented) == text
    return {"result": "valid", "bytes": presented.encode().hex()}


def their_text(text: str) -> dict[str, Any]:
    """Read text with the second reader."""
    try:
        return {"result": "valid", "bytes": reader.from_text(text).hex()}
    except reader.Refused as error:
        return {"result": error.code}


def their_answer(vector: dict[str, Any]) -> dict[str, Any]:
    """Open and check a pass with the second reader."""
    checker = reader.Checker()
    try:
        for earlier in vector["before"]:
            _theirs(vector | earlier, checker)
    except reader.Refused as error:
        return {"result": f"refused before: {error.code}"}
    try:
        opened = _theirs(vector, checker)
    except reader.Refused as error:
        return {"result": error.code}
    tier = {number: name.value for name, number in _TIERS.items()}[opened.claims["tier"]]
    holder = opened.holder and _their_holder(opened.holder)
    claims = {name: _hex(value) for name, value in opened.claims.items()} | {"holder": holder}
    enrolments = {1: "photo", 2: "live", 3: "live-attended"}
    claims["enrolment"] = enrolments[opened.claims["enrolment"]]
    return {"result": "valid", "tier": tier, "claims": claims}


def _theirs(vector: dict[str, Any], checker: reader.Checker) -> reader.Opened:
    sealed, proof = reader.split(expand(vector["input"]))
    issuers = [
        reader.Issuer(key(issuer["key"]).public_key(), issuer.get("retired_at"))
        for issuer in vector["issuers"]
    ]
    verifiers = [key(name) for name in vector["verifiers"]]
    opened = reader.open_pass(sealed, verifiers=verifiers, issuers=issuers, pin=vector["pin"])
    policy = vector["policy"]
    accepted = policy["issuers"]
    named = {"issuers": accepted and [_id(name) for name in accepted]}
    reader.check_policy(opened, policy | named, vector["now"])
    checker.check(
        opened,
        proof,
        now=vector["now"],
        clock_skew=policy["clock_skew"],
        nonce=None if vector["nonce"] is None else expand(vector["nonce"]),
        action=vector["action"],
    )
    return opened


def _their_holder(holder: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    encoded = holder.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    return {"x": encoded[1:].hex(), "odd": encoded[0] == 3}


def their_status(vector: dict[str, Any]) -> dict[str, Any]:
    """Ask the second reader about a place in a list."""
    lists = reader.Lists(key(vector["issuer"]).public_key())
    for earlier in vector["before"]:
        lists.fetch(expand(earlier["input"]), earlier["now"])
        assert lists.held is not None
    if vector["input"] is not None:
        fetched = vector["now"] if vector["fetched"] is None else vector["fetched"]
        lists.fetch(expand(vector["input"]), fetched)
    try:
        lists.check(vector["place"], vector["now"])
    except reader.Refused as error:
        return {"result": error.code}
    return {"result": "valid"}


def _id(name: str) -> str:
    return reader.key_id(key(name).public_key()).hex()


def _hex(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(seconds=count)

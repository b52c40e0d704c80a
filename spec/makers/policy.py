"""What a verifier asks of a pass that is genuine."""

from __future__ import annotations

from typing import Any, Final

from spec.makers.common import DAY, EXPIRES, ISSUED, NOW, case, claims, make
from spec.makers.pin import PIN
from spec.makers.proof import fields, present

ABOUT = "Validity to the second, and everything that a verifier may ask of a genuine pass."

_SECTION: Final = "10"
_AGE: Final = NOW - ISSUED
_LIFETIME: Final = EXPIRES - ISSUED


def vectors() -> list[dict[str, Any]]:
    """Return the vectors of this topic."""
    return [*_times(), *_names(), *_strength(), *_ages(), *_models(), *_order()]


def _times() -> list[dict[str, Any]]:
    skew = {"clock_skew": 60}
    return [
        _case("first-second", "the first second", now=ISSUED),
        _case("not-yet-valid", "a second before the first", "not_yet_valid", now=ISSUED - 1),
        _case("last-second", "the last second", now=EXPIRES - 1),
        _case("expired", "the first second after the end", "expired", now=EXPIRES),
        _case("first-second-skew", "60 s before, 60 s allowed", skew, now=ISSUED - 60),
        _case(
            "not-yet-valid-skew",
            "61 s before, 60 s allowed",
            "not_yet_valid",
            skew,
            now=ISSUED - 61,
        ),
        _case("last-second-skew", "59 s after the end, 60 s allowed", skew, now=EXPIRES + 59),
        _case(
            "expired-skew", "60 s after the end, 60 s allowed", "expired", skew, now=EXPIRES + 60
        ),
        _case("expired-long-ago", "expired for years", "expired", now=EXPIRES + 4000 * DAY),
    ]


def _names() -> list[dict[str, Any]]:
    composed = "Caf\u00e9"
    decomposed = claims(purpose="Cafe\u0301")
    return [
        _case("purpose-accepted", "one of two purposes", {"purposes": ["Gym entrance", "Sauna"]}),
        _case("purpose-other", "another purpose", "wrong_purpose", {"purposes": ["Sauna"]}),
        _case("purpose-none", "no purpose is accepted", "wrong_purpose", {"purposes": []}),
        _case(
            "purpose-capitals", "capitals count", "wrong_purpose", {"purposes": ["gym entrance"]}
        ),
        _case(
            "purpose-part",
            "a longer purpose is another one",
            "wrong_purpose",
            {"purposes": ["Gym entrance and sauna"]},
        ),
        case(
            "purpose-not-normalised",
            "what looks the same in other characters is another purpose",
            _SECTION,
            make("policy", decomposed),
            "wrong_purpose",
            policy={"purposes": [composed]},
        ),
        _case("issuer-accepted", "the issuer is accepted", {"issuers": ["issuer"]}),
        _case(
            "issuer-not-accepted",
            "a trusted issuer that this policy leaves out",
            "issuer_not_accepted",
            {"issuers": ["second-issuer"]},
        ),
        _case("issuers-none", "no issuer is accepted", "issuer_not_accepted", {"issuers": []}),
    ]


def _strength() -> list[dict[str, Any]]:
    photo, attended = claims(enrolment=1), claims(enrolment=3)
    pin, tied = claims(tier=2), fields()
    with_pin = make("policy", pin, pin=PIN)
    with_proof = present(make("policy", tied))
    both = present(make("policy both", tied, pin=PIN))
    lowest = [{"lowest_tier": tier} for tier in ("bearer", "pin", "holder-key")]
    live, best = {"lowest_enrolment": "live"}, {"lowest_enrolment": "live-attended"}
    return [
        _case("tier-bearer-for-pin", "bearer, pin is asked for", "tier_too_low", lowest[1]),
        _case("tier-bearer-for-key", "bearer, holder-key is asked for", "tier_too_low", lowest[2]),
        _case(
            "tier-pin-for-pin", "pin, pin is asked for", lowest[1], with_pin, pin, pin=PIN.digits
        ),
        _case(
            "tier-pin-for-key",
            "pin, holder-key is asked for",
            "tier_too_low",
            lowest[2],
            with_pin,
            pin=PIN.digits,
        ),
        _case("tier-key-for-pin", "holder-key, pin is asked for", lowest[1], with_proof, tied),
        _case(
            "tier-key-for-key", "holder-key, holder-key is asked for", lowest[2], with_proof, tied
        ),
        _case(
            "tier-both-for-key",
            "holder-key and a PIN, holder-key is asked for",
            lowest[2],
            both,
            tied,
            pin=PIN.digits,
        ),
        _case(
            "enrolment-photo-for-live",
            "photo, live is asked for",
            "enrolment_too_weak",
            live,
            make("policy", photo),
        ),
        _case("enrolment-live-for-live", "live, live is asked for", live),
        _case(
            "enrolment-live-for-attended",
            "live, live-attended is asked for",
            "enrolment_too_weak",
            best,
        ),
        _case(
            "enrolment-attended-for-attended",
            "live-attended is asked for",
            best,
            make("policy", attended),
            attended,
        ),
    ]


def _ages() -> list[dict[str, Any]]:
    return [
        _case("age-just", "as old as is allowed", {"oldest_enrolment": _AGE}),
        _case("age-over", "a second older", "enrolment_too_old", {"oldest_enrolment": _AGE - 1}),
        _case("lifetime-just", "valid as long as is allowed", {"longest_lifetime": _LIFETIME}),
        _case(
            "lifetime-over",
            "a second longer",
            "lifetime_not_accepted",
            {"longest_lifetime": _LIFETIME - 1},
        ),
    ]


def _models() -> list[dict[str, Any]]:
    return [
        _case(
            "embedder-other",
            "made with another embedder",
            "wrong_embedder",
            {"embedder": "embedder-2"},
        ),
        _case(
            "preprocessing-other",
            "made with other preprocessing",
            "wrong_embedder",
            {"preprocessing": "chip-2"},
        ),
        _case("embedder-capitals", "capitals count", "wrong_embedder", {"embedder": "Embedder-1"}),
    ]


def _order() -> list[dict[str, Any]]:
    asked: dict[str, Any] = {
        "issuers": [],
        "purposes": [],
        "lowest_tier": "pin",
        "lowest_enrolment": "live-attended",
        "oldest_enrolment": 1,
        "longest_lifetime": 1,
        "embedder": "embedder-2",
    }
    codes = {
        "issuers": "issuer_not_accepted",
        "purposes": "wrong_purpose",
        "lowest_tier": "tier_too_low",
        "lowest_enrolment": "enrolment_too_weak",
        "oldest_enrolment": "enrolment_too_old",
        "longest_lifetime": "lifetime_not_accepted",
        "embedder": "wrong_embedder",
    }
    names = list(asked)
    return [
        _case("order-time", "everything is wrong: time comes first", "expired", asked, now=EXPIRES),
        *(
            _case(
                f"order-{name.replace('_', '-')}",
                "of several things that are wrong, the first in order is told",
                codes[name],
                {key: asked[key] for key in names[position:]},
            )
            for position, name in enumerate(names[:-1])
        ),
    ]


def _case(name: str, description: str, *what: Any, **more: Any) -> dict[str, Any]:
    """Return a vector from, in any order: a code, a policy, a pass and, last, its claims."""
    code = next((item for item in what if isinstance(item, str)), None)
    data = next((item for item in what if isinstance(item, bytes)), None)
    maps = [item for item in what if isinstance(item, dict)]
    policy = next((item for item in maps if -65537 not in item), None)  # noqa: PLR2004
    held = next((item for item in maps if -65537 in item), claims())  # noqa: PLR2004
    if policy is not None:
        more = more | {"policy": policy}
    sealed = make("policy", claims()) if data is None else data
    return case(name, description, _SECTION, sealed, held if code is None else code, **more)

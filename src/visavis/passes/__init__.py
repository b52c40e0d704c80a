"""Passes: signed by an issuer, sealed to one verifier, carried by the holder.

The format is described in ``spec/pass.md``.
"""

from visavis.passes._issue import check_purpose, issue
from visavis.passes._open import check, open_pass
from visavis.passes._pass import Pass
from visavis.passes._pin import check_new_pin
from visavis.passes._proof import Accepted, Action, check_proof, new_nonce, present
from visavis.passes._rejections import rejected
from visavis.passes._status_list import StatusList
from visavis.passes._values import LONGEST_LIFETIME, Claims, OpenedPass, Policy
from visavis.passes.keys import (
    HolderKey,
    HolderPublicKey,
    IssuerKey,
    IssuerPublicKey,
    TrustedIssuer,
    VerifierKey,
    VerifierPublicKey,
)

__all__ = [
    "LONGEST_LIFETIME",
    "Accepted",
    "Action",
    "Claims",
    "HolderKey",
    "HolderPublicKey",
    "IssuerKey",
    "IssuerPublicKey",
    "OpenedPass",
    "Pass",
    "Policy",
    "StatusList",
    "TrustedIssuer",
    "VerifierKey",
    "VerifierPublicKey",
    "check",
    "check_new_pin",
    "check_proof",
    "check_purpose",
    "issue",
    "new_nonce",
    "open_pass",
    "present",
    "rejected",
]

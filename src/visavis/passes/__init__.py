"""Passes: signed by an issuer, sealed to one verifier, carried by the holder.

The format is described in ``docs/adr/0003-the-pass.md``.
"""

from visavis.passes._issue import check_purpose, issue
from visavis.passes._open import check, open_pass
from visavis.passes._pass import Pass
from visavis.passes._values import LONGEST_LIFETIME, Claims, OpenedPass, Policy
from visavis.passes.keys import IssuerKey, IssuerPublicKey, VerifierKey, VerifierPublicKey

__all__ = [
    "LONGEST_LIFETIME",
    "Claims",
    "IssuerKey",
    "IssuerPublicKey",
    "OpenedPass",
    "Pass",
    "Policy",
    "VerifierKey",
    "VerifierPublicKey",
    "check",
    "check_purpose",
    "issue",
    "open_pass",
]

"""Opt-in, one-to-one face verification: is this the person the pass was issued to?

::

    home = visavis.Home.open()                      # made by `visavis init`
    verifier = visavis.Verifier.from_home(home)
    verifier.verify(presented, capture, policy=visavis.Policy(), now=datetime.now(UTC))

where ``presented`` is ``visavis.Pass.read(path)`` and ``capture`` is
``visavis.Capture.read("today.jpg")``.

It returns `Verified` or raises an error of `visavis.errors`; it never returns a bool.
"""

from visavis import errors
from visavis.enrolment import Consent, Issuer
from visavis.face import Capture
from visavis.home import Home
from visavis.passes import Pass, Policy
from visavis.verification import Verified, Verifier

__all__ = [
    "Capture",
    "Consent",
    "Home",
    "Issuer",
    "Pass",
    "Policy",
    "Verified",
    "Verifier",
    "errors",
]

__version__ = "0.1.0"

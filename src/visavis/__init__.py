"""Opt-in, one-to-one face verification: is this the person the pass was issued to?

::

    home = visavis.Home.open()                      # made by `visavis init`
    verifier = visavis.Verifier.from_home(home)
    verifier.verify(presented, capture, policy=visavis.Policy(), now=datetime.now(UTC))

where ``presented`` is ``visavis.Pass.read(path)`` and ``capture`` is
``visavis.Capture.read("today.jpg")``.

With photos alone, nobody knows whether somebody was there. A challenge asks for movements before a
camera, and compares frames of the answer::

    challenge, token = verifier.challenge(presented, session=session, policy=..., now=...)
    seen = visavis.LiveCapture(challenge, verifier.faces)
    while not seen.finished:
        print(seen.add(visavis.Frame(picture, seconds)).value)      # what to tell the person
    verifier.verify_live(presented, seen, token=token, session=session, policy=..., now=...)

It returns `Verified` or raises an error of `visavis.errors`; it never returns a bool.
"""

from visavis import errors
from visavis.enrolment import Consent, Issuer
from visavis.face import Capture
from visavis.home import Home
from visavis.liveness import Frame, LiveCapture
from visavis.passes import Pass, Policy
from visavis.types import Presence
from visavis.verification import Verified, Verifier

__all__ = [
    "Capture",
    "Consent",
    "Frame",
    "Home",
    "Issuer",
    "LiveCapture",
    "Pass",
    "Policy",
    "Presence",
    "Verified",
    "Verifier",
    "errors",
]

__version__ = "0.1.0"

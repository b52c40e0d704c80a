"""Whether a pass is still in force: the issuer's register, and the lists that verifiers fetch.

``spec/pass.md``, section 8 says what a list is, ``docs/revocation.md`` how to work with it.
"""

from visavis.status._lists import HeldList, StatusLists
from visavis.status._places import Counts
from visavis.status._register import Register
from visavis.status._source import ListSource
from visavis.status._statuses import Statuses

__all__ = ["Counts", "HeldList", "ListSource", "Register", "StatusLists", "Statuses"]

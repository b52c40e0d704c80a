"""Error rates of the system, measured on participants who agreed to be tested.

Participants are compared with each other in bulk; that is measuring, and it stays here. What
comes out are numbers about the system: no comparison is written with who was compared.
"""

from visavis.evaluation._evaluate import Evaluation, evaluate
from visavis.evaluation._machines.work import LocalWork, Work, local
from visavis.evaluation._output import new_folder, write
from visavis.evaluation._participants.people import LeftOut, Participants, read_participants
from visavis.evaluation._presentations.evaluate import PadSystem, evaluate_pad
from visavis.evaluation._presentations.folder import Presentations, read_presentations
from visavis.evaluation._settings import Settings

__all__ = [
    "Evaluation",
    "LeftOut",
    "LocalWork",
    "PadSystem",
    "Participants",
    "Presentations",
    "Settings",
    "Work",
    "evaluate",
    "evaluate_pad",
    "local",
    "new_folder",
    "read_participants",
    "read_presentations",
    "write",
]

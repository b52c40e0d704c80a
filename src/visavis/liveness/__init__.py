"""Is someone really there? A challenge, the frames of an answer, and what they must show.

No command and no verification uses this package yet, and how often it is wrong has not been
measured: its limits come from geometry and one small trial with rendered heads.
"""

from __future__ import annotations

from visavis.liveness._look import Look, look, looks
from visavis.liveness.challenge import Challenge, Challenges, Step, Task
from visavis.liveness.check import Live, check
from visavis.liveness.frames import Frame, require_frames

__all__ = [
    "Challenge",
    "Challenges",
    "Frame",
    "Live",
    "Look",
    "Step",
    "Task",
    "check",
    "look",
    "looks",
    "require_frames",
]

"""Is someone really there? A challenge, the frames of an answer, and what they must show.

docs/liveness.md says what is checked, how often it is wrong, and what it cannot stop.
"""

from __future__ import annotations

from visavis.liveness._look import Look, look, looks
from visavis.liveness.capture import LiveCapture
from visavis.liveness.challenge import (
    Challenge,
    Challenges,
    Colour,
    Extent,
    Stay,
    Step,
    Task,
    recorded,
)
from visavis.liveness.check import Live, check
from visavis.liveness.frames import Frame, require_frames
from visavis.liveness.guidance import Instruction, View, guide

__all__ = [
    "Challenge",
    "Challenges",
    "Colour",
    "Extent",
    "Frame",
    "Instruction",
    "Live",
    "LiveCapture",
    "Look",
    "Stay",
    "Step",
    "Task",
    "View",
    "check",
    "guide",
    "look",
    "looks",
    "recorded",
    "require_frames",
]

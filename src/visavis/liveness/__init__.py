"""Is someone really there? The frames of a capture, and what is measured in each of them.

So far nothing decides with it: no command and no verification uses this package yet.
"""

from __future__ import annotations

from visavis.liveness.frames import Frame, require_frames

__all__ = ["Frame", "require_frames"]

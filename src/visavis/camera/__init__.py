"""Pictures of somebody who answers a challenge: from a recording that was handed in.

Everything stays in memory. OpenCV reads videos; it comes with ``visavis[camera]`` and is loaded
when it is needed, so that nothing else here waits for it.
"""

from __future__ import annotations

from visavis.camera._recording import Recording, read_recording

__all__ = ["Recording", "read_recording"]

"""Pictures of somebody who answers a challenge: from a camera, or from a recording.

Everything stays in memory. OpenCV reads cameras and videos; it comes with ``visavis[camera]`` and
is loaded when it is needed, so that nothing else here waits for it.
"""

from __future__ import annotations

from visavis.camera._live import Camera, open_camera
from visavis.camera._recording import Recording, read_recording

__all__ = ["Camera", "Recording", "open_camera", "read_recording"]

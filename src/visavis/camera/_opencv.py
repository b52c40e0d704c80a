"""OpenCV, loaded when it is needed, and silent: it writes its troubles to standard error."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from visavis.errors import CameraProblem

__all__ = ["encoded", "opencv"]

_FFMPEG_LEVEL = "OPENCV_FFMPEG_LOGLEVEL"  # OpenCV's own variable; -8 is AV_LOG_QUIET
_QUIET = "-8"
_QUALITY = 95


@contextlib.contextmanager
def opencv(purpose: str) -> Iterator[Any]:
    """Give OpenCV, and keep it silent until it is no longer needed.

    Args:
        purpose: what needs it, as the beginning of a sentence.

    Raises:
        CameraProblem: ``extra_missing``.
    """
    os.environ.setdefault(_FFMPEG_LEVEL, _QUIET)  # read when the first video is opened
    try:
        import cv2  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise CameraProblem(
            "extra_missing",
            f"{purpose} needs OpenCV, which is not installed.",
            'Run `pip install "visavis[camera]"`.',
        ) from error
    log = cv2.utils.logging
    level = log.getLogLevel()
    log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        yield cv2
    finally:
        log.setLogLevel(level)


def encoded(cv2: Any, picture: Any) -> bytes:
    """Return pixels as JPEG, in memory.

    Args:
        cv2: OpenCV.
        picture: shape (height, width, 3), blue first, uint8.
    """
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1])

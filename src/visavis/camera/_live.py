"""A camera of this machine: its newest picture, whenever one is wanted."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from visavis.camera._opencv import encoded, opencv
from visavis.errors import CameraProblem, InvalidArgument
from visavis.liveness import Frame

__all__ = ["Camera", "open_camera"]

_NUMBERS: Final = range(100)  # OpenCV takes larger ones for kinds of drivers
_SIZE: Final = (1280, 720)
_RATE: Final = 30
_OPENING: Final = 10.0
"""Seconds until the first picture: some drivers take several to start."""
_SILENCE: Final = 3.0
"""Seconds without a new picture after which a camera counts as broken."""
_PAUSE: Final = 0.05
_DEVICES: Final = Path("/dev")


@contextlib.contextmanager
def open_camera(number: int, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Camera]:
    """Open a camera and give its pictures until it is no longer needed.

    It is asked for 1280 x 720 pixels, 30 times a second; what it gives is taken. Pictures are
    taken and forgotten all the time, so that the next one is always new, however long was spent
    on the one before. They are in memory only.

    Args:
        number: which camera, 0 to 99; 0 is the first.
        clock: seconds that rise; starts at any moment.

    Raises:
        CameraProblem: ``no_camera``, ``camera_refused``, ``camera_in_use``; ``camera_stopped``,
            then or later: no picture for three seconds; ``extra_missing``: OpenCV is not installed.
        InvalidArgument: ``bad_camera``: a number out of range.
    """
    if number not in _NUMBERS:
        raise InvalidArgument(
            "bad_camera", f"There is no camera number {number}.", "Cameras are numbered from 0."
        )
    with opencv("A camera") as cv2:
        camera = Camera(cv2, number, clock)
        try:
            camera.start()
            yield camera
        finally:
            camera.close()


class Camera:
    """The pictures of an open camera, each taken when it is asked for.

    Iterating gives `Frame` objects: JPEG, as the camera took it, not mirrored, with the seconds
    since the camera was opened.

    Args:
        cv2: OpenCV.
        number: which camera.
        clock: seconds that rise.
    """

    def __init__(self, cv2: Any, number: int, clock: Callable[[], float]) -> None:
        self._cv2, self._number, self._clock = cv2, number, clock
        self._since, self._began = clock(), False
        self._wanted, self._closed = threading.Event(), threading.Event()
        self._given: queue.SimpleQueue[tuple[float, Any] | None] = queue.SimpleQueue()
        # A driver that hangs must not take the program with it.
        self._thread = threading.Thread(target=self._work, name="camera", daemon=True)

    def start(self) -> None:
        """Begin, and wait for the first picture.

        Raises:
            CameraProblem: as `open_camera`.
        """
        self._thread.start()
        self._next(_OPENING)
        self._began = True

    def __iter__(self) -> Camera:
        return self

    def __next__(self) -> Frame:
        """Return the next picture.

        Raises:
            CameraProblem: ``camera_stopped``.
        """
        at, picture = self._next(_SILENCE)
        return Frame(encoded(self._cv2, picture), at - self._since)

    def close(self) -> None:
        """Let go of the camera."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join(_SILENCE)

    def _next(self, patience: float) -> tuple[float, Any]:
        self._wanted.set()
        try:
            given = self._given.get(timeout=patience)
        except queue.Empty:
            raise _stopped(self._number) from None
        if given is None:
            raise (_stopped if self._began else _not_opened)(self._number)
        return given

    def _work(self) -> None:
        """Take pictures in a thread of its own, and hand over those that are wanted."""
        source = None
        try:
            source = self._cv2.VideoCapture(self._number)
            if not source.isOpened():
                self._given.put(None)
                return
            self._prepare(source)
            while not self._closed.is_set():
                if not (source.grab() and self._hand_over(source)):
                    self._closed.wait(_PAUSE)
        except self._cv2.error:
            self._given.put(None)
        finally:
            if source is not None:
                source.release()

    def _prepare(self, source: Any) -> None:
        cv2 = self._cv2
        if sys.platform == "linux":
            # Uncompressed pictures of this size are too much for most cables.
            source.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        source.set(cv2.CAP_PROP_FRAME_WIDTH, _SIZE[0])
        source.set(cv2.CAP_PROP_FRAME_HEIGHT, _SIZE[1])
        source.set(cv2.CAP_PROP_FPS, _RATE)
        source.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _hand_over(self, source: Any) -> bool:
        """Hand over the picture that was just taken if it is wanted; return whether all is well."""
        if not self._wanted.is_set():
            return True
        at = self._clock()
        seen, picture = source.retrieve()
        if seen:
            self._wanted.clear()
            self._given.put((at, picture))
        return bool(seen)


def _not_opened(number: int) -> CameraProblem:
    if sys.platform != "linux":
        return CameraProblem(
            "no_camera",
            f"Camera {number} cannot be opened.",
            "Plug it in, close other programs that use it, and allow this one to use the camera.",
        )
    device = _DEVICES / f"video{number}"
    if not device.exists():
        return CameraProblem(
            "no_camera", f"There is no camera {number}.", "Plug it in, or choose another number."
        )
    try:
        device.open("rb", buffering=0).close()
    except PermissionError:
        return CameraProblem(
            "camera_refused",
            f"The system does not let this program use camera {number}.",
            f"Allow it, or ask an administrator who may use {device}.",
        )
    except OSError:
        pass  # busy: as below
    return CameraProblem(
        "camera_in_use",
        f"Camera {number} gives no pictures.",
        "Close other programs that use it, or choose another number.",
    )


def _stopped(number: int) -> CameraProblem:
    return CameraProblem(
        "camera_stopped",
        f"Camera {number} has stopped giving pictures.",
        "Check its cable, close other programs that use it, and try again.",
    )

"""The pictures of a video, by OpenCV."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from visavis._files import read_bounded
from visavis.camera._opencv import encoded, opencv
from visavis.camera._problems import invalid, unreadable

__all__ = ["VIDEOS", "Video"]

VIDEOS: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".mjpeg")
"""Endings of the files that are taken for videos."""

MOST_PIXELS: Final = 4096 * 2304
"""Largest picture of a video: 4K, of the wider kind."""

_LARGEST: Final = 500_000_000

# Where a container begins: AVI; Matroska and WebM; one JPEG after the other; MP4 and QuickTime. A
# playlist, which is another kind that FFmpeg reads, would have it open further files.
_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_BEGINS: Final = (b"RIFF", b"\x1aE\xdf\xa3", b"\xff\xd8\xff")


class Video:
    """A video. Its pictures are decoded twice: once for the times, once to be kept.

    Args:
        cv2: OpenCV.
        path: of the file.
    """

    def __init__(self, cv2: Any, path: Path) -> None:
        self._cv2, self._path = cv2, path

    @classmethod
    @contextlib.contextmanager
    def of(cls, path: Path) -> Iterator[Video]:
        """Give the video as long as it is needed.

        Raises:
            FileProblem: it is missing, cannot be read or has more than 500 MB.
            InvalidArgument: ``recording_unreadable``, then or later.
            CameraProblem: ``extra_missing``.
        """
        head = read_bounded(path, _LARGEST)[:12]
        if not (head.startswith(_BEGINS) or head[4:8] in _BOXES):
            raise unreadable(f"{path} is not a video in a format that can be read.")
        with opencv("Reading a video") as cv2:
            video = cls(cv2, path)
            try:
                yield video
            except cv2.error as error:
                raise video._damaged() from error

    def times(self, *, most: int) -> tuple[float, ...]:
        """Return the seconds of every picture, as the container says them.

        Args:
            most: pictures that it may have.

        Raises:
            InvalidArgument: ``recording_unreadable``; ``recording_invalid``: it has more.
        """
        found: list[float] = []
        with self._opened() as source:
            while source.grab():
                found.append(source.get(self._cv2.CAP_PROP_POS_MSEC) / 1000)
                if len(found) > most:
                    raise invalid(f"{self._path} has more than {most} pictures.")
        if not found:
            raise unreadable(f"{self._path} holds no picture that can be read.")
        return tuple(found)

    def pictures(self, places: Sequence[int]) -> Iterator[bytes]:
        """Yield some of the pictures, upright, as JPEG.

        Args:
            places: which, rising, counted from 0.

        Raises:
            InvalidArgument: ``recording_unreadable``.
        """
        at = 0
        with self._opened() as source:
            for place in places:
                while at <= place:
                    if not source.grab():
                        raise self._damaged()
                    at += 1
                seen, picture = source.retrieve()
                if not seen:
                    raise self._damaged()
                yield encoded(self._cv2, picture)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        # Absolute, so that no name of a file can be taken for an address.
        source = self._cv2.VideoCapture(str(self._path.absolute()), self._cv2.CAP_FFMPEG)
        try:
            if not source.isOpened():
                raise self._damaged()
            size = (self._cv2.CAP_PROP_FRAME_WIDTH, self._cv2.CAP_PROP_FRAME_HEIGHT)
            width, height = map(source.get, size)
            if width * height > MOST_PIXELS:
                raise invalid(f"The pictures of {self._path} are larger than 4096 x 2304 pixels.")
            yield source
        finally:
            source.release()

    def _damaged(self) -> Exception:
        return unreadable(f"{self._path} is damaged, or in a format that is not known.")

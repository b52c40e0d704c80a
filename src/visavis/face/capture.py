"""What the camera saw: one or more photos of the one person who stands in front of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from visavis._files import read_bounded
from visavis._images import MAX_BYTES
from visavis.errors import CannotDecide, FileProblem, InvalidArgument

__all__ = ["MAX_PHOTOS", "Capture", "Photo"]

MAX_PHOTOS = 20
"""Most photos of one capture; beyond a handful another one changes nothing."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One encoded photo.

    Attributes:
        name: what to call it in an error: a file name without its folder, or "photo 2".
        data: the encoded bytes; never shown.

    """

    name: str
    data: bytes = field(repr=False)


class Capture:
    """One or more photos of one live person (ISO/IEC 2382-37: biometric capture).

    Args:
        photos: encoded photos (JPEG, PNG, HEIC, ...), 1 to 20 of them, all of the same person.

    Raises:
        InvalidArgument: `no_photo`, `too_many_photos` or `not_a_list`.

    """

    __slots__ = ("photos",)

    def __init__(self, photos: Iterable[Photo | bytes]) -> None:
        if isinstance(photos, bytes | bytearray | memoryview | str | Photo):
            raise InvalidArgument(
                "not_a_list", "The photos of a capture are a list.", "Write `Capture([photo])`."
            )
        self.photos = tuple(
            photo if isinstance(photo, Photo) else Photo(f"photo {number}", bytes(photo))
            for number, photo in enumerate(photos, 1)
        )
        if not self.photos:
            raise InvalidArgument("no_photo", "No photo was given.", "Give at least one photo.")
        if len(self.photos) > MAX_PHOTOS:
            raise InvalidArgument(
                "too_many_photos",
                f"{len(self.photos)} photos were given; the most is {MAX_PHOTOS}.",
                "Choose the three to five best ones.",
            )

    @classmethod
    def read(cls, *files: Path | str) -> Capture:
        """Read photo files.

        Raises:
            FileProblem: a file is missing, a folder, or unreadable.
            CannotDecide: `photo_too_large`.
            InvalidArgument: `no_photo` or `too_many_photos`.

        """
        if len(files) > MAX_PHOTOS:
            return cls([b""] * len(files))
        return cls([_read(Path(file)) for file in files])

    def __repr__(self) -> str:
        return f"<Capture: {len(self.photos)} photo(s), redacted>"


def _read(file: Path) -> Photo:
    try:
        return Photo(file.name, read_bounded(file, MAX_BYTES))
    except FileProblem as problem:
        if problem.reason != "file_too_large":
            raise
        raise CannotDecide(
            "photo_too_large",
            f"{file.name} is larger than {MAX_BYTES // 2**20} MiB.",
            "Save a smaller copy; 2 megapixels are plenty.",
        ) from problem

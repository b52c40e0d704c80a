"""Fakes that remember what they were asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visavis.face._mesh import Mesh
from visavis.face.fake import FakeEmbedder, FakeMesher

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from visavis.face._detect import Detection
    from visavis.types import FloatArray


class RecordingMesher(FakeMesher):
    """Remembers what it was asked to look at, and can say that nobody is there."""

    def __init__(self, presence: float = 1.0) -> None:
        self.asked: list[tuple[tuple[int, int], Detection]] = []
        self._presence = presence

    def mesh(self, image: Image.Image, detection: Detection) -> Mesh:
        self.asked.append((image.size, detection))
        return Mesh(super().mesh(image, detection).points, self._presence)


class RecordingEmbedder(FakeEmbedder):
    """Remembers the chips."""

    def __init__(self) -> None:
        self.chips: list[NDArray[np.uint8]] = []

    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        self.chips.append(chip)
        return super().embed(chip)

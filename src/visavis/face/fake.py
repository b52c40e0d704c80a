"""A deterministic face pipeline and photos for it, so that tests need no weights.

People are numbered, and each has a colour of their own: ``photo(3)`` is a photo of person 3,
``photo(3, 7)`` one of two people, ``photo()`` one of nobody. The fake detector finds coloured
squares, the fake embedder gives the same direction for the same colour. Everything between
them (decoding, quality gate, alignment, fusion) is the real thing.
"""

from __future__ import annotations

import colorsys
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from visavis.face._detect import Detection
from visavis.face._embed import unit
from visavis.face._mesh import Mesh
from visavis.face._pose import CANONICAL
from visavis.face.pipeline import FacePipeline
from visavis.registry import AlignmentPoint, EmbedderSpec
from visavis.types import FloatArray

__all__ = ["PEOPLE", "FakeDetector", "FakeEmbedder", "FakeMesher", "fake_pipeline", "photo"]

PEOPLE = 16
"""How many people there are, numbered from 0."""

_DIMENSION = 128
_SATURATED = 100
_LEAST_PIXELS = 16
_POINTS = dict(CANONICAL) | {2: (0.0, -2.089024, 6.058267)}
_UNITS_ACROSS_BOX = 19.0
_CORNERS = (109, 365)  # of the mesh, which nothing else looks at
_SIZE = 40


def photo(*people: int, face: int = 160, seed: int = 0, background: int = 110) -> bytes:
    """Draw a photo as PNG.

    Args:
        people: numbers below `PEOPLE`, side by side, as many as wanted.
        face: width of a face in pixels.
        seed: two photos with different seeds differ in every pixel.
        background: brightness, 0 to 255.

    """
    noise = np.random.default_rng(seed)
    width = max(2, 2 * len(people)) * face
    canvas = np.full((2 * face, width, 3), background, dtype=float)
    canvas += noise.normal(0, 4, canvas.shape[:2])[..., None]
    for place, person in enumerate(people):
        colour = 255 * np.array(colorsys.hsv_to_rgb((person % PEOPLE) / PEOPLE, 1.0, 1.0))
        left = (2 * place + 1) * face - face // 2 if len(people) > 1 else (width - face) // 2
        # From half dark to half white: the hue stays, and there is light and shade to see.
        shade = noise.uniform(-0.5, 0.5, (face, face, 1))
        texture = colour * (1 - np.abs(shade)) + 255 * np.clip(shade, 0, None)
        canvas[face // 2 : face // 2 + face, left : left + face] = texture
    image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)  # tests wait for it, and nobody keeps it
    return data.getvalue()


def fake_pipeline() -> FacePipeline:
    """Return a pipeline that needs no weights."""
    return FacePipeline(FakeDetector(), FakeMesher(), FakeEmbedder())


class FakeDetector:
    """Finds one face for each colour in the image."""

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:  # noqa: ARG002
        """Return the coloured squares of an image, left to right."""
        people = _people(np.asarray(image.convert("HSV")))
        found = []
        for person in np.unique(people[people >= 0]):
            rows, columns = np.nonzero(people == person)
            if rows.size >= _LEAST_PIXELS:
                box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                found.append(_detection(*(float(edge) for edge in box)))
        return sorted(found, key=lambda detection: detection.box)


class FakeMesher:
    """Puts the canonical face, frontal, into the box of a detection."""

    def mesh(self, image: Image.Image, detection: Detection) -> Mesh:
        """Return a frontal mesh in the detection's box."""
        left, top, right, bottom = detection.box
        coloured = _people(np.asarray(image.crop((left, top, right, bottom)).convert("HSV"))) >= 0
        scale = (right - left) / _UNITS_ACROSS_BOX
        centre = np.array([(left + right) / 2, (top + bottom) / 2, 0.0])
        points = np.tile(centre, (468, 1))
        for index, (x, y, z) in _POINTS.items():
            points[index] += scale * np.array([x, -y, -z])
        points[list(_CORNERS), :2] = (left, top), (right, bottom)
        return Mesh(points, float(coloured.mean()))


class FakeEmbedder:
    """Gives every colour a direction of its own, with a little noise from the pixels."""

    id = "fake"
    spec = EmbedderSpec(
        input_size=150,
        mean=(0.0, 0.0, 0.0),
        scale=(1.0, 1.0, 1.0),
        channels="rgb",
        layout="nhwc",
        dimension=_DIMENSION,
        preprocessing="fake",
        alignment=(
            AlignmentPoint((33,), 37.0, 46.0),
            AlignmentPoint((263,), 111.0, 46.0),
            AlignmentPoint((2,), 74.0, 88.0),
        ),
    )

    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        """Return the direction of the colour in the middle of a chip, with unit length."""
        people = _people(
            np.asarray(Image.fromarray(chip[_SIZE:-_SIZE, _SIZE:-_SIZE]).convert("HSV"))
        )
        person = int(np.bincount(people[people >= 0], minlength=PEOPLE).argmax())
        own = np.random.default_rng(1000 + person).normal(size=_DIMENSION)
        noise = np.random.default_rng(int(chip.sum())).normal(size=_DIMENSION)
        return unit((own + 0.1 * noise).astype(np.float32))


def _people(hsv: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of the person each pixel belongs to, -1 for nobody."""
    number = np.rint(hsv[..., 0].astype(float) * PEOPLE / 255.0).astype(np.int64) % PEOPLE
    coloured = (hsv[..., 1] > _SATURATED) & (hsv[..., 2] > _SATURATED // 2)
    return np.where(coloured, number, -1)


def _detection(left: float, top: float, right: float, bottom: float) -> Detection:
    width, height = right - left, bottom - top
    places = [(0.3, 0.35), (0.7, 0.35), (0.5, 0.55), (0.5, 0.75), (0.0, 0.45), (1.0, 0.45)]
    keypoints = np.array([(left + x * width, top + y * height) for x, y in places])
    return Detection((left, top, right, bottom), keypoints, 1.0)

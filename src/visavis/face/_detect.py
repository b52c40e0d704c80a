"""Find every face in an image with MediaPipe BlazeFace, short range and full range together."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from visavis._runtime import Network
from visavis.types import FloatArray

__all__ = ["BlazeFaceDetector", "Detection", "overlap"]

LEAST_PROBABLE = 0.2
"""Detector probability from which something may be a face; the mesh has the last word. Low, so
that a small second face is seen: see `LEAST_SHARE`. At 0.1, 8 of 200 portraits of one person
seemed to show a second face."""

PRECISE = 0.5
"""Probability from which a box is precise enough to be averaged with others (MediaPipe's own)."""

SAME_FACE_OVERLAP = 0.3
"""Intersection over union from which two boxes are one face (MediaPipe's own value)."""

SHORT_RANGE_MARGIN = 0.25
"""Border added on every side for the short-range model, as a share of the longer side. A face
that touches the edge of the photo is found only with room around it; the full-range model,
which must keep small faces large, gets none."""

LEAST_SHARE = 0.04
"""Width of a face, as a share of the longer side, from which none is overlooked. Measured on
heads pasted beside a large one: 40 of 40 were found at 3.5 %, 38 at 3 %; on 600 pictures of one
person no second face was."""

PARTS = 4
PART = 5 / 8
"""Side of each of the four parts, as a share of the whole."""

_WHOLE_IS_ENOUGH = 500  # pixels of the longer side: what is missed there is too small to compare
_SHORT_RANGE_SIDE = 128
_FULL_RANGE_SIDE = 192


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detection:
    """One face, in pixels of the image it was found in.

    Attributes:
        box: left, top, right, bottom.
        keypoints: shape (6, 2): right eye, left eye, nose tip, mouth, right ear, left ear
            (right and left as the person has them).
        probability: the detector's probability that this is a face, 0 to 1.

    """

    box: Box
    keypoints: NDArray[np.float64]
    probability: float


class BlazeFaceDetector:
    """Both BlazeFace models on the same image, merged into one list of faces.

    Args:
        short_range: 128 x 128 input, for faces that fill much of the picture.
        full_range: 192 x 192 input, for small ones.

    The anchor layouts are those of the published models: 16 x 16 cells with two anchors and
    8 x 8 with six (short range), 48 x 48 with one (full range).

    """

    def __init__(self, short_range: Network, full_range: Network) -> None:
        self._short = _BlazeFace(
            short_range, _SHORT_RANGE_SIDE, ((16, 2), (8, 6)), SHORT_RANGE_MARGIN
        )
        self._full = _BlazeFace(full_range, _FULL_RANGE_SIDE, ((48, 1),), 0.0)
        self._cores = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:
        """Return every face in an RGB image, most probable first.

        The whole image is looked at, and four overlapping parts of it. So every face of at least
        `LEAST_SHARE` of the longer side is found, also a small one beside a large one.

        Args:
            image: of any size.
            part: the only one of the four, 0 to 3, that is looked at besides the whole, where
                other images of the same scene follow; None for all of them.
        """
        small = _reduced(image, 2 * _FULL_RANGE_SIDE)
        looks = [partial(self._full.detect, small), partial(self._short.detect, small)]
        if max(image.size) > _WHOLE_IS_ENOUGH:
            larger = _reduced(image, round(2 * _FULL_RANGE_SIDE / PART))
            parts = _parts(larger.size)
            chosen = parts if part is None else [parts[part]]
            looks += [partial(self._part, larger, box, small) for box in chosen]
        # Networks run outside the interpreter's lock, so the looks share the cores.
        faces = np.concatenate(list(self._cores.map(lambda look: look(), looks)))
        faces[:, 1:] *= np.tile(np.divide(image.size, small.size), 8)
        return _merge(faces)

    def _part(
        self, image: Image.Image, box: tuple[int, int, int, int], small: Image.Image
    ) -> NDArray[np.float64]:
        """Return the faces in one part of an image, in pixels of the small one."""
        found = self._full.detect(image.crop(box))
        found[:, 1:] += np.tile(box[:2], 8)
        found[:, 1:] *= np.tile(np.divide(small.size, image.size), 8)
        return found


def _reduced(image: Image.Image, side: int) -> Image.Image:
    """Average an image down by a whole factor, to no less than a longer side."""
    factor = max(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def _parts(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Return four boxes of 5/8 of each side, so that a small face is whole in one of them."""
    width, height = size
    right, bottom = math.ceil(width * PART), math.ceil(height * PART)
    return [
        (left, top, left + right, top + bottom)
        for left in (0, width - right)
        for top in (0, height - bottom)
    ]


class _BlazeFace:
    def __init__(
        self, network: Network, side: int, grids: tuple[tuple[int, int], ...], margin: float
    ) -> None:
        self._network = network
        self._side = side
        self._anchors = np.concatenate([_grid_centres(cells, each) for cells, each in grids])
        self._margin = margin

    def detect(self, image: Image.Image) -> NDArray[np.float64]:
        """Return rows of probability, box (four edges) and six keypoints, in image pixels."""
        square = max(image.size) * (1 + 2 * self._margin)
        scale = self._side / square
        width, height = (max(1, round(length * scale)) for length in image.size)
        left, top = (self._side - width) // 2, (self._side - height) // 2
        small = image.resize((width, height), Image.Resampling.BILINEAR)
        pixels: FloatArray = np.full((1, self._side, self._side, 3), -1.0, dtype=np.float32)
        pixels[0, top : top + height, left : left + width] = (
            np.asarray(small, dtype=np.float32) / 127.5 - 1.0
        )
        boxes, logits = self._network.run(pixels)
        # Beyond 80 the sigmoid is 0 or 1 to the last bit and its exponential overflows.
        sure = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0].astype(float), -80.0, 80.0)))
        keep = sure >= LEAST_PROBABLE
        raw = boxes[0, keep].astype(float)
        centres = self._anchors[keep] * self._side
        corners = np.concatenate(
            [raw[:, 0:2] - raw[:, 2:4] / 2 + centres, raw[:, 0:2] + raw[:, 2:4] / 2 + centres],
            axis=1,
        )
        points = (raw[:, 4:].reshape(-1, 6, 2) + centres[:, None]).reshape(-1, 12)
        places = np.concatenate([corners, points], axis=1)
        offset = np.tile((left, top), 8)
        factor = np.tile((image.width / width, image.height / height), 8)
        return np.concatenate([sure[keep, None], (places - offset) * factor], axis=1)


def _grid_centres(cells: int, each: int) -> NDArray[np.float64]:
    """Return the anchor centres of one grid, row by row, shape (cells * cells * each, 2)."""
    rows, columns = np.mgrid[:cells, :cells]
    centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / cells
    return np.repeat(centres, each, axis=0)


def _merge(found: NDArray[np.float64]) -> list[Detection]:
    """Make one face of what overlaps, averaged by probability (BlazeFace paper, section 3.3)."""
    found = found[np.argsort(-found[:, 0], kind="stable")]
    faces = []
    while len(found):
        same = _overlap(found[0, 1:5], found[:, 1:5]) >= SAME_FACE_OVERLAP
        same[0] = True
        group = found[same & (found[:, 0] >= min(PRECISE, found[0, 0]))]
        place = np.average(group[:, 1:], axis=0, weights=group[:, 0])
        box = (float(place[0]), float(place[1]), float(place[2]), float(place[3]))
        faces.append(Detection(box, place[4:].reshape(6, 2), float(found[0, 0])))
        found = found[~same]
    return faces


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes are of one face."""
    return bool(_overlap(np.array(one), np.array([other]))[0] >= SAME_FACE_OVERLAP)


def _overlap(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union of one box with each of the others."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.clip(sides, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    union = np.prod(box[2:] - box[:2]) + areas - shared
    result: NDArray[np.float64] = shared / np.maximum(union, 1e-9)
    return result

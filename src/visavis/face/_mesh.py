"""Place 468 three-dimensional points on a detected face with MediaPipe Face Mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from visavis._runtime import Network
from visavis.face._detect import Detection
from visavis.face._mirror import MIRRORED
from visavis.face._sample import Affine, apply, cut
from visavis.types import FloatArray

__all__ = ["FaceMesher", "Mesh", "around"]

SIDE = 192
"""Side of the network's input in pixels."""

ROOM = 1.5
"""Side of the region looked at, as a multiple of the face box (MediaPipe's own value)."""


# Points of the mesh where the keypoints of a detection are.
_KEYPOINTS = ((33, 133), (263, 362), (4,), (13, 14), (234,), (454,))


@dataclass(frozen=True, slots=True)
class Mesh:
    """The shape of one face.

    Attributes:
        points: shape (468, 3): x and y in image pixels, z on the same scale with the camera on
            the negative side; numbered as in MediaPipe's canonical face model.
        presence: probability that there is a face here at all, 0 to 1.

    """

    points: NDArray[np.float64]
    presence: float


class FaceMesher:
    """MediaPipe Face Mesh, on the face and on its mirror image.

    The two answers are averaged. That takes out what the network does differently on the left
    and on the right, and with it some of the error of the alignment points.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def mesh(self, image: Image.Image, detection: Detection) -> Mesh:
        """Return the mesh of one detected face in an RGB image."""
        to_image = _region(detection)
        crop = np.asarray(cut(image, to_image, SIDE), dtype=np.float32) / np.float32(255)
        points, presence = self._look(crop)
        mirrored, presence_mirrored = self._look(np.ascontiguousarray(crop[:, ::-1]))
        mirrored[:, 0] = SIDE - mirrored[:, 0]
        points = (points + mirrored[MIRRORED]) / 2
        depth = points[:, 2] * math.hypot(to_image[0, 0], to_image[1, 0])
        flat = apply(to_image, points[:, :2])
        return Mesh(np.column_stack([flat, depth]), min(presence, presence_mirrored))

    def _look(self, crop: FloatArray) -> tuple[NDArray[np.float64], float]:
        raw, logit = self._network.run(crop[None])
        # Beyond 80 the sigmoid is 0 or 1 to the last bit and its exponential overflows.
        presence = 1.0 / (1.0 + math.exp(-max(-80.0, min(80.0, float(logit.ravel()[0])))))
        return raw.reshape(468, 3).astype(float), presence


def around(points: NDArray[np.float64]) -> Detection:
    """Return a face that was found before, to be looked for at the same place.

    MediaPipe follows a face from frame to frame in this way. A network is surer of a face that it
    sees where, and as large as, it expects one, so that heads are seen which a detector places
    badly or not at all.

    Args:
        points: its mesh, shape (468, 2), in pixels of the image it is looked for in.
    """
    left, top = points.min(0).tolist()
    right, bottom = points.max(0).tolist()
    keypoints = np.array([points[list(those)].mean(0) for those in _KEYPOINTS])
    return Detection((left, top, right, bottom), keypoints, 1.0)


def _region(detection: Detection) -> Affine:
    """Return the transform from the network's input to the image: square, eyes level."""
    left, top, right, bottom = detection.box
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    eyes = detection.keypoints[1] - detection.keypoints[0]
    angle = math.atan2(eyes[1], eyes[0])
    scale = max(right - left, bottom - top, 1.0) * ROOM / SIDE
    turn = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    return np.column_stack([turn, centre - turn @ np.full(2, SIDE / 2)])

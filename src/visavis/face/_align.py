"""Bring a face into the position that the embedder was trained on."""

from __future__ import annotations

import numpy as np

from visavis.face._mesh import Mesh
from visavis.face._sample import Affine, fit_transform
from visavis.registry import EmbedderSpec

__all__ = ["chip_transform", "pixels_per_chip_pixel"]


def chip_transform(mesh: Mesh, spec: EmbedderSpec) -> Affine:
    """Return the similarity from chip pixels to image pixels, shape (2, 3), least squares."""
    template = np.array([(point.x, point.y) for point in spec.alignment])
    face = np.array([mesh.points[list(point.mesh), :2].mean(0) for point in spec.alignment])
    return fit_transform(template, face)


def pixels_per_chip_pixel(transform: Affine) -> float:
    """Return how many image pixels stand behind one chip pixel along a side."""
    return float(np.hypot(transform[0, 0], transform[1, 0]))

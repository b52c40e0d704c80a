"""Turn aligned faces into features that are alike for one person and differ between two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visavis._runtime import Network
from visavis.errors import ModelProblem
from visavis.registry import EmbedderSpec
from visavis.types import FloatArray

__all__ = ["OnnxEmbedder"]


class OnnxEmbedder:
    """An embedding network with the preprocessing that its manifest entry states."""

    def __init__(self, network: Network, *, model_id: str, spec: EmbedderSpec) -> None:
        self._network = network
        self._mean = np.array(spec.mean, dtype=np.float32)
        self._scale = np.array(spec.scale, dtype=np.float32)
        self.id = model_id
        self.spec = spec

    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        """Return the features of one face, shape (dimension,), unit length.

        The chip and its mirror image are embedded together and averaged: a face is nearly
        symmetric, and what differs between the two is mostly light and pose.
        """
        both = np.stack([chip, chip[:, ::-1]]).astype(np.float32)
        both = (both - self._mean) * self._scale
        if self.spec.channels == "bgr":
            both = both[..., ::-1]
        if self.spec.layout == "nchw":
            both = both.transpose(0, 3, 1, 2)
        features = self._network.run(np.ascontiguousarray(both))[0]
        if features.shape != (2, self.spec.dimension) or not np.isfinite(features).all():
            raise ModelProblem(
                "model_unusable",
                f"The embedder {self.id} did not give {self.spec.dimension} finite numbers.",
                "Run `visavis models verify`; a model of your own needs a manifest that fits it.",
            )
        return unit((features / norms(features)).sum(0))


def norms(features: FloatArray) -> FloatArray:
    """Return the lengths of the rows, shape (n, 1), never zero."""
    lengths: FloatArray = np.linalg.norm(features, axis=-1, keepdims=True)
    return np.maximum(lengths, np.float32(1e-12))


def unit(features: FloatArray) -> FloatArray:
    """Return the features scaled to length one."""
    result: FloatArray = features / norms(features)
    return result

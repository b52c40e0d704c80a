"""Trying a user's own embedder before it is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import ModelProblem

if TYPE_CHECKING:
    from visavis.registry._entries import EmbedderSpec, ModelEntry
    from visavis.types import FloatArray


def run(entry: ModelEntry, onnx: bytes) -> None:
    """Run a model once, on one random chip, as its manifest describes it.

    Raises:
        ModelProblem: ``model_unusable`` when it does not load, takes another input, or does
            not give ``dimension`` finite numbers.
    """
    spec = entry.embedder
    if spec is None:
        raise _unusable(entry, "its manifest describes no embedder")
    # Only adding a model runs one from here, and the runtime takes a while to import.
    from visavis._runtime import Network  # noqa: PLC0415

    features = Network(onnx, name=entry.id).run(_chip(spec))[0]
    if features.size != spec.dimension or features.dtype.kind != "f":
        raise _unusable(entry, f"it does not give {spec.dimension} floating-point numbers")
    if not np.isfinite(features).all():
        raise _unusable(entry, "it gives numbers that are not finite")


def _chip(spec: EmbedderSpec) -> FloatArray:
    side = spec.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (1, side, side, 3)).astype(np.float32)
    chip = (pixels - np.array(spec.mean)) * np.array(spec.scale)
    turned = chip.transpose(0, 3, 1, 2) if spec.layout == "nchw" else chip
    return np.ascontiguousarray(turned, dtype=np.float32)


def _unusable(entry: ModelEntry, why: str) -> ModelProblem:
    return ModelProblem(
        "model_unusable",
        f"The model {entry.id!r} cannot be used: {why}.",
        "Correct its manifest, or export it again as a single ONNX file.",
    )

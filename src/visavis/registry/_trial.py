"""Trying a user's own embedder before it is accepted."""

from __future__ import annotations

import importlib
import tempfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from visavis.errors import ModelProblem

if TYPE_CHECKING:
    from visavis.registry._entries import EmbedderSpec, ModelEntry
    from visavis.types import FloatArray

_ERRORS_ONLY: Final = 4  # log severity: nothing below fatal is written to the terminal


def run(entry: ModelEntry, onnx: bytes) -> None:
    """Run a model once, on one random chip, as its manifest describes it.

    Raises:
        ModelProblem: ``model_unusable`` when it does not load, takes another input, or does
            not give ``dimension`` finite numbers.
    """
    spec = entry.embedder
    if spec is None:
        raise _unusable(entry, "its manifest describes no embedder")
    failures = _failures()
    try:
        outputs = _outputs(onnx, _chip(spec))
    except failures as error:
        raise _unusable(entry, "it does not run on an input of the declared shape") from error
    if outputs is None:
        raise _unusable(entry, "it has not exactly one input")
    features = np.asarray(outputs[0])
    if features.size != spec.dimension or features.dtype.kind != "f":
        raise _unusable(entry, f"it does not give {spec.dimension} floating-point numbers")
    if not np.isfinite(features).all():
        raise _unusable(entry, "it gives numbers that are not finite")


def _outputs(onnx: bytes, chip: FloatArray) -> list[Any] | None:
    runtime: Any = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    with tempfile.TemporaryDirectory() as empty:
        # Weights in further files would escape the SHA-256: they are looked for where none are.
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", empty
        )
        session = runtime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_inputs()]
        return list(session.run(None, {names[0]: chip})) if len(names) == 1 else None


def _failures() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises; its errors have no base class of their own."""
    state: Any = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    kinds: list[object] = list(vars(state).values())
    own = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception))
    return (*own, RuntimeError, ValueError, TypeError)


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

"""The one place that runs neural networks: ONNX Runtime on the CPU."""

from __future__ import annotations

import os

# ONNX Runtime's own builds write a device id into the user's cache and send usage data to their
# maker, from the moment they are imported. This switch is read then, and turns off all of it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from visavis.errors import ModelProblem
from visavis.types import FloatArray

# For a program that had imported the runtime before us, and for Windows.
ort.disable_telemetry_events()

__all__ = ["Network"]

_state = ort.capi.onnxruntime_pybind11_state
_RUNTIME_ERRORS = (
    _state.Fail,
    _state.InvalidArgument,
    _state.InvalidGraph,
    _state.InvalidProtobuf,
    _state.NoModel,
    _state.NotImplemented,
    _state.RuntimeException,
    RuntimeError,
    TypeError,
    ValueError,
)


class Network:
    """An ONNX network with one input.

    Args:
        data: the ONNX file's bytes, already checked by the registry.
        name: the model's id, for error messages.
        threads: cores one run may use; more than the machine has are not taken.

    Raises:
        ModelProblem: the runtime cannot load or run the network.

    """

    def __init__(self, data: bytes, *, name: str, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = min(threads, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        # Between runs the cores belong to the rest of the program.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        # Weights in further files would escape the SHA-256: they are looked for where none are.
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", os.devnull
        )
        self._name = name
        try:
            self._session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except _RUNTIME_ERRORS as error:
            raise self._problem("cannot be loaded") from error
        inputs = [value.name for value in self._session.get_inputs()]
        if len(inputs) != 1:
            raise self._problem("has not exactly one input")
        self._input = inputs[0]

    def run(self, batch: FloatArray) -> list[FloatArray]:
        """Return every output for one batch."""
        try:
            outputs: list[FloatArray] = self._session.run(None, {self._input: batch})
        except _RUNTIME_ERRORS as error:
            raise self._problem("does not take the input it was declared with") from error
        return outputs

    def _problem(self, what: str) -> ModelProblem:
        return ModelProblem(
            "model_unusable",
            f"The model {self._name} {what}.",
            "Run `visavis models verify`. A model of your own needs a manifest that fits it, and"
            " to be exported as a single ONNX file.",
        )

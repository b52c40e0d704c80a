"""Writing an ONNX graph so that the same input gives the same bytes on every machine."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from visavis.errors import ModelProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = Sequence[int | str]
"""Sizes of a tensor; a word stands for a size that is only known at run time."""

_OPSET: Final = 13
_IR_VERSION: Final = 8
_TYPES: Final = {np.dtype(np.float32): "FLOAT", np.dtype(np.int64): "INT64"}


def optional(name: str) -> Any:
    """Import a package of the optional extra ``models``.

    Raises:
        ModelProblem: ``importers_missing``.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ModelProblem(
            "importers_missing",
            f"The package {name!r}, which turns published weights into ONNX, is not installed.",
            "Run `pip install 'visavis[models]'`.",
        ) from error


class Graph:
    """An ONNX graph in the making. Values are named by strings, in the order they appear."""

    def __init__(self) -> None:
        self._onnx = optional("onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, op: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """Add one node with one output and return that output's name."""
        name = output or f"v{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Add a constant, float32 or int64, and return its name."""
        name = f"c{len(self._constants)}"
        kind = _TYPES[values.dtype]
        little = values.astype(values.dtype.newbyteorder("<"))
        tensor = self._onnx.TensorProto(
            name=name,
            data_type=self._onnx.TensorProto.DataType.Value(kind),
            dims=values.shape,
            raw_data=little.tobytes(),
        )
        self._constants.append(tensor)
        return name

    def integers(self, *values: int) -> str:
        """Add a constant list of int64 and return its name."""
        return self.constant(np.array(values, np.int64))

    def to_bytes(self, shape: Shape, outputs: Sequence[tuple[str, Shape]]) -> bytes:
        """Finish: one float32 input called ``input``, and the named float32 outputs.

        Raises:
            ModelProblem: ``weights_unusable`` when the graph makes no sense, which only
                happens when the file it was made from is damaged.
        """
        onnx = self._onnx
        infos = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(sizes))
            for name, sizes in (("input", shape), *outputs)
        ]
        graph = onnx.GraphProto(
            name="visavis",
            node=self._nodes,
            initializer=self._constants,
            input=infos[:1],
            output=infos[1:],
        )
        opset = onnx.OperatorSetIdProto(domain="", version=_OPSET)
        model = onnx.ModelProto(ir_version=_IR_VERSION, graph=graph, opset_import=[opset])
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise unusable("its layers do not fit together") from error
        return bytes(model.SerializeToString(deterministic=True))


def unusable(what: str) -> ModelProblem:
    """Return the error for a weights file whose content is not what it has to be."""
    return ModelProblem(
        "weights_unusable",
        f"The weights file cannot be turned into ONNX: {what}.",
        "Run `visavis models fetch` to get the original file again.",
    )

"""Reading a TFLite file (a FlatBuffer) into plain values, with every length bounded.

Source: ``tensorflow/lite/schema/schema.fbs``, version 3, through the package ``tflite``.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.registry._graph import optional, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

Constant = NDArray[np.float32] | NDArray[np.int64]

_IDENTIFIER: Final = b"TFL3"
_SCHEMA: Final = 3
_MOST_SIZES: Final = 4
_LARGEST_SIZE: Final = 4096
_STORED: Final = {"FLOAT32": "<f4", "FLOAT16": "<f2", "INT32": "<i4"}

# What the reader of FlatBuffers raises when an offset leads out of the file.
_LEADS_NOWHERE: Final = (
    struct.error,
    AttributeError,
    IndexError,
    OverflowError,
    TypeError,
    ValueError,
)

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "ADD": ("AddOptions", "FusedActivationFunction"),
    "CONCATENATION": ("ConcatenationOptions", "Axis", "FusedActivationFunction"),
    "CONV_2D": (
        *("Conv2DOptions", "Padding", "StrideH", "StrideW"),
        *("DilationHFactor", "DilationWFactor", "FusedActivationFunction"),
    ),
    "DEPTHWISE_CONV_2D": (
        *("DepthwiseConv2DOptions", "Padding", "StrideH", "StrideW"),
        *("DilationHFactor", "DilationWFactor", "FusedActivationFunction", "DepthMultiplier"),
    ),
    "DEQUANTIZE": (),
    "MAX_POOL_2D": (
        *("Pool2DOptions", "Padding", "StrideH", "StrideW"),
        *("FilterHeight", "FilterWidth", "FusedActivationFunction"),
    ),
    "PAD": (),
    "PRELU": (),
    "RELU": (),
    "RESHAPE": (),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", "AlignCorners", "HalfPixelCenters"),
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the graph.

    Args:
        shape: one to four sizes, each 1 to 4096; images are (1, height, width, channels).
        constant: its numbers when they are stored in the file, floats as float32 and
            integers as int64.
    """

    shape: tuple[int, ...]
    constant: Constant | None


@dataclass(frozen=True, slots=True)
class Operator:
    """A step of the graph: its kind and options as the schema names them, and its tensors."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Network:
    """One TFLite graph. Operators are in the order they run; numbers point into tensors."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: int
    outputs: tuple[int, ...]


def read(data: bytes) -> Network:
    """Read a TFLite file that has one graph with one input.

    Raises:
        ModelProblem: ``weights_unusable`` for anything else, for unknown operators and for
            tensors that are sparse or of other types than float16, float32 and int32;
            ``importers_missing`` when the extra ``models`` is not installed.
    """
    tflite = optional("tflite")
    if data[4:8] != _IDENTIFIER:
        raise unusable("it is not a TFLite file")
    try:
        return _Decoder(tflite, data).network()
    except _LEADS_NOWHERE as error:
        raise unusable("it is damaged") from error


class _Decoder:
    def __init__(self, tflite: Any, data: bytes) -> None:
        self._tflite = tflite
        self._most = len(data) // 4  # every element of a vector takes at least four bytes
        self._stored = 0
        self._limit = 2 * len(data)  # bytes of constants; tensors may share some
        self._model = tflite.Model.GetRootAsModel(data, 0)

    def network(self) -> Network:
        model = self._model
        if model.Version() != _SCHEMA or model.SubgraphsLength() != 1:
            raise unusable("it is not version 3 with one graph")
        graph = model.Subgraphs(0)
        tensors = [graph.Tensors(n) for n in range(self._count(graph.TensorsLength()))]
        operators = [graph.Operators(n) for n in range(self._count(graph.OperatorsLength()))]
        inputs = self._numbers(graph.InputsAsNumpy(), len(tensors))
        outputs = self._numbers(graph.OutputsAsNumpy(), len(tensors))
        if len(inputs) != 1 or not outputs:
            raise unusable("it has not exactly one input and some output")
        return Network(
            tuple(self._tensor(tensor) for tensor in tensors),
            tuple(self._operator(operator, len(tensors)) for operator in operators),
            inputs[0],
            outputs,
        )

    def _tensor(self, tensor: Any) -> Tensor:
        names = {getattr(self._tflite.TensorType, name): name for name in _STORED}
        kind = names.get(tensor.Type())
        shape = tuple(int(size) for size in self._vector(tensor.ShapeAsNumpy()))
        if kind is None or tensor.Sparsity() is not None:
            raise unusable("a tensor is of an unknown type")
        if len(shape) > _MOST_SIZES or not all(1 <= size <= _LARGEST_SIZE for size in shape):
            raise unusable("a tensor is of an unknown shape")
        number = self._below(tensor.Buffer(), self._model.BuffersLength())
        raw = self._vector(self._model.Buffers(number).DataAsNumpy()).tobytes()
        if not raw:
            return Tensor(shape, None)
        self._stored += len(raw)
        if self._stored > self._limit:
            raise unusable("its tensors hold more than the file")
        values: NDArray[Any] = np.frombuffer(raw, _STORED[kind])
        if values.size != math.prod(shape):
            raise unusable("a tensor does not have as many numbers as its shape says")
        values = values.reshape(shape)
        if kind == "INT32":
            return Tensor(shape, values.astype(np.int64))
        return Tensor(shape, values.astype(np.float32))

    def _operator(self, operator: Any, tensors: int) -> Operator:
        known = {getattr(self._tflite.BuiltinOperator, name): name for name in _OPTIONS}
        number = self._below(operator.OpcodeIndex(), self._model.OperatorCodesLength())
        code = self._model.OperatorCodes(number)
        kind = known.get(code.BuiltinCode())
        if kind is None:
            raise unusable("it has an operator that is not known here")
        outputs = self._numbers(operator.OutputsAsNumpy(), tensors)
        if len(outputs) != 1:
            raise unusable(f"{kind} has not exactly one output")
        inputs = self._numbers(operator.InputsAsNumpy(), tensors)
        return Operator(kind, inputs, outputs[0], self._options(operator, kind))

    def _options(self, operator: Any, kind: str) -> dict[str, int]:
        if not _OPTIONS[kind]:
            return {}
        table, *fields = _OPTIONS[kind]
        if operator.BuiltinOptionsType() != getattr(self._tflite.BuiltinOptions, table):
            raise unusable(f"{kind} comes without its options")
        stored = operator.BuiltinOptions()
        options = getattr(self._tflite, table)()
        options.Init(stored.Bytes, stored.Pos)
        return {field: int(getattr(options, field)()) for field in fields}

    def _count(self, length: int) -> int:
        if not 0 < length <= self._most:
            raise unusable("a list in it is longer than the file")
        return length

    @staticmethod
    def _vector(values: Any) -> NDArray[Any]:
        """Return the vector as it was read; the reader gives 0 for one that is not there."""
        return values if isinstance(values, np.ndarray) else np.empty(0, np.int32)

    def _numbers(self, values: Any, below: int) -> tuple[int, ...]:
        return tuple(self._below(int(value), below) for value in self._vector(values))

    @staticmethod
    def _below(value: int, limit: int) -> int:
        if not 0 <= value < limit:
            raise unusable("something in it points to nothing")
        return value

"""Turning the TFLite models of MediaPipe (BlazeFace, Face Mesh) into ONNX.

TFLite keeps images as (1, height, width, channels), ONNX Runtime is fast on (1, channels,
height, width): images are turned once at the input and back where they are reshaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from visavis.registry._graph import Graph, unusable
from visavis.registry._tflite_file import Constant, Network, Operator, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visavis.types import FloatArray

_NO_ACTIVATION, _RELU, _RELU6 = 0, 1, 3
_SAME: Final = 0
_IMAGE: Final = 4  # sizes of a tensor that is an image
_ROWS: Final = 3  # sizes of a tensor that has a row for each anchor
_OUTPUTS: Final = {16: "boxes", 1404: "mesh"}
"""Names of the outputs by how many numbers each row has."""


def to_onnx(data: bytes) -> bytes:
    """Turn a TFLite model into ONNX.

    The result takes ``input``, float32, of the same shape as the model does, (1, height,
    width, 3). A detector gives ``boxes`` (1, anchors, 16) and ``scores`` (1, anchors, 1),
    Face Mesh gives ``mesh`` (1, 1404) and ``presence`` (1, 1), in the order of the model.
    The same data gives the same bytes.

    Raises:
        ModelProblem: ``weights_unusable`` when the data is damaged or has an operator,
            activation or type that is not known here; ``importers_missing`` when the extra
            ``models`` is not installed.
    """
    return _Converter(read(data)).model()


class _Converter:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._graph = Graph()
        self._constants: dict[int, Constant] = {
            n: tensor.constant
            for n, tensor in enumerate(network.tensors)
            if tensor.constant is not None
        }
        self._names: dict[int, str] = {}

    def model(self) -> bytes:
        shape = self._shape(self._network.input)
        if len(shape) != _IMAGE:
            raise unusable("its input is not an image")
        self._names[self._network.input] = self._graph.add("Transpose", "input", perm=[0, 3, 1, 2])
        for operator in self._network.operators:
            _STEPS[operator.kind](self, operator)
        outputs = [self._output(tensor) for tensor in self._network.outputs]
        return self._graph.to_bytes(shape, outputs)

    def dequantise(self, operator: Operator) -> None:
        self._constants[operator.output] = self._floats(self._input(operator, 0))

    def convolve(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(0, 3, 1, 2)
        self._window(operator, weights, groups=1)

    def convolve_depthwise(self, operator: Operator) -> None:
        weights = self._weights(operator).transpose(3, 0, 1, 2)
        if operator.options["DepthMultiplier"] != 1 or weights.shape[1] != 1:
            raise unusable("a depthwise convolution makes more channels than it takes")
        self._window(operator, weights, groups=weights.shape[0])

    def pool(self, operator: Operator) -> None:
        window = operator.options["FilterHeight"], operator.options["FilterWidth"]
        value = self._graph.add(
            "MaxPool",
            self._value(operator, 0),
            kernel_shape=window,
            strides=self._strides(operator),
            pads=self._pads(operator, window),
        )
        self._set(operator, value)

    def add(self, operator: Operator) -> None:
        value = self._graph.add("Add", self._value(operator, 0), self._value(operator, 1))
        self._set(operator, value)

    def rectify(self, operator: Operator) -> None:
        self._set(operator, self._graph.add("Relu", self._value(operator, 0)))

    def rectify_sloped(self, operator: Operator) -> None:
        # slope * x + (1 - slope) * relu(x): ONNX Runtime's own PRelu takes three times as long.
        x = self._value(operator, 0)
        slope = self._floats(self._input(operator, 1)).reshape(-1, 1, 1)
        kept = self._graph.add("Mul", x, self._graph.constant(slope))
        above = self._graph.add("Relu", x)
        rest = self._graph.add("Mul", above, self._graph.constant(np.float32(1) - slope))
        self._set(operator, self._graph.add("Add", kept, rest))

    def pad(self, operator: Operator) -> None:
        widths = self._integers(self._input(operator, 1))
        if widths.shape != (_IMAGE, 2) or widths.min() < 0:
            raise unusable("a padding is not one of an image")
        ends = widths[[0, 3, 1, 2]].T.reshape(-1)
        name = self._graph.integers(*(int(end) for end in ends))
        self._set(operator, self._graph.add("Pad", self._value(operator, 0), name))

    def resize(self, operator: Operator) -> None:
        size = self._integers(self._input(operator, 1))
        channels = self._shape(operator.output)[-1]
        modes = {(0, 0): "asymmetric", (1, 0): "align_corners", (0, 1): "half_pixel"}
        chosen = operator.options["AlignCorners"], operator.options["HalfPixelCenters"]
        if size.shape != (2,) or chosen not in modes:
            raise unusable("a resize is not one of an image")
        sizes = self._graph.integers(1, channels, int(size[0]), int(size[1]))
        value = self._graph.add(
            *("Resize", self._value(operator, 0), "", "", sizes),
            mode="linear",
            coordinate_transformation_mode=modes[chosen],
        )
        self._set(operator, value)

    def reshape(self, operator: Operator) -> None:
        value = self._value(operator, 0)
        shape = self._shape(operator.output)
        if len(shape) == _IMAGE:
            raise unusable("a reshape makes an image")
        if len(self._shape(self._input(operator, 0))) == _IMAGE:
            value = self._graph.add("Transpose", value, perm=[0, 2, 3, 1])
        self._set(operator, self._graph.add("Reshape", value, self._graph.integers(*shape)))

    def concatenate(self, operator: Operator) -> None:
        if len(self._shape(operator.output)) == _IMAGE:
            raise unusable("a concatenation makes an image")
        values = [self._value(operator, n) for n in range(len(operator.inputs))]
        self._set(operator, self._graph.add("Concat", *values, axis=operator.options["Axis"]))

    def _window(self, operator: Operator, weights: FloatArray, *, groups: int) -> None:
        if (operator.options["DilationHFactor"], operator.options["DilationWFactor"]) != (1, 1):
            raise unusable("a convolution is dilated")
        height, width = weights.shape[2:]
        value = self._graph.add(
            "Conv",
            self._value(operator, 0),
            self._graph.constant(np.ascontiguousarray(weights)),
            self._graph.constant(self._floats(self._input(operator, 2))),
            kernel_shape=(height, width),
            strides=self._strides(operator),
            pads=self._pads(operator, (height, width)),
            group=groups,
        )
        self._set(operator, value)

    def _weights(self, operator: Operator) -> FloatArray:
        weights = self._floats(self._input(operator, 1))
        if weights.ndim != _IMAGE:
            raise unusable("a convolution has weights of a wrong shape")
        return weights

    def _strides(self, operator: Operator) -> tuple[int, int]:
        strides = operator.options["StrideH"], operator.options["StrideW"]
        if min(strides) < 1:
            raise unusable("a window does not move")
        return strides

    def _pads(self, operator: Operator, window: tuple[int, int]) -> tuple[int, ...]:
        """Return top, left, bottom and right; ``SAME`` puts the odd pixel at the end."""
        shape = self._shape(self._input(operator, 0))
        if len(shape) != _IMAGE or min(window) < 1:
            raise unusable("a window is not over an image")
        if operator.options["Padding"] != _SAME:
            return (0, 0, 0, 0)
        steps = zip(shape[1:3], window, self._strides(operator), strict=True)
        missing = [
            max((-(-side // step) - 1) * step + size - side, 0) for side, size, step in steps
        ]
        before = [pixels // 2 for pixels in missing]
        return (*before, *(total - first for total, first in zip(missing, before, strict=True)))

    def _set(self, operator: Operator, value: str) -> None:
        activation = operator.options.get("FusedActivationFunction", _NO_ACTIVATION)
        if activation == _RELU:
            value = self._graph.add("Relu", value)
        elif activation == _RELU6:
            low, high = (self._graph.constant(np.array(edge, np.float32)) for edge in (0, 6))
            value = self._graph.add("Clip", value, low, high)
        elif activation != _NO_ACTIVATION:
            raise unusable("it has an activation that is not known here")
        self._names[operator.output] = value

    def _output(self, tensor: int) -> tuple[str, tuple[int, ...]]:
        shape = self._shape(tensor)
        if len(shape) == _IMAGE:  # one pixel: the channels are what is asked for
            shape = (1, shape[-1])
        if tensor not in self._names:
            raise unusable("nothing makes its output")
        single = "scores" if len(shape) == _ROWS else "presence"
        name = _OUTPUTS.get(shape[-1], single)
        sizes = self._graph.integers(*shape)
        return self._graph.add("Reshape", self._names[tensor], sizes, output=name), shape

    def _input(self, operator: Operator, position: int) -> int:
        if position >= len(operator.inputs):
            raise unusable(f"{operator.kind} has too few inputs")
        return operator.inputs[position]

    def _value(self, operator: Operator, position: int) -> str:
        tensor = self._input(operator, position)
        if tensor not in self._names:
            raise unusable(f"{operator.kind} takes a value before it is made")
        return self._names[tensor]

    def _floats(self, tensor: int) -> FloatArray:
        values = self._constants.get(tensor)
        if values is None or values.dtype != np.float32:
            raise unusable("weights are missing")
        return values.astype(np.float32)

    def _integers(self, tensor: int) -> Constant:
        values = self._constants.get(tensor)
        if values is None or values.dtype != np.int64:
            raise unusable("a list of sizes is missing")
        return values

    def _shape(self, tensor: int) -> tuple[int, ...]:
        return self._network.tensors[tensor].shape


_STEPS: Final[Mapping[str, Callable[[_Converter, Operator], None]]] = {
    "ADD": _Converter.add,
    "CONCATENATION": _Converter.concatenate,
    "CONV_2D": _Converter.convolve,
    "DEPTHWISE_CONV_2D": _Converter.convolve_depthwise,
    "DEQUANTIZE": _Converter.dequantise,
    "MAX_POOL_2D": _Converter.pool,
    "PAD": _Converter.pad,
    "PRELU": _Converter.rectify_sloped,
    "RELU": _Converter.rectify,
    "RESHAPE": _Converter.reshape,
    "RESIZE_BILINEAR": _Converter.resize,
}

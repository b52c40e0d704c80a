"""Turning dlib's face recognition network into ONNX."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from visavis.registry._dlib_net import DIMENSION, INPUT_SIZE, LEVELS, Convolution, read
from visavis.registry._graph import Graph

_STEM: Final = (7, 2, 3, 2)  # convolution and max pool in front: size, stride, size, stride


def to_onnx(data: bytes) -> bytes:
    """Turn ``dlib_face_recognition_resnet_model_v1.dat`` into ONNX.

    The result takes ``input``, float32, shape (N, 3, 150, 150), RGB, already normalised as
    ``(pixel - mean) / 256`` with dlib's means (122.782, 117.001, 104.298), and gives
    ``features``, float32, shape (N, 128), which are not of unit length. Affine layers are
    folded into the convolutions. The same data gives the same bytes.

    Raises:
        ModelProblem: ``weights_unusable`` when the data is not exactly that file format and
            network, ``importers_missing`` when the extra ``models`` is not installed.
    """
    weights = read(data)
    graph = Graph()
    convolutions = iter(weights.convolutions)
    size, stride, pool, step = _STEM
    x = graph.add("Relu", _convolve(graph, "input", next(convolutions)))
    x = graph.add("MaxPool", x, kernel_shape=[pool] * 2, strides=[step] * 2)
    side = _after(_after(INPUT_SIZE, size, stride), pool, step)
    channels = LEVELS[0][0]
    for filters, blocks, halves in LEVELS:
        for block in range(blocks):
            down = halves and block == 0
            branch = graph.add("Relu", _convolve(graph, x, next(convolutions)))
            branch = _convolve(graph, branch, next(convolutions))
            if down:
                x, branch, side = _common(graph, x, branch, side, filters - channels)
            x = graph.add("Relu", graph.add("Add", branch, x))
            channels = filters
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    matrix = graph.constant(np.ascontiguousarray(weights.features))
    graph.add("MatMul", x, matrix, output="features")
    shape = ("N", 3, INPUT_SIZE, INPUT_SIZE)
    return graph.to_bytes(shape, [("features", ("N", DIMENSION))])


def _convolve(graph: Graph, x: str, layer: Convolution) -> str:
    size = layer.weights.shape[-1]
    return graph.add(
        "Conv",
        x,
        graph.constant(layer.weights),
        graph.constant(layer.bias),
        kernel_shape=[size] * 2,
        strides=[layer.stride] * 2,
        pads=[size // 2 if layer.stride == 1 else 0] * 4,
    )


def _common(graph: Graph, x: str, branch: str, side: int, more: int) -> tuple[str, str, int]:
    """Halve the shortcut and bring both ways to one shape, with zeros at the far ends.

    dlib's ``add_prev_`` adds two tensors of different shapes as if the smaller one was
    filled up with zeros (``cpu::add`` in ``cuda/cpu_dlib.cpp``).
    """
    shortcut = graph.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    sides = _after(side, 2, 2), _after(side, 3, 2)
    largest = max(sides)
    shortcut = _pad(graph, shortcut, more, largest - sides[0])
    branch = _pad(graph, branch, 0, largest - sides[1])
    return shortcut, branch, largest


def _pad(graph: Graph, x: str, channels: int, pixels: int) -> str:
    if channels == pixels == 0:
        return x
    return graph.add("Pad", x, graph.integers(0, 0, 0, 0, 0, channels, pixels, pixels))


def _after(side: int, size: int, stride: int) -> int:
    """Return the side of an image after a window without padding."""
    return math.floor((side - size) / stride) + 1

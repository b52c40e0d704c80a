"""The network of dlib's face recognition model: which layers, and how each one is stored.

Sources, in dlib 20.0.1: ``tools/python/src/face_recognition.cpp`` (``anet_type``), the
``serialize`` functions in ``dnn/layers.h`` (details of a layer) and ``dnn/core.h`` (what
stands around them), ``dnn/input.h`` and ``dnn/loss.h``. A layer is written as
version, the layers below it, its details, its state: so the versions of all layers come
first, from the output down, and then the layers themselves, from the input up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from visavis.registry._dlib_file import Reader
from visavis.registry._graph import unusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visavis.types import FloatArray

INPUT_SIZE: Final = 150
DIMENSION: Final = 128
LEVELS: Final = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
"""Filters, residual blocks, and whether the first block halves the image; input first."""

_MEAN: Final = (122.782, 117.001, 104.298)
_CLOSE: Final = 1e-4  # the means are stored as float32
_AFFINE_PER_CHANNEL: Final = 0  # layer_mode CONV_MODE
_NO_BIAS: Final = 1  # fc_bias_mode FC_NO_BIAS


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution with the affine layer after it folded in.

    Args:
        weights: shape (filters, channels, size, size).
        bias: shape (filters,).
        stride: the same for rows and columns; with 1 the size of the image is kept, with
            2 there is no padding.
    """

    weights: FloatArray
    bias: FloatArray
    stride: int


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything that was learnt.

    Args:
        convolutions: 29 of them, from the input to the output.
        features: shape (256, 128), the last matrix, used as ``x @ features``.
    """

    convolutions: tuple[Convolution, ...]
    features: FloatArray


def read(data: bytes) -> Weights:
    """Read the whole file, to its last byte.

    Raises:
        ModelProblem: ``weights_unusable`` when it is anything but this network.
    """
    reader = Reader(data)
    reader.integers(1)
    reader.word("loss_metric_2")
    reader.number()
    reader.number()
    layers = tuple(_layers())
    for layer in reversed(layers):
        reader.integers(_version(layer, first=layer is layers[0]))
    _input(reader)
    convolutions: list[Convolution] = []
    features: FloatArray | None = None
    for layer in layers:
        if isinstance(layer, _Con):
            convolutions.append(_convolution(reader, layer, first=layer is layers[0]))
        elif isinstance(layer, _Affine):
            convolutions[-1] = _folded(reader, layer, convolutions[-1])
        elif layer == "fc":
            features = _linear(reader)
        else:
            _plain(reader, str(layer))
    reader.finish()
    if features is None:  # pragma: no cover - the last layer is always there
        raise unusable("its last layer is missing")
    return Weights(tuple(convolutions), features)


@dataclass(frozen=True, slots=True, eq=False)
class _Con:
    channels: int
    filters: int
    size: int
    stride: int


@dataclass(frozen=True, slots=True, eq=False)
class _Affine:
    filters: int


def _layers() -> Iterator[_Con | _Affine | str]:
    """Yield the layers from the input to the output."""
    channels = LEVELS[0][0]
    yield from (_Con(3, channels, 7, 2), _Affine(channels), "relu", "max_pool")
    for filters, blocks, halves in LEVELS:
        for block in range(blocks):
            down = halves and block == 0
            yield "tag"
            yield from (_Con(channels, filters, 3, 2 if down else 1), _Affine(filters), "relu")
            yield from (_Con(filters, filters, 3, 1), _Affine(filters))
            if down:
                yield from ("tag", "skip", "avg_pool")
            yield from ("add_prev", "relu")
            channels = filters
    yield from ("avg_pool_everything", "fc")


def _version(layer: _Con | _Affine | str, *, first: bool) -> int:
    if first:
        return 3
    return 1 if layer in {"tag", "skip"} else 2


def _input(reader: Reader) -> None:
    reader.word("input_rgb_image_sized")
    for mean in _MEAN:
        if abs(reader.number() - mean) > _CLOSE:
            raise unusable(f"a mean of {mean} is expected")
    reader.integers(INPUT_SIZE, INPUT_SIZE)


def _convolution(reader: Reader, layer: _Con, *, first: bool) -> Convolution:
    count = layer.filters * layer.channels * layer.size**2
    padding = layer.size // 2 if layer.stride == 1 else 0
    reader.word("con_4")
    values = reader.tensor(count + layer.filters, 1, 1, 1).reshape(-1)
    reader.integers(layer.filters, layer.size, layer.size, layer.stride, layer.stride)
    reader.integers(padding, padding)
    reader.alias(layer.filters, layer.channels, layer.size, layer.size)
    reader.alias(1, layer.filters, 1, 1)
    for _ in range(4):  # learning-rate and weight-decay multipliers
        reader.number()
    _state(reader, first=first)
    weights = values[:count].reshape(layer.filters, layer.channels, layer.size, layer.size)
    return Convolution(weights, values[count:], layer.stride)


def _folded(reader: Reader, layer: _Affine, before: Convolution) -> Convolution:
    reader.word("affine_")
    values = reader.tensor(2 * layer.filters, 1, 1, 1).astype(np.float64).reshape(2, -1)
    reader.alias(1, layer.filters, 1, 1)
    reader.alias(1, layer.filters, 1, 1)
    reader.integers(_AFFINE_PER_CHANNEL)
    _state(reader)
    gamma, beta = values
    weights = gamma[:, None, None, None] * before.weights
    bias = gamma * before.bias + beta
    return Convolution(weights.astype(np.float32), bias.astype(np.float32), before.stride)


def _linear(reader: Reader) -> FloatArray:
    inputs = LEVELS[-1][0]
    reader.word("fc_2")
    reader.integers(DIMENSION, inputs)
    features = reader.tensor(inputs, DIMENSION, 1, 1).reshape(inputs, DIMENSION)
    reader.alias(inputs, DIMENSION, 1, 1)
    reader.alias(0, 0, 0, 0)
    reader.integers(_NO_BIAS)
    for _ in range(4):
        reader.number()
    _state(reader)
    return features


def _plain(reader: Reader, layer: str) -> None:
    if layer in {"tag", "skip"}:
        return
    if layer in {"relu", "add_prev"}:
        reader.word(f"{layer}_")
    elif layer == "max_pool":
        reader.word("max_pool_2")
        reader.integers(3, 3, 2, 2, 0, 0)
    else:
        size, stride = (2, 2) if layer == "avg_pool" else (0, 1)
        reader.word("avg_pool_2")
        reader.integers(size, size, stride, stride, 0, 0)
    _state(reader)


def _state(reader: Reader, *, first: bool = False) -> None:
    """Take what training left behind a layer: three flags and three empty tensors."""
    for _ in range(3):
        reader.flag()
    for _ in range(3):
        reader.tensor(0, 0, 0, 0)
    if first:
        reader.integers(1)  # how many images each sample is made into

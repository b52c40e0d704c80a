"""Single operators, in files built here, against NumPy."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
import onnxruntime
import pytest
import tflite
from hypothesis import given
from hypothesis import strategies as st

from visavis.errors import ModelProblem
from visavis.registry._tflite import to_onnx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visavis.types import FloatArray

Values = np.ndarray[Any, np.dtype[Any]]
IMAGE = (1, 4, 5, 2)
KINDS = {"float32": "FLOAT32", "float16": "FLOAT16", "int32": "INT32", "int8": "INT8"}


@dataclass
class Step:
    """One operator: constants are its further inputs."""

    code: str
    constants: Sequence[Values] = ()
    options: str = ""
    fields: dict[str, int] = field(default_factory=dict)
    result: tuple[int, ...] = IMAGE


def build(step: Step, shape: tuple[int, ...] = IMAGE, version: int = 3) -> bytes:
    """Build a TFLite file with one operator, from the input to the output."""
    b = flatbuffers.Builder(1024)
    tensors = [
        tensor(b, shape, "FLOAT32", 0),
        tensor(b, step.result, "FLOAT32", 0),
        *(
            tensor(b, values.shape, KINDS[values.dtype.name], n)
            for n, values in enumerate(step.constants, start=1)
        ),
    ]
    buffers = [buffer(b, b""), *(buffer(b, values.tobytes()) for values in step.constants)]
    operators = listed(b, [operator(b, step)])
    inputs, outputs = (b.CreateNumpyVector(np.array([n], np.int32)) for n in (0, 1))
    all_tensors, all_buffers = listed(b, tensors), listed(b, buffers)
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, all_tensors)
    tflite.SubGraphAddInputs(b, inputs)
    tflite.SubGraphAddOutputs(b, outputs)
    tflite.SubGraphAddOperators(b, operators)
    graphs = listed(b, [tflite.SubGraphEnd(b)])
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, getattr(tflite.BuiltinOperator, step.code))
    codes = listed(b, [tflite.OperatorCodeEnd(b)])
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, version)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graphs)
    tflite.ModelAddBuffers(b, all_buffers)
    b.Finish(tflite.ModelEnd(b), file_identifier=b"TFL3")
    return bytes(b.Output())


def listed(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def tensor(b: Any, shape: Sequence[int], kind: str, number: int) -> int:
    sizes = b.CreateNumpyVector(np.array(shape, np.int32))
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, sizes)
    tflite.TensorAddType(b, getattr(tflite.TensorType, kind))
    tflite.TensorAddBuffer(b, number)
    return int(tflite.TensorEnd(b))


def buffer(b: Any, data: bytes) -> int:
    values = b.CreateByteVector(data) if data else None
    tflite.BufferStart(b)
    if values is not None:
        tflite.BufferAddData(b, values)
    return int(tflite.BufferEnd(b))


def operator(b: Any, step: Step) -> int:
    options = None
    if step.options:
        getattr(tflite, f"{step.options}Start")(b)
        for name, value in step.fields.items():
            getattr(tflite, f"{step.options}Add{name}")(b, value)
        options = getattr(tflite, f"{step.options}End")(b)
    inputs = b.CreateNumpyVector(np.array([0, *range(2, 2 + len(step.constants))], np.int32))
    outputs = b.CreateNumpyVector(np.array([1], np.int32))
    tflite.OperatorStart(b)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    if options is not None:
        tflite.OperatorAddBuiltinOptionsType(b, getattr(tflite.BuiltinOptions, step.options))
        tflite.OperatorAddBuiltinOptions(b, options)
    return int(tflite.OperatorEnd(b))


def run(step: Step, values: FloatArray) -> FloatArray:
    session = onnxruntime.InferenceSession(
        to_onnx(build(step, values.shape)), providers=["CPUExecutionProvider"]
    )
    (result,) = session.run(None, {"input": values})
    return np.asarray(result, np.float32)


def image(*shape: int) -> FloatArray:
    return np.random.default_rng(7).normal(0, 3, shape).astype(np.float32)


PIXEL = (1, 1, 1, 6)


def test_prelu_is_what_it_says() -> None:
    values = image(*PIXEL)
    slope = np.linspace(-0.5, 1.5, 6, dtype=np.float32).reshape(1, 1, 6)
    result = run(Step("PRELU", [slope], result=PIXEL), values)
    expected = np.where(values > 0, values, slope * values)
    assert np.allclose(result, expected.reshape(1, 6), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("activation", "high"), [(0, None), (1, np.inf), (3, 6.0)])
def test_fused_activations(activation: int, high: float | None) -> None:
    values = image(*PIXEL) * 3
    weights = np.eye(6, dtype=np.float32).reshape(6, 1, 1, 6)
    fields = {
        "Padding": 1,
        "StrideH": 1,
        "StrideW": 1,
        "DilationHFactor": 1,
        "DilationWFactor": 1,
        "FusedActivationFunction": activation,
    }
    step = Step("CONV_2D", [weights, np.zeros(6, np.float32)], "Conv2DOptions", fields, PIXEL)
    expected = values if high is None else values.clip(0, high)
    assert np.allclose(run(step, values), expected.reshape(1, 6))


@pytest.mark.parametrize("stored", [np.float32, np.float16])
def test_same_padding_puts_the_odd_pixel_at_the_end(stored: type[np.generic]) -> None:
    # A 2 x 2 window with stride 1 over one pixel sees that pixel in its upper left corner.
    values = np.full((1, 1, 1, 1), 5, np.float32)
    weights = np.array([[[[1], [10]], [[100], [1000]]]], np.float32)
    fields = {
        "Padding": 0,
        "StrideH": 1,
        "StrideW": 1,
        "DilationHFactor": 1,
        "DilationWFactor": 1,
    }
    step = Step("CONV_2D", [weights, np.ones(1, stored)], "Conv2DOptions", fields, (1, 1, 1, 1))
    if stored is np.float16:
        # Half-precision weights count as they are, without a DEQUANTIZE in between.
        step.constants = [weights.astype(np.float16), np.ones(1, np.float16)]
    assert run(step, values).item() == 6


def test_reshape_keeps_the_order_of_tflite() -> None:
    values = image(1, 2, 3, 4)
    step = Step("RESHAPE", [np.array([1, 24], np.int32)], result=(1, 24))
    assert np.array_equal(run(step, values), values.reshape(1, 24))


def refused(data: bytes) -> str:
    with pytest.raises(ModelProblem) as caught:
        to_onnx(data)
    assert caught.value.reason == "weights_unusable"
    return caught.value.message


def test_an_unknown_operator_is_refused() -> None:
    assert "operator" in refused(build(Step("LOGISTIC")))


def test_an_unknown_activation_is_refused() -> None:
    step = Step("ADD", [image(*IMAGE)], "AddOptions", {"FusedActivationFunction": 4})
    assert "before it is made" in refused(build(step))
    pool = {"Padding": 1, "StrideH": 1, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1}
    pool["FusedActivationFunction"] = 4
    assert "activation" in refused(build(Step("MAX_POOL_2D", [], "Pool2DOptions", pool)))


def test_quantised_weights_are_refused() -> None:
    assert "type" in refused(build(Step("PRELU", [np.ones((1, 1, 2), np.int8)])))


def test_another_version_of_the_format_is_refused() -> None:
    assert "version 3" in refused(build(Step("RELU"), version=2))


def test_a_window_that_does_not_move_is_refused() -> None:
    pool = {"Padding": 1, "StrideH": 0, "StrideW": 1, "FilterHeight": 1, "FilterWidth": 1}
    assert "move" in refused(build(Step("MAX_POOL_2D", [], "Pool2DOptions", pool)))


def test_missing_options_are_refused() -> None:
    assert "options" in refused(build(Step("MAX_POOL_2D")))


def test_missing_weights_are_refused() -> None:
    assert "too few inputs" in refused(build(Step("PRELU")))


def test_an_image_without_end_is_refused() -> None:
    assert "shape" in refused(build(Step("RELU"), (1, 2**30, 2**30, 3)))


@given(st.binary(max_size=300))
def test_noise_is_refused(data: bytes) -> None:
    refused(data)
    refused(data[:4] + b"TFL3" + data[4:])


@given(st.data())
def test_an_altered_file_is_refused_or_converted(data: st.DataObject) -> None:
    altered = bytearray(build(Step("PRELU", [np.ones((1, 1, 6), np.float32)], result=PIXEL), PIXEL))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(altered) - 1))
        altered[position] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ModelProblem):
        to_onnx(bytes(altered))

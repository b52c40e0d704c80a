"""The imported networks against the originals: dlib itself, and LiteRT for the TFLite models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from tests import materials

from visavis.errors import ModelProblem
from visavis.registry import ModelEntry, ModelStore, _dlib, _tflite
from visavis.registry._files import sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    from visavis.types import FloatArray

    RecordProperty = Callable[[str, object], None]

SIDE = 150
Chip = NDArray[np.uint8]


def shipped(name: str) -> ModelEntry:
    entries = {
        Path(entry.source.path).name: entry
        for entry in ModelStore(materials.folder()).entries()
        if entry.source
    }
    return entries[name]


def weights(name: str) -> bytes:
    return materials.path(name).read_bytes()


def run(onnx: bytes, values: FloatArray) -> list[FloatArray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    return list(session.run(None, {"input": values}))


def noise_chips(generator: np.random.Generator) -> list[Chip]:
    return [generator.integers(0, 256, (SIDE, SIDE, 3), np.uint8) for _ in range(14)]


def smooth_chips(generator: np.random.Generator) -> list[Chip]:
    coarse = [generator.integers(0, 256, (5, 5, 3), np.uint8) for _ in range(14)]
    return [
        np.asarray(Image.fromarray(c).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        for c in coarse
    ]


def face_chips(generator: np.random.Generator) -> list[Chip]:
    chips: list[Chip] = []
    for name in materials.PORTRAITS:
        with Image.open(materials.path(name)) as opened:
            image = opened.convert("RGB")
        for share in (0.5, 0.6, 0.7, 0.9):
            side = int(min(image.size) * share)
            left = int(generator.integers(0, image.width - side + 1))
            crop = image.crop((left, 0, left + side, side)).resize((SIDE, SIDE))
            chips.append(np.asarray(crop))
    return chips


@pytest.fixture(scope="module")
def dlib_onnx() -> bytes:
    return _dlib.to_onnx(weights(materials.DLIB_WEIGHTS))


def test_dlib_network_equals_dlib(dlib_onnx: bytes, record_property: RecordProperty) -> None:
    import dlib  # noqa: PLC0415 - half a second that the other tests need not wait for

    generator = np.random.default_rng(20261122)
    chips = [*noise_chips(generator), *smooth_chips(generator), *face_chips(generator)]
    assert len(chips) >= 50
    original = dlib.face_recognition_model_v1(str(materials.path(materials.DLIB_WEIGHTS)))
    expected = np.array([original.compute_face_descriptor(chip) for chip in chips])
    entry = shipped(materials.DLIB_WEIGHTS).embedder
    assert entry is not None
    normalised = (np.array(chips, np.float32) - np.array(entry.mean)) * np.array(entry.scale)
    (features,) = run(dlib_onnx, np.ascontiguousarray(normalised.transpose(0, 3, 1, 2), np.float32))
    assert features.shape == (len(chips), 128)
    difference = float(np.abs(features - expected).max())
    record_property("largest_difference", difference)
    assert difference <= 1e-5
    # The chips are different enough for the comparison to mean something.
    assert float(np.abs(expected - expected.mean(axis=0)).max()) > 0.1


def test_dlib_network_takes_any_batch(dlib_onnx: bytes) -> None:
    batch = np.random.default_rng(1).normal(0, 0.3, (3, 3, SIDE, SIDE)).astype(np.float32)
    together = run(dlib_onnx, batch)[0]
    alone = np.concatenate([run(dlib_onnx, batch[n : n + 1])[0] for n in range(3)])
    assert np.abs(together - alone).max() <= 1e-5


@pytest.mark.parametrize("name", materials.TFLITE_WEIGHTS)
def test_tflite_network_equals_litert(name: str, record_property: RecordProperty) -> None:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - as above

    data = weights(name)
    original: Any = Interpreter(model_content=data, num_threads=1)
    original.allocate_tensors()
    taken = original.get_input_details()[0]
    onnx = _tflite.to_onnx(data)
    generator = np.random.default_rng(20261122)
    worst = 0.0
    for _ in range(20):
        values = generator.uniform(-1, 1, taken["shape"]).astype(np.float32)
        original.set_tensor(taken["index"], values)
        original.invoke()
        given_back = [original.get_tensor(o["index"]) for o in original.get_output_details()]
        for expected, actual in zip(given_back, run(onnx, values), strict=True):
            assert actual.size == expected.size
            difference = np.abs(actual.reshape(-1) - expected.reshape(-1)).max()
            worst = max(worst, float(difference / np.abs(expected).max()))
    record_property("largest_relative_difference", worst)
    assert worst <= 1e-4


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("face_detection_short_range.tflite", {"boxes": [1, 896, 16], "scores": [1, 896, 1]}),
        ("face_detection_full_range.tflite", {"boxes": [1, 2304, 16], "scores": [1, 2304, 1]}),
        ("face_landmark.tflite", {"mesh": [1, 1404], "presence": [1, 1]}),
        (materials.DLIB_WEIGHTS, {"features": ["N", 128]}),
    ],
)
def test_outputs_have_names_and_shapes(name: str, outputs: dict[str, list[int | str]]) -> None:
    importer = _dlib if name == materials.DLIB_WEIGHTS else _tflite
    onnx = importer.to_onnx(weights(name))
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()] == ["input"]
    assert {value.name: value.shape for value in session.get_outputs()} == outputs


@pytest.mark.parametrize("name", [*materials.TFLITE_WEIGHTS, materials.DLIB_WEIGHTS])
def test_result_is_the_pinned_one(name: str) -> None:
    importer = _dlib if name == materials.DLIB_WEIGHTS else _tflite
    assert sha256(importer.to_onnx(weights(name))) == shipped(name).sha256


def converted_or_refused(importer: Any, data: bytes) -> bool:
    """Return whether it was converted; any other error than ``ModelProblem`` is a failure."""
    try:
        importer.to_onnx(data)
    except ModelProblem:
        return False
    return True


DAT_SIZE = 22_466_066
DAT_HEAD = 0x15F  # all layer versions, the input and the first layer, up to its weights


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(length=st.one_of(st.integers(0, 30_000), st.integers(0, DAT_SIZE - 1)))
@example(length=DAT_SIZE - 1)
def test_truncated_dlib_file_is_refused(length: int) -> None:
    assert not converted_or_refused(_dlib, weights(materials.DLIB_WEIGHTS)[:length])


def test_dlib_file_with_more_at_the_end_is_refused() -> None:
    assert not converted_or_refused(_dlib, weights(materials.DLIB_WEIGHTS) + b"\0")


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, DAT_HEAD), flip=st.integers(1, 255))
def test_dlib_file_with_an_altered_head_is_refused(position: int, flip: int) -> None:
    data = bytearray(weights(materials.DLIB_WEIGHTS))
    data[position] ^= flip
    if converted_or_refused(_dlib, bytes(data)):
        # Only a number that training used, or the last digits of a mean, are not missed.
        assert sha256(_dlib.to_onnx(bytes(data))) == shipped(materials.DLIB_WEIGHTS).sha256


@settings(max_examples=30, deadline=None)
@given(position=st.integers(0, 255), flip=st.integers(1, 255))
def test_dlib_file_with_an_altered_end_is_refused_or_read(position: int, flip: int) -> None:
    data = bytearray(weights(materials.DLIB_WEIGHTS))
    data[len(data) - 1 - position] ^= flip
    converted_or_refused(_dlib, bytes(data))


SMALLEST = materials.TFLITE_WEIGHTS[0]


@settings(max_examples=200, deadline=None)
@given(share=st.floats(0, 0.999))
def test_truncated_tflite_file_is_refused(share: float) -> None:
    data = weights(SMALLEST)
    assert not converted_or_refused(_tflite, data[: int(len(data) * share)])


@settings(max_examples=300, deadline=None)
@given(data=st.data(), name=st.sampled_from(materials.TFLITE_WEIGHTS))
def test_altered_tflite_file_is_refused_or_converted(data: st.DataObject, name: str) -> None:
    original = bytearray(weights(name))
    ends = st.one_of(st.integers(0, 4096), st.integers(1, 20_000).map(lambda n: len(original) - n))
    for _ in range(data.draw(st.integers(1, 8))):
        original[data.draw(ends)] = data.draw(st.integers(0, 255))
    converted_or_refused(_tflite, bytes(original))

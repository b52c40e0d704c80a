"""The path from photos to rates through OpenCV, with networks that stand in for its weights.

They have the inputs and outputs of face_detection_yunet_2023mar.onnx and
face_recognition_sface_2021dec.onnx, and find bright squares.
"""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from bench._measure import SetUpError
from bench.peers import _systems
from bench.peers._process import OPENCV, Peer
from bench.peers._protocol import measure
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._participants.people import read_participants

PEOPLE, PHOTOS = 10, 4
PYTHON = Path(sys.executable)  # OpenCV is in the tests' environment too
# Where FaceRecognizerSF wants the five points, as shares of an aligned face.
FIVE = ((0.342, 0.462), (0.657, 0.460), (0.5, 0.641), (0.371, 0.825), (0.632, 0.823))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("weights")
    yunet, sface = folder / "yunet.onnx", folder / "sface.onnx"
    onnx.save(_detector(), yunet)
    onnx.save(_recogniser(), sface)
    return yunet, sface


@pytest.fixture
def peer(weights: tuple[Path, Path]) -> Iterator[Peer]:
    with Peer(OPENCV, *map(str, weights), python=PYTHON) as started:
        yield started


def test_people_are_told_apart_and_a_dark_photo_is_a_failure(peer: Peer, tmp_path: Path) -> None:
    for person in range(PEOPLE):
        for number in range(PHOTOS):
            file = tmp_path / f"p{person}" / f"{number}.png"
            file.parent.mkdir(exist_ok=True)
            dark = (person, number) == (0, 0)
            file.write_bytes(_photo(person, seed=PHOTOS * person + number, dark=dark))
    figures = measure(_systems._opencv(peer), read_participants(tmp_path), LocalWork(2))
    assert (figures.fta.errors, figures.fta.comparisons) == (1, PEOPLE * PHOTOS)
    assert figures.genuine == (PEOPLE - 1) * 6 + 3
    assert figures.usual.fnmr.errors == 0
    assert figures.eer == 0


def test_what_it_runs_on_is_written_down(peer: Peer) -> None:
    versions = _systems._opencv(peer).versions
    assert set(versions) == {"opencv-python-headless", "yunet sha256", "sface sha256"}


def test_a_file_that_is_no_picture_gives_nothing(peer: Peer) -> None:
    assert peer.encode(b"no picture") == {"features": None, "reason": "unreadable"}


def test_weights_that_are_none_are_said(tmp_path: Path) -> None:
    file = tmp_path / "no.onnx"
    file.write_bytes(b"no network")
    with (
        Peer(OPENCV, str(file), str(file), python=PYTHON) as peer,
        pytest.raises(SetUpError, match="ended instead of answering 'versions'"),
    ):
        _systems._opencv(peer)


def _photo(person: int, *, seed: int, dark: bool) -> bytes:
    """Draw a textured square of 32 pixels, bright or dark, on black."""
    texture = np.random.default_rng(person).uniform(140, 255, (8, 8, 3)).repeat(4, 0).repeat(4, 1)
    noise = np.random.default_rng(1000 + seed).normal(0, 3, texture.shape)
    canvas = np.zeros((90, 150, 3))
    canvas[32:64, 64:96] = (texture + noise) * (0.1 if dark else 1.0)
    data = io.BytesIO()
    Image.fromarray(canvas.clip(0, 255).astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


def _detector() -> onnx.ModelProto:
    """Find each cell of 32 pixels that is bright; the coarsest grid finds, the finer never do."""
    nodes, outputs, constants = [], [], []
    keypoints = np.array(FIVE).ravel()
    for stride in (8, 16, 32):
        nodes.append(_pool("input", f"mean_{stride}", stride))
        finds = stride == 32
        heads = {
            "cls": (4 / 765 if finds else 0.0, [-1.0]),
            "obj": (0.0, [1.0 if finds else 0.0]),
            "bbox": (0.0, [0.5, 0.5, math.log(1.0), math.log(1.0)]),
            "kps": (0.0, keypoints.tolist()),
        }
        for name, (weight, bias) in heads.items():
            out, width = f"{name}_{stride}", len(bias)
            constants += [
                _constant(f"{out}.w", np.full((width, 3, 1, 1), weight)),
                _constant(f"{out}.b", np.array(bias)),
                numpy_helper.from_array(np.array([1, -1, width], np.int64), f"{out}.shape"),
            ]
            nodes += [
                helper.make_node(
                    "Conv", [f"mean_{stride}", f"{out}.w", f"{out}.b"], [f"{out}.grid"]
                ),
                helper.make_node("Transpose", [f"{out}.grid"], [f"{out}.last"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"{out}.last", f"{out}.shape"], [out]),
            ]
            outputs.append((out, [1, (640 // stride) ** 2, width]))
    return _model(nodes, ("input", [1, 3, 640, 640]), outputs, constants)


def _recogniser() -> onnx.ModelProto:
    """Turn the means of 64 squares of an aligned face into 128 numbers."""
    dice = np.random.default_rng(5)
    nodes = [
        _pool("data", "means", 14),
        helper.make_node("Sub", ["means", "middle"], ["centred"]),
        helper.make_node("Flatten", ["centred"], ["flat"]),
        helper.make_node("Gemm", ["flat", "mixed"], ["fc1"]),
    ]
    constants = [
        _constant("middle", np.full((1, 3, 1, 1), 197.0)),
        _constant("mixed", dice.normal(0, 0.01, (192, 128))),
    ]
    return _model(nodes, ("data", [1, 3, 112, 112]), [("fc1", [1, 128])], constants)


def _pool(source: str, out: str, size: int) -> onnx.NodeProto:
    return helper.make_node(
        "AveragePool", [source], [out], kernel_shape=[size, size], strides=[size, size]
    )


def _constant(name: str, values: NDArray[np.float64]) -> onnx.TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)


def _model(
    nodes: list[onnx.NodeProto],
    given: tuple[str, list[int]],
    outputs: list[tuple[str, list[int]]],
    constants: list[onnx.TensorProto],
) -> onnx.ModelProto:
    def value(name: str, shape: list[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes, "stand-in", [value(*given)], [value(*each) for each in outputs], constants
    )
    opsets = [helper.make_opsetid("", 11)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=7)

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from visavis.errors import FileProblem, ModelProblem, VisavisError
from visavis.registry import ModelStore, Task, _files

LeftOver = Callable[[Path], list[str]]
SIDE = 16

MANIFEST = """
[model]
id = "{id}"
task = "{task}"
sha256 = "{sha256}"
licence = "MIT"
licence_url = "https://example.org"
training_faces = "volunteers who agreed"

[model.embedding]
input_size = {side}
mean = [127.5, 127.5, 127.5]
scale = [0.0078125, 0.0078125, 0.0078125]
channels = "rgb"
layout = "{layout}"
dimension = {dimension}
preprocessing = "two-16"
alignment = [{{ mesh = [33], x = 4, y = 6 }}, {{ mesh = [263], x = 12, y = 6 }}]
"""


def embedder(*, op: str = "Identity", inputs: int = 1, external: str | None = None) -> bytes:
    """Make a network that averages each channel and then does ``op``: three numbers."""
    taken = [
        helper.make_tensor_value_info(f"input{n}", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
        for n in range(inputs)
    ]
    given = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 3])
    offset = helper.make_tensor("offset", TensorProto.FLOAT, [3], [0.5, 0.5, 0.5])
    if external is not None:
        offset = TensorProto(name="offset", data_type=TensorProto.FLOAT, dims=[3])
        offset.data_location = TensorProto.EXTERNAL
        offset.external_data.add(key="location", value=external)
    nodes = [
        helper.make_node("GlobalAveragePool", ["input0"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Add", ["flat", "offset"], ["moved"]),
        helper.make_node(op, ["moved"], ["features"]),
    ]
    graph = helper.make_graph(nodes, "g", taken, [given], [offset])
    opset = [helper.make_opsetid("", 13)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


Write = Callable[..., tuple[Path, Path]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(data: bytes, **changes: Any) -> tuple[Path, Path]:
        values = {
            "id": "my-model",
            "task": "embed",
            "sha256": hashlib.sha256(data).hexdigest(),
            "side": SIDE,
            "layout": "nchw",
            "dimension": 3,
        }
        (tmp_path / "my.onnx").write_bytes(data)
        (tmp_path / "my.toml").write_text(MANIFEST.format_map(values | changes), encoding="utf-8")
        return tmp_path / "my.onnx", tmp_path / "my.toml"

    return written


def refused(store: ModelStore, files: tuple[Path, Path], left_over: LeftOver) -> VisavisError:
    """Return the error of an addition that has to fail and to leave nothing behind."""
    before = [entry.id for entry in store.entries()]
    held = sorted(store.folder.rglob("*.*"))
    with pytest.raises(VisavisError) as caught:
        store.add(*files)
    assert [entry.id for entry in store.entries()] == before
    assert sorted(store.folder.rglob("*.*")) == held
    assert left_over(store.folder) == []
    return caught.value


def test_an_embedder_of_ones_own_is_added(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    data = embedder()
    entry = store.add(*write(data))
    assert (entry.id, entry.task, entry.source) == ("my-model", Task.EMBED, None)
    again = ModelStore(store.folder)
    assert again.entries()[-1] == entry
    assert again.load("my-model") == data
    assert (entry, "ready") in again.status()
    assert "volunteers who agreed" in (store.folder / "LICENCES.txt").read_text(encoding="utf-8")
    assert left_over(store.folder) == []


def test_altered_weights_of_ones_own_are_found(store: ModelStore, write: Write) -> None:
    entry = store.add(*write(embedder()))
    (store.folder / entry.file).write_bytes(embedder(op="Relu"))
    with pytest.raises(ModelProblem) as caught:
        store.load("my-model")
    assert caught.value.reason == "model_altered"


def test_a_manifest_changed_later_into_a_trait_is_refused(store: ModelStore, write: Write) -> None:
    store.add(*write(embedder()))
    manifest = store.folder / "own" / "my-model.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"embed"', '"age"'), encoding="utf-8")
    with pytest.raises(ModelProblem) as caught:
        store.load("my-model")
    assert caught.value.reason == "task_not_allowed"


@pytest.mark.parametrize("task", ["age", "emotion", "gender", "detect", "pad"])
def test_other_tasks_are_refused(
    store: ModelStore, write: Write, left_over: LeftOver, task: str
) -> None:
    problem = refused(store, write(embedder(), task=task), left_over)
    assert problem.reason == "task_not_allowed"


def test_another_file_than_the_manifest_names_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    problem = refused(store, write(embedder(), sha256="0" * 64), left_over)
    assert problem.reason == "model_altered"


@pytest.mark.parametrize("taken", ["mesh", "dlib-resnet29-v1"])
def test_the_id_of_a_shipped_model_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver, taken: str
) -> None:
    assert refused(store, write(embedder(), id=taken), left_over).reason == "model_exists"


def test_the_id_of_an_added_model_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    store.add(*write(embedder()))
    assert refused(store, write(embedder(op="Relu")), left_over).reason == "model_exists"


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (embedder(), {"dimension": 4}),
        (embedder(), {"layout": "nhwc"}),
        (embedder(), {"side": 32}),
        (embedder(inputs=2), {}),
        (embedder(op="Log"), {"side": SIDE, "dimension": 2}),
        (embedder(op="NoSuchOperator"), {}),
        (b"", {}),
        (b"not a network", {}),
        (embedder()[:-20], {}),
    ],
)
def test_a_model_that_is_not_as_described_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver, data: bytes, changes: dict[str, int]
) -> None:
    assert refused(store, write(data, **changes), left_over).reason == "model_unusable"


def test_a_model_that_gives_no_numbers_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    files = write(embedder(op="Acosh"))  # not a number below 1
    problem = refused(store, files, left_over)
    assert "not finite" in problem.message


def test_weights_in_a_further_file_are_refused(
    store: ModelStore,
    write: Write,
    left_over: LeftOver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # They would not be covered by the SHA-256.
    (tmp_path / "weights.bin").write_bytes(bytes(12))
    monkeypatch.chdir(tmp_path)
    problem = refused(store, write(embedder(external="weights.bin")), left_over)
    assert problem.reason == "model_unusable"


def test_a_manifest_that_is_no_text_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    onnx_file, manifest = write(embedder())
    manifest.write_bytes(b"\xff\xfe")
    assert refused(store, (onnx_file, manifest), left_over).reason == "manifest_invalid"


def test_files_that_are_not_there_are_told(
    store: ModelStore, write: Write, left_over: LeftOver, tmp_path: Path
) -> None:
    onnx_file, manifest = write(embedder())
    none = tmp_path / "none"
    assert refused(store, (none, manifest), left_over).reason == "file_missing"
    assert refused(store, (onnx_file, none), left_over).reason == "file_missing"


def test_a_manifest_without_end_is_refused(
    store: ModelStore, write: Write, left_over: LeftOver
) -> None:
    onnx_file, manifest = write(embedder())
    manifest.write_bytes(b"#" * 100_000)
    problem = refused(store, (onnx_file, manifest), left_over)
    assert isinstance(problem, FileProblem)
    assert problem.reason == "file_too_large"


@pytest.mark.parametrize("stopped_at", ["my-model.onnx", "my-model.toml", "LICENCES.txt"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_placing_leaves_nothing(
    store: ModelStore,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    stopped_at: str,
    failure: BaseException,
) -> None:
    move = _files.move_into

    def stopping(staged: Path, target: Path) -> None:
        if target.name == stopped_at:
            raise failure
        move(staged, target)

    monkeypatch.setattr(_files, "move_into", stopping)
    files = write(embedder())
    with pytest.raises((FileProblem, KeyboardInterrupt)):
        store.add(*files)
    assert "my-model" not in [entry.id for entry in store.entries()]
    assert [path.name for path in store.folder.rglob("*") if path.name != "own"] == []
    monkeypatch.undo()
    assert store.add(*files).id == "my-model"

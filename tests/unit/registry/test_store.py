from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from visavis.errors import FileProblem, ModelProblem
from visavis.registry import ModelStore, fetch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def filled(tiny_store: ModelStore) -> ModelStore:
    fetch(tiny_store)
    return tiny_store


def test_what_was_fetched_is_loaded(filled: ModelStore) -> None:
    assert filled.load("second") == b"converted second weights"
    assert [state for _, state in filled.status()] == ["ready", "ready"]


def test_one_altered_bit_is_found_at_every_load(filled: ModelStore) -> None:
    filled.load("first")
    path = filled.folder / "first.onnx"
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelProblem) as caught:
        filled.load("first")
    assert caught.value.reason == "model_altered"
    assert caught.value.remedy == "Run `visavis models fetch`."
    assert [state for _, state in filled.status()] == ["altered", "ready"]


def test_missing_weights_are_told(filled: ModelStore) -> None:
    (filled.folder / "first.onnx").unlink()
    with pytest.raises(ModelProblem) as caught:
        filled.load("first")
    assert caught.value.reason == "model_missing"
    assert caught.value.remedy == "Run `visavis models fetch`."
    assert [state for _, state in filled.status()] == ["missing", "ready"]


def test_a_store_that_is_not_there_has_everything_missing(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "none")
    assert {state for _, state in store.status()} == {"missing"}
    assert not store.folder.exists()


def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelProblem) as caught:
        ModelStore(tmp_path).entry("arcface")
    assert caught.value.reason == "model_unknown"


def test_a_file_that_cannot_be_read_is_a_file_problem(filled: ModelStore) -> None:
    (filled.folder / "first.onnx").unlink()
    (filled.folder / "first.onnx").mkdir()
    with pytest.raises(FileProblem):
        filled.load("first")


def test_the_environment_chooses_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path / "chosen"))
    assert ModelStore.default().folder == tmp_path / "chosen"


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_users_cache_is_used(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("VISAVIS_MODELS", raising=False)
    else:
        monkeypatch.setenv("VISAVIS_MODELS", value)
    expected = platformdirs.user_cache_path("visavis", appauthor=False) / "models"
    assert ModelStore.default().folder == expected


def test_loading_weights_needs_nothing_that_fetching_needs() -> None:
    # The package around it is left out: it imports what a verification needs.
    code = (
        "import importlib.util, pathlib, sys, types\n"
        "package = types.ModuleType('visavis')\n"
        "package.__path__ = importlib.util.find_spec('visavis').submodule_search_locations\n"
        "sys.modules['visavis'] = package\n"
        "import visavis.registry as r\n"
        "r.ModelStore(pathlib.Path('none')).status()\n"
        "late = {'onnx', 'onnxruntime', 'tflite', 'urllib.request', 'http.client', 'subprocess',"
        " 'tarfile', 'visavis.registry._fetch'}\n"
        "print(sorted(late & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"

from __future__ import annotations

import re

import pytest

from visavis.errors import ModelProblem
from visavis.registry import Task, _manifest

SHA = "0" * 64
OWN = f"""
[model]
id = "my-model"
task = "embed"
sha256 = "{SHA}"
licence = "MIT"
licence_url = "https://example.org"
training_faces = "volunteers who agreed"

[model.embedding]
input_size = 112
mean = [127.5, 127.5, 127.5]
scale = [0.0078125, 0.0078125, 0.0078125]
channels = "rgb"
layout = "nchw"
dimension = 512
preprocessing = "five-112"
alignment = [{{ mesh = [33, 133], x = 38.3, y = 51.7 }}, {{ mesh = [1], x = 56, y = 71.7 }}]
"""


def test_shipped_manifest_names_four_models() -> None:
    entries = _manifest.shipped()
    assert {entry.id: entry.task for entry in entries} == {
        "detect-short": Task.DETECT,
        "detect-full": Task.DETECT,
        "mesh": Task.MESH,
        "dlib-resnet29-v1": Task.EMBED,
    }
    for entry in entries:
        assert entry.source is not None
        assert entry.file == f"{entry.id}.onnx"
        assert entry.licence in {"Apache-2.0", "CC0-1.0"}
        assert "not published" in entry.training_faces
        assert (entry.embedder is not None) == (entry.task is Task.EMBED)


def test_shipped_embedder_is_described_as_dlib_has_it() -> None:
    embedder = _manifest.shipped()[-1].embedder
    assert embedder is not None
    assert (embedder.input_size, embedder.dimension) == (150, 128)
    assert (embedder.channels, embedder.layout) == ("rgb", "nchw")
    assert embedder.preprocessing == "mesh5-150"
    assert embedder.mean == (122.782, 117.001, 104.298)
    assert embedder.scale == (1 / 256, 1 / 256, 1 / 256)
    # Where dlib's own chip has the corners of the eyes and the base of the nose.
    expected = {263: (111, 46), 362: (90, 47), 33: (37, 46), 133: (58, 48), 2: (73, 86)}
    assert [point.mesh for point in embedder.alignment] == [(index,) for index in expected]
    for point, (x, y) in zip(embedder.alignment, expected.values(), strict=True):
        assert (point.x, point.y) == pytest.approx((x, y), abs=3)


def test_own_manifest_is_read_whole() -> None:
    entry = _manifest.parse_own(OWN, "my.toml")
    assert (entry.id, entry.file, entry.source) == ("my-model", "own/my-model.onnx", None)
    assert entry.embedder is not None
    assert entry.embedder.alignment[0].mesh == (33, 133)
    assert entry.embedder.dimension == 512


def shipped_from(text: str) -> str:
    """Turn the manifest of a user's model into one of packages and models."""
    package = f'[[package]]\nname = "p"\nversion = "1"\narchive = "p-1.whl"\nsha256 = "{SHA}"\n'
    return package + text.replace("[model]", "[[model]]")


@pytest.mark.parametrize(
    "word", ["age", "gender", "emotion", "ethnicity", "identify", "search", "Embed", "embed "]
)
@pytest.mark.parametrize("shipped", [False, True])
def test_any_other_task_is_refused(word: str, *, shipped: bool) -> None:
    text = OWN.replace('"embed"', f'"{word}"')
    with pytest.raises(ModelProblem, match="infers no trait from a face") as caught:
        _manifest.parse_shipped(shipped_from(text)) if shipped else _manifest.parse_own(text, "m")
    assert caught.value.reason == "task_not_allowed"
    assert repr(word) in caught.value.message


@pytest.mark.parametrize("task", ["detect", "mesh", "pad"])
def test_a_model_of_ones_own_can_only_be_an_embedder(task: str) -> None:
    with pytest.raises(ModelProblem, match="can only be an embedder") as caught:
        _manifest.parse_own(OWN.replace('"embed"', f'"{task}"'), "my.toml")
    assert caught.value.reason == "task_not_allowed"


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        ('licence = "MIT"\n', "", "licence is missing"),
        ('licence = "MIT"', 'licence = "  "', "licence has to be a string"),
        ('licence = "MIT"', "licence = 1", "licence has to be a string"),
        ('licence = "MIT"', 'licence = "MIT"\nage = true', "unknown key 'age'"),
        ('"my-model"', '"../my-model"', "id may hold"),
        ('"my-model"', '"My model"', "id may hold"),
        ('"my-model"', '"' + "x" * 65 + '"', "id may hold"),
        ("0" * 64, "0" * 63, "64 lower-case hexadecimal digits"),
        ("0" * 64, "F" * 64, "64 lower-case hexadecimal digits"),
        ("[model.embedding]", "[model.other]", "embedding is missing"),
        ("input_size = 112", "input_size = 0", "whole number from 16"),
        ("input_size = 112", "input_size = 1e2", "whole number from 16"),
        ("input_size = 112", "input_size = true", "whole number from 16"),
        ("dimension = 512", "dimension = 100000", "whole number from 1"),
        ("[127.5, 127.5, 127.5]", "[127.5, 127.5]", "mean has to be three numbers"),
        ("[127.5, 127.5, 127.5]", "[127.5, nan, 1]", "mean has to be a number from 0"),
        ("[127.5, 127.5, 127.5]", "[127.5, true, 1]", "mean has to be a number from 0"),
        ("scale = [0.0078125,", "scale = [inf,", "scale has to be a number"),
        ("scale = [0.0078125,", "scale = [0,", "scale must not be zero"),
        ('"rgb"', '"grey"', "one of rgb, bgr"),
        ('"nchw"', '"chwn"', "one of nchw, nhwc"),
        ("mesh = [1]", "mesh = []", "list of whole numbers"),
        ("mesh = [1]", "mesh = [468]", "whole numbers below 468"),
        ("mesh = [1]", "mesh = [-1]", "whole numbers below 468"),
        ("x = 56", "x = 113", "x has to be a number from 0 to 112"),
        ("x = 56", "z = 56", "x is missing"),
        (", { mesh = [1], x = 56, y = 71.7 }", "", "at least 2 points"),
        ("[{ mesh = [33, 133], x = 38.3, y = 51.7 }", "[1", "has to be a table"),
        ("[model]", "[model", "not TOML"),
        ("[model]", "[other]\n[model]", "unknown key 'other'"),
    ],
)
def test_what_is_not_exactly_a_manifest_is_refused(found: str, put: str, said: str) -> None:
    assert found in OWN
    with pytest.raises(ModelProblem, match=re.escape(said)) as caught:
        _manifest.parse_own(OWN.replace(found, put, 1), "my.toml")
    assert caught.value.reason == "manifest_invalid"
    assert caught.value.message.startswith("The model manifest is not valid: my.toml")

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from visavis._operating_point import OperatingPoint, as_file, shipped_operating_point
from visavis._toml import Table
from visavis.errors import FileProblem, HomeProblem, ModelProblem
from visavis.face import DEFAULT_EMBEDDER
from visavis.home import Home
from visavis.home._changes import changing
from visavis.home._layout import Layout
from visavis.registry import ModelStore
from visavis.verification import faces_of

POINT = OperatingPoint("own/test", "proven", "own", "own", "ab" * 32, 1e-4, 0.875, 0.75)
EVIDENCE: Table = {"data": "people"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def test_a_new_home_has_none_of_its_own(home: Home) -> None:
    assert home.operating_point is None


def test_what_is_written_is_used_at_once_and_when_the_home_is_opened_again(home: Home) -> None:
    assert home.operating_point is None
    path = home.use_operating_point(POINT, EVIDENCE)
    assert path == home.folder / "operating_point.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert home.operating_point == Home.open(home.folder).operating_point == POINT


def test_it_is_replaced_only_when_that_is_wanted(home: Home) -> None:
    home.use_operating_point(POINT, EVIDENCE)
    other = OperatingPoint("own/other", "proven", "own", "own", "ab" * 32, 1e-4, 0.5, 0.5)
    with pytest.raises(FileProblem) as caught:
        home.use_operating_point(other, EVIDENCE)
    assert caught.value.reason == "file_exists"
    assert home.operating_point == POINT
    home.use_operating_point(other, EVIDENCE, replace=True)
    assert home.operating_point == other
    assert [path.name for path in home.folder.glob("*.toml")] == ["operating_point.toml"]


def test_two_do_not_change_it_at_once(home: Home) -> None:
    with changing(Layout(home.folder)), pytest.raises(HomeProblem) as caught:
        home.use_operating_point(POINT, EVIDENCE)
    assert caught.value.reason == "home_busy"
    assert home.operating_point is None


@pytest.mark.parametrize("content", [b"", b"match = 0.1", None])
def test_one_that_cannot_be_read_is_never_replaced_by_the_one_that_ships(
    home: Home, content: bytes | None
) -> None:
    path = home.folder / "operating_point.toml"
    if content is None:
        path.symlink_to("nowhere")
    else:
        path.write_bytes(content)
    for use in (lambda: home.operating_point, lambda: faces_of(home)):
        with pytest.raises(ModelProblem) as caught:
            use()
        assert caught.value.reason == "operating_point_invalid"
    # The keys have nothing to do with it.
    assert Home.open(home.folder).verifier.id


@pytest.mark.parametrize(
    ("embedder", "sha256", "reason"),
    [
        ("own", "ab" * 32, "model_unknown"),
        (DEFAULT_EMBEDDER, "ab" * 32, "wrong_operating_point"),
        ("mesh", "ab" * 32, "wrong_operating_point"),
    ],
)
def test_it_has_to_belong_to_the_weights(
    home: Home, monkeypatch: pytest.MonkeyPatch, embedder: str, sha256: str, reason: str
) -> None:
    shipped = shipped_operating_point(DEFAULT_EMBEDDER)
    point = OperatingPoint(
        "own/test", "proven", embedder, shipped.preprocessing, sha256, 1e-4, 0.9, 0.9
    )
    (home.folder / "operating_point.toml").write_bytes(as_file(point, EVIDENCE))
    # What does not fit is found before any weights are looked for.
    monkeypatch.setattr(ModelStore, "load", None)
    with pytest.raises(ModelProblem) as caught:
        faces_of(home)
    assert caught.value.reason == reason

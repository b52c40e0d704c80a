"""One photo at a time, for measuring: features and quality, or the one reason why not."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.face.recording import RecordingEmbedder

from visavis.errors import CannotDecide
from visavis.face import COMPONENTS, Capture, FacePipeline, Photo
from visavis.face import _quality as quality
from visavis.face._pose import Pose
from visavis.face._quality import FaceView, first_failure, measured
from visavis.face.fake import FakeDetector, FakeMesher, fake_pipeline, photo


@pytest.mark.parametrize("seed", range(3))
def test_the_row_is_that_of_a_capture_of_the_one_photo(seed: int) -> None:
    data = photo(3, seed=seed)
    (row,) = fake_pipeline().features(Capture([data])).reveal()
    examined = fake_pipeline().examine(Photo("p", data))
    assert (examined.row == row).all()
    assert examined.row.shape == (fake_pipeline().dimension,)


def test_there_is_a_value_for_every_component_in_their_order() -> None:
    examined = fake_pipeline().examine(Photo("p", photo(3, face=160)))
    values = dict(zip((each.name for each in COMPONENTS), examined.quality, strict=True))
    assert all(isinstance(value, float) for value in examined.quality)
    # The face fills half of the picture, and the fake mesh looks straight ahead.
    assert values["share"] == pytest.approx(0.5, abs=0.01)
    assert values["framing"] == 1.0
    assert values["pose_yaw"] == pytest.approx(0, abs=1)
    assert -0.65 < values["sharpness"] < 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "photo_empty"),
        (b"x", "not_a_photo"),
        (photo(), "no_face"),
        (photo(1, 2), "several_faces"),
        (photo(3, face=24), "face_too_small"),
    ],
)
def test_what_a_capture_is_refused_for_a_photo_is_refused_for(data: bytes, reason: str) -> None:
    for attempt in (
        lambda: fake_pipeline().examine(Photo("p.png", data)),
        lambda: fake_pipeline().features(Capture([Photo("p.png", data)])),
    ):
        with pytest.raises(CannotDecide) as caught:
            attempt()
        assert caught.value.reason == reason
        assert "p.png" in caught.value.message


def test_nothing_is_embedded_of_what_is_refused_unless_that_is_to_be_measured() -> None:
    embedder = RecordingEmbedder()
    faces = FacePipeline(FakeDetector(), FakeMesher(), embedder)
    with pytest.raises(CannotDecide):
        faces.examine(Photo("p", photo(3, face=24)))
    assert embedder.chips == []
    examined = faces.examine(Photo("p", photo(3, face=24)), refuse=False)
    assert len(embedder.chips) == 1
    failure = first_failure(examined.quality, name="p")
    assert failure is not None
    assert failure.reason == "face_too_small"


@pytest.mark.parametrize("people", [(), (1, 2)])
def test_without_the_gate_there_must_still_be_one_face(people: tuple[int, ...]) -> None:
    with pytest.raises(CannotDecide):
        fake_pipeline().examine(Photo("p", photo(*people)), refuse=False)


def test_every_component_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counting(chip: NDArray[np.float64]) -> float:
        calls.append(chip.shape)
        return 0.3

    monkeypatch.setattr(quality, "blur", counting)
    fake_pipeline().features(Capture([photo(3), photo(4)]))
    assert len(calls) == 2


@pytest.mark.parametrize("side", range(1, 40))
def test_the_smallest_face_has_a_quality(side: int) -> None:
    chip = np.random.default_rng(side).uniform(0, 255, (side, side))
    values = measured(FaceView(side / 150, 0.1, 1.0, Pose(0.0, 0.0, 0.0), chip))
    assert np.isfinite(values).all()
    failure = first_failure(values, name="p")
    if side < 37:
        assert failure is not None
        assert failure.reason == "face_too_small"


@pytest.mark.parametrize("place", range(len(COMPONENTS)))
def test_what_could_not_be_measured_is_not_good_enough(place: int) -> None:
    values = [component.least for component in COMPONENTS]
    assert first_failure(values, name="p") is None
    values[place] = float("nan")
    failure = first_failure(values, name="p")
    assert failure is not None
    assert failure.reason == COMPONENTS[place].reason


def test_too_few_values_are_a_mistake_and_not_a_pass() -> None:
    with pytest.raises(ValueError, match="shorter"):
        first_failure([component.least for component in COMPONENTS][:-1], name="p")


def test_it_cannot_be_copied_or_pickled() -> None:
    examined = fake_pipeline().examine(Photo("p", photo(3)))
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            attempt(examined)

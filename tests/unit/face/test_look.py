"""What one frame shows, without the quality gate."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.face.recording import RecordingEmbedder

from visavis.errors import CannotDecide
from visavis.face import FacePipeline, Photo
from visavis.face.fake import FakeDetector, FakeMesher, fake_pipeline, photo


def test_one_face_is_measured_and_described_as_a_capture_of_it_would_be() -> None:
    data = photo(3, face=160)
    seen = fake_pipeline().look(Photo("f", data), embed_within=20.0)
    assert seen.faces == 1
    assert seen.size == (320, 320)
    assert seen.box == pytest.approx((80, 80, 240, 240), abs=3)
    assert seen.mesh is not None
    assert seen.mesh.shape == (468, 3)
    assert seen.pose is not None
    assert abs(seen.pose.yaw) < 1
    assert seen.light > 12
    assert -0.65 < seen.sharpness < 0
    assert seen.row is not None
    assert np.array_equal(seen.row, fake_pipeline().examine(Photo("f", data)).row)


def test_nobody_is_an_answer_and_not_an_error() -> None:
    seen = fake_pipeline().look(Photo("f", photo()), embed_within=20.0)
    assert (seen.faces, seen.box, seen.mesh, seen.pose, seen.row) == (0, None, None, None, None)


@pytest.mark.parametrize(
    ("data", "within"),
    [
        (photo(3), None),
        (photo(3), -1.0),
        (photo(1, 2), 20.0),
        (photo(3, face=24), 20.0),
    ],
)
def test_nothing_is_embedded_unasked_turned_of_two_or_too_small(
    data: bytes, within: float | None
) -> None:
    embedder = RecordingEmbedder()
    faces = FacePipeline(FakeDetector(), FakeMesher(), embedder)
    seen = faces.look(Photo("f", data), embed_within=within)
    assert seen.row is None
    assert embedder.chips == []
    assert seen.box is not None


def test_the_digest_is_of_the_pixels() -> None:
    first, same, other = (
        fake_pipeline().look(Photo("f", photo(3, seed=seed))).digest for seed in (1, 1, 2)
    )
    assert first == same
    assert first != other
    assert len(first) == 16


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(CannotDecide) as caught:
        fake_pipeline().look(Photo("frame 3", b"x"))
    assert caught.value.reason == "not_a_photo"
    assert "frame 3" in caught.value.message

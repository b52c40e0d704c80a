"""What one frame shows, without the quality gate."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.face.recording import RecordingEmbedder

from visavis.errors import CannotDecide
from visavis.face import Capture, FacePipeline, Photo, Seen
from visavis.face._detect import PARTS, Detection
from visavis.face._mesh import Mesh, around
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, fake_pipeline, photo


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


class Misses(FakeDetector):
    """Finds nobody, and notes which part of a picture it was to look at."""

    def __init__(self) -> None:
        self.parts: list[int | None] = []

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:  # noqa: ARG002
        self.parts.append(part)
        return []


def followed(data: bytes) -> NDArray[np.float64]:
    """Return where the face of a frame is, as the next one is told."""
    seen = fake_pipeline().look(Photo("f", data))
    assert seen.mesh is not None
    return seen.mesh[:, :2] / seen.size[0]


def place(seen: Seen) -> tuple[float, float]:
    assert seen.mesh is not None
    x, y = seen.mesh[:, :2].mean(0)
    return float(x), float(y)


def test_a_face_is_followed_that_the_detector_misses() -> None:
    faces = FacePipeline(Misses(), FakeMesher(), FakeEmbedder())
    before, now = photo(3, seed=1), photo(3, seed=2)
    assert faces.look(Photo("f", now)).faces == 0
    seen = faces.look(Photo("f", now), embed_within=20.0, near=followed(before))
    found = fake_pipeline().look(Photo("f", now), embed_within=20.0)
    assert seen.faces == 1
    assert place(seen) == pytest.approx(place(found), abs=2)
    assert seen.row is not None
    assert found.row is not None
    assert float(seen.row @ found.row) > 0.9


@pytest.mark.parametrize("size", [80, 160, 320])
def test_where_it_was_is_told_in_widths_of_the_picture(size: int) -> None:
    faces = FacePipeline(Misses(), FakeMesher(), FakeEmbedder())
    seen = faces.look(Photo("f", photo(3, face=size)), near=followed(photo(3, face=160)))
    assert seen.faces == 1
    assert seen.box == pytest.approx((size / 2, size / 2, 1.5 * size, 1.5 * size), abs=3)


@pytest.mark.parametrize("shift", [-0.1, 0.0, 0.1])
def test_a_face_that_is_followed_is_counted_once(shift: float) -> None:
    near = followed(photo(3)) + np.array([shift / 2, 0.0])
    assert fake_pipeline().look(Photo("f", photo(3)), near=near).faces == 1


def test_a_face_that_keeps_still_is_followed_without_drift() -> None:
    near, seen = None, []
    for seed in range(20):
        seen.append(fake_pipeline().look(Photo("f", photo(3, face=80, seed=seed)), near=near))
        mesh = seen[-1].mesh
        assert mesh is not None
        near = mesh[:, :2] / seen[-1].size[0]
    assert all(place(each) == pytest.approx(place(seen[0]), abs=1) for each in seen)


@pytest.mark.parametrize("people", [(1, 2), (2, 1), (4, 5, 6)])
def test_other_faces_count_while_one_is_followed(people: tuple[int, ...]) -> None:
    data = photo(*people)
    near = followed(data)
    seen = fake_pipeline().look(Photo("f", data), embed_within=20.0, near=near)
    assert seen.faces == len(people)
    assert seen.row is None


def test_where_nobody_is_any_more_the_detector_is_asked() -> None:
    near = followed(photo(3)) / 4
    for data in (photo(3), photo(1, 2), photo()):
        with_it = fake_pipeline().look(Photo("f", data), near=near)
        without = fake_pipeline().look(Photo("f", data))
        assert with_it.faces == without.faces
        assert with_it.box == without.box


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_place_that_is_no_number_is_passed_over(value: float) -> None:
    near = followed(photo(3))
    near[77, 1] = value
    seen = fake_pipeline().look(Photo("f", photo(3)), near=near)
    found = fake_pipeline().look(Photo("f", photo(3)))
    assert (seen.faces, seen.box) == (1, found.box)
    assert (
        FacePipeline(Misses(), FakeMesher(), FakeEmbedder())
        .look(Photo("f", photo(3)), near=near)
        .faces
        == 0
    )


def test_small_faces_are_looked_for_in_one_part_of_each_frame_drawn_from_its_pixels() -> None:
    detector = Misses()
    faces = FacePipeline(detector, FakeMesher(), FakeEmbedder())
    frames = [photo(3, face=20, seed=seed) for seed in range(60)]
    for data in (*frames, *frames):
        faces.look(Photo("f", data))
    assert detector.parts[:60] == detector.parts[60:]
    counted = Counter(detector.parts[:60])
    assert set(counted) == set(range(PARTS))
    assert max(counted.values()) < 30


def test_a_photo_is_looked_at_as_a_whole_and_in_all_parts() -> None:
    detector = Misses()
    faces = FacePipeline(detector, FakeMesher(), FakeEmbedder())
    for refuse in (True, False):
        with pytest.raises(CannotDecide):
            faces.examine(Photo("f", photo(3)), refuse=refuse)
    with pytest.raises(CannotDecide):
        faces.features(Capture([photo(3)]))
    assert detector.parts == [None] * 3


class Unsure(FakeMesher):
    """Sees a face or not, one answer after the other, and each time a little further right."""

    def __init__(self, *presences: float) -> None:
        self._presences = list(presences)
        self.asked: list[Detection] = []

    def mesh(self, image: Image.Image, detection: Detection) -> Mesh:
        self.asked.append(detection)
        points = super().mesh(image, detection).points
        points[:, 0] += 5.0
        return Mesh(points, self._presences.pop(0))


def test_a_face_is_seen_once_more_where_its_own_mesh_says_that_it_is() -> None:
    (found,) = FakeDetector().detect(Image.open(io.BytesIO(photo(3))))
    mesher = Unsure(0.6, 0.7)
    seen = FacePipeline(FakeDetector(), mesher, FakeEmbedder()).look(Photo("f", photo(3)))
    first, again = mesher.asked
    assert first.box == found.box
    assert again.box == pytest.approx([edge + 5 * (n % 2 == 0) for n, edge in enumerate(found.box)])
    assert seen.mesh is not None
    assert seen.box == around(seen.mesh[:, :2]).box
    assert seen.mesh[:, 0].mean() == pytest.approx(np.mean(found.box[::2]) + 10)


def test_what_is_not_seen_again_is_a_face_as_it_was_seen_first() -> None:
    mesher = Unsure(0.6, 0.4)
    seen = FacePipeline(FakeDetector(), mesher, FakeEmbedder()).look(Photo("f", photo(3)))
    assert seen.faces == 1
    nobody = Unsure(0.4)
    seen = FacePipeline(FakeDetector(), nobody, FakeEmbedder()).look(Photo("f", photo(3)))
    assert seen.faces == 0


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(CannotDecide) as caught:
        fake_pipeline().look(Photo("frame 3", b"x"))
    assert caught.value.reason == "not_a_photo"
    assert "frame 3" in caught.value.message

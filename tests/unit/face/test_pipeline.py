"""The steps from photos to features, with the fake detector, mesher and embedder."""

from __future__ import annotations

import io
import os
import threading
from itertools import product

import numpy as np
import pytest
from PIL import Image
from tests.unit.face.recording import RecordingEmbedder, RecordingMesher
from tests.unit.images.pictures import encoded

from visavis.errors import CannotDecide
from visavis.face import Capture, Detector, Embedder, FacePipeline, Photo
from visavis.face._detect import Detection
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, fake_pipeline, photo
from visavis.types import FloatArray


def refused(*photos: Photo | bytes, faces: FacePipeline | None = None) -> CannotDecide:
    with pytest.raises(CannotDecide) as caught:
        (faces or fake_pipeline()).features(Capture(photos))
    return caught.value


def rows(*photos: Photo | bytes) -> FloatArray:
    return fake_pipeline().features(Capture(photos)).reveal()


def side_by_side(left: tuple[int, int], right: tuple[int, int]) -> bytes:
    """Join photos of one person each, given as (person, width of the face)."""
    pictures = [
        Image.open(io.BytesIO(photo(person, face=face, seed=person)))
        for person, face in (left, right)
    ]
    height = max(picture.height for picture in pictures)
    joined = Image.new("RGB", (sum(picture.width for picture in pictures), height), (110, 110, 110))
    joined.paste(pictures[0], (0, 0))
    joined.paste(pictures[1], (pictures[0].width, 0))
    return encoded(joined)


def test_the_fakes_are_what_the_pipeline_asks_for() -> None:
    detector: Detector = FakeDetector()
    embedder: Embedder = FakeEmbedder()
    faces = FacePipeline(detector, FakeMesher(), embedder)
    assert (faces.embedder, faces.preprocessing) == ("fake", "fake")


def test_one_person_gives_features_of_unit_length() -> None:
    features = rows(photo(3))
    assert features.shape == (1, 128)
    assert features.dtype == np.float32
    assert np.linalg.norm(features[0]) == pytest.approx(1)


def test_one_person_is_alike_and_two_are_not() -> None:
    features = rows(*(photo(person, seed=seed) for person in range(6, 16) for seed in range(2)))
    alike = features @ features.T
    for one, other in product(range(20), repeat=2):
        assert (alike[one, other] > 0.9) == (one // 2 == other // 2)


def test_nobody_is_no_face() -> None:
    failure = refused(photo())
    assert failure.reason == "no_face"
    assert "photo 1" in failure.message


@pytest.mark.parametrize("widths", list(product([60, 100, 160, 300], repeat=2)))
def test_two_people_are_refused_whichever_is_larger(widths: tuple[int, int]) -> None:
    failure = refused(side_by_side((3, widths[0]), (7, widths[1])))
    assert failure.reason == "several_faces"
    assert failure.remedy == "One person only, please."


@pytest.mark.parametrize("share", [1 / 20, 1 / 13, 1 / 11, 1 / 5])
def test_a_small_second_face_counts_like_any_other(share: float) -> None:
    embedder = RecordingEmbedder()
    faces = FacePipeline(FakeDetector(), FakeMesher(), embedder)
    canvas = Image.new("RGB", (1000, 600), (110, 110, 110))
    canvas.paste(Image.open(io.BytesIO(photo(3, face=300))), (0, 0))
    bystander = Image.open(io.BytesIO(photo(7, face=round(1000 * share))))
    canvas.paste(bystander, (1000 - bystander.width, 0))
    assert refused(encoded(canvas), faces=faces).reason == "several_faces"
    assert embedder.chips == []


@pytest.mark.parametrize("people", [2, 3, 5])
def test_the_number_of_people_is_told(people: int) -> None:
    assert f"{people} faces" in refused(photo(*range(people))).message


class SeesTwice(FakeDetector):
    """Finds every face a second time, a share of its width to the right."""

    def __init__(self, shift: float, probability: float = 1.0) -> None:
        self._shift = shift
        self._probability = probability

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:  # noqa: ARG002
        (found,) = super().detect(image)
        left, top, right, bottom = found.box
        step = self._shift * (right - left)
        again = (left + step, top, right + step, bottom)
        keypoints = found.keypoints + np.array([step, 0.0])
        return [found, Detection(again, keypoints, self._probability)]


def test_one_face_that_is_found_twice_is_one() -> None:
    for shift, probability in ((0.0, 1.0), (0.3, 1.0), (0.6, 1.0), (0.7, 0.4)):
        embedder = RecordingEmbedder()
        faces = FacePipeline(SeesTwice(shift, probability), RecordingMesher(), embedder)
        faces.features(Capture([photo(3)]))
        alone = RecordingEmbedder()
        FacePipeline(FakeDetector(), FakeMesher(), alone).features(Capture([photo(3)]))
        # The first one counts, which is the most probable.
        assert (embedder.chips[0] == alone.chips[0]).all()


def test_two_faces_cheek_to_cheek_are_two() -> None:
    faces = FacePipeline(SeesTwice(1.05), RecordingMesher(), FakeEmbedder())
    assert refused(photo(3), faces=faces).reason == "several_faces"


def test_what_the_mesh_does_not_confirm_is_nobody() -> None:
    embedder = RecordingEmbedder()
    faces = FacePipeline(FakeDetector(), RecordingMesher(presence=0.49), embedder)
    assert refused(photo(3), faces=faces).reason == "no_face"
    assert embedder.chips == []


def test_what_the_mesh_just_confirms_is_a_face() -> None:
    faces = FacePipeline(FakeDetector(), RecordingMesher(presence=0.5), FakeEmbedder())
    assert len(faces.features(Capture([photo(3)])).reveal()) == 1


def test_nothing_is_embedded_of_a_photo_that_is_refused() -> None:
    embedder = RecordingEmbedder()
    faces = FacePipeline(FakeDetector(), FakeMesher(), embedder)
    for bad in (photo(), photo(3, 7), photo(3, face=24), b"not a photo"):
        refused(bad, faces=faces)
    assert embedder.chips == []


def test_the_quality_gate_is_asked() -> None:
    assert refused(photo(3, face=24)).reason == "face_too_small"


def test_photos_keep_their_order() -> None:
    people = [5, 2, 9, 2, 14, 0, 7, 11]
    together = rows(*(photo(person, seed=place) for place, person in enumerate(people)))
    alone = [rows(photo(person, seed=place))[0] for place, person in enumerate(people)]
    assert (together == np.stack(alone)).all()


def test_photos_keep_their_order_when_the_first_takes_longest() -> None:
    sizes = [350, 200, 120, 60]
    together = rows(*(photo(person, face=size) for person, size in enumerate(sizes)))
    alone = [rows(photo(person, face=size))[0] for person, size in enumerate(sizes)]
    assert (together == np.stack(alone)).all()


def test_twenty_photos_are_as_many_rows() -> None:
    assert rows(*(photo(4, seed=seed, face=60) for seed in range(20))).shape == (20, 128)


def test_the_first_photo_that_fails_is_the_one_that_is_named() -> None:
    photos = [
        Photo("good.png", photo(3)),
        # It takes long to find that nobody is there, and no time that the next is broken.
        Photo("nobody.png", photo(face=500)),
        Photo("broken.png", b"no photo"),
        Photo("two.png", photo(1, 2)),
    ]
    for _ in range(5):
        failure = refused(*photos)
        assert failure.reason == "no_face"
        assert "nobody.png" in failure.message


def test_the_result_does_not_depend_on_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [photo(6, seed=seed) for seed in range(6)]
    one_by_one = []
    for cores in (1, 2, 8, None):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        one_by_one.append(rows(*photos))
    assert all((features == one_by_one[0]).all() for features in one_by_one)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    rows(photo(1), photo(1, seed=1))
    refused(photo(1), b"no photo")
    assert threading.active_count() == before

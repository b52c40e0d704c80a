"""A large JPEG is decoded smaller, and again when its face turns out to be small."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.unit.face.recording import RecordingEmbedder, RecordingMesher
from tests.unit.images.pictures import encoded

from visavis.errors import CannotDecide
from visavis.face import Capture, FacePipeline, pipeline
from visavis.face._decode import Decoded, decode
from visavis.face.fake import FakeDetector, fake_pipeline, photo
from visavis.face.pipeline import WORKING_SIDE
from visavis.types import FloatArray


def rows(data: bytes) -> FloatArray:
    return fake_pipeline().features(Capture([data])).reveal()


def count_decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    wanted = []

    def counting(data: bytes, *, name: str, wanted_side: int) -> Decoded:
        wanted.append(wanted_side)
        return decode(data, name=name, wanted_side=wanted_side)

    monkeypatch.setattr(pipeline, "decode", counting)
    return wanted


def in_a_large_photo(face: int, side: int, kind: str = "JPEG") -> bytes:
    # The light and shade must not be finer than what is looked at.
    drawn = Image.open(io.BytesIO(photo(3, face=min(face, 300))))
    near = drawn.resize((face * 2, face * 2), Image.Resampling.NEAREST)
    canvas = Image.new("RGB", (side, side), (110, 110, 110))
    canvas.paste(near, (side // 2, side // 3))
    return encoded(canvas, kind, **({"quality": 95} if kind == "JPEG" else {}))


def test_a_near_face_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = count_decodings(monkeypatch)
    rows(in_a_large_photo(1200, 4000))
    assert wanted == [WORKING_SIDE]


def test_a_small_face_in_a_large_jpeg_is_decoded_again_at_the_size_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = count_decodings(monkeypatch)
    mesher, embedder = RecordingMesher(), RecordingEmbedder()
    features = FacePipeline(FakeDetector(), mesher, embedder).features(
        Capture([in_a_large_photo(240, 4000)])
    )
    assert len(wanted) == 2
    assert wanted[1] > WORKING_SIDE
    first, second = mesher.asked
    assert first[0] == (1000, 1000)
    assert second[0] in {(2000, 2000), (4000, 4000)}
    # It is the same face, at the place where it is in the larger picture.
    factor = second[0][0] / first[0][0]
    assert np.allclose(second[1].box, np.array(first[1].box) * factor)
    assert np.allclose(second[1].keypoints, first[1].keypoints * factor)
    assert len(embedder.chips) == 1
    assert features.reveal()[0] @ rows(photo(3))[0] > 0.9


def test_a_small_face_in_a_large_png_is_there_already(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = count_decodings(monkeypatch)
    rows(in_a_large_photo(120, 1600, "PNG"))
    assert wanted == [WORKING_SIDE]


def test_a_face_below_the_size_gate_stays_so_when_it_is_decoded_again() -> None:
    with pytest.raises(CannotDecide) as caught:
        rows(in_a_large_photo(24, 1500))
    assert caught.value.reason == "face_too_small"


def test_the_size_is_judged_by_the_photo_and_not_by_the_copy_that_was_decoded() -> None:
    """1/4 of the size is decoded: a face of 200 pixels has 50 of them there."""
    assert rows(in_a_large_photo(200, 4000)).shape == (1, 128)

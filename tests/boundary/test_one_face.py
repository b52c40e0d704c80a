"""Promise one: a picture with two usable faces is never compared, whichever is larger."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests import materials

from visavis.errors import CannotDecide
from visavis.face import Capture, FacePipeline, load_pipeline
from visavis.face.fake import FakeDetector, FakeEmbedder, FakeMesher, photo
from visavis.registry import ModelStore
from visavis.types import FloatArray


class _NeverEmbed(FakeEmbedder):
    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        raise AssertionError(f"a face was embedded from a chip of shape {chip.shape}")


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("people", [(1, 2), (2, 1), (1, 2, 3), (5, 5 + 8)])
def test_several_people_are_never_embedded(people: tuple[int, ...]) -> None:
    pipeline = FacePipeline(FakeDetector(), FakeMesher(), _NeverEmbed())
    with pytest.raises(CannotDecide) as caught:
        pipeline.features(Capture([photo(*people)]))
    assert caught.value.reason == "several_faces"


def _heads() -> tuple[Image.Image, Image.Image]:
    """Cut two people out of their portraits, head and shoulders."""
    first = Image.open(materials.path("obama.jpg")).convert("RGB").crop((290, 80, 700, 490))
    second = Image.open(materials.path("biden.jpg")).convert("RGB").crop((350, 140, 830, 620))
    return first.resize((400, 400)), second.resize((400, 400))


@pytest.fixture(scope="module")
def pipeline() -> FacePipeline:
    return load_pipeline(ModelStore.default())


@pytest.mark.parametrize("smaller", [400, 280, 200, 140, 110, 95])
@pytest.mark.parametrize("swapped", [False, True])
def test_two_real_people_are_never_compared(
    pipeline: FacePipeline, monkeypatch: pytest.MonkeyPatch, smaller: int, swapped: bool
) -> None:
    large, other = _heads() if not swapped else _heads()[::-1]
    canvas = Image.new("RGB", (900, 440), (120, 120, 120))
    canvas.paste(large, (20, 20))
    canvas.paste(other.resize((smaller, smaller)), (460, 20))

    def fail(chip: NDArray[np.uint8]) -> FloatArray:
        raise AssertionError(f"a face was embedded from a chip of shape {chip.shape}")

    monkeypatch.setattr(pipeline._embedder, "embed", fail)
    for picture in (canvas, canvas.transpose(Image.Transpose.FLIP_LEFT_RIGHT)):
        with pytest.raises(CannotDecide) as caught:
            pipeline.features(Capture([_png(picture)]))
        assert caught.value.reason == "several_faces"


@pytest.mark.parametrize("share", [1.0, 0.7, 0.5, 0.35])
def test_two_whole_portraits_side_by_side_are_never_compared(
    pipeline: FacePipeline, share: float
) -> None:
    near = Image.open(materials.path("biden.jpg")).convert("RGB")
    far = Image.open(materials.path("obama.jpg")).convert("RGB")
    far = far.resize((round(far.width * share), round(far.height * share)))
    both = Image.new("RGB", (near.width + far.width, near.height), (90, 90, 90))
    both.paste(near, (0, 0))
    both.paste(far, (near.width, near.height // 2))
    with pytest.raises(CannotDecide) as caught:
        pipeline.features(Capture([_png(both)]))
    assert caught.value.reason == "several_faces"


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5])
@pytest.mark.parametrize("place", [(0.5, 0.95), (0.25, 0.85), (0.75, 0.85), (0.1, 0.6), (0.9, 0.6)])
def test_a_small_face_held_in_front_of_a_large_one_is_not_overlooked(
    pipeline: FacePipeline, share: float, place: tuple[float, float]
) -> None:
    large, other = _heads()
    near = large.resize((820, 820))
    small = other.crop((60, 60, 340, 340)).resize((round(share * 690), round(share * 690)))
    canvas = Image.new("RGB", (1000, 1000), (110, 115, 120))
    canvas.paste(near, (90, 90))
    # The large face reaches from (210, 205) to (770, 765).
    middle = (210 + place[0] * 560, 205 + place[1] * 560)
    left, top = (round(at - small.width / 2) for at in middle)
    canvas.paste(small, (left, top))
    with pytest.raises(CannotDecide) as caught:
        pipeline.features(Capture([_png(canvas)]))
    assert caught.value.reason == "several_faces"


def test_one_photo_of_two_people_among_good_ones_stops_the_whole_capture(
    pipeline: FacePipeline,
) -> None:
    large, other = _heads()
    both = Image.new("RGB", (820, 420))
    both.paste(large, (0, 10))
    both.paste(other, (410, 10))
    with pytest.raises(CannotDecide) as caught:
        pipeline.features(Capture([_png(large), _png(both), _png(large)]))
    assert caught.value.reason == "several_faces"
    assert "photo 2" in caught.value.message

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PIL import Image

from visavis.face._detect import Detection
from visavis.face._mesh import ROOM, SIDE, FaceMesher, Mesh, around
from visavis.face._mirror import MIRRORED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visavis._runtime import Network
    from visavis.types import FloatArray


class Stub:
    """A network that answers with given points and logits, one after the other."""

    def __init__(self, *answers: tuple[NDArray[np.float64], float]) -> None:
        self._answers = list(answers)
        self.seen: list[FloatArray] = []

    def run(self, batch: FloatArray) -> list[FloatArray]:
        self.seen.append(batch)
        points, logit = self._answers[len(self.seen) - 1]
        return [
            points.reshape(1, 1, 1, -1).astype(np.float32),
            np.full((1, 1, 1, 1), logit, np.float32),
        ]


def points() -> NDArray[np.float64]:
    return np.random.default_rng(3).uniform(20, 170, (468, 3))


def mirror_image(of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a perfect network says of the mirrored crop."""
    mirrored = of[MIRRORED].copy()
    mirrored[:, 0] = SIDE - mirrored[:, 0]
    return mirrored


def detection(centre: tuple[float, float], side: float, angle: float = 0.0) -> Detection:
    x, y = centre
    keypoints = np.zeros((6, 2))
    keypoints[0] = np.array(centre) - 10 * np.array([math.cos(angle), math.sin(angle)])
    keypoints[1] = np.array(centre) + 10 * np.array([math.cos(angle), math.sin(angle)])
    return Detection((x - side / 2, y - side / 2, x + side / 2, y + side / 2), keypoints, 1.0)


def mesh(stub: Stub, found: Detection, size: tuple[int, int] = (400, 300)) -> Mesh:
    return FaceMesher(cast("Network", stub)).mesh(Image.new("RGB", size), found)


def test_mirroring_twice_changes_nothing() -> None:
    assert (MIRRORED[MIRRORED] == np.arange(468)).all()


@pytest.mark.parametrize(
    ("right", "left"),
    [(33, 263), (133, 362), (61, 291), (234, 454), (127, 356), (159, 386), (145, 374), (105, 334)],
)
def test_eyes_mouth_and_ears_change_sides(right: int, left: int) -> None:
    assert MIRRORED[right] == left
    assert MIRRORED[left] == right


@pytest.mark.parametrize("middle", [0, 1, 2, 4, 5, 6, 10, 13, 14, 17, 152, 168])
def test_the_middle_line_stays(middle: int) -> None:
    assert MIRRORED[middle] == middle


def test_a_network_that_agrees_with_itself_is_taken_at_its_word() -> None:
    seen = points()
    found = mesh(Stub((seen, 9.0), (mirror_image(seen), 9.0)), detection((200, 150), 128.0))
    # 192 pixels of the region are 128 * 1.5 pixels of the picture: one for one.
    assert ROOM * 128 == SIDE
    assert np.allclose(found.points[:, :2], seen[:, :2] - 96 + (200, 150), atol=1e-4)
    assert np.allclose(found.points[:, 2], seen[:, 2], atol=1e-4)


@pytest.mark.parametrize("angle", [-2.5, -0.5, 0.0, 0.7, math.pi / 2])
@pytest.mark.parametrize("side", [32.0, 256.0])
def test_points_are_turned_and_scaled_back(angle: float, side: float) -> None:
    seen = points()
    stub = Stub((seen, 9.0), (mirror_image(seen), 9.0))
    found = mesh(stub, detection((120, 80), side, angle))
    scale = side * ROOM / SIDE
    cosine, sine = math.cos(angle), math.sin(angle)
    x, y = (seen[:, 0] - 96) * scale, (seen[:, 1] - 96) * scale
    assert np.allclose(found.points[:, 0], 120 + cosine * x - sine * y, atol=1e-3)
    assert np.allclose(found.points[:, 1], 80 + sine * x + cosine * y, atol=1e-3)
    assert np.allclose(found.points[:, 2], seen[:, 2] * scale, atol=1e-3)


def test_the_two_answers_are_averaged() -> None:
    seen = points()
    shifted = seen + np.array([4.0, 2.0, 6.0])
    found = mesh(Stub((seen, 9.0), (mirror_image(shifted), 9.0)), detection((200, 150), 128.0))
    plain = mesh(Stub((seen, 9.0), (mirror_image(seen), 9.0)), detection((200, 150), 128.0))
    assert np.allclose(found.points - plain.points, (2.0, 1.0, 3.0), atol=1e-4)


@pytest.mark.parametrize("logits", [(-3.0, 9.0), (9.0, -3.0)])
def test_both_answers_have_to_see_a_face(logits: tuple[float, float]) -> None:
    seen = points()
    stub = Stub((seen, logits[0]), (mirror_image(seen), logits[1]))
    assert mesh(stub, detection((200, 150), 128.0)).presence == pytest.approx(1 / (1 + math.exp(3)))


@pytest.mark.parametrize(("logit", "presence"), [(3e38, 1.0), (-3e38, 0.0)])
def test_extreme_numbers_do_not_overflow(logit: float, presence: float) -> None:
    stub = Stub((points(), logit), (points(), logit))
    assert mesh(stub, detection((200, 150), 128.0)).presence == pytest.approx(presence)


def test_the_network_sees_the_face_upright_and_then_mirrored() -> None:
    picture = Image.new("RGB", (400, 300))
    picture.paste((255, 0, 0), (136, 86, 200, 214))  # the left half of the box
    stub = Stub((points(), 9.0), (points(), 9.0))
    FaceMesher(cast("Network", stub)).mesh(picture, detection((200, 150), 128.0))
    plain, mirrored = (batch[0, 96, :, 0] for batch in stub.seen)
    assert plain[40:90].min() == 1.0
    assert plain[100:150].max() == 0.0
    assert (mirrored == plain[::-1]).all()
    assert all(batch.shape == (1, SIDE, SIDE, 3) for batch in stub.seen)


@pytest.mark.parametrize("roll", [-40, 0, 25])
@pytest.mark.parametrize("side", [60.0, 300.0])
def test_a_face_that_was_found_is_looked_for_at_the_same_place(roll: float, side: float) -> None:
    flat = np.random.default_rng(0).uniform(-0.4, 0.4, (468, 2))
    flat[[33, 133, 362, 263]] = [(x, -0.1) for x in (-0.3, -0.1, 0.1, 0.3)]
    flat[[4, 13, 14, 234, 454]] = [(0, 0.1), (0, 0.3), (0, 0.34), (-0.5, 0), (0.5, 0)]
    flat = flat * side + (200, 150)
    angle = math.radians(roll)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    flat = (flat - (200, 150)) @ turn.T + (200, 150)
    found = around(flat)
    assert found.box == (*flat.min(0), *flat.max(0))
    assert found.probability == 1.0
    # Eyes, the nose, the mouth and the ears; the person's right is to the left in the picture.
    assert (found.keypoints - (200, 150)) @ turn / side == pytest.approx(
        np.array([(-0.2, -0.1), (0.2, -0.1), (0, 0.1), (0, 0.32), (-0.5, 0), (0.5, 0)])
    )
    # So the region is upright, of the same place and as large as for a detector's box.
    seen = points()
    as_found = mesh(Stub((seen, 9.0), (mirror_image(seen), 9.0)), found)
    box = np.reshape(found.box, (2, 2))
    middle = box.mean(0)
    same = detection((middle[0], middle[1]), float(np.ptp(box, axis=0).max()), angle)
    as_detected = mesh(Stub((seen, 9.0), (mirror_image(seen), 9.0)), same)
    assert np.allclose(as_found.points, as_detected.points, atol=1e-6 * side)


def test_a_detection_without_size_or_outside_the_picture_does_no_harm() -> None:
    for found in (detection((200, 150), 0.0), detection((-900, 5000), 40.0)):
        result = mesh(Stub((points(), -9.0), (points(), -9.0)), found)
        assert np.isfinite(result.points).all()

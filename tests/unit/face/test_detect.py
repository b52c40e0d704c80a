"""The detector around its networks, which are stand-ins that say what they are told to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PIL import Image

from visavis.face._detect import (
    LEAST_PROBABLE,
    PARTS,
    SHORT_RANGE_MARGIN,
    BlazeFaceDetector,
    _grid_centres,
    overlap,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visavis._runtime import Network
    from visavis.types import FloatArray


class Stub:
    """A network that finds faces at given anchors."""

    def __init__(self, anchors: int, found: dict[int, tuple[float, list[float]]]) -> None:
        self._boxes = np.zeros((1, anchors, 16), np.float32)
        self._logits = np.full((1, anchors, 1), -1000.0, np.float32)
        for anchor, (logit, values) in found.items():
            self._logits[0, anchor] = logit
            self._boxes[0, anchor] = values
        self.seen: list[FloatArray] = []

    def run(self, batch: FloatArray) -> list[FloatArray]:
        self.seen.append(batch)
        return [self._boxes, self._logits]


class SeesOnce(Stub):
    """A network that finds its faces in the first image only: the whole picture."""

    def run(self, batch: FloatArray) -> list[FloatArray]:
        boxes, logits = super().run(batch)
        return [boxes, logits if len(self.seen) == 1 else np.full_like(logits, -1000.0)]


SHORT, FULL = 896, 2304
NOBODY: dict[int, tuple[float, list[float]]] = {}


def detector(short: Stub, full: Stub) -> BlazeFaceDetector:
    found = BlazeFaceDetector(cast("Network", short), cast("Network", full))
    found._cores = ThreadPoolExecutor(max_workers=1)  # stubs count on the order
    return found


def face(x: float, y: float, width: float, height: float) -> list[float]:
    """Return a network's numbers for a face at a place relative to the anchor, in its pixels."""
    points = [(x + dx, y + dy) for dx, dy in ((-9, -5), (9, -5), (0, 0), (0, 8), (-15, 0), (15, 0))]
    return [x, y, width, height, *(number for point in points for number in point)]


def test_the_short_range_layout_is_the_published_one() -> None:
    coarse, fine = _grid_centres(16, 2), _grid_centres(8, 6)
    assert len(coarse) + len(fine) == SHORT
    assert coarse[:5].tolist() == [
        [0.5 / 16, 0.5 / 16],
        [0.5 / 16, 0.5 / 16],
        [1.5 / 16, 0.5 / 16],
        [1.5 / 16, 0.5 / 16],
        [2.5 / 16, 0.5 / 16],
    ]
    assert coarse[32].tolist() == [0.5 / 16, 1.5 / 16]
    assert (fine[:6] == [0.5 / 8, 0.5 / 8]).all()
    assert fine[6].tolist() == [1.5 / 8, 0.5 / 8]
    assert fine[-1].tolist() == [7.5 / 8, 7.5 / 8]


def test_the_full_range_layout_is_the_published_one() -> None:
    centres = _grid_centres(48, 1)
    assert len(centres) == FULL
    assert centres[0].tolist() == [0.5 / 48, 0.5 / 48]
    assert centres[1].tolist() == [1.5 / 48, 0.5 / 48]
    assert centres[48].tolist() == [0.5 / 48, 1.5 / 48]


def test_where_there_is_nobody_nothing_is_found() -> None:
    found = detector(Stub(SHORT, NOBODY), Stub(FULL, NOBODY)).detect(Image.new("RGB", (300, 200)))
    assert found == []


SIZES = [(192, 192), (768, 432), (432, 768), (1000, 50), (50, 1000), (97, 61), (32, 32)]


def in_picture(
    places: list[float], size: tuple[int, int], side: int, margin: float
) -> NDArray[np.float64]:
    """Return where pixels of a network's input lie in the picture: it is letterboxed."""
    drawn = np.array([max(1, round(n * side / (max(size) * (1 + 2 * margin)))) for n in size])
    inside = np.reshape(places, (-1, 2)) - (side - drawn) // 2
    result: NDArray[np.float64] = inside * np.array(size) / drawn
    return result


@pytest.mark.parametrize("size", SIZES)
def test_a_full_range_face_lies_where_the_network_saw_it(size: tuple[int, int]) -> None:
    full = SeesOnce(FULL, {24 * 48 + 24: (5.0, face(3, -2, 40, 30))})
    (found,) = detector(Stub(SHORT, NOBODY), full).detect(Image.new("RGB", size))
    x, y = 98 + 3, 98 - 2  # the anchor is in the middle of cell 24 of 48, 4 pixels wide
    corners = in_picture([x - 20, y - 15, x + 20, y + 15], size, 192, 0.0)
    assert np.allclose(found.box, corners.ravel())
    points = [x - 9, y - 5, x + 9, y - 5, x, y, x, y + 8, x - 15, y, x + 15, y]
    assert np.allclose(found.keypoints, in_picture([float(n) for n in points], size, 192, 0.0))
    assert found.probability == pytest.approx(1 / (1 + np.exp(-5)))


@pytest.mark.parametrize("size", SIZES)
def test_a_short_range_face_lies_where_the_network_saw_it(size: tuple[int, int]) -> None:
    short = Stub(SHORT, {512 + (4 * 8 + 4) * 6: (5.0, face(1, 2, 32, 24))})
    (found,) = detector(short, Stub(FULL, NOBODY)).detect(Image.new("RGB", size))
    x, y = 72 + 1, 72 + 2  # the anchor is in the middle of cell 4 of 8, 16 pixels wide
    corners = in_picture([x - 16, y - 12, x + 16, y + 12], size, 128, SHORT_RANGE_MARGIN)
    assert np.allclose(found.box, corners.ravel())


@pytest.mark.parametrize("size", [(600, 300), (300, 600), (400, 400)])
def test_a_painted_box_is_where_the_network_gets_it(size: tuple[int, int]) -> None:
    """The way there and the way back agree: what the network sees is what it places."""
    picture = Image.new("RGB", size)
    box = (120, 90, 220, 190)
    picture.paste((255, 255, 255), box)
    for place in ("short", "full"):
        networks = {"short": Stub(SHORT, NOBODY), "full": Stub(FULL, NOBODY)}
        detector(networks["short"], networks["full"]).detect(picture)
        seen = networks[place].seen[0]  # the whole picture
        assert seen.dtype == np.float32
        assert seen.min() == -1.0
        rows, columns = np.nonzero(seen[0, :, :, 0] > 0)
        left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        anchor_at = np.array([0.5 / 16 * 128] * 2 if place == "short" else [0.5 / 48 * 192] * 2)
        middle = np.array([left + right, top + bottom]) / 2 - anchor_at
        numbers = face(middle[0], middle[1], right - left, bottom - top)
        anchors = SHORT if place == "short" else FULL
        networks[place] = SeesOnce(anchors, {0: (9.0, numbers)})
        (found,) = detector(networks["short"], networks["full"]).detect(picture)
        assert np.allclose(found.box, box, atol=600 * 1.5 / 128)


def test_a_score_below_the_least_is_no_face() -> None:
    picture = Image.new("RGB", (300, 300))
    limit = float(np.log(LEAST_PROBABLE / (1 - LEAST_PROBABLE)))
    for logit, faces in ((limit - 0.01, 0), (limit + 0.01, 1)):
        full = Stub(FULL, {1000: (logit, face(0, 0, 30, 30))})
        assert len(detector(Stub(SHORT, NOBODY), full).detect(picture)) == faces


class SeesRed(Stub):
    """A full-range network that finds a face in the cell that is red, if it fills the cell."""

    def run(self, batch: FloatArray) -> list[FloatArray]:
        boxes, logits = super().run(batch)
        cells = batch[0].reshape(48, 4, 48, 4, 3).mean((1, 3))
        red = ((cells[..., 0] > 0.9) & (cells[..., 1] < -0.9)).ravel()
        boxes = boxes.copy()
        boxes[0, red] = face(0, 0, 8, 8)
        logits = np.where(red[None, :, None], np.float32(5), logits)
        return [boxes, logits]


@pytest.mark.parametrize("size", [(960, 960), (960, 640), (640, 960)])
@pytest.mark.parametrize("place", [(0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.4, 0.9), (0.92, 0.94)])
def test_four_parts_of_a_large_picture_are_looked_at_more_closely(
    size: tuple[int, int], place: tuple[float, float]
) -> None:
    centre = np.array(size) * place
    picture = Image.new("RGB", size)
    # Too small to fill a cell of the whole picture, which is 20 pixels wide, and not of a part.
    left, top = (int(n) - 12 for n in centre)
    picture.paste((255, 0, 0), (left, top, left + 26, top + 26))
    full = SeesRed(FULL, NOBODY)
    found = detector(Stub(SHORT, NOBODY), full).detect(picture)
    assert len(full.seen) == 5
    for one in found:
        assert np.allclose(np.reshape(one.box, (2, 2)).mean(0), centre, atol=14)
    assert found


def test_a_small_face_beside_a_large_one_is_found_in_its_part() -> None:
    picture = Image.new("RGB", (960, 960))
    picture.paste((255, 0, 0), (800, 800, 826, 826))
    short = Stub(SHORT, {512 + (2 * 8 + 2) * 6: (5.0, face(0, 0, 32, 32))})
    found = detector(short, SeesRed(FULL, NOBODY)).detect(picture)
    assert len(found) > 1


@pytest.mark.parametrize("size", [(960, 960), (960, 640), (640, 960)])
@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ((0.1, 0.1), {0}),
        ((0.1, 0.9), {1}),
        ((0.9, 0.1), {2}),
        ((0.9, 0.9), {3}),
        ((0.5, 0.1), {0, 2}),
        ((0.9, 0.5), {2, 3}),
        ((0.5, 0.5), {0, 1, 2, 3}),
    ],
)
def test_of_one_part_only_what_is_in_it_is_found(
    size: tuple[int, int], place: tuple[float, float], parts: set[int]
) -> None:
    picture = Image.new("RGB", size)
    left, top = (int(n) - 12 for n in np.array(size) * place)
    picture.paste((255, 0, 0), (left, top, left + 26, top + 26))
    found: set[int] = set()
    for part in range(PARTS):
        full = SeesRed(FULL, NOBODY)
        seen = detector(Stub(SHORT, NOBODY), full).detect(picture, part=part)
        assert len(full.seen) == 2
        for one in seen:
            assert np.allclose(np.reshape(one.box, (2, 2)).mean(0), (left + 12, top + 12), atol=14)
        found |= {part} if seen else set()
    assert found == parts


def test_a_large_face_is_found_whichever_part_is_looked_at() -> None:
    for part in range(PARTS):
        short = Stub(SHORT, {512 + (2 * 8 + 2) * 6: (5.0, face(0, 0, 32, 32))})
        full = Stub(FULL, NOBODY)
        assert len(detector(short, full).detect(Image.new("RGB", (960, 960)), part=part)) == 1


def test_a_small_picture_is_looked_at_once() -> None:
    for part, times in ((None, 5), (2, 2)):
        for side, looks in ((500, 1), (501, times)):
            full = Stub(FULL, NOBODY)
            picture = Image.new("RGB", (side, 400))
            detector(Stub(SHORT, NOBODY), full).detect(picture, part=part)
            assert len(full.seen) == looks


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((0, 0, 100, 100), True),
        ((53, 0, 153, 100), True),  # 47 of 153
        ((55, 0, 155, 100), False),  # 45 of 155
        ((0, 0, 100, 31), True),
        ((0, 0, 100, 29), False),
        ((200, 0, 300, 100), False),
        ((100, 100, 100, 100), False),
    ],
)
def test_boxes_that_overlap_enough_are_of_one_face(
    other: tuple[float, float, float, float], same: bool
) -> None:
    box = (0.0, 0.0, 100.0, 100.0)
    assert overlap(box, other) == overlap(other, box) == same


def test_extreme_numbers_do_not_overflow() -> None:
    full = Stub(FULL, {1000: (3.0e38, face(0, 0, 30, 30))})
    (found,) = detector(Stub(SHORT, NOBODY), full).detect(Image.new("RGB", (300, 300)))
    assert found.probability == 1.0


def test_both_networks_seeing_one_face_is_one_face() -> None:
    picture = Image.new("RGB", (192, 192))
    full = Stub(FULL, {24 * 48 + 24: (6.0, face(0, 0, 60, 60))})
    # In the middle of the picture for both; 40 pixels of 128 are 60 of 192 with the margin.
    short = Stub(SHORT, {512 + (4 * 8 + 4) * 6: (2.0, face(-8 + 1, -8 + 1, 40, 40))})
    (found,) = detector(short, full).detect(picture)
    assert found.probability == pytest.approx(1 / (1 + np.exp(-6)))
    both = detector(Stub(SHORT, NOBODY), full).detect(picture)
    assert found.box != both[0].box

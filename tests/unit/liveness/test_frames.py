from __future__ import annotations

import math

import pytest

from visavis.errors import CannotDecide, InvalidArgument
from visavis.face.fake import fake_pipeline, photo
from visavis.liveness._look import looks
from visavis.liveness.frames import LEAST_FRAMES, LONGEST, MOST_FRAMES, Frame, require_frames


def frames(*times: float) -> list[Frame]:
    return [Frame(b"", at) for at in times]


@pytest.mark.parametrize("count", [LEAST_FRAMES, MOST_FRAMES])
def test_frames_with_rising_times_are_a_capture(count: int) -> None:
    require_frames(frames(*(100 + 0.2 * number for number in range(count))))


@pytest.mark.parametrize("count", [0, 1, LEAST_FRAMES - 1])
def test_too_few_cannot_be_decided_on(count: int) -> None:
    with pytest.raises(CannotDecide) as caught:
        require_frames(frames(*range(count)))
    assert caught.value.reason == "too_few_frames"


def test_too_many_are_refused() -> None:
    with pytest.raises(InvalidArgument) as caught:
        require_frames(frames(*(0.1 * number for number in range(MOST_FRAMES + 1))))
    assert caught.value.reason == "too_many_frames"


@pytest.mark.parametrize(
    "spoilt",
    [(3, 2.0), (3, 1.5), (3, math.nan), (0, math.nan), (9, math.inf), (9, LONGEST + 0.1)],
)
def test_times_that_are_no_capture_are_refused(spoilt: tuple[int, float]) -> None:
    times = [float(number) for number in range(10)]
    times[spoilt[0]] = spoilt[1]
    with pytest.raises(InvalidArgument) as caught:
        require_frames(frames(*times))
    assert caught.value.reason == "frame_times"


def test_a_frame_shows_nothing_of_itself() -> None:
    assert repr(Frame(b"secret", 17.5)) == "Frame()"


def test_every_frame_is_looked_at_when_it_comes() -> None:
    given: list[int] = []

    def camera() -> object:
        for number in range(3):
            given.append(number)
            yield Frame(photo(3, seed=number), float(number))

    seen = looks(camera(), fake_pipeline())  # type: ignore[arg-type]
    assert given == [0, 1, 2]
    assert [each.at for each in seen] == [0.0, 1.0, 2.0]
    assert all(each.row is not None for each in seen)
    assert len({each.digest for each in seen}) == 3


def test_a_frame_that_is_no_picture_is_named() -> None:
    with pytest.raises(CannotDecide, match="frame 2"):
        looks([Frame(photo(3), 0.0), Frame(b"x", 1.0)], fake_pipeline())

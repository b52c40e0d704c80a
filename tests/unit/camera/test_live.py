from __future__ import annotations

import itertools
import sys
from pathlib import Path

import cv2
import pytest
from tests.unit.camera.cameras import Built, plugged, ticking
from tests.unit.camera.recordings import number_of

from visavis.camera import open_camera
from visavis.errors import CameraProblem, InvalidArgument, VisavisError


def reason(number: int, kind: type[VisavisError] = CameraProblem) -> str:
    with pytest.raises(kind) as caught, open_camera(number) as camera:
        for _ in camera:
            pass
    assert caught.value.message.endswith(".")
    assert caught.value.remedy.endswith(".")
    return caught.value.reason


def test_pictures_are_new_and_come_with_seconds_since_opening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = plugged(monkeypatch, Built())
    clock = ticking()
    with open_camera(2, clock=lambda: next(clock)) as camera:
        frames = list(itertools.islice(camera, 5))
        while built.taken < 60:  # somebody takes long with a picture
            pass
        late = next(camera)
    assert built.asked == [2]
    numbers = [number_of(frame.data) for frame in frames]
    assert numbers == sorted(set(numbers))
    # The opening took the first two looks at the clock.
    assert [frame.at for frame in frames] == [0.5, 0.75, 1.0, 1.25, 1.5]
    assert number_of(late.data) >= 60, "no picture waits to be taken"
    assert late.data.startswith(b"\xff\xd8\xff")


def test_a_small_buffer_and_a_usual_size_are_wished_for(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plugged(monkeypatch, Built())
    with open_camera(0):
        pass
    wished = {
        cv2.CAP_PROP_FRAME_WIDTH: 1280,
        cv2.CAP_PROP_FRAME_HEIGHT: 720,
        cv2.CAP_PROP_FPS: 30,
        cv2.CAP_PROP_BUFFERSIZE: 1,
    }
    assert wished.items() <= built.wishes.items()


def test_the_camera_is_let_go_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (KeyboardInterrupt(), RuntimeError()):
        built = plugged(monkeypatch, Built())
        with pytest.raises(type(error)), open_camera(0):
            raise error
        assert built.released.is_set()


def test_a_camera_that_gives_no_more_pictures_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (0, 5):
        built = plugged(monkeypatch, Built(count), patience=0.2)
        assert reason(0) == "camera_stopped"
        assert built.released.is_set()


def test_a_camera_that_hangs_does_not_take_the_program_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for count in (0, 5):
        built = plugged(monkeypatch, Built(count, hangs=True), patience=0.2)
        assert reason(0) == "camera_stopped"
        assert not built.released.is_set()
        built.woken.set()
        assert built.released.wait(5)


def test_an_error_of_opencv_is_a_camera_that_has_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plugged(monkeypatch, Built(5, raises=True))
    assert reason(0) == "camera_stopped"
    assert built.released.is_set()


def test_why_a_camera_does_not_open_is_said_as_far_as_it_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plugged(monkeypatch, Built(opens=False))
    monkeypatch.setattr("visavis.camera._live._DEVICES", tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "video0").touch()
    assert reason(0) == "camera_in_use"
    assert reason(1) == "no_camera"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert reason(0) == "camera_refused"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert reason(0) == "no_camera"


@pytest.mark.parametrize("number", [-1, 100, 10**30])
def test_numbers_that_no_camera_has_are_refused(number: int) -> None:
    assert reason(number, InvalidArgument) == "bad_camera"


def test_a_machine_without_a_camera_says_so_and_opencv_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert reason(99) == "no_camera"
    assert capfd.readouterr() == ("", "")


def test_opencv_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert reason(0) == "extra_missing"

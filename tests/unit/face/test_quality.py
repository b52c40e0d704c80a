from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.face._pose import Pose
from visavis.face._quality import COMPONENTS, FaceView, blur, first_failure, measured

Values = NDArray[np.float64]

GOOD = FaceView(
    scale=1.0,
    share=0.3,
    inside=1.0,
    pose=Pose(0.0, 0.0, 0.0),
    chip=np.random.default_rng(1).uniform(60, 200, (150, 150)),
)


def reason(view: FaceView) -> str | None:
    failure = first_failure(measured(view), name="the photo")
    return failure.reason if failure else None


def synthetic_face(brightness: float = 1.0, base: float = 150.0) -> Values:
    """Return a face of ordinary contrast: round, lit from one side, with dark eyes and a mouth."""
    y, x = np.mgrid[-1:1:150j, -1:1:150j]
    light = base * (1 + 0.35 * x - 0.2 * (x**2 + y**2))
    for eye in (-0.4, 0.4):
        light = np.where((x - eye) ** 2 / 0.03 + (y + 0.2) ** 2 / 0.008 < 1, 0.35 * base, light)
    light = np.where(x**2 / 0.1 + (y - 0.5) ** 2 / 0.008 < 1, 0.5 * base, light)
    texture = np.random.default_rng(2).normal(1, 0.02, light.shape)
    return np.asarray(np.clip(np.rint(light * texture * brightness), 0, 255))


def patches(count: int, size: int = 150) -> Values:
    """Return a chip whose middle has a share of count thousandths of pure white."""
    chip = np.random.default_rng(1).uniform(60, 200, (size, size))
    margin = size // 7
    middle = chip[margin:-margin, margin:-margin]
    white = np.random.default_rng(2).permutation(middle.size) < round(middle.size * count / 1000)
    middle[white.reshape(middle.shape)] = 255
    return chip


def between(dark: float, bright: float) -> Values:
    chip = np.full((150, 150), dark)
    chip[np.random.default_rng(3).random((150, 150)) < 0.5] = bright
    return chip


def least(reason: str) -> float:
    (component,) = (component for component in COMPONENTS if component.reason == reason)
    return component.least


CONTRAST, MOST_BLUR = least("too_dark"), -least("blurred")


def test_a_good_face_passes() -> None:
    assert reason(GOOD) is None


LIMITS = [
    ("face_too_small", {"scale": 0.249}, {"scale": 0.251}),
    ("too_far_away", {"share": 0.039}, {"share": 0.041}),
    ("face_cut_off", {"inside": 0.749}, {"inside": 0.751}),
    ("turned_away", {"pose": Pose(35.1, 0, 0)}, {"pose": Pose(34.9, 0, 0)}),
    ("turned_away", {"pose": Pose(-35.1, 0, 0)}, {"pose": Pose(-34.9, 0, 0)}),
    ("tilted", {"pose": Pose(0, 30.1, 0)}, {"pose": Pose(0, 29.9, 0)}),
    ("tilted", {"pose": Pose(0, -30.1, 0)}, {"pose": Pose(0, -29.9, 0)}),
    ("sideways", {"pose": Pose(0, 0, 50.1)}, {"pose": Pose(0, 0, 49.9)}),
    ("sideways", {"pose": Pose(0, 0, -50.1)}, {"pose": Pose(0, 0, -49.9)}),
    ("too_dark", {"chip": between(10, 9 + CONTRAST)}, {"chip": between(10, 11 + CONTRAST)}),
    ("too_dark", {"chip": between(220, 219 + CONTRAST)}, {"chip": between(220, 221 + CONTRAST)}),
    ("too_bright", {"chip": patches(305)}, {"chip": patches(295)}),
]


@pytest.mark.parametrize(("expected", "bad", "good"), LIMITS)
def test_a_component_fails_just_below_its_limit(
    expected: str, bad: dict[str, object], good: dict[str, object]
) -> None:
    assert reason(replace(GOOD, **bad)) == expected  # type: ignore[arg-type]
    assert reason(replace(GOOD, **good)) is None  # type: ignore[arg-type]


def test_a_lean_of_the_head_is_no_failure() -> None:
    assert reason(replace(GOOD, pose=Pose(0, 0, 45))) is None


def natural() -> Values:
    """Return noise with the spectrum of photographs: amplitude falls with the frequency."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    spectrum = np.fft.fft2(np.random.default_rng(4).normal(size=(256, 256)))
    return np.real(np.fft.ifft2(spectrum / np.maximum(frequency, 1 / 256)))


def spread(picture: Values) -> Values:
    """Return the middle of a picture with full light and shade, so that only sharpness differs."""
    chip = picture[50:200, 50:200]
    result: Values = 40 + 176 * (chip - chip.min()) / np.ptp(chip)
    return result


def blurred(sigma: float) -> Values:
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    gaussian = np.exp(-2 * (np.pi * sigma * frequency) ** 2)
    return spread(np.real(np.fft.ifft2(np.fft.fft2(natural()) * gaussian)))


def test_blur_grows_with_blurring() -> None:
    measured = [blur(blurred(sigma)) for sigma in (0, 0.5, 1, 1.5, 2, 3, 4, 6, 8)]
    assert measured == sorted(measured)
    assert len(set(measured)) == len(measured)
    assert measured[0] < 0.3
    assert measured[-1] > 0.9


def test_a_blurred_face_is_refused_from_the_limit_on() -> None:
    for sigma in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0):
        view = replace(GOOD, chip=blurred(sigma))
        assert (reason(view) == "blurred") == (blur(view.chip) > MOST_BLUR)


def test_motion_in_either_direction_counts_as_blur() -> None:
    sharp = blur(spread(natural()))
    for axis in (0, 1):
        smeared = np.mean([np.roll(natural(), step, axis) for step in range(20)], axis=0)
        assert blur(spread(smeared)) > sharp + 0.3


@pytest.mark.parametrize("value", [0.0, 128.0, 255.0])
def test_blur_of_nothing_at_all_is_complete(value: float) -> None:
    assert blur(np.full((40, 40), value)) == 1.0


@pytest.mark.parametrize("side", [10, 37, 38, 150])
def test_blur_is_between_none_and_all(side: int) -> None:
    chip = np.random.default_rng(side).uniform(0, 255, (side, side))
    assert 0.0 <= blur(chip) <= 1.0


def test_brightness_does_not_change_blur() -> None:
    chip = blurred(2)
    assert blur(chip * 0.4) == pytest.approx(blur(chip))
    assert blur(chip + 30) == pytest.approx(blur(chip))


@pytest.mark.parametrize("brightness", [1.0, 0.8, 0.6, 0.5, 0.4])
def test_dark_skin_is_not_too_dark(brightness: float) -> None:
    """The same relative contrast at 40 % of the brightness: dark skin under ordinary light."""
    assert reason(replace(GOOD, chip=synthetic_face(brightness))) is None


def test_light_skin_is_not_too_bright() -> None:
    assert reason(replace(GOOD, chip=synthetic_face(1.4))) is None


def test_a_face_in_the_dark_is_too_dark() -> None:
    assert reason(replace(GOOD, chip=synthetic_face(0.1))) == "too_dark"


def test_a_washed_out_face_is_too_bright_and_not_too_dark() -> None:
    """Nothing can be made out of it, and more light would be the wrong advice."""
    for brightness in (3.0, 4.0, 10.0):
        assert reason(replace(GOOD, chip=synthetic_face(brightness))) == "too_bright"


def test_only_the_middle_of_the_chip_counts_for_light() -> None:
    chip = GOOD.chip.copy()
    chip[:20], chip[-20:], chip[:, :20], chip[:, -20:] = 255, 255, 255, 255
    assert reason(replace(GOOD, chip=chip)) is None


def test_remedies_come_in_the_order_people_should_act_on_them() -> None:
    view = FaceView(0.1, 0.01, 0.5, Pose(50, 50, 60), np.full((38, 38), 255.0))
    expected = [
        ("face_too_small", {"scale": 1.0}),
        ("too_far_away", {"share": 0.3}),
        ("face_cut_off", {"inside": 1.0}),
        ("turned_away", {"pose": Pose(0, 50, 60)}),
        ("tilted", {"pose": Pose(0, 0, 60)}),
        ("sideways", {"pose": Pose(0, 0, 0)}),
        ("too_bright", {"chip": np.full((38, 38), 128.0)}),
        ("too_dark", {"chip": blurred(8)}),
        ("blurred", {"chip": synthetic_face()}),
    ]
    seen = []
    for expected_reason, cure in expected:
        seen.append(reason(view))
        assert seen[-1] == expected_reason
        view = replace(view, **cure)  # type: ignore[arg-type]
    assert [component.reason for component in COMPONENTS] == seen
    assert reason(view) is None


def test_every_component_has_its_own_reason_and_a_remedy() -> None:
    assert len({component.reason for component in COMPONENTS}) == len(COMPONENTS)
    assert len({component.remedy for component in COMPONENTS}) == len(COMPONENTS)
    for component in COMPONENTS:
        assert component.remedy.endswith(".")


def test_a_failure_names_the_photo_and_carries_no_number() -> None:
    failure = first_failure(measured(replace(GOOD, scale=0.1)), name="me.jpg")
    assert failure is not None
    assert failure.message == "In me.jpg the face is too small to compare."
    assert failure.remedy == "Come closer to the camera."
    assert vars(failure).keys() == {"reason", "message", "remedy"}

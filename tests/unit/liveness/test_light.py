"""The light of the screen: slow and soft for whoever looks, and looked for on the face."""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from PIL import Image
from tests.synthetic.camera.film import Setting, moments, placed
from tests.synthetic.camera.head import Person, blended, plain
from tests.synthetic.camera.light import Glow, lit_film
from tests.synthetic.camera.motion import asked, named
from tests.synthetic.camera.scene import FOCAL, SIZE
from tests.unit.liveness import heads
from tests.unit.liveness.shown import look, moved
from tests.unit.liveness.tasks import both, far
from tests.unit.liveness.test_check import LEFT_UP_RIGHT, challenge, path

from visavis.errors import CannotDecide, InvalidArgument, NotVerified, SpoofSuspected
from visavis.face import Photo
from visavis.face._tint import tint_of
from visavis.face.fake import fake_pipeline, photo
from visavis.liveness import Colour, Frame, Instruction, LiveCapture, Look, Step, recorded
from visavis.liveness import capture as capture_module
from visavis.liveness._colours import EVERY, FADE, NEUTRAL, RGB, shown
from visavis.liveness._light import require_light
from visavis.liveness._look import look as look_at
from visavis.liveness.check import check

W, G, B = Colour.WARM, Colour.GREEN, Colour.BLUE
COLOURS = (W, B, G, W, G, B, W, B, W, G, B, G)
OTHER = (G, W, B, G, W, B, G, B, W, B, G, W)
BEGUN = 0.6
TASKS = (far(Step.TURN_LEFT, 0.3), both(Step.LOOK_UP, Step.TURN_LEFT, 0.3, 0.3))


def linear(rgb: RGB) -> list[float]:
    """Undo the sRGB curve, as WCAG 2.2 writes it."""
    values = [value / 255 for value in rgb]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def luminance(rgb: RGB) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    red, green, blue = linear(rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_colour_changes_less_than_once_a_second() -> None:
    assert 1 / EVERY < 1
    assert 0 < FADE < EVERY
    times = np.arange(0, 60, 0.01)
    seen = [shown(COLOURS, time) for time in times]
    changing = [time for time, a, b in zip(times[1:], seen, seen[1:], strict=False) if a != b]
    begins = [b for a, b in pairwise(changing) if b - a > FADE]
    gaps = np.diff(begins)
    assert len(begins) > 40
    assert gaps.min() > 1.2
    # And nothing changes but while it fades.
    assert all(time % EVERY <= FADE + 0.03 for time in changing)


@pytest.mark.parametrize(("one", "other"), [*permutations(Colour, 2)])
def test_no_change_is_a_flash(one: Colour, other: Colour) -> None:
    """Neither between two colours nor on the way: a tenth of the brightest is a flash."""
    colours = (one, other) * 6
    seen = [luminance(shown(colours, time)) for time in np.arange(-1, 4 * EVERY, 0.005)]
    assert max(seen) - min(seen) < 0.1


def test_no_colour_is_a_saturated_red() -> None:
    for colour in Colour:
        light = linear(colour.rgb)
        assert light[0] / sum(light) < 0.8


def test_a_colour_fades_in() -> None:
    between = [shown(COLOURS, EVERY + part * FADE) for part in (0, 0.25, 0.5, 0.75, 1)]
    assert between[0] == COLOURS[0].rgb
    assert between[-1] == COLOURS[1].rgb
    steps = [np.subtract(after, before) for before, after in pairwise(between)]
    assert all(np.abs(step - steps[0]).max() <= 1 for step in steps)


def test_before_the_first_there_is_grey_and_after_the_last_the_first_again() -> None:
    for never in (-0.01, -math.inf, math.inf, math.nan):
        assert shown(COLOURS, never) == NEUTRAL
    assert shown(COLOURS, 0.0) == NEUTRAL
    assert shown(COLOURS, 1.0) == COLOURS[0].rgb
    assert shown(COLOURS, 12 * EVERY) == COLOURS[-1].rgb
    assert shown(COLOURS, 13 * EVERY - 0.1) == COLOURS[0].rgb


@pytest.fixture(scope="module")
def person() -> Person:
    return blended([plain(0), plain(1)], 0)


Filmed = Callable[[float, Sequence[Colour]], list[Look]]


@pytest.fixture(scope="module")
def filmed(person: Person) -> Filmed:
    """Film a head that a screen shines on, and say what is seen, with the places of the drawing."""
    setting = Setting(rate=6.0, lost=0.0, noise=1.5)
    nod = both(Step.LOOK_UP, Step.TURN_LEFT, 0.7, 0.7)
    tasks = [far(Step.TURN_LEFT, 1.5), nod, far(Step.TURN_RIGHT, 1.5)]
    motion = asked(named(tasks), seed=4)
    times = moments(motion, setting, 4)

    def film(strength: float, colours: Sequence[Colour]) -> list[Look]:
        glow = Glow(lambda time: shown(colours, time - BEGUN), strength, (1.2, 1.0, 0.8))
        frames = lit_film(
            lambda time: [placed(person, motion.at(time), setting)],
            motion,
            times,
            seed=4,
            setting=setting,
            glow=glow,
        )
        return [seen(frame) for frame in frames]

    def seen(frame: Frame) -> Look:
        points = placed(person, motion.at(frame.at), setting).points[:468]
        mesh = points * FOCAL / points[:, 2:] + (SIZE[0] / 2, SIZE[1] / 2, 0)
        mesh[:, 2] = (points[:, 2] - points[:, 2].mean()) * FOCAL / points[:, 2].mean()
        shows = look(frame.at, mesh)
        assert shows.box is not None
        with Image.open(io.BytesIO(frame.data)) as picture:
            tint = tint_of(picture.convert("RGB"), mesh, shows.box)
        return dataclasses.replace(shows, tint=tint)

    return film


def fails(kind: type[NotVerified], looks: list[Look], colours: Sequence[Colour] = COLOURS) -> str:
    with pytest.raises(kind) as caught:
        require_light(colours, looks, BEGUN)
    return caught.value.reason


def test_light_of_the_screen_is_seen_on_a_head_and_no_other(filmed: Filmed) -> None:
    looks = filmed(0.5, COLOURS)
    require_light(COLOURS, looks, BEGUN)
    assert fails(SpoofSuspected, looks, OTHER) == "other_light"
    for times in (looks[::-1], looks[10:]):
        # The same colours at other times are no answer either.
        again = [
            dataclasses.replace(one, tint=other.tint)
            for one, other in zip(looks, [*times, *times], strict=False)
        ]
        assert fails(NotVerified, again) in {"other_light", "light_not_seen"}


def test_without_light_nothing_is_decided(filmed: Filmed) -> None:
    looks = filmed(0.0, COLOURS)
    assert fails(CannotDecide, looks) == "light_not_seen"
    assert fails(CannotDecide, looks, OTHER) == "light_not_seen"


def test_what_does_not_answer_to_the_light_is_refused(filmed: Filmed) -> None:
    """A screen that is held up shines by itself: its face keeps its colours."""
    looks = filmed(0.5, COLOURS)
    kept = looks[0].tint
    assert kept is not None
    assert fails(CannotDecide, [dataclasses.replace(each, tint=kept) for each in looks]) == (
        "light_not_seen"
    )


def test_colours_of_the_whole_picture_are_no_answer(filmed: Filmed) -> None:
    """Who tints a recording as a whole tints its surround as well."""
    looks = []
    for each in filmed(0.0, COLOURS):
        assert each.tint is not None
        light = np.array(shown(COLOURS, each.at - BEGUN)) / 255
        tint = np.log(light[::2] / light[1])
        looks.append(dataclasses.replace(each, tint=each.tint + tint))
    assert fails(CannotDecide, looks) == "light_not_seen"


@pytest.mark.parametrize("tint", [None, np.full((2, 2), np.nan), np.zeros((2, 2))])
def test_where_no_colour_can_be_told_nothing_is_decided(tint: heads.Points | None) -> None:
    looks = [dataclasses.replace(each, tint=tint) for each in moved(path(*LEFT_UP_RIGHT))]
    assert fails(CannotDecide, looks) == "light_not_seen"
    assert fails(CannotDecide, looks[:5]) == "light_not_seen"
    assert fails(CannotDecide, []) == "light_not_seen"


def lit(looks: list[Look]) -> list[Look]:
    """Give each look the tint that it would have in the light of the screen."""
    noise = np.random.default_rng(0)
    tinted = []
    for each in looks:
        light = (np.array(shown(COLOURS, each.at - BEGUN - 0.1)) / 255) ** 2.2
        face = 0.1 * (light[::2] - light[1])
        tint = np.stack([face, [0.0, 0.0]]) + noise.normal(0, 0.004, (2, 2))
        tinted.append(dataclasses.replace(each, tint=tint))
    return tinted


def test_light_is_checked_where_there_are_colours_and_nowhere_else() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=0.15)
    plain_challenge = challenge(*LEFT_UP_RIGHT)
    coloured = dataclasses.replace(plain_challenge, colours=COLOURS)
    assert plain_challenge.colours == ()
    wanted = check(plain_challenge, looks)
    assert check(coloured, lit(looks), begun=BEGUN) == wanted
    with pytest.raises(CannotDecide, match="light of the screen"):
        check(coloured, looks, begun=BEGUN)
    for never in (None, math.nan, -math.inf):
        with pytest.raises(InvalidArgument) as caught:
            check(coloured, lit(looks), begun=never)
        assert caught.value.reason == "light_not_begun"


def test_a_tint_is_that_of_the_face_and_that_of_its_surround() -> None:
    mesh = heads.seen(heads.head())
    box = (*mesh[:, :2].min(0), *mesh[:, :2].max(0))
    pixels = np.full((480, 640, 3), (100, 50, 200), np.uint8)
    left, top, right, bottom = (round(float(edge)) for edge in box)
    pixels[top:bottom, left:right] = (160, 80, 40)
    tint = tint_of(Image.fromarray(pixels), mesh, box)
    assert tint == pytest.approx(np.log([[2.0, 0.5], [2.0, 4.0]]), abs=0.02)
    # Brightness does not matter, as long as there is some.
    darker = tint_of(Image.fromarray(pixels // 2), mesh, box)
    assert darker == pytest.approx(tint, abs=0.02)
    assert tint_of(Image.fromarray(pixels // 40), mesh, box) is None
    assert tint_of(Image.fromarray(np.full_like(pixels, 255)), mesh, box) is None
    # A face that fills the picture has no surround, and one beside it is not seen.
    assert tint_of(Image.fromarray(pixels[top:bottom, left:right]), mesh, (0, 0, 400, 400)) is None
    away = mesh + np.array([2000.0, 0.0, 0.0])
    assert tint_of(Image.fromarray(pixels), away, (box[0] + 2000, *box[1:])) is None


def test_colour_is_measured_only_where_somebody_chose_it() -> None:
    faces = fake_pipeline()
    assert faces.look(Photo("photo", photo(1))).tint is None
    assert look_at(Frame(photo(1), 0.0), faces).tint is None
    frames = [Frame(photo(1, seed=number), number * 0.2) for number in range(8)]
    off = LiveCapture.of(recorded(TASKS), frames, faces)
    assert [each.tint for each in off.looks] == [None] * 8
    assert off.light is None


def test_a_capture_says_what_to_show_and_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[bool] = []

    def seen(
        frame: Frame,
        _faces: object,
        *,
        tint: bool = False,
        near: Look | None,  # noqa: ARG001 - nobody moves
    ) -> Look:
        asked_for.append(tint)
        return dataclasses.replace(moved([(0.0, 0.0, 65.0)])[0], at=frame.at)

    monkeypatch.setattr(capture_module, "look", seen)
    capture = LiveCapture(recorded(TASKS, COLOURS), fake_pipeline())
    assert (capture.light, capture.begun) == (None, None)
    said, at = Instruction.HOLD_STILL, 0.0
    while said is not Instruction.TURN_LEFT:
        assert capture.light is None
        said, at = capture.add(Frame(b"", at)), at + 0.125
    begun = capture.begun
    assert begun == at - 0.125
    assert capture.light == NEUTRAL
    for step in range(1, 40):
        capture.add(Frame(b"", begun + step * 0.125))
        assert capture.light == shown(COLOURS, step * 0.125)
    assert capture.begun == begun
    assert all(asked_for)


def test_tints_are_never_shown_and_forgotten_with_the_rest() -> None:
    frames = [Frame(photo(1, face=100, seed=number), number * 0.2) for number in range(8)]
    capture = LiveCapture.of(recorded(TASKS, COLOURS), frames, fake_pipeline(), begun=0.0)
    assert capture.light == shown(COLOURS, 1.4)
    tint = np.full((2, 2), 0.4321)
    kept = dataclasses.replace(capture.looks[0], tint=tint)
    assert "0.4321" not in repr(kept)
    capture._looks[0] = kept
    capture.erase()
    assert not tint.any()
    seen = fake_pipeline().look(Photo("photo", photo(1)), tint=True)
    assert repr(seen) == "<Seen: redacted>"


def test_errors_of_light_tell_a_forger_nothing_and_others_what_to_do() -> None:
    with pytest.raises(CannotDecide) as caught:
        require_light(COLOURS, [], BEGUN)
    assert "without the light" in caught.value.remedy
    told = str(caught.value) + caught.value.remedy
    assert not any(char.isdigit() for char in told)
    assert not any(colour.value in told.lower() for colour in Colour)


def test_colours_are_far_from_each_other() -> None:
    """What a camera is to tell apart: red over green and blue over green, of the light."""
    for one, other in combinations([*(colour.rgb for colour in Colour), NEUTRAL], 2):
        (r, g, b), (red, green, blue) = linear(one), linear(other)
        assert math.hypot((r - g) - (red - green), (b - g) - (blue - green)) > 0.3

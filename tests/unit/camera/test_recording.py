from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.camera.recordings import STEPS, described, folder, jpeg, number_of, video
from tests.unit.liveness.tasks import both, far

from visavis.camera import read_recording
from visavis.errors import CameraProblem, FileProblem, InvalidArgument, VisavisError
from visavis.liveness import Step

TASKS = (far(Step.TURN_LEFT, 0.4), both(Step.LOOK_UP, Step.TURN_RIGHT, 1.0, 0.7))


def reason(path: Path, kind: type[VisavisError] = InvalidArgument) -> str:
    with pytest.raises(kind) as caught:
        read_recording(path)
    assert caught.value.message.endswith(".")
    assert caught.value.remedy.endswith(".")
    return caught.value.reason


def test_pictures_of_a_folder_are_handed_on_unchanged_in_the_order_of_their_names(
    tmp_path: Path,
) -> None:
    made = folder(tmp_path / "made", 9)
    (made / "00003.jpg").unlink()
    (made / "00003.PNG").write_bytes(b"no picture, and not ours to judge")
    for name in ("notes.txt", "._00001.jpg", "Thumbs.db"):
        (made / name).write_bytes(b"something else")
    found = read_recording(made)
    assert found.tasks == TASKS
    assert [frame.at for frame in found.frames] == [number / 10 for number in range(9)]
    assert [frame.data for frame in found.frames] == [
        jpeg(number) if number != 3 else b"no picture, and not ours to judge" for number in range(9)
    ]


def test_of_many_pictures_sixty_are_kept_evenly_by_time(tmp_path: Path) -> None:
    times = [number / 10 if number < 60 else 6 + (number - 60) / 40 for number in range(120)]
    found = read_recording(folder(tmp_path / "made", 120, times=times))
    at = [frame.at for frame in found.frames]
    # Where pictures came four times as fast, three of four are left out.
    assert len(at) == pytest.approx(60, abs=2)
    assert (at[0], at[-1]) == (times[0], times[-1])
    assert max(later - earlier for earlier, later in pairwise(at)) <= 0.201
    assert sum(each >= 6 for each in at) < 20
    assert [number_of(frame.data) for frame in found.frames[:5]] == [
        times.index(each) for each in at[:5]
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a.avi", "MJPG"),
        ("a.mp4", "mp4v"),
        ("a.MOV", "mp4v"),
        ("a.mkv", "MJPG"),
        ("100%d.avi", "MJPG"),
        ("ä: ü.avi", "MJPG"),
    ],
)
def test_videos_are_read_with_the_times_of_their_container(
    tmp_path: Path, name: str, code: str
) -> None:
    found = read_recording(video(tmp_path / name, 20, code=code))
    assert found.tasks == TASKS
    assert [frame.at for frame in found.frames] == pytest.approx([n / 10 for n in range(20)])
    assert all(frame.data.startswith(b"\xff\xd8\xff") for frame in found.frames)
    assert [number_of(frame.data) for frame in found.frames] == list(range(20))


def test_a_name_with_a_scheme_is_a_file_and_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = video(tmp_path / "concat:a.avi")
    monkeypatch.chdir(tmp_path)
    assert len(read_recording(Path(made.name)).frames) == 10


def test_jpegs_one_after_the_other_are_a_video_with_given_times(tmp_path: Path) -> None:
    path = tmp_path / "a.mjpeg"
    path.write_bytes(b"".join(jpeg(number) for number in range(12)))
    times = [number / 4 for number in range(12)]
    described(path.with_suffix(".json"), times=times)
    found = read_recording(path)
    assert [frame.at for frame in found.frames] == times
    assert [number_of(frame.data) for frame in found.frames] == list(range(12))


def test_of_a_long_video_sixty_pictures_are_encoded(tmp_path: Path) -> None:
    frames = read_recording(video(tmp_path / "a.avi", 118)).frames
    assert len(frames) == 60
    assert [number_of(frame.data) for frame in frames] == [round(10 * frame.at) for frame in frames]


def test_what_the_remedy_says_to_write_is_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_recording(folder(tmp_path / "wrong", steps=[["turn-left"]]))
    said = caught.value.remedy.removeprefix("Write each as ").partition(";")[0]
    steps = [json.loads(each) for each in said.split(" or ")]
    assert len(steps) == 2
    tasks = read_recording(folder(tmp_path / "right", steps=steps)).tasks
    assert [task.step.value for task in tasks] == [step[0] for step in steps]


STEP, UP = "turn-left", ["slight", 1]
TURN, NOD = [STEP, ["far", 1]], ["look-up", UP, ["slight", 1, "turn-left"]]
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("another format", {"format": "visavis-recording-2"}),
    ("no format", {"format": None}),
    ("an unknown key", {"person": "somebody"}),
    ("no steps", {"steps": None}),
    ("steps that are no list", {"steps": {"turn-left": 1}}),
    ("an unknown step", {"steps": [["smile", UP], TURN]}),
    ("a step without a stay", {"steps": [[STEP], NOD]}),
    ("a step that is a word", {"steps": [STEP, NOD]}),
    ("a step without an extent", {"steps": [[STEP, 1], NOD]}),
    ("a stay that is a word", {"steps": [[STEP, "far"], NOD]}),
    ("a stay that is nothing", {"steps": [[STEP, []], NOD]}),
    ("a stay without a hold", {"steps": [[STEP, ["far"]], NOD]}),
    ("a second stay without a hold", {"steps": [[STEP, UP, ["slight"]], NOD]}),
    ("an unknown extent", {"steps": [[STEP, ["halfway", 1]], NOD]}),
    ("an extent that is a number", {"steps": [[STEP, [1, 1]], NOD]}),
    ("a hold that is a word", {"steps": [[STEP, ["far", "1"]], NOD]}),
    ("a hold that is true", {"steps": [[STEP, ["far", True]], NOD]}),
    ("a hold that is true, with more", {"steps": [[STEP, UP, ["slight", True, "look-up"]], NOD]}),
    ("a hold that is no number", {"steps": [[STEP, ["far", float("nan")]], NOD]}),
    ("a hold beyond every number", {"steps": [[STEP, ["far", 10**400]], NOD]}),
    ("an unknown step on top", {"steps": [[STEP, UP, ["slight", 1, "smile"]], NOD]}),
    ("a step on top that is nothing", {"steps": [[STEP, UP, ["slight", 1, None]], NOD]}),
    ("two steps on top", {"steps": [[STEP, UP, ["slight", 1, "look-up", "look-down"]], NOD]}),
    ("no times", {"times": None}),
    ("no time", {"times": []}),
    ("too few times", {"times": [0, 1]}),
    ("too many times", {"times": [n / 10 for n in range(11)]}),
    ("times for very many", {"times": [n / 1000 for n in range(10_001)]}),
    ("times that stand still", {"times": [0, 0, *range(2, 10)]}),
    ("times that fall", {"times": list(range(10, 0, -1))}),
    ("an infinite time", {"times": [*range(9), float("inf")]}),
    ("a time beyond every number", {"times": [*range(9), 10**400]}),
    ("a time that is true", {"times": [False, *range(1, 10)]}),
    ("a time that is a word", {"times": ["0", *range(1, 10)]}),
    ("more than a minute", {"times": [7 * n for n in range(10)]}),
]


@pytest.mark.parametrize("values", [values for _, values in WRONG], ids=[name for name, _ in WRONG])
def test_what_is_not_a_recording_is_refused(tmp_path: Path, values: dict[str, Any]) -> None:
    assert reason(folder(tmp_path / "made", **values)) == "recording_invalid"


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [TURN],
        [TURN, TURN],
        [[STEP, ["far", 0]], NOD],
        [[STEP, ["far", -1]], NOD],
        [[STEP, ["far", 6]], NOD],
        [[STEP, UP, ["slight", 6, "look-up"]], NOD],
        [[STEP, UP], NOD],
        [[STEP, UP, UP], NOD],
        [[STEP, UP, ["far", 1]], NOD],
        [[STEP, ["far", 1], UP], NOD],
        [[STEP, UP, ["slight", 1, "look-up"], UP], NOD],
        [TURN, ["look-up", ["far", 1]]],
        [[STEP, UP, ["slight", 1, "turn-right"]], NOD],
        [[STEP, UP, ["far", 1, "look-up"]], NOD],
        STEPS * 3,
    ],
    ids=str,
)
def test_steps_that_nobody_is_asked_for_are_refused(tmp_path: Path, steps: list[Any]) -> None:
    assert reason(folder(tmp_path / "made", steps=steps)) == "bad_challenge"


def test_steps_that_somebody_is_asked_for_are_read(tmp_path: Path) -> None:
    closer = ["come-closer", UP, ["slight", 5, "look-down"]]
    made = folder(tmp_path / "made", steps=[TURN, NOD, closer, TURN])
    assert read_recording(made).tasks == (
        far(Step.TURN_LEFT, 1),
        both(Step.LOOK_UP, Step.TURN_LEFT, 1, 1),
        both(Step.COME_CLOSER, Step.LOOK_DOWN, 1, 5),
        far(Step.TURN_LEFT, 1),
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[]",
        b"null",
        b'{"format": "visavis-recording-1", "format": "visavis-recording-1"}',
        b'{"format": "visavis-recording-1", "steps": [], "times": [NaN]}',
        b"[" * 100_000,
        b"1" * 10_000,
    ],
    ids=range(9),
)
def test_a_description_that_is_not_json_as_agreed_is_refused(tmp_path: Path, text: bytes) -> None:
    made = folder(tmp_path / "made")
    (made / "challenge.json").write_bytes(text)
    assert reason(made) == "recording_invalid"


def test_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = folder(tmp_path / "made")
    with (made / "00004.jpg").open("wb") as picture:
        picture.truncate(20_000_001)
    assert reason(made, FileProblem) == "file_too_large"
    with (made / "challenge.json").open("wb") as description:
        description.truncate(2_000_000)
    assert reason(made, FileProblem) == "file_too_large"
    film = video(tmp_path / "a.avi")
    monkeypatch.setattr("visavis.camera._video._LARGEST", film.stat().st_size - 1)
    assert reason(film, FileProblem) == "file_too_large"
    monkeypatch.setattr("visavis.camera._recording.MOST_TIMES", 9)
    assert reason(folder(tmp_path / "ten")) == "recording_invalid"
    monkeypatch.undo()
    monkeypatch.setattr("visavis.camera._recording.MOST_TIMES", 9)
    assert reason(film) == "recording_invalid"
    monkeypatch.undo()
    monkeypatch.setattr("visavis.camera._video.MOST_PIXELS", 100)
    assert reason(film) == "recording_invalid"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert reason(tmp_path / "nothing", FileProblem) == "file_missing"
    assert reason(tmp_path / "nothing.mp4", FileProblem) == "file_missing"
    assert reason(tmp_path / ("long" * 100), FileProblem) == "file_unreadable"
    film = video(tmp_path / "a.avi")
    film.with_suffix(".json").unlink()
    assert reason(film, FileProblem) == "file_missing"
    made = folder(tmp_path / "made")
    (made / "challenge.json").unlink()
    assert reason(made, FileProblem) == "file_missing"
    (made / "x.mp4").mkdir()
    assert reason(made / "x.mp4", FileProblem) == "file_missing"


def test_a_file_that_is_no_video_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(1))
    assert reason(path) == "recording_invalid"


AVI = b"RIFF\x10\x00\x00\x00AVI LIST"
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1\na.avi\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("data", [b"", b"x", b"junk" * 200, AVI, PLAYLIST, b"ffconcat version 1.0"])
def test_a_video_that_cannot_be_decoded_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    described(path.with_suffix(".json"))
    assert reason(path) == "recording_unreadable"


def test_a_video_that_is_cut_off_or_altered_gives_frames_or_a_clear_error(tmp_path: Path) -> None:
    data = video(tmp_path / "a.mp4", 30, code="mp4v").read_bytes()
    path = tmp_path / "b.mp4"
    described(path.with_suffix(".json"))
    ends: dict[str, int] = {}
    for place in range(8, len(data), len(data) // 40):
        altered = data[:place] + bytes(byte ^ 0x5A for byte in data[place : place + 30])
        for each in (data[:place], altered + data[place + 30 :]):
            path.write_bytes(each)
            try:
                assert read_recording(path).frames
                end = "read"
            except InvalidArgument as error:
                end = error.reason
            ends[end] = ends.get(end, 0) + 1
    assert set(ends) <= {"read", "recording_unreadable", "recording_invalid"}
    assert ends["recording_unreadable"] >= 30  # an MP4 has its index at the end


def test_a_damaged_video_says_nothing_on_standard_error(tmp_path: Path) -> None:
    film = video(tmp_path / "a.mp4", 20, code="mp4v")
    film.write_bytes(film.read_bytes()[:-300])
    script = (
        "import sys, pathlib, visavis.camera, visavis.errors\n"
        "try: visavis.camera.read_recording(pathlib.Path(sys.argv[1]))\n"
        "except visavis.errors.InvalidArgument as error: print(error.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(film)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("recording_unreadable\n", "")


@pytest.mark.parametrize("make", [folder, video])
def test_opencv_is_needed_for_videos_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Path]
) -> None:
    made = make(tmp_path / "made.avi")
    monkeypatch.setitem(sys.modules, "cv2", None)
    if make is folder:
        assert len(read_recording(made).frames) == 10
    else:
        assert reason(made, CameraProblem) == "extra_missing"


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    text = (read_recording.__doc__ or "").split("::\n\n", 1)[1].split("\n\n")[0]
    values = json.loads(text)
    made = folder(tmp_path / "made", len(values["times"]))
    (made / "challenge.json").write_text(text, "utf-8")
    assert len(read_recording(made).frames) == len(values["times"])

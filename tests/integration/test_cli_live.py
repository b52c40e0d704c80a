"""`visavis verify` before a camera, and with recordings."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from tests.integration._cli import Machine
from tests.integration._guided import Guided, pass_of_holder
from tests.unit.camera.recordings import described, video
from tests.unit.liveness.tasks import both, far
from tests.unit.staged_verification import HOLDER, STRANGER, Person, frames
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from visavis.cli import _verify_camera
from visavis.errors import CameraProblem
from visavis.liveness import Step

TURNS = (far(Step.TURN_LEFT, 0.7), far(Step.TURN_RIGHT, 0.7))
FILMED = Path(__file__).with_name("_filmed.py")
KEYS = ["outcome", "reason", "remedy", "tier", "presence", "operating_point", "elapsed_ms"]
TASKS = (
    far(Step.TURN_LEFT, 0.4),
    both(Step.LOOK_UP, Step.TURN_LEFT, 0.4, 1.2),
    both(Step.TURN_RIGHT, Step.LOOK_DOWN, 0.4, 0.4),
)


@pytest.fixture
def staged(machine: Machine) -> str:
    return machine.file("staged.pass", pass_of_holder())


# What a screen says to whoever does the movements of `Guided`, in this order.
ASKED = [
    "Turn your head far to your left.",
    "Look up a little.",
    "Stay so, and turn to your right as well.",
    "Come a little closer to the camera.",
    "Stay so, and look down as well.",
    "Turn your head a little to your right.",
    "Stay so, and look up as well.",
]


def recording(machine: Machine, person: Person = HOLDER, *, flat: bool = False) -> str:
    """Write a recording whose pictures say what the staged pipeline is to see in them."""
    folder = machine.work / "recording"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    filmed = frames(TASKS, lambda *_: person, flat=flat)
    for number, frame in enumerate(filmed):
        (folder / f"{number:03}.jpg").write_bytes(frame.data)
    steps = [
        [
            task.step.value,
            *(
                [stay.extent.value, stay.hold, *([stay.also.value] if stay.also else [])]
                for stay in task.stays
            ),
        ]
        for task in TASKS
    ]
    described(folder / "challenge.json", steps=steps, times=[frame.at for frame in filmed])
    return folder.name


def test_somebody_who_does_what_is_shown_is_verified_live(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)
    result = machine.call("verify", staged, "--camera")
    assert result.code == 0
    assert result.stdout.startswith("✓ Verified  This is the person the pass was issued to.\n")
    assert "live: somebody did what was asked just now" in result.stdout
    said = result.stderr.splitlines()
    assert said[0] == "Left and right are your own. Ctrl-C stops."
    assert [text for line in said for text in {*ASKED} if line.startswith(text)] == ASKED
    # One line for each new instruction, not one for each frame.
    assert len(said) < guided.read / 2
    assert guided.closed == ["screen", "camera"]
    assert guided.opened == [0]


def test_json_is_all_of_standard_output_and_instructions_go_to_standard_error(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guided().stands_there(monkeypatch)
    result = machine.call("verify", staged, "--camera", "--json")
    assert result.code == 0
    values = result.json()
    assert list(values) == KEYS
    assert (values["outcome"], values["presence"]) == ("verified", "live")
    assert "Hold still." in result.stderr


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        (Guided(person=STRANGER), (10, "no_match", "different_person")),
        (
            Guided(flat=True, tasks=TURNS),
            (13, "spoof_suspected", "flat"),
        ),
        (Guided(obeys=False), (11, "cannot_decide", "challenge_expired")),
    ],
    ids=["a stranger", "a print", "nobody who moves"],
)
def test_every_other_answer_is_said_and_nothing_seen_is_kept(
    machine: Machine,
    staged: str,
    monkeypatch: pytest.MonkeyPatch,
    who: Guided,
    answer: tuple[int, str, str],
) -> None:
    who.stands_there(monkeypatch)
    result = machine.call("verify", staged, "--camera", "--json")
    values = result.json()
    assert (result.code, values["outcome"], values["reason"]) == answer
    assert (values["presence"], values["tier"]) == (None, None)
    assert values["operating_point"] == "staged/test"
    assert values["remedy"].endswith(".")
    assert [capture.looks for capture in who.captures] == [()]
    assert who.closed == ["screen", "camera"]
    if not who.obeys:
        assert who.shown[-1].left == 0
        assert 58 < who.at < 60


def test_ctrl_c_ends_it_cleanly(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided(stops=6).stands_there(monkeypatch)
    result = machine.call("verify", staged, "--camera")
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr.endswith("Stopped. Nothing was left half done.\n")
    assert guided.closed == ["screen", "camera"]
    assert [capture.looks for capture in guided.captures] == [()]


def test_the_number_of_a_camera_may_follow(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (("--camera", "2"), ("2", "--camera")):
        guided = Guided().stands_there(monkeypatch)
        assert machine.call("verify", staged, *arguments, "--json").json()["presence"] == "live"
        assert guided.opened == [2]


def test_a_pin_is_needed_before_anybody_is_asked_to_move(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = machine.file("pin.pass", pass_of_holder("843917"))
    guided = Guided().stands_there(monkeypatch)
    wrong = machine.call("verify", locked, "--camera", VISAVIS_PIN="111111")
    assert (wrong.code, guided.read, guided.shown) == (12, 0, [])
    right = machine.call("verify", locked, "--camera", "--json", VISAVIS_PIN="843917")
    assert (right.json()["tier"], right.json()["presence"]) == ("pin", "live")


def test_no_picture_is_looked_at_for_a_pass_that_is_not_accepted(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)
    foreign = machine.call("verify", "made.pass", "--camera", "--json")
    assert (foreign.code, foreign.json()["reason"]) == (12, "wrong_verifier")
    other = machine.call("verify", staged, "--camera", "--purpose", "gym", "--json")
    assert (other.code, other.json()["reason"]) == (12, "wrong_purpose")
    assert (guided.read, guided.shown) == (0, [])
    assert guided.closed == ["camera", "camera"]


def test_a_camera_that_does_not_open_costs_no_attempt(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided = Guided().stands_there(monkeypatch)

    @contextlib.contextmanager
    def broken(_: int) -> Iterator[None]:
        raise CameraProblem("camera_in_use", "Camera 0 gives no pictures.", "Close others.")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(_verify_camera, "open_camera", broken)
        for _ in range(5):
            result = machine.call("verify", staged, "--camera")
            assert result.code == 1
            assert "Camera 0 gives no pictures." in result.refusal()
    assert machine.call("verify", staged, "--camera").code == 0
    assert guided.opened == [0]


def test_a_machine_without_a_camera_says_so(machine: Machine) -> None:
    result = machine.run("verify", "made.pass", "--camera", "99")
    assert result.code == 1
    assert "no camera 99" in result.refusal()
    as_json = machine.run("verify", "made.pass", "--camera", "99", "--json")
    assert (as_json.code, as_json.json()["reason"], as_json.stderr) == (1, "no_camera", "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "one_source"),
        (("photo.jpg", "--video", "film.mp4"), "one_source"),
        (("--camera", "--video", "film.mp4"), "one_source"),
        (("1", "2", "--camera"), "one_source"),
        (("--camera", "photo.jpg"), "bad_camera"),
        (("--camera", "1" * 10), "bad_camera"),
        (("--camera", "²"), "bad_camera"),
        (("--camera", "a\nb"), "bad_camera"),
        (("--camera", ""), "bad_camera"),
        (("--camera", "100"), "bad_camera"),
        (("--video", "no-such.mp4"), "file_missing"),
        (("--video", "no-such-folder"), "file_missing"),
        (("--video", "made.pass"), "recording_invalid"),
        (("--video", "."), "file_missing"),
    ],
    ids=str,
)
def test_what_to_look_at_must_be_clear(
    machine: Machine, arguments: tuple[str, ...], reason: str
) -> None:
    words = machine.call("verify", "made.pass", *arguments)
    assert words.code == 2
    words.refusal()
    values = machine.call("verify", "made.pass", *arguments, "--json").json()
    assert (values["outcome"], values["reason"]) == ("error", reason)


def test_a_pass_after_the_number_is_explained(machine: Machine) -> None:
    result = machine.call("verify", "--camera", "1", "made.pass")
    assert result.code == 2
    assert "`visavis verify FILE.pass --camera`" in result.refusal()


def test_a_recording_is_verified_and_said_to_be_one(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guided().stands_there(monkeypatch)
    words = machine.call("verify", staged, "--video", recording(machine))
    assert words.code == 0
    said = " ".join(words.stdout.split())
    assert "a recording: whether it was made for this challenge just now" in said
    assert "cannot be known" in said
    assert words.stderr == ""
    values = machine.call("verify", staged, "--video", recording(machine), "--json").json()
    assert list(values) == KEYS
    assert (values["outcome"], values["presence"]) == ("verified", "recording")


def test_a_recording_of_somebody_else_or_of_a_print_is_refused(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guided().stands_there(monkeypatch)
    stranger = machine.call("verify", staged, "--video", recording(machine, STRANGER), "--json")
    assert (stranger.code, stranger.json()["presence"]) == (10, None)
    print_ = machine.call("verify", staged, "--video", recording(machine, flat=True), "--json")
    assert (print_.code, print_.json()["reason"]) == (13, "flat")


def test_a_video_without_anybody_cannot_be_decided(machine: Machine) -> None:
    film = video(machine.work / "empty.avi", 12)
    result = machine.call("verify", "made.pass", "--video", film.name, "--json")
    assert (result.code, result.json()["outcome"]) == (11, "cannot_decide")
    short = video(machine.work / "short.avi", 5)
    result = machine.call("verify", "made.pass", "--video", short.name, "--json")
    assert (result.code, result.json()["reason"]) == (11, "too_few_frames")


def test_a_recording_of_pictures_that_are_none_cannot_be_decided(machine: Machine) -> None:
    folder = machine.work / recording(machine)
    result = machine.call("verify", "made.pass", "--video", folder.name)
    assert result.code == 11
    assert "frame 1" in result.refusal()


def test_without_opencv_only_what_needs_it_is_refused(
    machine: Machine, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = video(machine.work / "film.avi").name
    monkeypatch.setitem(sys.modules, "cv2", None)
    for arguments in (("--camera",), ("--video", film)):
        result = machine.call("verify", "made.pass", *arguments)
        assert result.code == 1
        assert 'pip install "visavis[camera]"' in result.refusal()
    Guided().stands_there(monkeypatch)
    assert machine.call("verify", staged, "--video", recording(machine)).code == 0


def test_the_options_are_completed(machine: Machine) -> None:
    words = "visavis verify x.pass --"
    asked = {"_VISAVIS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "3"}
    assert {"--camera", "--video"} <= set(machine.run(**asked).stdout.split())


class Written(FileSystemEventHandler):
    """Notes the names of files that come into being, whoever makes them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in {"created", "modified", "moved"} and not event.is_directory:
            paths = (event.src_path, event.dest_path or b"")
            self.names |= {Path(os.fsdecode(path)).name for path in paths} - {""}


def filmed(
    machine: Machine, evidence: Path, portrait: str, pictures: int, *arguments: str, **more: str
) -> tuple[dict[str, Any], set[str]]:
    """Run the command before a portrait; return its JSON, and which files were written."""
    evidence.mkdir()
    before_it = [str(FILMED), portrait, str(pictures), str(evidence)]
    written = Written()
    observer = Observer()
    observer.schedule(written, str(machine.folder), recursive=True)
    observer.start()
    try:
        done = subprocess.run(
            [sys.executable, *before_it, "verify", "made.pass", "--json", *arguments],
            env=machine.environment | {"PYTHONDONTWRITEBYTECODE": "1"} | more,
            cwd=machine.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    finally:
        observer.stop()
        observer.join()
    opened = (evidence / "written.txt").read_text(encoding="utf-8").splitlines()
    # A number is a stream that is open already.
    names = written.names | {Path(path).name for path in opened if not path.isdigit()}
    return json.loads(done.stdout), names


@pytest.mark.filterwarnings("ignore:Callback with id")
def test_no_picture_touches_the_disk(machine: Machine, same: str, tmp_path: Path) -> None:
    counted = {"attempts.db", "attempts.db-journal"}
    before = machine.tree()
    answer, names = filmed(machine, tmp_path / "1", same, 12, "--camera")
    assert answer["reason"] == "camera_stopped", "the portrait was looked at until then"
    assert names <= counted
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10, (960, 720))
    portrait = cv2.imread(same)
    assert portrait is not None
    picture = cv2.resize(portrait, (960, 1200))[:720]
    for shift in range(10):
        writer.write(picture + shift)
    writer.release()
    described(film.with_suffix(".json"))
    answer, names = filmed(machine, tmp_path / "2", same, 0, "--video", str(film))
    assert answer["outcome"] == "cannot_decide"
    assert names <= counted
    assert machine.tree() == before

    # And a picture that does is seen.
    leak = {"LEAK": str(machine.folder / "leak.jpg")}
    _, names = filmed(machine, tmp_path / "3", same, 2, "--camera", **leak)
    assert "leak.jpg" in names
    Path(leak["LEAK"]).unlink()

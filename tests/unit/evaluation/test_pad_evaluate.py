"""From recordings to a report, with a decision that can be foretold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from tests.unit.evaluation._pad import FACES, NAMES, UNSEEN, Shelf, decide, recording
from tests.unit.evaluation.test_schema import parts

from visavis.camera import Recording
from visavis.errors import CameraProblem, CannotDecide, EvaluationProblem, InvalidArgument
from visavis.evaluation._presentations.evaluate import time_taken
from visavis.evaluation._presentations.judging import (
    ACCEPTED,
    SUSPECTED,
    UNDECIDED,
    Judged,
    Unread,
    judge,
)
from visavis.evaluation._presentations.rates import STRICTNESS
from visavis.liveness import Challenge, Frame, Look

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "pad-report.schema.json").read_text("utf-8")
)
NEVER = 0.1
FACTORS = (0.5, 1.0, 2.0)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Three people: honest ones, masks that get through now and then, prints that never do."""
    made = Shelf(tmp_path / "shelf")
    for person in range(3):
        made.put("bona-fide", person, 2.0, 2.0, 0.9, UNSEEN)
        made.put("attacks/mask", person, 1.5, *[NEVER] * 3)
        made.put("attacks/print", person, NEVER, UNSEEN)
    return made


def check(report: dict[str, object]) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(report)))


def test_a_report_counts_what_was_decided(shelf: Shelf) -> None:
    (shelf.folder / "about.txt").write_text("Drawn.", encoding="utf-8")
    report = shelf.report()
    check(report)
    mask, printed = report["attacks"]
    assert (mask["class"], mask["presentations"], mask["people"]) == ("mask", 12, 3)
    assert (mask["accepted"], mask["suspected"], mask["undecided"]) == (3, {"flat": 9}, {})
    assert (mask["apcer"]["count"], mask["apcer"]["value"]) == (3, 0.25)
    assert printed["undecided"] == {"no_turn": 3}
    assert printed["apcer"]["value"] == 0
    assert printed["nonresponse"]["value"] == 0.5
    assert report["worst"] == "mask"
    honest = report["bona_fide"]
    assert (honest["presentations"], honest["accepted"]) == (12, 6)
    assert [honest[name]["count"] for name in ("bpcer", "taken_for_spoof", "nonresponse")] == [
        6, 3, 3,
    ]  # fmt: skip
    at = report["at_target"]
    # Masks are accepted up to 1.5, and so no longer at 2 ** (5 / 8).
    assert at["strictness"] == 2 ** (5 / 8)
    assert (at["apcer"]["count"], at["bpcer"]["count"], at["bpcer"]["of"]) == (0, 6, 12)
    assert report["data"]["about"] == ["Drawn."]
    assert (report["data"]["people"], report["data"]["recordings"]) == (3, 30)
    assert report["time"]["recordings"] == 30
    assert report["made"]["threads"] == 2


def test_times_are_told_as_a_median_and_what_is_rarely_exceeded() -> None:
    took = [Judged("", b"", "", place / 1000) for place in range(100, 0, -1)]
    unseen = Judged("", b"", "too_few_frames", None)
    assert time_taken([*took, unseen]) == {"recordings": 100, "median_ms": 50.0, "p95_ms": 95.0}
    assert time_taken([unseen]) is None


def test_the_clock_starts_when_the_last_frame_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    made = judge(lambda _path: recording(1.2), FACES, decide, FACTORS, Path("film"))
    assert isinstance(made, Judged)
    # It is read at each of eight frames, and once more when it is decided.
    assert made.seconds == 1.0


def test_the_same_recordings_give_the_same_report_but_for_time(shelf: Shelf) -> None:
    one, two = (shelf.report() for _ in range(2))
    for report in (one, two):
        del report["time"]
    assert json.dumps(one) == json.dumps(two)


def test_nothing_in_a_report_names_a_person_or_a_recording(shelf: Shelf) -> None:
    (shelf.folder / "bona-fide" / NAMES[3]).mkdir()
    (shelf.folder / "bona-fide" / NAMES[0] / "unheard-of").mkdir()
    found = shelf.measured()
    said = json.dumps(found.report)
    assert "secret" not in said
    assert "unheard" not in said
    assert {each.reason for each in found.left_out} == {"file_missing", "no_recordings"}
    assert found.report["data"]["left_out"] == {"file_missing": 1, "no_recordings": 1}
    assert f"{NAMES[0]}/unheard-of" in "".join(each.path for each in found.left_out)


def test_a_recording_that_cannot_be_read_counts_as_nothing(shelf: Shelf) -> None:
    before = shelf.report()
    (shelf.folder / "attacks/mask" / NAMES[0] / "broken").mkdir()
    (shelf.folder / "bona-fide" / NAMES[0] / "broken").mkdir()
    after = shelf.report()
    for report in (before, after):
        del report["time"]
        report["data"].pop("left_out")
    assert before == after


def test_a_class_of_one_person_is_named_and_not_told(shelf: Shelf) -> None:
    shelf.put("attacks/wax", 1, 4.0, 4.0)
    (shelf.folder / "attacks/unread" / NAMES[0] / "1").mkdir(parents=True)
    report = shelf.report()
    check(report)
    assert report["untold"] == ["unread", "wax"]
    assert {each["class"] for each in report["attacks"]} == {"mask", "print"}
    assert "wax" not in report["curve"]["apcer"]
    assert report["worst"] == "mask"


def test_honest_people_or_attacks_may_be_missing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "one")
    for person in range(2):
        shelf.put("bona-fide", person, 2.0)
    report = shelf.report()
    check(report)
    assert (report["attacks"], report["worst"], report["at_target"]["reached"]) == (
        [], None, "unknown",
    )  # fmt: skip
    shelf = Shelf(tmp_path / "two")
    for person in range(2):
        shelf.put("attacks/mask", person, NEVER)
    report = shelf.report()
    check(report)
    assert report["bona_fide"] is report["curve"]["bpcer"] is report["at_target"]["bpcer"] is None
    assert report["at_target"]["reached"] == "everywhere"


@pytest.mark.parametrize("readable", [0, 1])
def test_too_few_people_that_can_be_read_are_refused(tmp_path: Path, readable: int) -> None:
    shelf = Shelf(tmp_path / "few")
    if readable:
        shelf.put("bona-fide", 0, 2.0)
    for name in NAMES[:2]:
        (shelf.folder / "bona-fide" / name / "broken").mkdir(parents=True)
    with pytest.raises(EvaluationProblem, match="2 file_missing") as refused:
        shelf.measured()
    assert refused.value.reason == ("one_person" if readable else "no_presentations")


def test_numbers_of_one_person_in_every_class_are_refused(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "apart")
    shelf.put("bona-fide", 0, 2.0)
    shelf.put("attacks/mask", 1, 2.0)
    with pytest.raises(EvaluationProblem) as refused:
        shelf.measured()
    assert refused.value.reason == "one_person"


def test_a_recording_that_is_there_twice_counts_once(shelf: Shelf) -> None:
    before = shelf.report()
    first = next(iter(shelf.held))
    again = first.with_name("again")
    again.mkdir()
    shelf.held[again] = shelf.held[first]
    found = shelf.measured()
    assert [each.reason for each in found.left_out] == ["same_recording_twice"]
    assert found.report["bona_fide"] == before["bona_fide"]
    assert found.report["data"]["sha256"] == before["data"]["sha256"]


def test_a_recording_in_two_classes_counts_in_none(shelf: Shelf) -> None:
    first = next(iter(shelf.held))
    again = shelf.folder / "attacks/mask" / NAMES[0] / "again"
    again.mkdir()
    shelf.held[again] = shelf.held[first]
    found = shelf.measured()
    assert [each.reason for each in found.left_out] == ["same_recording_elsewhere"] * 2
    assert found.report["bona_fide"]["presentations"] == 11
    assert found.report["attacks"][0]["presentations"] == 12


def test_progress_is_told_recording_by_recording(shelf: Shelf) -> None:
    told: list[tuple[int, int]] = []
    shelf.measured(tell=lambda _what, done, total: told.append((done, total)))
    assert told == [(number, 30) for number in range(31)]


def judged(made: Recording) -> Judged | Unread:
    return judge(lambda _path: made, FACES, decide, FACTORS, Path("film"))


def test_a_recording_is_decided_about_at_each_strictness() -> None:
    found = judged(recording(1.2))
    assert isinstance(found, Judged)
    assert list(found.answers) == [ACCEPTED, ACCEPTED, SUSPECTED]
    assert found.reason == ""
    assert found.seconds is not None
    again = judged(recording(0.7))
    assert isinstance(again, Judged)
    assert (list(again.answers), again.reason) == ([ACCEPTED, SUSPECTED, SUSPECTED], "flat")
    assert again.digest != found.digest


@pytest.mark.parametrize(
    "up_to", [NEVER, 0.25, 0.26, 0.6, 0.99, 1.0, 1.01, 1.5, 3.9, 4.0, 4.5, UNSEEN]
)
def test_few_decisions_give_the_answers_of_all_factors(up_to: float) -> None:
    asked: list[float] = []

    def count(challenge: Challenge, looks: Sequence[Look], strictness: float) -> None:
        asked.append(strictness)
        decide(challenge, looks, strictness)

    found = judge(lambda _path: recording(up_to), FACES, count, STRICTNESS, Path("film"))
    assert isinstance(found, Judged)
    if up_to == UNSEEN:
        assert list(found.answers) == [UNDECIDED] * 33
    else:
        every = [ACCEPTED if factor <= up_to else SUSPECTED for factor in STRICTNESS]
        assert list(found.answers) == every
    assert asked[0] == 1.0
    assert len(asked) == len(set(asked)) <= 7


def test_frames_are_looked_at_once_and_forgotten() -> None:
    seen: list[Sequence[Look]] = []

    def watch(challenge: Challenge, looks: Sequence[Look], strictness: float) -> None:
        seen.append(looks)
        assert all(each.row is not None and each.row.any() for each in looks)
        decide(challenge, looks, strictness)

    judge(lambda _path: recording(1.2), FACES, watch, FACTORS, Path("film"))
    assert len(seen) > 1
    assert {tuple(map(id, looks)) for looks in seen} == {tuple(map(id, seen[0]))}
    assert not any(each.row.any() for each in seen[0] if each.row is not None)


def test_a_recording_that_is_too_short_is_one_about_which_nothing_can_be_decided() -> None:
    found = judged(recording(1.2, frames=7))
    assert isinstance(found, Judged)
    assert (list(found.answers), found.reason) == ([UNDECIDED] * 3, "too_few_frames")
    assert found.seconds is None


def test_a_damaged_frame_makes_a_recording_that_cannot_be_read() -> None:
    made = recording(1.2)
    frames = (*made.frames[:-1], Frame(b"no picture", 9.0))
    found = judged(Recording(made.tasks, frames))
    assert isinstance(found, Unread)
    assert found.reason == "not_an_image"


def test_times_that_fall_make_a_recording_that_cannot_be_read() -> None:
    made = recording(1.2)
    found = judged(Recording(made.tasks, made.frames[::-1]))
    assert isinstance(found, Unread)
    assert found.reason == "frame_times"


def test_a_recording_that_is_refused_is_left_out_and_missing_software_is_not() -> None:
    def refuse(_path: Path) -> Recording:
        raise InvalidArgument("recording_invalid", "No.", "See.")

    def lack(_path: Path) -> Recording:
        raise CameraProblem("extra_missing", "No OpenCV.", "Install it.")

    found = judge(refuse, FACES, decide, FACTORS, Path("film"))
    assert found == Unread("recording_invalid", "No.")
    with pytest.raises(CameraProblem):
        judge(lack, FACES, decide, FACTORS, Path("film"))


def test_doubt_at_one_strictness_is_not_acceptance() -> None:
    def doubt(_challenge: Challenge, _looks: Sequence[Look], strictness: float) -> None:
        if strictness != 1:  # at either end
            raise CannotDecide("unsure", "Unsure.", "Again.")

    found = judge(lambda _path: recording(1.2), FACES, doubt, FACTORS, Path("film"))
    assert isinstance(found, Judged)
    assert (list(found.answers), found.reason) == ([UNDECIDED, ACCEPTED, UNDECIDED], "")


def test_the_schema_describes_every_field_and_allows_no_other() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    found = list(parts(SCHEMA))
    assert len(found) > 50
    for path, part in found:
        assert part["description"].endswith("."), path
        if "properties" in part:
            assert part["additionalProperties"] is False, path
            assert set(part["required"]) == set(part["properties"]), path


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("data", "person", "somebody"),
        ("data", "sha256", "ABC"),
        ("data", "left_out", {"a/path": 1}),
        ("made", "cores", 0),
        ("bona_fide", "bpcer", 0.5),
        ("at_target", "reached", "perhaps"),
        ("time", "median_ms", -1),
    ],
)
def test_what_is_not_in_the_schema_is_refused(
    shelf: Shelf, part: str, name: str, value: object
) -> None:
    report = shelf.report()
    report[part][name] = value
    with pytest.raises(ValidationError):
        check(report)

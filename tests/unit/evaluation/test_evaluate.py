"""From photos in folders to a report, with the fake pipeline: whole, exact, and repeatable."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from visavis.errors import EvaluationProblem
from visavis.evaluation._comparisons import sides
from visavis.evaluation._evaluate import Evaluation, evaluate
from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._output import write
from visavis.evaluation._participants.people import RARE, LeftOut, read_participants
from visavis.evaluation._settings import Settings
from visavis.face import FacePipeline
from visavis.face.capture import Capture
from visavis.face.fake import PEOPLE, FakeEmbedder, fake_pipeline, photo
from visavis.registry import ModelEntry, Task
from visavis.types import Template

SCHEMA = Path(__file__).parents[3] / "docs" / "evaluation-report.schema.json"
PHOTOS = 4
SECRET = "Wilhelmina-Okonkwo"
DAY = date(2026, 11, 22)


def fake(embedder: str) -> FacePipeline:
    assert embedder in {"fake", "other"}
    return fake_pipeline()


def entry(name: str = "fake") -> ModelEntry:
    return ModelEntry(
        id=name,
        task=Task.EMBED,
        sha256="0" * 64,
        licence="none",
        licence_url="none",
        training_faces="none",
        embedder=FakeEmbedder.spec,
        file="none",
        source=None,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen people with four photos each, and what they declared."""
    folder = tmp_path_factory.mktemp("set") / "sixteen"
    lines = ["person,side,town,name"]
    for person in range(PEOPLE):
        name = f"{SECRET}-{person}"
        (folder / name).mkdir(parents=True)
        for seed in range(PHOTOS):
            data = photo(person, face=80, seed=100 * person + seed)
            (folder / name / f"{SECRET}-{seed}.png").write_bytes(data)
        side = "left" if person < 11 else "right"
        lines.append(f"{name},{side},north,{name}")
    (folder / "groups.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def run(
    folder: Path, *names: str, threads: int = 2, settings: Settings | None = None
) -> Evaluation:
    return evaluate(
        read_participants(folder),
        [entry(name) for name in names or ("fake",)],
        settings=settings or Settings(),
        work=LocalWork(threads),
        today=DAY,
        command="visavis evaluate sixteen",
        load=fake,
    )


@pytest.fixture(scope="module")
def found(folder: Path) -> Evaluation:
    return run(folder)


def rows(folder: Path) -> list[list[Any]]:
    faces = fake_pipeline()
    return [
        [faces.features(Capture.read(file)).reveal()[0] for file in sorted(person.iterdir())]
        for person in sorted(path for path in folder.iterdir() if path.is_dir())
    ]


def test_the_report_is_as_its_schema_says(found: Evaluation) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(found.report)


def test_counts_equal_an_independent_computation_to_the_last_comparison(
    folder: Path, found: Evaluation
) -> None:
    people = rows(folder)
    flat = [(number, row) for number, person in enumerate(people) for row in person]
    enrolled = [
        Template.from_features(row, embedder="", preprocessing="").features().astype(float)
        for _, row in flat
    ]
    genuine: list[float] = []
    impostor: list[float] = []
    for first in range(len(flat)):
        for second in range(first + 1, len(flat)):
            score = float(enrolled[first] @ flat[second][1].astype(float))
            (genuine if flat[first][0] == flat[second][0] else impostor).append(score)
    trial = found.report["systems"][0]["trials"][0]
    assert (trial["genuine"], trial["impostor"]) == (len(genuine), len(impostor))
    det = trial["det"]
    assert len(det["threshold"]) > 50
    assert all((1024 * threshold).is_integer() for threshold in det["threshold"])
    for threshold, fmr, fnmr in zip(det["threshold"], det["fmr"], det["fnmr"], strict=True):
        assert round(fmr * len(impostor)) == sum(score >= threshold for score in impostor)
        assert round(fnmr * len(genuine)) == sum(score < threshold for score in genuine)
    assert sum(trial["histogram"]["genuine"]) == len(genuine)
    assert sum(trial["histogram"]["impostor"]) == len(impostor)


@pytest.mark.parametrize(("threads", "stripe"), [(1, 1024), (2, 7), (3, 64)])
def test_threads_and_blocks_change_nothing(
    folder: Path, found: Evaluation, threads: int, stripe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "STRIPE", stripe)
    assert run(folder, threads=threads).report == found.report


def test_another_seed_draws_other_captures(folder: Path, found: Evaluation) -> None:
    other = run(folder, settings=Settings(seed=1)).report["systems"][0]["trials"]
    trials = found.report["systems"][0]["trials"]
    assert other[0]["det"] == trials[0]["det"]  # every pair of photos, whatever the seed
    assert other[1]["det"] != trials[1]["det"]


def test_no_name_of_a_person_or_file_is_in_the_report(folder: Path, found: Evaluation) -> None:
    assert any(SECRET in path.name for path in folder.iterdir())
    assert SECRET not in json.dumps(found.report)
    assert str(folder.parent) not in json.dumps(found.report)


def test_groups_of_a_few_get_no_rates(found: Evaluation) -> None:
    side, town, name = found.report["systems"][0]["differentials"]["columns"]
    left, right = side["groups"]
    # Eleven are enough, but what is told of them would tell of the other five.
    assert [(group["people"], group["too_small"]) for group in (left, right)] == [
        (11, True),
        (5, True),
    ]
    for rate in ("fmr", "fnmr", "fta"):
        assert left[rate]["value"] is right[rate]["value"] is None
    assert side["within"]["value"] is side["across"]["value"] is None
    (north,) = town["groups"]
    assert (north["people"], north["too_small"]) == (PEOPLE, False)
    assert north["fmr"] == found.report["systems"][0]["trials"][0]["points"][0]["fmr"]
    # A column of names is no group of anybody; nobody's name is told.
    assert [(group["label"], group["people"]) for group in name["groups"]] == [(RARE, PEOPLE)]
    assert found.report["data"]["columns"]["side"]["left"] == {"people": 11}


def test_two_embedders_are_measured_on_the_same_photos(folder: Path, found: Evaluation) -> None:
    both = run(folder, "fake", "other").report
    assert [system["embedder"] for system in both["systems"]] == ["fake", "other"]
    assert both["systems"][0] == found.report["systems"][0]
    assert both["systems"][1] == found.report["systems"][0] | {"embedder": "other"}


def test_few_comparisons_show_no_low_rate(found: Evaluation) -> None:
    trial = found.report["systems"][0]["trials"][0]
    impostor = trial["impostor"]
    for point in trial["points"]:
        assert point["shown"] == (point["target"] * impostor >= 3)
        if not point["shown"]:
            assert point["least"] == 3 / impostor
    by_target = {each["target"]: each for each in found.report["systems"][0]["calibration"]}
    assert by_target[1e-6]["status"] == "impossible"
    assert by_target[1e-6]["match"] is None


def some(folder: Path, people: int, into: Path) -> list[Path]:
    """Copy the first few people of the sixteen, and return their new folders."""
    whole = sorted(path for path in folder.iterdir() if path.is_dir())
    return [Path(shutil.copytree(person, into / person.name)) for person in whole[:people]]


def test_the_same_photo_under_two_people_counts_for_neither(folder: Path, tmp_path: Path) -> None:
    one, two, *_ = some(folder, 11, tmp_path)
    (two / "wrong.png").write_bytes((one / f"{SECRET}-0.png").read_bytes())
    (one / "notes.txt").write_text("no photo", encoding="utf-8")
    found = run(tmp_path)
    assert sorted((each.path, each.reason) for each in found.left_out) == [
        (f"{one.name}/{SECRET}-0.png", "same_photo_two_people"),
        (f"{one.name}/notes.txt", "not_an_image"),
        (f"{two.name}/wrong.png", "same_photo_two_people"),
    ]
    assert found.report["data"]["photos"] == 11 * PHOTOS - 1
    assert found.report["data"]["left_out"] == {"not_an_image": 1, "same_photo_two_people": 2}
    assert found.report["systems"][0]["trials"][0]["genuine"] == 3 + 10 * 6


def test_photos_without_a_face_are_failures_to_acquire(folder: Path, tmp_path: Path) -> None:
    some(folder, 11, tmp_path)
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    for seed in range(2):
        (nobody / f"{seed}.png").write_bytes(photo(seed=seed))
    acquisition = run(tmp_path).report["systems"][0]["acquisition"]
    assert acquisition["photos"] == 11 * PHOTOS + 2
    assert acquisition["failures"] == 2
    assert acquisition["reasons"] == {"no_face": 2}
    assert (acquisition["people"], acquisition["not_enrolled"]) == (12, 1)


def test_when_too_little_is_left_it_says_so(folder: Path, tmp_path: Path) -> None:
    people = some(folder, 10, tmp_path)
    for kept in (1, 0):
        for number, file in enumerate(sorted(people[0].iterdir())[kept:]):
            file.write_bytes(photo(seed=number))
        assert refused(tmp_path) == "too_few_people"
    for person in people[1:]:
        for number, file in enumerate(sorted(person.iterdir())):
            file.write_bytes(f"no photo {person.name} {number}".encode())
    assert refused(tmp_path) == "no_participants"
    for file in sorted(people[0].iterdir())[:2]:
        file.write_bytes((folder / people[0].name / file.name).read_bytes())
    assert refused(tmp_path) == "one_person"


def refused(folder: Path) -> str:
    with pytest.raises(EvaluationProblem) as caught:
        run(folder)
    return caught.value.reason


def test_a_file_that_does_not_count_is_no_formula(found: Evaluation, tmp_path: Path) -> None:
    left_out = (LeftOut("=1+1/x.jpg", "not_an_image", "It is no image."),)
    write(Evaluation(found.report, left_out), tmp_path)
    assert "'=1+1/x.jpg,not_an_image" in (tmp_path / "left-out.csv").read_text(encoding="utf-8")

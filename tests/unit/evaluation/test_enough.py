"""How many people with how many photos it takes: of fewer, a rate would be about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis.errors import EvaluationProblem
from visavis.evaluation._participants.people import LeftOut, check_enough, read_participants


def refused(counts: list[int], left_out: tuple[LeftOut, ...] = ()) -> EvaluationProblem:
    with pytest.raises(EvaluationProblem) as caught:
        check_enough(counts, left_out)
    for sentence in (caught.value.message, caught.value.remedy):
        assert sentence.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], "no_participants"),
        ([0, 0], "no_participants"),
        ([0, 5, 0], "one_person"),
        ([1], "one_person"),
        ([1, 0, 1, 1], "one_photo_each"),
        ([1] * 20, "one_photo_each"),
        ([2, 1], "too_few_people"),
        ([5, 5], "too_few_people"),
        ([2] * 9, "too_few_people"),
        ([100] * 9, "too_few_people"),
        ([2] * 9 + [1], "too_few_people"),
        ([2] * 9 + [1] * 30 + [0] * 30, "too_few_people"),
    ],
)
def test_too_few_photos_that_can_be_used_are_an_error(counts: list[int], reason: str) -> None:
    failure = refused(counts)
    assert failure.reason == reason
    assert "left out" not in failure.message


@pytest.mark.parametrize("counts", [[2] * 10, [2] * 10 + [1, 0], [1, 9, 0] * 10])
def test_ten_people_with_two_photos_each_are_enough(counts: list[int]) -> None:
    check_enough(counts)
    check_enough(iter(counts))


def test_it_says_how_many_there_are_and_how_many_it_takes() -> None:
    assert refused([3] * 9 + [1]).message == "Only 9 people have two usable photos; 10 are needed."
    assert refused([3, 1]).message == "Only 1 person has two usable photos; 10 are needed."
    assert "10" in refused([3, 1]).remedy


def test_what_was_left_out_is_told_with_the_error_by_reason_only() -> None:
    notes = [LeftOut(f"ann/{n}.jpg", "not_an_image", f"ann/{n}.jpg is none.") for n in range(3)]
    notes += [LeftOut("bob/1.jpg", "photo_damaged", "bob/1.jpg is damaged.")]
    for counts in ([0, 1], [2] * 9 + [1]):
        message = refused(counts, tuple(notes)).message
        assert message.endswith("(left out: 3 not_an_image, 1 photo_damaged).")
        assert "ann" not in message


def files(folder: Path, people: int) -> Path:
    for person in range(people):
        (folder / str(person)).mkdir()
        for name in ("1.jpg", "2.jpg"):
            (folder / str(person) / name).write_bytes(b"")
    return folder


def test_nine_folders_are_refused_before_any_photo_is_opened(tmp_path: Path) -> None:
    with pytest.raises(EvaluationProblem) as caught:
        read_participants(files(tmp_path, 9))
    assert caught.value.reason == "too_few_people"


@pytest.mark.parametrize("unlisted", [1, 2])
def test_a_list_of_nine_people_is_refused_however_many_folders_there_are(
    tmp_path: Path, unlisted: int
) -> None:
    files(tmp_path, 10)
    listed = tmp_path / "list.csv"
    lines = [f"{person}/{photo}.jpg,{person}" for person in range(10) for photo in (1, 2)]
    listed.write_text("\n".join(["file,person", *lines]), encoding="utf-8")
    assert len(read_participants(tmp_path, manifest=listed).people) == 10
    listed.write_text("\n".join(["file,person", *lines[:-unlisted]]), encoding="utf-8")
    with pytest.raises(EvaluationProblem) as caught:
        read_participants(tmp_path, manifest=listed)
    assert caught.value.reason == "too_few_people"

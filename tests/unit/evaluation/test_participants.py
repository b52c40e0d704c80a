"""Which photos are whose, and what people declared: from folders and from CSV files."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from visavis.errors import EvaluationProblem, FileProblem, VisavisError
from visavis.evaluation._participants import people, tables
from visavis.evaluation._participants.people import LeftOut, Participants, read_participants

posix = pytest.mark.skipif(os.name != "posix", reason="links, modes and odd names")


@pytest.fixture(autouse=True)
def _a_few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a few people only; how many it takes to measure is for test_enough.py."""
    monkeypatch.setattr(people, "FEWEST_PEOPLE", 1)


def make(folder: Path, *files: str) -> Path:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return make(tmp_path / "set", "ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "bob/2.jpg")


def photos(found: Participants) -> list[list[str]]:
    return [
        [photo.relative_to(found.folder).as_posix() for photo in person.photos]
        for person in found.people
    ]


def labels(found: Participants) -> list[dict[str, str]]:
    return [dict(person.labels) for person in found.people]


def reasons(left_out: tuple[LeftOut, ...]) -> list[tuple[str, str]]:
    return [(left.path, left.reason) for left in left_out]


def refused(folder: Path, **arguments: Path | None) -> VisavisError:
    with pytest.raises((EvaluationProblem, FileProblem)) as caught:
        read_participants(folder, **arguments)
    for sentence in (caught.value.message, caught.value.remedy):
        assert sentence.endswith(".")
    return caught.value


def groups(folder: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "groups.csv").write_bytes(data)
    return folder


def manifest(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


# Folders.


def test_a_folder_is_a_person_and_what_lies_below_is_theirs(tmp_path: Path) -> None:
    make(tmp_path / "set", "bob/z.jpg", "bob/2025/may/a.jpg", "ann/1.png", "bob/2024/b.heic")
    found = read_participants(tmp_path / "set")
    assert photos(found) == [["ann/1.png"], ["bob/2024/b.heic", "bob/2025/may/a.jpg", "bob/z.jpg"]]
    assert (found.name, found.columns, found.left_out) == ("set", (), ())
    assert labels(found) == [{}, {}]


def test_people_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = ["s10", "s2", "Zoe", "ann", "\u00c9mile"]
    make(tmp_path, *(f"{name}/{number}.jpg" for name in names for number in (1, 2)))
    first = [person.photos[0].parent.name for person in read_participants(tmp_path).people]
    assert first == sorted(names)


def test_names_are_kept_nowhere_but_in_the_paths_of_the_photos(two: Path) -> None:
    (person, _) = read_participants(two).people
    assert not hasattr(person, "name")


def test_the_name_of_the_folder_is_found_however_it_is_called(
    two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(two / "ann")
    for folder in (Path(".."), two / "ann" / "..", Path("../../set")):
        found = read_participants(folder)
        assert found.name == "set"
        assert photos(found) == [["ann/1.jpg", "ann/2.jpg"], ["bob/1.jpg", "bob/2.jpg"]]


def test_hidden_files_and_texts_beside_the_people_are_passed_over(two: Path) -> None:
    make(two, ".DS_Store", ".git/config", "README", "LICENSE.txt", "notes.md", "consent.pdf")
    make(two, "ann/.hidden.jpg", "ann/Thumbs.db", "ann/.cache/1.jpg", "__MACOSX/ann/1.jpg")
    found = read_participants(two)
    assert photos(found) == [["ann/1.jpg", "ann/2.jpg"], ["bob/1.jpg", "bob/2.jpg"]]
    assert found.left_out == ()


def test_what_lies_with_a_persons_photos_is_for_the_reader_to_judge(two: Path) -> None:
    make(two, "ann/notes.txt")
    assert photos(read_participants(two))[0] == ["ann/1.jpg", "ann/2.jpg", "ann/notes.txt"]


def test_photos_in_no_persons_folder_belong_to_nobody(two: Path) -> None:
    make(two, "stray.jpg", "IMG_1")
    found = read_participants(two)
    assert len(found.people) == 2
    assert reasons(found.left_out) == [
        ("IMG_1", "belongs_to_nobody"),
        ("stray.jpg", "belongs_to_nobody"),
    ]
    assert found.left_out[1].message == "stray.jpg lies in no person's folder."


def test_a_folder_without_files_is_nobody_and_is_listed(two: Path) -> None:
    (two / "carl" / "later").mkdir(parents=True)
    found = read_participants(groups(two, "person,sex\ncarl,m\n"))
    assert len(found.people) == 2
    assert ("carl", "no_photos") in reasons(found.left_out)


@posix
def test_links_are_followed_and_loops_end(two: Path, tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", "3.jpg")
    (two / "ann" / "more").symlink_to(tmp_path / "elsewhere")
    (two / "ann" / "again").symlink_to(tmp_path / "elsewhere")
    (two / "ann" / "up").symlink_to(two / "ann")
    (two / "ann" / "everyone").symlink_to(two)
    (two / "ann" / "self").symlink_to(two / "ann" / "self")
    (two / "ann" / "gone.jpg").symlink_to(two / "nowhere.jpg")
    found = read_participants(two)
    assert len(photos(found)[0]) == 3
    assert photos(found)[0][:2] == ["ann/1.jpg", "ann/2.jpg"]
    assert reasons(found.left_out) == [("ann/gone.jpg", "not_a_file"), ("ann/self", "not_a_file")]


@posix
def test_folders_that_link_to_each_other_are_entered_once_each(tmp_path: Path) -> None:
    # In every order there would be 12! ways through these.
    for one in range(12):
        make(tmp_path, f"ann/{one}/photo.jpg", "bob/1.jpg")
        for other in range(12):
            (tmp_path / "ann" / str(one) / f"to{other}").symlink_to(tmp_path / "ann" / str(other))
    assert [len(person.photos) for person in read_participants(tmp_path).people] == [12, 1]


@posix
def test_a_pipe_among_the_photos_is_left_out(two: Path) -> None:
    os.mkfifo(two / "ann" / "pipe.jpg")
    assert reasons(read_participants(two).left_out) == [("ann/pipe.jpg", "not_a_file")]


def test_a_folder_that_vanishes_or_is_locked_is_listed(
    two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(two, "ann/locked/3.jpg")
    scandir = os.scandir

    def locked(path: str | Path) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "no", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    found = read_participants(two)
    assert reasons(found.left_out) == [("ann/locked", "folder_unreadable")]
    assert len(found.people[0].photos) == 2


def test_very_deep_folders_are_no_problem(two: Path) -> None:
    deep = "ann" + "/d" * 500
    make(two, f"{deep}/3.jpg")
    assert len(read_participants(two).people[0].photos) == 3


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="file names are text there")
def test_names_that_are_no_text_are_shown_as_text(two: Path) -> None:
    path = os.fsencode(two) + b"/ann/\xff.jpg"
    with open(path, "wb"):  # noqa: PTH123
        pass
    with open(os.fsencode(two) + b"/\xfe\n.jpg", "wb"):  # noqa: PTH123
        pass
    found = read_participants(two)
    assert len(found.people[0].photos) == 3
    assert [left.path for left in found.left_out] == ["\ufffd\n.jpg"]


def test_each_folder_is_listed_once(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(two, "ann/more/3.jpg")
    scandir, listed = os.scandir, []

    def counting(path: str | Path) -> object:
        listed.append(os.path.relpath(path, two))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    read_participants(two)
    assert sorted(listed) == [".", "ann", os.path.join("ann", "more"), "bob"]  # noqa: PTH118


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "no_participants"),
        (["1.jpg", "2.jpg"], "no_participants"),
        (["ann/1.jpg", "ann/2.jpg"], "one_person"),
        (["ann/1.jpg", "2.jpg"], "one_person"),
        (["ann/1.jpg", "bob/1.jpg", "carl/1.jpg"], "one_photo_each"),
    ],
)
def test_too_little_to_measure_is_an_error(tmp_path: Path, files: list[str], reason: str) -> None:
    assert refused(make(tmp_path, *files)).reason == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [("none", "folder_missing"), ("file", "not_a_folder"), ("file/x", "not_a_folder")],
)
def test_what_is_no_folder_is_an_error(tmp_path: Path, path: str, reason: str) -> None:
    make(tmp_path, "file")
    assert refused(tmp_path / path).reason == reason
    listed = manifest(tmp_path, "file,person\nfile,ann\n")
    assert refused(tmp_path / path, manifest=listed).reason == reason


def test_a_name_no_file_can_have_is_an_error() -> None:
    assert refused(Path("a\0b")).reason == "folder_unreadable"


# What people declared.


def test_labels_come_by_person_and_an_empty_cell_is_not_declared(two: Path) -> None:
    found = read_participants(groups(two, "person,sex,age\nbob,male,\nann, female ,30-39\n"))
    assert found.columns == ("sex", "age")
    assert labels(found) == [{"sex": "female", "age": "30-39"}, {"sex": "male"}]
    assert found.left_out == ()


@pytest.mark.parametrize(
    "text",
    [
        "person;sex\nann;f\nbob;m\n",
        "person\tsex\nann\tf\nbob\tm\n",
        "\ufeffperson,sex\r\nann,f\r\nbob,m\r\n",
        "Person,sex\nann,f\nbob,m",
        " PERSON , sex \n ann , f\nbob,m\n",
        "\n\nperson,sex\n\nann,f\n , \nbob,m\n\n",
        '"person","sex"\n"ann","f"\n"bob","m"\n',
        "sex,person\nf,ann\nm,bob\n",
        "person,sex,\nann,f,\nbob,m,\n",
        "person,sex,,\nann,f\nbob,m,,\n",
        "person,sex\nann,f\nann,f\nbob,m\n",
        "person,sex\nann,\nann,f\nbob,m\nbob,\n",
    ],
)
def test_however_the_file_was_saved(two: Path, text: str) -> None:
    found = read_participants(groups(two, text))
    assert found.columns == ("sex",)
    assert labels(found) == [{"sex": "f"}, {"sex": "m"}]
    assert found.left_out == ()


def test_a_label_may_hold_separators_lines_and_any_letters(two: Path) -> None:
    text = 'person;of\nann;"a; b"\nbob;"\u00e9, ""q""\n\u4eba"\n'
    assert labels(read_participants(groups(two, text))) == [
        {"of": "a; b"},
        {"of": '\u00e9, "q"\n\u4eba'},
    ]


@posix
def test_letters_count_as_the_same_however_they_are_written(tmp_path: Path) -> None:
    composed, taken_apart = (unicodedata.normalize(form, "\u00c9mile") for form in ("NFC", "NFD"))
    make(tmp_path, f"{taken_apart}/1.jpg", f"{taken_apart}/2.jpg", "ann/1.jpg")
    text = f"person,from\n{composed},{composed}\nann,{taken_apart}\n"
    found = read_participants(groups(tmp_path, text))
    assert [label["from"] for label in labels(found)] == [composed] * 2
    assert found.left_out == ()


def test_people_unknown_to_the_folder_are_listed_and_not_fatal(two: Path) -> None:
    found = read_participants(groups(two, "person,sex\nann,f\nzoe,f\n,m\nAnn,f\n"))
    assert labels(found) == [{"sex": "f"}, {}]
    assert reasons(found.left_out) == [
        ("groups.csv, line 3", "unknown_person"),
        ("groups.csv, line 4", "unknown_person"),
        ("groups.csv, line 5", "unknown_person"),
    ]
    assert '"zoe"' in found.left_out[0].message
    assert "no person" in found.left_out[1].message


def test_contradictory_labels_are_an_error_that_names_nobody(two: Path) -> None:
    failure = refused(groups(two, "person,sex,age\nann,f,30\nbob,m,\nann,f,31\n"))
    assert isinstance(failure, EvaluationProblem)
    assert failure.reason == "contradictory_labels"
    assert "Line 4" in failure.message
    assert "age" in failure.message
    assert "ann" not in failure.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "column_missing"),
        ("\n\n", "column_missing"),
        ("name,sex\nann,f\n", "column_missing"),
        ("ann,f\nbob,m\n", "column_missing"),
        ("person\nann\n", "no_columns"),
        ("person,,\nann,,\n", "no_columns"),
        ("person,sex,sex\nann,f,f\n", "column_twice"),
        ("person,sex,Sex\nann,f,f\n", "column_twice"),
        ("person,Person,sex\nann,bob,f\n", "column_twice"),
        ("person,sex,\nann,f,x\n", "column_without_name"),
        ("person,sex\nann,f,x\n", "line_too_long"),
        ("person,of\nann,a, b\n", "line_too_long"),
        ('person,sex\nann,"f\nbob,m\n', "table_damaged"),
        ('person,sex\nann,"f"x\n', "table_damaged"),
        (f"person,sex\nann,{'f' * 200_000}\n", "table_damaged"),
        ("person,sex\nann,\u00e4\n".encode("latin-1"), "not_utf8"),
        ("person,sex\nann,f\n".encode("utf-16"), "not_utf8"),
        ("person,sex\nann,f\n".encode("utf-16-le"), "not_utf8"),
        (bytes(range(256)), "not_utf8"),
    ],
)
def test_a_file_that_cannot_be_meant_is_an_error(two: Path, text: str | bytes, reason: str) -> None:
    failure = refused(groups(two, text))
    assert isinstance(failure, EvaluationProblem)
    assert failure.reason == reason


def test_a_groups_file_of_any_size_is_not_read(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_MAX_BYTES", 20)
    failure = refused(groups(two, "person,sex\nann,f\nbob,m\n"))
    assert isinstance(failure, FileProblem)
    assert failure.reason == "file_too_large"


def test_another_groups_file_takes_the_place_of_the_one_in_the_folder(
    two: Path, tmp_path: Path
) -> None:
    groups(two, "person,sex\nann,f\n")
    other = tmp_path / "labels.csv"
    other.write_text("person,age\nann,30\n", encoding="utf-8")
    found = read_participants(two, groups=other)
    assert found.columns == ("age",)
    assert labels(found) == [{"age": "30"}, {}]


def test_a_groups_file_that_is_asked_for_must_be_there(two: Path) -> None:
    assert refused(two, groups=two / "none.csv").reason == "file_missing"
    assert refused(two, groups=two).reason == "not_a_file"


def test_a_folder_called_groups_csv_is_a_person(two: Path) -> None:
    make(two, "groups.csv/1.jpg")
    assert len(read_participants(two).people) == 3


# The list of files.


def test_a_manifest_says_whose_each_file_is(two: Path) -> None:
    text = "id;file;person;note\n1;bob/2.jpg;B;x\n2;ann/1.jpg;A;\n3;bob/1.jpg;B;\n"
    found = read_participants(two, manifest=manifest(two, text))
    assert photos(found) == [["ann/1.jpg"], ["bob/1.jpg", "bob/2.jpg"]]
    assert (found.columns, found.left_out) == ((), ())


def test_paths_begin_at_the_manifest_or_else_at_the_folder(two: Path, tmp_path: Path) -> None:
    make(tmp_path / "lists", "own.jpg", "bob/2.jpg")
    absolute = two / "bob" / "1.jpg"
    listed = manifest(
        tmp_path / "lists",
        f"file,person\nown.jpg,A\nann/1.jpg,A\nbob/2.jpg,B\n{absolute},B\n",
    )
    found = read_participants(two, manifest=listed)
    assert set(found.people[0].photos) == {two / "ann/1.jpg", tmp_path / "lists/own.jpg"}
    assert set(found.people[1].photos) == {tmp_path / "lists/bob/2.jpg", absolute}


def test_labels_go_with_a_manifest_as_well(two: Path) -> None:
    groups(two, "person,sex\nA,f\nann,m\n")
    listed = manifest(two, "file,person\nann/1.jpg,A\nbob/2.jpg,B\nbob/1.jpg,B\n")
    found = read_participants(two, manifest=listed)
    assert labels(found) == [{"sex": "f"}, {}]
    assert reasons(found.left_out) == [("groups.csv, line 3", "unknown_person")]


def test_files_that_are_not_there_and_unfinished_lines_are_listed(two: Path) -> None:
    text = (
        "file,person\nann/1.jpg,A\nann/2.jpg,A\nbob/1.jpg,B\nbob/9.jpg,B\nbob/2.jpg,\n,B\nann,A\n"
    )
    found = read_participants(two, manifest=manifest(two, text))
    assert photos(found) == [["ann/1.jpg", "ann/2.jpg"], ["bob/1.jpg"]]
    assert reasons(found.left_out) == [
        ("ann", "file_missing"),
        ("bob/9.jpg", "file_missing"),
        ("list.csv, line 6", "incomplete_line"),
        ("list.csv, line 7", "incomplete_line"),
    ]


def test_a_file_that_is_listed_twice_for_one_person_counts_once(two: Path) -> None:
    text = "file,person\nann/1.jpg,A\nann/../ann/1.jpg,A\nann/2.jpg,A\nbob/1.jpg,B\n./bob/1.jpg,B\n"
    found = read_participants(two, manifest=manifest(two, text))
    assert [len(person.photos) for person in found.people] == [2, 1]


@pytest.mark.parametrize("again", ["ann/1.jpg", "./ann//1.jpg", "bob/../ann/1.jpg"])
def test_a_file_of_two_people_is_a_contradiction(two: Path, again: str) -> None:
    text = f"file,person\nann/1.jpg,A\nann/2.jpg,A\n{again},B\n"
    failure = refused(two, manifest=manifest(two, text))
    assert isinstance(failure, EvaluationProblem)
    assert failure.reason == "contradictory_manifest"
    assert "Lines 2 and 4" in failure.message


@pytest.mark.parametrize("header", ["file", "person", "path,person", "file;name"])
def test_a_manifest_needs_both_columns(two: Path, header: str) -> None:
    failure = refused(two, manifest=manifest(two, f"{header}\nann/1.jpg,ann\n"))
    assert failure.reason == "column_missing"
    assert failure.remedy.endswith("file and person must be there.")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("", "no_participants"),
        ("none.jpg,A\n", "no_participants"),
        ("ann/1.jpg,A\nann/2.jpg,A\n", "one_person"),
        ("ann/1.jpg,A\nbob/1.jpg,B\n", "one_photo_each"),
    ],
)
def test_a_manifest_with_too_little_is_an_error(two: Path, rows: str, reason: str) -> None:
    assert refused(two, manifest=manifest(two, f"file,person\n{rows}")).reason == reason


def test_a_manifest_that_is_not_there_is_an_error(two: Path) -> None:
    assert refused(two, manifest=two / "none.csv").reason == "file_missing"


def test_a_line_without_end_that_names_no_file_is_listed(two: Path) -> None:
    text = f"file,person\nann/1.jpg,A\nann/2.jpg,A\nbob/1.jpg,B\n{'x' * 5000},B\n"
    found = read_participants(two, manifest=manifest(two, text))
    assert [left.reason for left in found.left_out] == ["file_missing"]

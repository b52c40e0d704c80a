"""From photos to rows: what counts, what is left out, and that nothing depends on the order."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from visavis._images import MAX_BYTES
from visavis.errors import InvalidArgument, ModelProblem, VisavisError
from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._participants import examine, people
from visavis.evaluation._participants.examine import (
    NOT_PHOTOS,
    Outcome,
    examine_photo,
    pipeline_for,
)
from visavis.evaluation._participants.people import LeftOut, Participants, read_participants
from visavis.evaluation._participants.reading import Readings, read_photos
from visavis.face import COMPONENTS, Capture, FacePipeline
from visavis.face._decode import _ANSWERS
from visavis.face.fake import fake_pipeline, photo
from visavis.types import FloatArray


@pytest.fixture(autouse=True)
def _a_few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read photos of a few people only; how many it takes to measure is for test_enough.py."""
    monkeypatch.setattr(people, "FEWEST_PEOPLE", 1)


def fakes(embedder: str) -> FacePipeline:
    assert embedder == "some-model"
    return fake_pipeline()


def copied(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301


class OneByOne:
    """The simplest work there is; counts how many tasks are open at a time."""

    name = "one by one"
    parallel = 1

    def share(self, value: Any) -> Any:
        return value

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Iterator[Any]:
        for task in tasks:
            yield function(*shared, *task)


class Elsewhere(OneByOne):
    """Another machine: all that goes there and comes back is bytes."""

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Iterator[Any]:
        for task in tasks:
            there, first, rest = copied((function, shared, task))
            try:
                yield copied(there(*first, *rest))
            except VisavisError as error:
                raise copied(error) from None


def make(folder: Path, files: dict[str, bytes]) -> Participants:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return read_participants(folder)


def read(
    participants: Participants, work: Any = None, load: Callable[[str], FacePipeline] = fakes
) -> Readings:
    return read_photos(
        participants,
        embedder="some-model",
        work=work or OneByOne(),
        progress=lambda *_: None,
        load=load,
    )


def reasons(left_out: tuple[LeftOut, ...]) -> list[tuple[str, str]]:
    return [(left.path, left.reason) for left in left_out]


def row(data: bytes) -> FloatArray:
    (only,) = fake_pipeline().features(Capture([data])).reveal()
    return np.asarray(only)


def tiny(side: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(data, "PNG")
    return data.getvalue()


def animation() -> bytes:
    data = io.BytesIO()
    pages = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    pages[0].save(data, "GIF", save_all=True, append_images=pages[1:])
    return data.getvalue()


GOOD = {
    "ann/1.png": photo(1, seed=1),
    "ann/2.png": photo(1, seed=2),
    "bob/1.png": photo(5, seed=3),
    "bob/2.png": photo(5, seed=4),
    "bob/3.png": photo(5, seed=5),
}


def test_a_row_for_every_photo_by_person_and_then_by_photo(tmp_path: Path) -> None:
    found = read(make(tmp_path, GOOD))
    assert (found.embedder, found.preprocessing) == ("fake", "fake")
    assert found.rows.dtype == np.float32
    assert (found.rows == np.stack([row(data) for data in GOOD.values()])).all()
    assert np.allclose(np.linalg.norm(found.rows, axis=1), 1)
    assert found.person.dtype == np.int32
    assert found.person.tolist() == [0, 0, 1, 1, 1]
    assert found.photos.dtype == np.int32
    assert found.photos.tolist() == [2, 3]
    assert (dict(found.failures), found.left_out) == ({}, ())


def test_the_quality_of_every_row_in_the_order_of_the_components(tmp_path: Path) -> None:
    found = read(make(tmp_path, GOOD))
    assert found.components == tuple(component.name for component in COMPONENTS)
    assert found.quality.dtype == np.float32
    assert found.quality.shape == (5, len(COMPONENTS))
    # Everything that was let through is at least as good as the gate demands.
    assert (found.quality >= [component.least for component in COMPONENTS]).all()


def test_the_digest_is_that_of_all_photos_that_count_in_any_order(tmp_path: Path) -> None:
    stray = {"ann/none.png": photo(seed=8), "bob/notes.txt": b"no photo"}
    first = read(make(tmp_path / "a", GOOD | stray))
    renamed = {f"x/{name[::-1]}.png": data for name, data in GOOD.items() if "ann" in name}
    renamed |= {f"a/{name[::-1]}.png": data for name, data in GOOD.items() if "bob" in name}
    again = read(make(tmp_path / "b", renamed | {"x/none.png": photo(seed=8)}))
    data = [*GOOD.values(), photo(seed=8)]
    lines = sorted(hashlib.sha256(each).hexdigest() + "\n" for each in data)
    assert first.digest == again.digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_photos_without_a_usable_face_are_failures_to_acquire(tmp_path: Path) -> None:
    bad = {
        "ann/nobody.png": photo(seed=9),
        "ann/nobody too.png": photo(seed=10),
        "ann/two.png": photo(2, 3),
        "bob/far.png": photo(5, face=24),
        "bob/tiny.png": tiny(31),
        "carl/nobody.png": photo(seed=11),
    }
    found = read(make(tmp_path, GOOD | bad))
    assert found.failures == {
        "face_too_small": 1,
        "no_face": 3,
        "photo_too_small": 1,
        "several_faces": 1,
    }
    assert list(found.failures) == sorted(found.failures)
    assert found.photos.tolist() == [5, 5, 1]
    assert np.bincount(found.person, minlength=3).tolist() == [2, 3, 0]
    assert found.left_out == ()


def test_files_that_are_no_photos_are_left_out_with_a_sentence(tmp_path: Path) -> None:
    bad = {
        "ann/0 notes.txt": b"no photo at all",
        "ann/empty.jpg": b"",
        "ann/half.png": GOOD["ann/1.png"][:2000],
        "ann/moving.gif": animation(),
        "bob/empty.jpg": b"",
    }
    found = read(make(tmp_path, GOOD | bad))
    assert reasons(found.left_out) == [
        ("ann/0 notes.txt", "not_an_image"),
        ("ann/empty.jpg", "photo_empty"),
        ("ann/half.png", "photo_damaged"),
        ("ann/moving.gif", "photo_animated"),
        # The same bytes, too; but what is no photo says nothing about whose it is.
        ("bob/empty.jpg", "photo_empty"),
    ]
    for left in found.left_out:
        assert left.message.startswith(left.path)
        assert left.message.endswith(".")
    clean = read(make(tmp_path / "clean", GOOD))
    assert (found.rows == clean.rows).all()
    assert (found.photos.tolist(), dict(found.failures)) == ([2, 3], {})
    assert found.digest == clean.digest


def test_every_reason_of_the_decoder_has_been_thought_of() -> None:
    assert set(NOT_PHOTOS) == {reason for reason, _ in _ANSWERS.values()} - {"photo_too_small"}


def test_files_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    participants = make(tmp_path, GOOD | {"ann/0.png": b"x", "bob/9.png": b"x"})
    (tmp_path / "ann/0.png").unlink()
    (tmp_path / "bob/9.png").unlink()
    (tmp_path / "bob/9.png").mkdir()
    with (tmp_path / "ann/2.png").open("r+b") as large:
        large.truncate(MAX_BYTES + 1)
    found = read(participants)
    assert reasons(found.left_out) == [
        ("ann/0.png", "unreadable"),
        ("ann/2.png", "photo_too_large"),
        ("bob/9.png", "unreadable"),
    ]
    assert found.person.tolist() == [0, 1, 1, 1]


def test_of_copies_of_one_photo_of_one_person_the_first_counts(tmp_path: Path) -> None:
    copies = {"ann/0/copy.png": GOOD["ann/1.png"], "ann/copy.png": GOOD["ann/2.png"]}
    found = read(make(tmp_path, GOOD | copies))
    assert reasons(found.left_out) == [
        ("ann/1.png", "same_photo_twice"),
        ("ann/copy.png", "same_photo_twice"),
    ]
    assert found.left_out[0].message == "ann/1.png is the same photo as ann/0/copy.png."
    assert found.photos.tolist() == [2, 3]
    assert found.digest == read(make(tmp_path / "clean", GOOD)).digest


def test_a_photo_of_two_people_counts_for_neither(tmp_path: Path) -> None:
    copies = {
        "carl/1.png": GOOD["ann/2.png"],
        "carl/2.png": photo(9),
        "ann/3.png": GOOD["ann/2.png"],
    }
    found = read(make(tmp_path, GOOD | copies))
    assert reasons(found.left_out) == [
        ("ann/2.png", "same_photo_two_people"),
        ("ann/3.png", "same_photo_two_people"),
        ("carl/1.png", "same_photo_two_people"),
    ]
    assert "as carl/1.png of another person" in found.left_out[0].message
    assert "wrong label" in found.left_out[0].message
    assert found.person.tolist() == [0, 1, 1, 1, 2]
    assert found.photos.tolist() == [1, 3, 1]


def test_copies_of_a_photo_without_a_face_are_not_counted_as_more_failures(tmp_path: Path) -> None:
    nobody = {"ann/n1.png": photo(seed=9), "ann/n2.png": photo(seed=9)}
    shared = {"ann/s.png": photo(seed=7), "bob/s.png": photo(seed=7)}
    found = read(make(tmp_path, GOOD | nobody | shared))
    assert found.failures == {"no_face": 1}
    assert found.photos.tolist() == [3, 3]
    assert reasons(found.left_out) == [
        ("ann/n2.png", "same_photo_twice"),
        ("ann/s.png", "same_photo_two_people"),
        ("bob/s.png", "same_photo_two_people"),
    ]


def test_people_who_are_left_with_nothing_keep_their_place(tmp_path: Path) -> None:
    files = GOOD | {"aaron/1.jpg": b"no photo", "zoe/1.png": photo(seed=1)}
    found = read(make(tmp_path, files))
    assert found.photos.tolist() == [0, 2, 3, 1]
    assert found.person.tolist() == [1, 1, 2, 2, 2]


def test_nothing_at_all_has_the_shape_of_something(tmp_path: Path) -> None:
    found = read(make(tmp_path, {"ann/1.jpg": b"x", "ann/2.jpg": b"y", "bob/1.jpg": b"z"}))
    assert found.rows.shape == (0, 128)
    assert found.quality.shape == (0, len(COMPONENTS))
    assert found.rows.dtype == np.float32
    assert found.quality.dtype == np.float32
    assert found.person.shape == (0,)
    assert found.photos.tolist() == [0, 0]
    assert found.digest == hashlib.sha256(b"").hexdigest()


def same(first: Readings, second: Readings) -> bool:
    arrays = ("rows", "person", "quality", "photos")
    others = ("embedder", "preprocessing", "components", "failures", "left_out", "digest")
    return all((getattr(first, a) == getattr(second, a)).all() for a in arrays) and all(
        getattr(first, a) == getattr(second, a) for a in others
    )


@pytest.mark.parametrize("work", [LocalWork(1), LocalWork(2), LocalWork(7), Elsewhere()])
def test_whoever_does_the_work_the_result_is_the_same(tmp_path: Path, work: Any) -> None:
    files = {f"p{n:02}/{k}.png": photo(n, face=60, seed=k) for n in range(12) for k in range(3)}
    files |= {"p03/0.jpg": b"x", "p05/a.png": photo(seed=3), "p00/c.png": files["p00/0.png"]}
    files |= {"p07/zz.png": files["p08/2.png"], "p04/9.png": photo(1, 2, face=60)}
    participants = make(tmp_path, files)
    (tmp_path / "p06/1.png").unlink()
    expected = read(participants)
    assert len(expected.left_out) == 5
    assert same(read(participants, work), expected)


def test_few_photos_are_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"p{n:02}/{k}.png": photo(n, face=40, seed=k) for n in range(15) for k in range(4)}
    opened, done = 0, 0
    most = 0
    plain_open = os.open

    def counting(path: Any, *arguments: Any, **options: Any) -> int:
        nonlocal opened, most
        if str(path).endswith(".png"):
            opened += 1
            most = max(most, opened - done)
        return plain_open(path, *arguments, **options)

    participants = make(tmp_path, files)
    monkeypatch.setattr(os, "open", counting)

    def note(now: int, _: int) -> None:
        nonlocal done
        done = now

    read_photos(participants, embedder="some-model", work=LocalWork(2), progress=note, load=fakes)
    assert opened == 60
    assert 2 <= most <= 12


def test_progress_counts_every_photo_and_ends_at_the_last(tmp_path: Path) -> None:
    participants = make(tmp_path, GOOD | {"ann/0.png": b"", "bob/9.png": b""})
    (tmp_path / "ann/0.png").unlink()
    (tmp_path / "bob/9.png").unlink()
    seen: list[tuple[int, int]] = []
    read_photos(
        participants,
        embedder="some-model",
        work=OneByOne(),
        progress=lambda done, total: seen.append((done, total)),
        load=fakes,
    )
    assert seen == [(n, 7) for n in (2, 3, 4, 5, 6, 7)]


@pytest.mark.parametrize("error", [ModelProblem, InvalidArgument])
@pytest.mark.parametrize("work", [OneByOne(), Elsewhere(), LocalWork(2)])
def test_what_is_wrong_with_a_model_is_known_before_any_photo_is_opened(
    tmp_path: Path, error: type[ModelProblem | InvalidArgument], work: Any
) -> None:
    participants = make(tmp_path, GOOD)

    def load(embedder: str) -> FacePipeline:
        raise error("reason", f"{embedder} is broken.", "Mend it.")

    seen: list[int] = []
    with pytest.raises(error, match="some-model is broken"):
        read_photos(
            participants,
            embedder="some-model",
            work=work,
            progress=lambda *done: seen.append(done[0]),
            load=load,
        )
    assert seen == []


class _Breaks:
    id = "breaks"
    spec = fake_pipeline()._embedder.spec

    def embed(self, _: Any) -> Any:
        raise ModelProblem("model_unusable", "The model cannot be run.", "Mend it.")


def breaking(_: str) -> FacePipeline:
    fake = fake_pipeline()
    return FacePipeline(fake._detector, fake._mesher, _Breaks())


@pytest.mark.parametrize("work", [OneByOne(), Elsewhere(), LocalWork(2)])
def test_a_model_that_fails_midway_is_fatal(tmp_path: Path, work: Any) -> None:
    with pytest.raises(ModelProblem) as caught:
        read(make(tmp_path, GOOD), work, load=breaking)
    assert caught.value.reason == "model_unusable"


def test_many_threads_load_one_pipeline() -> None:
    made = []
    together = threading.Barrier(8)

    def slowly(embedder: str) -> FacePipeline:
        made.append(embedder)
        return fake_pipeline()

    got: list[FacePipeline] = []

    def ask() -> None:
        together.wait(10)
        got.append(pipeline_for(slowly, "m"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert made == ["m"]
    assert len({id(pipeline) for pipeline in got}) == 1
    assert len(got) == 8


def test_a_pipeline_that_could_not_be_loaded_is_tried_again() -> None:
    tries = []

    def load(embedder: str) -> FacePipeline:
        tries.append(embedder)
        if len(tries) == 1:
            raise ModelProblem("model_missing", "It is missing.", "Fetch it.")
        return fake_pipeline()

    with pytest.raises(ModelProblem):
        pipeline_for(load, "m")
    assert pipeline_for(load, "m").embedder == "fake"


def test_what_runs_on_other_machines_can_be_sent_there() -> None:
    assert copied(examine_photo) is examine_photo
    load = examine.installed_pipeline
    assert copied(load) is load
    there: Outcome = copied(examine_photo(fakes, "some-model", photo(3), "p"))
    here = examine_photo(fakes, "some-model", photo(3), "p")
    assert there.row is not None
    assert here.row is not None
    assert (there.row == here.row).all()
    assert (there.digest, there.counts, there.quality) == (here.digest, True, here.quality)


def test_the_shipped_embedder_is_asked_of_the_installed_models(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path / "none"))
    with pytest.raises(ModelProblem):
        examine.installed_pipeline("dlib-resnet29-v1")
    with pytest.raises(InvalidArgument) as caught:
        examine.installed_pipeline("mesh")
    assert caught.value.reason == "not_an_embedder"

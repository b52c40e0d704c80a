"""From participants' photos to numbers: each photo once, and nothing of it written anywhere."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis._files import read_bounded
from visavis._images import MAX_BYTES
from visavis.errors import FileProblem
from visavis.evaluation._machines.work import Work
from visavis.evaluation._participants.examine import (
    Loader,
    Outcome,
    examine_photo,
    installed_pipeline,
    pipeline_for,
)
from visavis.evaluation._participants.left_out import LeftOut, Notes, shown
from visavis.evaluation._participants.people import Participants
from visavis.face import COMPONENTS
from visavis.types import FloatArray

__all__ = ["Loader", "Readings", "examine_photo", "installed_pipeline", "read_photos"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Readings:
    """All photos as one embedder sees them. Rows are ordered by person, then by photo.

    Attributes:
        embedder: its id.
        preprocessing: id of the steps before it.
        rows: features, shape (n, dimension), unit length.
        person: index of each row's person in the participants, shape (n,), never falling.
        quality: value of each component, shape (n, components), higher is better.
        components: their names.
        photos: how many photos of each person count, shape (people,), whether or not they gave
            a row.
        failures: photos that count but gave no row, by reason: failures to acquire.
        left_out: files that do not count, for the operator only.
        digest: SHA-256 over those of the photos that count: in hexadecimal, sorted, each with a
            newline after it.

    """

    embedder: str
    preprocessing: str
    rows: FloatArray
    person: NDArray[np.int32]
    quality: NDArray[np.float32]
    components: tuple[str, ...]
    photos: NDArray[np.int32]
    failures: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    digest: str

    def __repr__(self) -> str:
        return "<Readings: redacted>"


@dataclass(slots=True, repr=False, eq=False)
class _Read:
    owner: int
    path: Path
    name: str
    outcome: Outcome


def read_photos(
    participants: Participants,
    *,
    embedder: str,
    work: Work,
    progress: Callable[[int, int], None],
    load: Loader = installed_pipeline,
) -> Readings:
    """Read every photo and describe its face.

    Of the copies of one photo of one person, the first counts. A photo that two people have
    counts for neither, because nobody can know whose it is.

    Whether what is left is enough is for `check_enough` to say, of the rows of each person.

    Args:
        participants: whose photos.
        embedder: id of the embedder.
        work: does it.
        progress: called after each photo with how many are done and how many there are.
        load: makes the pipeline, once in each process.

    Raises:
        ModelProblem: the weights are missing, altered or cannot be run.
        InvalidArgument: `not_an_embedder`.

    """
    faces = pipeline_for(load, embedder)  # what is wrong with it is known before anything is read
    photos = [
        _Read(owner, path, shown(path, participants.folder), Outcome())
        for owner, person in enumerate(participants.people)
        for path in person.photos
    ]
    _examine_all(photos, work=work, load=load, embedder=embedder, progress=progress)
    notes = Notes(participants.folder)
    counting = _counting(photos, notes)
    seen = [photo for photo in counting if photo.outcome.row is not None]
    failures = Counter(photo.outcome.reason for photo in counting if photo.outcome.row is None)
    owners = [photo.owner for photo in counting]
    hashes = sorted(photo.outcome.digest for photo in counting)
    return Readings(
        embedder=faces.embedder,
        preprocessing=faces.preprocessing,
        rows=_table([photo.outcome.row for photo in seen], faces.dimension),
        person=np.array([photo.owner for photo in seen], dtype=np.int32),
        quality=_table([photo.outcome.quality for photo in seen], len(COMPONENTS)),
        components=tuple(component.name for component in COMPONENTS),
        photos=np.bincount(owners, minlength=len(participants.people)).astype(np.int32),
        failures=dict(sorted(failures.items())),
        left_out=notes.all(),
        digest=hashlib.sha256("".join(f"{each}\n" for each in hashes).encode()).hexdigest(),
    )


def _examine_all(
    photos: list[_Read],
    *,
    work: Work,
    load: Loader,
    embedder: str,
    progress: Callable[[int, int], None],
) -> None:
    """Fill in the outcome of every photo, with only a few open at a time."""
    under_way: deque[int] = deque()

    def tasks() -> Iterator[tuple[bytes, str]]:
        for place, photo in enumerate(photos):
            try:
                data = read_bounded(photo.path, MAX_BYTES)
            except FileProblem as problem:
                photo.outcome = _unread(problem, photo.name)
            else:
                under_way.append(place)
                yield data, photo.name

    for outcome in work.run(examine_photo, tasks(), shared=(load, embedder)):
        place = under_way.popleft()
        photos[place].outcome = outcome
        progress(place + 1, len(photos))
    progress(len(photos), len(photos))


def _unread(problem: FileProblem, name: str) -> Outcome:
    if problem.reason == "file_too_large":
        message = f"{name} is larger than {MAX_BYTES // 2**20} MiB."
        return Outcome(reason="photo_too_large", message=message)
    return Outcome(reason="unreadable", message=f"{name} cannot be read.")


def _counting(photos: list[_Read], notes: Notes) -> list[_Read]:
    """Return the photos that count, and note why the others do not."""
    first: dict[str, dict[int, _Read]] = defaultdict(dict)
    for photo in photos:
        if photo.outcome.counts:
            first[photo.outcome.digest].setdefault(photo.owner, photo)
        else:
            notes.say(photo.name, photo.outcome.reason, photo.outcome.message)
    counting = []
    for photo in photos:
        if not photo.outcome.counts:
            continue
        same = first[photo.outcome.digest]
        others = [other.name for owner, other in same.items() if owner != photo.owner]
        if others:
            what = f"is the same photo as {others[0]} of another person: probably a wrong label"
            notes.add(photo.name, "same_photo_two_people", what)
        elif same[photo.owner] is not photo:
            what = f"is the same photo as {same[photo.owner].name}"
            notes.add(photo.name, "same_photo_twice", what)
        else:
            counting.append(photo)
    return counting


def _table(rows: list[FloatArray | tuple[float, ...] | None], width: int) -> FloatArray:
    return np.array(rows, dtype=np.float32).reshape(len(rows), width)

"""The people who agreed to be tested: their photos, and what they declared about themselves."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from visavis.errors import EvaluationProblem
from visavis.evaluation._participants.left_out import LeftOut, Notes, printable
from visavis.evaluation._participants.sources import in_folder, in_manifest
from visavis.evaluation._participants.tables import plain, read_table
from visavis.evaluation._rates.disclosure import FEWEST_PEOPLE

__all__ = ["LeftOut", "Participant", "Participants", "check_enough", "read_participants"]

GROUPS: Final = "groups.csv"
SHARED_BY: Final = 3
PHOTOS_EACH: Final = 2
"""Of somebody with fewer, there is nothing to compare a photo with."""

RARE: Final = f"labels of fewer than {SHARED_BY} people"

_LAYOUT: Final = "Make a folder for each person who takes part, and put their photos in it."
_MORE_PHOTOS: Final = "Give at least some people two photos or more; five each is a good number."
_MORE_PEOPLE: Final = "Error rates need many people; add a folder for each of them."
_TOO_FEW: Final = (
    f"Add people until {FEWEST_PEOPLE} have two photos each: rates of fewer would be about them,"
    " not about the system."
)


@dataclass(frozen=True, slots=True, repr=False)
class Participant:
    """One person who takes part, without a name.

    Attributes:
        photos: their files, sorted; nobody has looked into them yet.
        labels: what they declared, by column; absent if they did not.

    """

    photos: tuple[Path, ...]
    labels: Mapping[str, str]

    def __repr__(self) -> str:
        return "<Participant: redacted>"


@dataclass(frozen=True, slots=True, repr=False)
class Participants:
    """Everyone who takes part.

    Attributes:
        name: of the folder, for the report's title.
        people: in the order of their names. The names themselves are not kept.
        columns: what could be declared, in the order of groups.csv.
        left_out: what does not count, for the operator only.
        folder: where it all lies, to show paths relative to it.

    """

    name: str
    people: tuple[Participant, ...]
    columns: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    folder: Path = Path()

    def declared(self, column: str) -> list[str]:
        """Return what each person declared, as it may be shown; nothing if they did not.

        A label of one or two people may point to them, or be their name: those labels are shown
        as one.
        """
        labels = [person.labels.get(column, "") for person in self.people]
        counts = Counter(labels)
        return [RARE if label and counts[label] < SHARED_BY else label for label in labels]

    def __repr__(self) -> str:
        return "<Participants: redacted>"


def read_participants(
    folder: Path, *, manifest: Path | None = None, groups: Path | None = None
) -> Participants:
    """Find out which photos are whose, without opening any.

    Args:
        folder: one folder in it is one person, with photos at any depth.
        manifest: CSV file with the columns `file` and `person`, in place of that layout. Paths
            are relative to its folder, or else to `folder`.
        groups: CSV file with the column `person` and one for everything that participants
            declared about themselves; `folder`/groups.csv if there is one. An empty cell means
            that somebody did not declare it.

    Raises:
        FileProblem: the folder or a CSV file is missing or cannot be read.
        EvaluationProblem: `no_participants`, `one_person`, `one_photo_each`, `too_few_people`,
            `contradictory_labels`, `contradictory_manifest`, `no_columns`, or a CSV file is not
            one (see `read_table`).

    """
    notes = Notes(folder)
    photos = in_manifest(manifest, folder, notes) if manifest else in_folder(folder, notes)
    if groups is None and os.path.isfile(folder / GROUPS):  # noqa: PTH113 - never an error
        groups = folder / GROUPS
    columns, labels = _declared(groups, photos, notes) if groups else ((), {})
    people = tuple(
        Participant(tuple(sorted(photos[name], key=Path.as_posix)), labels.get(name, {}))
        for name in sorted(photos)
        if photos[name]
    )
    left_out = notes.all()
    check_enough((len(person.photos) for person in people), left_out)
    name = printable(Path(os.path.abspath(folder)).name)  # noqa: PTH100 - what a link is called
    return Participants(name, people, columns, left_out, folder)


def check_enough(photos: Iterable[int], left_out: Iterable[LeftOut] = ()) -> None:
    """Refuse to measure what cannot be measured, and what would be about a few people.

    Rates of two people would tell whether their photos match: an answer about one comparison, which
    only a pass and its holder can ask for. So there must be as many people as a group needs before
    any rate of it is told, each with photos that can be compared.

    `read_participants` asks this of the files that it finds. Ask again of the photos that could be
    used, once they are read.

    Args:
        photos: how many each person has.
        left_out: what does not count; its reasons become part of the message.

    Raises:
        EvaluationProblem: `no_participants`, `one_person`, `one_photo_each`, `too_few_people`.

    """
    counts = [count for count in photos if count > 0]
    whole = sum(count >= PHOTOS_EACH for count in counts)
    if not counts:
        problem = ("no_participants", "Nobody has a photo that can be used", _LAYOUT)
    elif len(counts) == 1:
        problem = ("one_person", "Only one person has photos that can be used", _MORE_PEOPLE)
    elif max(counts) == 1:
        problem = ("one_photo_each", "Nobody has two photos that can be compared", _MORE_PHOTOS)
    elif whole < FEWEST_PEOPLE:
        have = "person has" if whole == 1 else "people have"
        message = f"Only {whole} {have} two usable photos; {FEWEST_PEOPLE} are needed"
        problem = ("too_few_people", message, _TOO_FEW)
    else:
        return
    reason, message, remedy = problem
    why = Counter(left.reason for left in left_out)
    counted = ", ".join(f"{count} {each}" for each, count in sorted(why.items()))
    raise EvaluationProblem(reason, message + (f" (left out: {counted})." if why else "."), remedy)


def _declared(
    groups: Path, people: Collection[str], notes: Notes
) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """Return the columns, and for each person what they declared."""
    table = read_table(groups, needs=("person",))
    columns = tuple(column for column in table.columns if column != "person")
    if not columns:
        raise EvaluationProblem(
            "no_columns",
            f"{table.name} has no column beside person.",
            "Add a column for each thing that participants declared about themselves.",
        )
    labels: dict[str, dict[str, str]] = {}
    for number, cells in table.lines:
        person = plain(cells.pop("person", ""))
        if person not in people:
            what = f'names "{person}", who has no photos here' if person else "names no person"
            notes.add(f"{table.name}, line {number}", "unknown_person", what)
            continue
        own = labels.setdefault(person, {})
        for column, cell in cells.items():
            label = plain(cell)
            if own.setdefault(column, label) != label:
                raise EvaluationProblem(
                    "contradictory_labels",
                    f"Line {number} of {table.name} says of the same person another {column} than"
                    " an earlier line.",
                    "Keep the line with what the person declared.",
                )
    return columns, labels

"""Measure the default operating point on a folder of consenting participants.

    python bench/operating_point.py FOLDER [--write]

FOLDER holds one folder for each person with at least six photos in it, such as the ORL faces
of AT&T Laboratories Cambridge. Templates stay in memory; what is printed are numbers about the
system. With --write they become the operating point that ships with the package.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from visavis.errors import VisavisError
from visavis.face import DEFAULT_EMBEDDER, Capture, FacePipeline, load_pipeline
from visavis.registry import ModelStore
from visavis.types import Template

TARGET = 1e-4
SAME_CAPTURE_FMR = 1e-2
PHOTOS = 3
DRAWS = 35
Vectors = NDArray[np.float64]


@dataclass
class Scores:
    """Cosines of comparisons between participants, and what can be read from them."""

    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]

    def threshold(self, fmr: float) -> float:
        """Return the least threshold at which the share of false matches is at most fmr."""
        allowed = int(fmr * len(self.impostor))
        ordered = np.sort(self.impostor)[::-1]
        return float(np.nextafter(ordered[allowed], 2.0))

    def fnmr(self, threshold: float) -> float:
        """Return the share of genuine comparisons below a threshold."""
        return float((self.genuine < threshold).mean())

    def false_matches(self, threshold: float) -> int:
        """Return how many impostor comparisons reach a threshold."""
        return int((self.impostor >= threshold).sum())


@dataclass
class Folder:
    """Features of everybody in a folder: for each person one row a photo."""

    people: list[Vectors]
    failures: int
    photos: int


def read(folder: Path, pipeline: FacePipeline) -> Folder:
    """Turn every photo into features; count those that cannot be."""
    people, failures, photos = [], 0, 0
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    console = Console(stderr=True)
    for person in track(folders, "Reading faces", console=console):
        rows = []
        for photo in sorted(path for path in person.iterdir() if path.is_file()):
            photos += 1
            try:
                rows.append(pipeline.features(Capture.read(photo)).reveal()[0])
            except VisavisError as error:
                failures += 1
                console.print(f"{person.name}/{photo.name}: {error.reason}")
        people.append(np.array(rows, dtype=float))
    return Folder(people, failures, photos)


def enrolled(rows: Vectors) -> Vectors:
    """Round as a pass does; the verified side is not rounded."""
    templates = [
        Template.from_features(row.astype(np.float32), embedder="", preprocessing="")
        for row in rows
    ]
    return np.array([template.features() for template in templates], dtype=float)


def single(people: list[Vectors]) -> Scores:
    """Compare every photo with every other, one enrolled and one verified."""
    rows = np.concatenate(people)
    owner = np.repeat(np.arange(len(people)), [len(person) for person in people])
    first, second = np.triu_indices(len(rows), 1)
    cosines = (enrolled(rows) @ rows.T)[first, second]
    same = owner[first] == owner[second]
    return Scores(cosines[same], cosines[~same])


def fused(people: list[Vectors], rng: np.random.Generator) -> Scores:
    """Enrol three photos and verify three others, in random draws; comparisons correlate."""
    genuine, impostor = [], []
    for _ in range(DRAWS):
        drawn = [rng.permutation(len(person))[: 2 * PHOTOS] for person in people]
        pairs = list(zip(people, drawn, strict=True))
        references = enrolled(np.array([p[order[:PHOTOS]].mean(0) for p, order in pairs]))
        probes = np.array([p[order[PHOTOS:]].mean(0) for p, order in pairs])
        cosines = references @ probes.T
        own = np.eye(len(people), dtype=bool)
        genuine.append(cosines[own])
        impostor.append(cosines[~own])
    return Scores(np.concatenate(genuine), np.concatenate(impostor))


def same_capture(people: list[Vectors], rng: np.random.Generator) -> Scores:
    """Compare one photo with the mean of two others: of the same person, or of another."""
    genuine, impostor = [], []
    for _ in range(DRAWS):
        for number, person in enumerate(people):
            order = rng.permutation(len(person))
            others = person[order[1:PHOTOS]].sum(0)
            others /= np.linalg.norm(others)
            genuine.append(person[order[0]] @ others)
            stranger = people[(number + 1 + rng.integers(len(people) - 1)) % len(people)]
            impostor.append(stranger[rng.integers(len(stranger))] @ others)
    return Scores(np.array(genuine), np.array(impostor))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        sys.exit(f"There is no folder {arguments.folder}. Name one with a folder for each person.")
    store = ModelStore.default()
    found = read(arguments.folder, load_pipeline(store))
    if len(found.people) < PHOTOS or min(len(person) for person in found.people) < 2 * PHOTOS:
        sys.exit(f"Every person needs at least {2 * PHOTOS} usable photos.")
    rng = np.random.default_rng(0)
    one, three, mixed = (
        single(found.people),
        fused(found.people, rng),
        same_capture(found.people, rng),
    )
    measured = Measured(arguments.folder.name, found, one, three, mixed)
    text = describe(store, measured)
    print(text)
    for fmr in (1e-2, 1e-3, 1e-4):
        print(
            f"# FMR {fmr:g}: FNMR {one.fnmr(one.threshold(fmr)):.2%} with one photo each, "
            f"{three.fnmr(three.threshold(fmr)):.2%} with {PHOTOS} and {PHOTOS}"
        )
    if arguments.write:
        target = Path("src/visavis/operating_points") / f"{DEFAULT_EMBEDDER}.toml"
        target.write_text(text, encoding="utf-8")


@dataclass
class Measured:
    """All measurements on one folder."""

    name: str
    found: Folder
    one: Scores
    three: Scores
    mixed: Scores


def describe(store: ModelStore, measured: Measured) -> str:
    """Return the operating point and its evidence as TOML."""
    entry = store.entry(DEFAULT_EMBEDDER)
    assert entry.embedder is not None  # noqa: S101 - the default embedder is one
    found, one, three, mixed = measured.found, measured.one, measured.three, measured.mixed
    # One photo each is the worst case: with more, impostors' means come closer together.
    match = max(one.threshold(TARGET), three.threshold(TARGET))
    lax = mixed.threshold(SAME_CAPTURE_FMR)
    today = datetime.datetime.now(datetime.UTC).date()
    return f"""\
# Written by bench/operating_point.py. Provisional: the data are few, old and mostly of one
# group, so a low error here is not evidence for anybody else.
[operating_point]
id = "{DEFAULT_EMBEDDER}/{measured.name}-{today:%Y-%m}-provisional"
status = "provisional"
embedder = "{DEFAULT_EMBEDDER}"
preprocessing = "{entry.embedder.preprocessing}"
model_sha256 = "{entry.sha256}"
fmr_target = {TARGET}
match = {match:.6f}
same_capture = {lax:.6f}

[evidence]
data = "{measured.name}"
people = {len(found.people)}
photos = {found.photos}
failures_to_acquire = {found.failures}
measured_on = {today}

{_table("one_photo_each", one, match)}
{_table("three_photos_each", three, match)}
{_table("same_capture", mixed, lax)}"""


def _table(name: str, scores: Scores, threshold: float) -> str:
    return f"""\
[evidence.{name}]
genuine_comparisons = {len(scores.genuine)}
impostor_comparisons = {len(scores.impostor)}
false_matches = {scores.false_matches(threshold)}
fmr = {scores.false_matches(threshold) / len(scores.impostor):.2e}
fnmr = {scores.fnmr(threshold):.4f}
"""


if __name__ == "__main__":
    main()

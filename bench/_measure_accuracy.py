"""Error rates of both tools on one folder of faces, with the same protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from bench._measure import Row, SetUpError, Spread
from bench._measure_peer import Peer
from bench.operating_point import PHOTOS, Folder, Scores, Vectors, fused, read, single
from rich.console import Console
from rich.progress import track

from visavis.face import load_pipeline
from visavis.registry import ModelStore

__all__ = ["accuracy_rows"]

_RATES = (1e-3, 1e-4)
_LEAST_PEOPLE = 2
_DEFAULT, _LOCATED = "alone", "located"


def accuracy_rows(peer: Peer, folder: Path) -> list[Row]:
    """Measure failures to acquire and false non-matches; only rates come out.

    Args:
        peer: the peer's process.
        folder: holds one folder for each person, with their photos in it.

    Raises:
        SetUpError: the folder holds too few usable photos.

    """
    ours = read(folder, load_pipeline(ModelStore.default()))
    theirs = _read_peer(peer, folder)
    for found in (ours, *theirs.values()):
        if sum(len(person) > 1 for person in found.people) < _LEAST_PEOPLE:
            raise SetUpError(f"{folder.name} needs two people with two usable photos each.")
    section = f"{folder.name}: {len(ours.people)} people, {ours.photos} photos"
    rows = [_acquired(section, theirs[_DEFAULT], ours)]
    one = {way: _distances(found.people) for way, found in theirs.items()}
    peer_one, our_one = one[_DEFAULT], single(ours.people)
    rows += [
        _count(section, "genuine pairs", len(peer_one.genuine), len(our_one.genuine)),
        _count(section, "impostor pairs", len(peer_one.impostor), len(our_one.impostor)),
    ]
    for rate in _RATES:
        what = f"FNMR at FMR {rate:g}, one photo"
        rows.append(_row(section, what, rate, peer_one, our_one))
        rows.append(_row(section, "  peer: with face_locations", rate, one[_LOCATED], our_one))
    if min(len(person) for person in ours.people) >= 2 * PHOTOS:
        three = fused(ours.people, np.random.default_rng(0))
        what = f"{PHOTOS} with {PHOTOS}"
        rows += [
            _row(section, f"FNMR at FMR {rate:g}, {what}", rate, None, three) for rate in _RATES
        ]
    return rows


def _read_peer(peer: Peer, folder: Path) -> dict[str, Folder]:
    """Encode every photo in both ways; where no face is found, count a failure."""
    read_so_far = {way: Folder([], 0, 0) for way in (_DEFAULT, _LOCATED)}
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    for person in track(folders, "Reading faces with the peer", console=Console(stderr=True)):
        photos = sorted(path for path in person.iterdir() if path.is_file())
        encodings = [peer.encodings(photo) for photo in photos]
        for way, found in read_so_far.items():
            rows = [row for encoding in encodings if (row := encoding[way]) is not None]
            found.photos += len(photos)
            found.failures += len(photos) - len(rows)
            if rows:
                found.people.append(np.array(rows))
    return read_so_far


def _distances(people: list[Vectors]) -> Scores:
    """Compare every photo with every other as the peer does; a smaller distance is more alike."""
    rows = np.concatenate(people)
    owner = np.repeat(np.arange(len(people)), [len(person) for person in people])
    first, second = np.triu_indices(len(rows), 1)
    alike = -np.linalg.norm(rows[first] - rows[second], axis=1)
    same = owner[first] == owner[second]
    return Scores(alike[same], alike[~same])


def _acquired(section: str, theirs: Folder, ours: Folder) -> Row:
    peer, visavis = (100 * found.failures / found.photos for found in (theirs, ours))
    return _rates(section, "failures to acquire", peer, visavis)


def _count(section: str, what: str, peer: int, visavis: int) -> Row:
    return Row(section, what, "", peer=Spread.of([peer]), visavis=Spread.of([visavis]))


def _row(section: str, what: str, rate: float, theirs: Scores | None, ours: Scores) -> Row:
    peer = 100 * theirs.fnmr(theirs.threshold(rate)) if theirs else None
    return _rates(section, what, peer, 100 * ours.fnmr(ours.threshold(rate)))


def _rates(section: str, what: str, peer: float | None, visavis: float) -> Row:
    return Row(
        section,
        what,
        "%",
        peer=None if peer is None else Spread.of([peer]),
        visavis=Spread.of([visavis]),
        ratio=Spread.of([peer / visavis]) if peer is not None and visavis > 0 else None,
    )

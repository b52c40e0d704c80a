"""What is measured: visavis and its peers, each with its own detector and its defaults."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from bench._measure import SetUpError
from bench.peers._distances import ACCEPTED, every_distance, unit_rows, with_angle
from bench.peers._process import DLIB, OPENCV, Peer

from visavis import __version__
from visavis._operating_point import shipped_operating_point
from visavis.errors import CannotDecide
from visavis.evaluation._comparisons.comparing import GRID
from visavis.evaluation._comparisons.trials import Trial, every_pair
from visavis.evaluation._participants.reading import Loader, Readings, installed_pipeline
from visavis.face import COMPONENTS, DEFAULT_EMBEDDER, Examined, FacePipeline, Photo
from visavis.face._decode import decode
from visavis.face.pipeline import WORKING_SIDE

__all__ = ["PeerFaces", "System", "systems"]

TOLERANCE: Final = 0.6
"""Largest distance that face_recognition's compare_faces accepts."""

COSINE: Final = 0.363
"""Least cosine that OpenCV's tutorial on FaceRecognizerSF accepts; chosen on LFW."""

_DIMENSION: Final = 128


@dataclass(frozen=True, slots=True)
class System:
    """Something that compares two photos.

    Attributes:
        name: what it is called.
        usual: its usual threshold, in words.
        threshold: the same, as a bin.
        load: makes what reads photos.
        trial: makes the comparisons of what was read, with the number of people.
        versions: of what it is made of.

    """

    name: str
    usual: str
    threshold: int
    load: Loader
    trial: Callable[[Readings, int], Trial]
    versions: dict[str, Any]


class PeerFaces:
    """A peer in the place of a face pipeline, so that photos are read and counted the same way."""

    dimension = _DIMENSION
    preprocessing = ""

    def __init__(self, peer: Peer, name: str, **options: object) -> None:
        self.embedder = name
        self._peer = peer
        self._options = options

    def examine(self, photo: Photo) -> Examined:
        """Return the peer's features, of any length, and no quality.

        Raises:
            CannotDecide: this is no photo; or the peer cannot read it or finds no face.

        """
        # A file that is no photo says nothing about the peer; it is left out for all.
        decode(photo.data, name=photo.name, wanted_side=WORKING_SIDE)
        answer = self._peer.encode(photo.data, **self._options)
        if answer["features"] is None:
            raise CannotDecide(answer["reason"], f"{photo.name} gave nothing.", "")
        features = np.array(answer["features"], np.float32)
        if features.shape != (_DIMENSION,) or not np.isfinite(features).all():
            raise SetUpError(f"{self.embedder} gave something else than {_DIMENSION} numbers.")
        return Examined(features, (0.0,) * len(COMPONENTS))

    def load(self, _embedder: str) -> FacePipeline:
        """Return itself: reading photos asks no more of a pipeline than it has."""
        return cast("FacePipeline", self)


def systems(processes: ExitStack, yunet: Path | None, sface: Path | None) -> list[System]:
    """Start the peers.

    Args:
        processes: ends them.
        yunet: weights of OpenCV's FaceDetectorYN; None leaves it out.
        sface: weights of its FaceRecognizerSF.

    """
    dlib = processes.enter_context(Peer(DLIB))
    found = [_visavis(), _face_recognition(dlib, located=False)]
    found.append(_face_recognition(dlib, located=True))
    if yunet and sface:
        files = (str(yunet.resolve()), str(sface.resolve()))
        found.append(_opencv(processes.enter_context(Peer(OPENCV, *files))))
    return found


def _visavis() -> System:
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    return System(
        "visavis",
        "its operating point",
        math.ceil(point.match * GRID),
        lambda _name: installed_pipeline(DEFAULT_EMBEDDER),
        lambda readings, people: every_pair(readings.rows, readings.person, people),
        {"visavis": __version__, "operating point": point.id},
    )


def _face_recognition(peer: Peer, *, located: bool) -> System:
    name = "face_recognition" + (", face_locations first" if located else "")
    return System(
        name,
        f"distance {TOLERANCE}",
        ACCEPTED,
        PeerFaces(peer, name, located=located).load,
        partial(_by_distance, tolerance=TOLERANCE),
        peer.ask("versions"),
    )


def _opencv(peer: Peer) -> System:
    name = "OpenCV FaceRecognizerSF"
    return System(
        name,
        f"cosine {COSINE}",
        ACCEPTED,
        PeerFaces(peer, name).load,
        _by_cosine,
        peer.ask("versions"),
    )


def _by_distance(readings: Readings, people: int, *, tolerance: float) -> Trial:
    return every_distance(readings.rows, readings.person, people, tolerance=tolerance)


def _by_cosine(readings: Readings, people: int) -> Trial:
    rows = unit_rows(readings.rows)
    return every_distance(rows, readings.person, people, tolerance=with_angle(COSINE))

"""One photo of a participant: its hash, and what the face pipeline makes of it."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from visavis.errors import CannotDecide
from visavis.face import FacePipeline, Photo, load_pipeline
from visavis.registry import ModelStore
from visavis.types import FloatArray

__all__ = ["Loader", "Outcome", "examine_photo", "installed_pipeline", "pipeline_for"]

Loader = Callable[[str], FacePipeline]
"""Makes the pipeline of an embedder. Workers on other machines must be able to import it."""

NOT_PHOTOS: Final = {
    "heic_unsupported": "heic_unsupported",
    "not_a_photo": "not_an_image",
    "photo_animated": "photo_animated",
    "photo_damaged": "photo_damaged",
    "photo_empty": "photo_empty",
    "photo_format": "photo_format",
    "photo_too_large": "photo_too_large",
}
"""What is wrong with a file, and not with how somebody was captured; and what it is called here.
Every other reason is a failure to acquire (ISO/IEC 19795-1), a picture too small to hold a face
among them: to leave it out would flatter the system."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Outcome:
    """What became of one photo.

    Attributes:
        digest: SHA-256 of the file, in hexadecimal.
        counts: whether it is a photo at all.
        row: features, shape (dimension,), unit length; `None` if there are none.
        quality: value of each component.
        reason: why there are no features.
        message: the same in one sentence, with the name of the photo.

    """

    digest: str = ""
    counts: bool = False
    row: FloatArray | None = None
    quality: tuple[float, ...] = ()
    reason: str = ""
    message: str = ""

    def __repr__(self) -> str:
        return "<Outcome: redacted>"


def installed_pipeline(embedder: str) -> FacePipeline:
    """Load an embedder from the models of the machine that does the work."""
    return load_pipeline(ModelStore.default(), embedder)


def examine_photo(load: Loader, embedder: str, data: bytes, name: str) -> Outcome:
    """Describe the face in one photo.

    Args:
        load: makes the pipeline, the first time that this process asks for it.
        embedder: id of the embedder.
        data: the encoded photo.
        name: what to call it in a message.

    Raises:
        ModelProblem: the weights are missing, altered or cannot be run.
        InvalidArgument: `not_an_embedder`.

    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        examined = pipeline_for(load, embedder).examine(Photo(name, data))
    except CannotDecide as failure:
        reason = NOT_PHOTOS.get(failure.reason, failure.reason)
        counts = failure.reason not in NOT_PHOTOS
        return Outcome(digest, counts, reason=reason, message=failure.message)
    if not np.isfinite(examined.row).all() or not examined.row.any():
        message = f"The embedder made no features of {name}."
        return Outcome(digest, True, reason="no_features", message=message)  # noqa: FBT003
    return Outcome(digest, True, examined.row, examined.quality)  # noqa: FBT003


def pipeline_for(load: Loader, embedder: str) -> FacePipeline:
    """Return the one pipeline of this process, whichever of its threads asks first."""
    with _loading:
        return _loaded(load, embedder)


_loading = threading.Lock()


@functools.lru_cache(maxsize=4)
def _loaded(load: Loader, embedder: str) -> FacePipeline:
    return load(embedder)

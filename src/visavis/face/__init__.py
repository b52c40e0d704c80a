"""From pixels to features: find the one face, judge it, and describe it in numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from visavis._runtime import Network
from visavis.errors import InvalidArgument
from visavis.face._detect import BlazeFaceDetector
from visavis.face._embed import OnnxEmbedder
from visavis.face._mesh import FaceMesher
from visavis.face._quality import COMPONENTS
from visavis.face.capture import Capture, Photo
from visavis.face.pipeline import (
    CaptureFeatures,
    Detector,
    Embedder,
    Examined,
    FacePipeline,
    Mesher,
    Pose,
    Seen,
)
from visavis.registry import ModelStore

__all__ = [
    "COMPONENTS",
    "DEFAULT_EMBEDDER",
    "Capture",
    "CaptureFeatures",
    "Detector",
    "Embedder",
    "Examined",
    "FacePipeline",
    "Mesher",
    "Photo",
    "Pose",
    "Seen",
    "load_pipeline",
]

DEFAULT_EMBEDDER = "dlib-resnet29-v1"

_DETECTORS = ("detect-short", "detect-full")


def load_pipeline(store: ModelStore, embedder: str = DEFAULT_EMBEDDER) -> FacePipeline:
    """Load the weights and return a pipeline that is ready to run.

    Args:
        store: where the weights are.
        embedder: id of the embedder; passes made with one cannot be checked with another.

    Raises:
        ModelProblem: weights are missing or altered, or `embedder` is unknown.
        InvalidArgument: `not_an_embedder`.

    """
    spec = store.entry(embedder).embedder
    if spec is None:
        raise InvalidArgument(
            "not_an_embedder",
            f"The model {embedder} does not embed faces.",
            "Choose an embedder from `visavis models list`.",
        )
    # Hashing and loading run outside the interpreter's lock; the largest one goes first.
    with ThreadPoolExecutor(max_workers=2) as pool:
        embedding = pool.submit(_network, store, embedder, threads=2)
        short, full = (pool.submit(_network, store, name) for name in _DETECTORS)
        mesh = pool.submit(_network, store, "mesh")
    return FacePipeline(
        BlazeFaceDetector(short.result(), full.result()),
        FaceMesher(mesh.result()),
        OnnxEmbedder(embedding.result(), model_id=embedder, spec=spec),
    )


def _network(store: ModelStore, model_id: str, *, threads: int = 1) -> Network:
    return Network(store.load(model_id), name=model_id, threads=threads)

"""What decisions are made with: a pipeline, and a threshold that was measured with it."""

from __future__ import annotations

from visavis._operating_point import (
    PROVEN,
    OperatingPoint,
    require_model,
    shipped_operating_point,
)
from visavis.errors import InvalidArgument, ModelProblem
from visavis.face import DEFAULT_EMBEDDER, FacePipeline, load_pipeline
from visavis.home import Home
from visavis.passes import Policy
from visavis.registry import ModelStore

__all__ = ["faces_of", "require_fit", "require_status"]


def faces_of(home: Home) -> tuple[FacePipeline, OperatingPoint]:
    """Load the pipeline that a home decides with, and its operating point.

    They are the home's own if it has been calibrated, and otherwise those that ship.

    Raises:
        ModelProblem: `operating_point_invalid`; `wrong_operating_point`: measured with other
            weights than those here; or weights are missing, altered or unknown.

    """
    store = ModelStore.default()
    point = home.operating_point or shipped_operating_point(DEFAULT_EMBEDDER)
    # Loading checks that the file has the hash of its entry.
    require_model(point, store.entry(point.embedder))
    return load_pipeline(store, point.embedder), point


def require_fit(point: OperatingPoint, faces: FacePipeline) -> None:
    """Check that a threshold was measured with the embedder that it is to be used with.

    Raises:
        InvalidArgument: `wrong_operating_point`.

    """
    measured, used = (point.embedder, point.preprocessing), (faces.embedder, faces.preprocessing)
    if measured != used:
        raise InvalidArgument(
            "wrong_operating_point",
            f"The operating point {point.id} was not measured with {faces.embedder}.",
            "Use the operating point of the embedder.",
        )


def require_status(point: OperatingPoint, policy: Policy) -> None:
    """Check that a threshold is proven, if the policy asks for that.

    Raises:
        ModelProblem: `operating_point_provisional`.

    """
    if policy.proven_operating_point and point.status != PROVEN:
        raise ModelProblem(
            "operating_point_provisional",
            f"The operating point {point.id} is provisional, and the policy asks for a proven one.",
            "Measure with more people (`visavis evaluate`, `visavis calibrate`), or ask for less.",
        )

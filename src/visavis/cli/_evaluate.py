"""``visavis evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.errors import EvaluationProblem

if TYPE_CHECKING:
    from pathlib import Path

    from visavis.cli._report import Report


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one evaluation.

    Attributes:
        embedders: their ids; none for the default one.
        targets: false match rates to calibrate for; none for the usual one.
        enrolled: photos in an enrolled capture.
        verified: photos in a verified capture.
        dask: address of a scheduler.
    """

    folder: Path
    out: Path
    manifest: Path | None
    groups: Path | None
    embedders: tuple[str, ...]
    targets: tuple[float, ...]
    enrolled: int
    verified: int
    dask: str | None
    seed: int
    force: bool


def run(request: Request, report: Report) -> int:
    """Measure, write the report, and say what came of it; return the exit code."""
    raise EvaluationProblem("not_built", f"{request.folder} {report.as_json}.", "Wait.")

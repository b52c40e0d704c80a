"""The threshold that a decision uses, and the evidence it stands on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from visavis.errors import ModelProblem

__all__ = ["OperatingPoint", "shipped_operating_point"]

_SHIPPED: Final = Path(__file__).parent / "operating_points"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One fixed threshold for everybody, measured with one embedder and one set of data.

    The files in `visavis/operating_points` hold, beside these values, the measurements they
    come from: data set, number of people and comparisons, errors seen, model hash.

    Attributes:
        id: stable name, stated in every result.
        status: "provisional" as long as the data cannot prove the target.
        embedder: id of the embedder it was measured with.
        preprocessing: id of the steps before it.
        model_sha256: of the embedder's ONNX file.
        fmr_target: false match rate (ISO/IEC 19795-1) aimed at, per comparison.
        match: least mean cosine between enrolled and verified photos that counts as the same
            person.
        same_capture: least cosine between one photo of a capture and the mean of the others.
            It is laxer: it guards against a wrong photo in the set, and decides nothing else.

    """

    id: str
    status: str
    embedder: str
    preprocessing: str
    model_sha256: str
    fmr_target: float
    match: float = field(repr=False)
    same_capture: float = field(repr=False)


def shipped_operating_point(embedder: str) -> OperatingPoint:
    """Return the operating point that ships for an embedder.

    Raises:
        ModelProblem: `no_operating_point`: none was ever measured; nothing is guessed instead.

    """
    source = _SHIPPED / f"{embedder}.toml"
    if not source.is_file():
        raise ModelProblem(
            "no_operating_point",
            f"No error rates were ever measured for the embedder {embedder}.",
            "Use the default embedder, or measure an operating point first.",
        )
    values = tomllib.loads(source.read_text(encoding="utf-8"))["operating_point"]
    return OperatingPoint(**values)

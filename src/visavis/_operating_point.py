"""The threshold a decision is made at, together with what it was measured on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from visavis._files import read_bounded
from visavis._toml import Table, as_toml
from visavis.errors import FileProblem, ModelProblem

if TYPE_CHECKING:
    from visavis.registry import ModelEntry

__all__ = [
    "LARGEST_TARGET",
    "PROVEN",
    "PROVISIONAL",
    "OperatingPoint",
    "as_file",
    "read_operating_point",
    "require_model",
    "shipped_operating_point",
]

PROVISIONAL: Final = "provisional"
PROVEN: Final = "proven"

LARGEST_TARGET: Final = 1e-2
"""False match rate that may be aimed at: who lets in more than one in a hundred checks nobody."""

_SHIPPED: Final = Path(__file__).parent / "operating_points"
_LARGEST_FILE: Final = 64 * 1024
_NOTE: Final = """\
# Written by `visavis calibrate`. The values belong together: measure again, and change none.
"""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A fixed threshold, the same for everybody, with the conditions it was measured under.

    Its file holds, beside these values, the measurements they stand on: the data with their
    hash, how many people, what was counted.

    Attributes:
        id: stable name, stated in every result.
        status: "provisional" as long as the data cannot prove the target, otherwise "proven".
        embedder: id of the embedder it was measured with.
        preprocessing: id of the steps before it.
        model_sha256: of the embedder's ONNX file.
        fmr_target: false match rate (ISO/IEC 19795-1) aimed at, per comparison; at most 0.01.
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
    return read_operating_point(source)


def read_operating_point(path: Path) -> OperatingPoint:
    """Read the file of an operating point, as `visavis calibrate` writes it.

    Raises:
        ModelProblem: `operating_point_invalid`: the file cannot be read, or anything in it is
            missing, unknown or cannot be right.

    """
    try:
        document = tomllib.loads(read_bounded(path, _LARGEST_FILE).decode())
    except FileProblem as error:
        raise _invalid(path, "it is no readable file of a sensible size") from error
    except (ValueError, RecursionError) as error:
        raise _invalid(path, "it is not TOML") from error
    if set(document) != {"operating_point", "evidence"}:
        raise _invalid(path, "it needs the tables operating_point and evidence, and no others")
    values, evidence = document["operating_point"], document["evidence"]
    if not isinstance(values, dict) or set(values) != set(_FIELDS):
        raise _invalid(path, f"the operating point needs {', '.join(_FIELDS)}, and nothing else")
    for name, is_right in _FIELDS.items():
        if not is_right(values[name]):
            raise _invalid(path, f"{name} cannot be right")
    if not isinstance(evidence, dict) or not isinstance(evidence.get("data"), str):
        raise _invalid(path, "it does not say on which data it was measured")
    return OperatingPoint(**values)


def as_file(point: OperatingPoint, evidence: Table) -> bytes:
    """Return what the file of an operating point holds.

    Args:
        point: the operating point.
        evidence: what it stands on; `data` names the data.

    """
    values: Table = asdict(point)
    text = as_toml({"operating_point": values, "evidence": evidence})
    # Half a surrogate pair, as in the name of a folder that is no UTF-8, cannot be written.
    return (_NOTE + text).encode(errors="replace")


def require_model(point: OperatingPoint, model: ModelEntry) -> None:
    """Check that an operating point was measured with these very weights.

    Raises:
        ModelProblem: `wrong_operating_point`.

    """
    spec = model.embedder
    measured = (point.embedder, point.preprocessing, point.model_sha256)
    if spec is None or measured != (model.id, spec.preprocessing, model.sha256):
        raise ModelProblem(
            "wrong_operating_point",
            f"The operating point {point.id} was measured with other weights than those of "
            f"{model.id} here.",
            "Run `visavis evaluate` and `visavis calibrate` with the weights that are here.",
        )


def _text(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _threshold(value: Any) -> bool:
    # NaN is not between two numbers; and at -1 everybody would match.
    return type(value) in {int, float} and -1 < value <= 1


def _rate(value: Any) -> bool:
    return type(value) is float and 0 < value <= LARGEST_TARGET


_MODEL_ID: Final = r"[a-z0-9][a-z0-9._-]{0,63}"

_FIELDS: Final[dict[str, Callable[[Any], bool]]] = {
    "id": _text(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,159}"),
    "status": _text(f"{PROVISIONAL}|{PROVEN}"),
    "embedder": _text(_MODEL_ID),
    "preprocessing": _text(_MODEL_ID),
    "model_sha256": _text(r"[0-9a-f]{64}"),
    "fmr_target": _rate,
    "match": _threshold,
    "same_capture": _threshold,
}


def _invalid(path: Path, what: str) -> ModelProblem:
    return ModelProblem(
        "operating_point_invalid",
        f"The operating point {path} cannot be used: {what}.",
        "Run `visavis calibrate` again; without the file, the one that ships is used.",
    )

"""Reports of evaluations that never took place, with what ``visavis calibrate`` needs of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EMBEDDER = "dlib-resnet29-v1"
SHA256 = "a2a4abe20ec05495305acbc8cc1a67022d7d9bb3785cd1b3bb0a20ca196bd014"
MATCH, SAME_CAPTURE = 61440 / 65536, 60000 / 65536
WHY = "Not proven: the 95 % interval reaches up to 2.4e-04 for all people together."


def rate(errors: int, comparisons: int, low: float, high: float) -> dict[str, Any]:
    method = "bootstrap" if errors else "rule of three" if comparisons else "none"
    value = errors / comparisons if comparisons else None
    return {
        "errors": errors,
        "comparisons": comparisons,
        "value": value,
        "low": low,
        "high": high,
        "method": method,
    }


def provisional(target: float = 1e-4) -> dict[str, Any]:
    return {
        "target": target,
        "status": "provisional",
        "why": WHY,
        "match": MATCH,
        "same_capture": SAME_CAPTURE,
        "folds": 10,
        "worst": None,
        "overall": rate(9, 78_000, 4e-5, 2.4e-4),
        "worst_group": None,
        "fnmr": rate(36, 1800, 0.012, 0.031),
        "trials": [other_trial(0, 54_600, 0.0, 2.9e-4)],
    }


def other_trial(*fmr: float) -> dict[str, Any]:
    """Return what was cross-validated with three photos against three."""
    errors, comparisons, low, high = fmr
    return {
        "name": "3-3",
        "fmr": rate(int(errors), int(comparisons), low, high),
        "fnmr": rate(2, 1400, 0.0, 0.022),
    }


def proven(target: float = 1e-4) -> dict[str, Any]:
    return provisional(target) | {
        "status": "proven",
        "why": "In the worst case the 95 % interval reaches up to 9.8e-05 for north (region).",
        "worst": {"column": "region", "label": "north"},
        "overall": rate(80, 4_000_000, 1e-5, 4e-5),
        "worst_group": rate(0, 1_000_000, 0.0, 9.8e-5),
        "trials": [other_trial(0, 2_000_000, 0.0, 6e-5)],
    }


def impossible(target: float = 1e-6) -> dict[str, Any]:
    nothing = dict.fromkeys(("match", "same_capture", "worst", "overall", "worst_group", "fnmr"))
    why = "78,000 comparisons of different people show no rate below 3.8e-05."
    rest = {"status": "impossible", "why": why, "folds": 0, "trials": []}
    return provisional(target) | nothing | rest


def trials() -> list[dict[str, Any]]:
    """Return what was counted of everybody, photo by photo first.

    `MATCH` is a little above the threshold for a rate of 1e-4, and the curve is coarse.
    """
    return [
        {
            "name": "1-1",
            "attempts": 1,
            "det": {
                "threshold": [-1.0, 0.25, 0.75, 0.875, 0.9375, 0.96875],
                "fmr": [1.0, 0.6, 0.2, 0.03, 2e-5, 0.0],
                "fnmr": [0.0, 0.0, 0.0, 0.005, 0.02, 0.4],
            },
            "points": [
                {"target": 1e-2, "shown": True, "threshold": 57600 / 65536},
                {"target": 1e-4, "shown": True, "threshold": 61400 / 65536},
                {"target": 1e-6, "shown": False, "least": 7.5e-7},
            ],
        },
        {"name": "3-3", "attempts": 1},
        {"name": "3-2, 3 attempts", "attempts": 3},
    ]


def system(*calibration: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "embedder": EMBEDDER,
        "preprocessing": "mesh5-150",
        "model_sha256": SHA256,
        "trials": trials(),
        "calibration": list(calibration),
    } | changes


def report(*systems: dict[str, Any], name: str = "orl", grouped: bool = True) -> dict[str, Any]:
    columns = {"region": {"north": {"people": 20}, "south": {"people": 20}}} if grouped else {}
    return {
        "schema": "visavis-evaluation-1",
        "made": {"visavis": "0.1.0", "date": "2026-11-22"},
        "data": {
            "name": name,
            "sha256": "cd" * 32,
            "people": 40,
            "photos": 400,
            "columns": columns,
        },
        "systems": list(systems),
    }


def write(folder: Path, content: dict[str, Any] | bytes) -> str:
    """Write a report as `visavis evaluate` does and return the name of its folder."""
    made = folder / "evaluation"
    made.mkdir(exist_ok=True)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (made / "report.json").write_bytes(data)
    return made.name

"""Reports of evaluations that never took place: every number comes from normal distributions.

Nobody was photographed. They have the shape of what `visavis evaluate` writes, to try the pages,
the figures and the schema with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

__all__ = ["bare", "full", "hostile", "no_errors", "one_system"]

_IMPOSTOR, _GENUINE = (0.80, 0.040), (0.972, 0.011)
_AGES = (*(f"{low} to {low + 4}" for low in range(20, 75, 5)), "75 and older")
_WORDS = (
    ("English", 60),
    ("Français, de Suisse romande ou du Val d'Aoste, appris à la maison", 30),
    ("Ελληνικά", 24),
    ("中文 (普通话)", 22),
    ("العربية", 20),
    ("prefer not to say which of the languages spoken at home came first", 9),
)
_COMPONENTS = (
    "size",
    "share",
    "framing",
    "pose_yaw",
    "pose_pitch",
    "pose_roll",
    "over_exposure",
    "illumination",
    "sharpness",
)


def rate(errors: int, comparisons: int, independent: float = 1.0) -> dict[str, Any]:
    """Return a rate; `independent` is the part of the comparisons that counts."""
    found: dict[str, Any] = {"errors": errors, "comparisons": comparisons}
    if not comparisons:
        return found | {"value": None, "low": 0.0, "high": 1.0, "method": "none"}
    if not errors:
        high = min(1.0, 3 / (comparisons * independent))
        return found | {"value": 0.0, "low": 0.0, "high": high, "method": "rule of three"}
    wrong, right = errors * independent, (comparisons - errors) * independent
    low, high = (float(stats.beta.ppf(part, wrong + 0.5, right + 0.5)) for part in (0.025, 0.975))
    value = errors / comparisons
    return found | {"value": value, "low": low, "high": high, "method": "bootstrap"}


@dataclass(frozen=True)
class _Matcher:
    """Scores as they would be, were they normal."""

    shift: float
    people: int
    photos: int

    def trial(self, name: str, enrolled: int, verified: int, attempts: int = 1) -> dict[str, Any]:
        several = enrolled * verified > 1
        each = self.photos // self.people
        draws = 35 if several or attempts > 1 else 0
        pairs = self.people * (self.people - 1) // 2
        genuine = self.people * (draws or each * (each - 1) // 2)
        impostor = pairs * (2 * draws or each**2)
        grid = np.round(np.linspace(0.5, 1.0, 400), 6)
        fmr, fnmr = self._rates(grid, enrolled * verified, attempts)
        edges = np.linspace(0.6, 1.0, 121)
        split = [self._rates(edges, enrolled * verified, attempts)[k] for k in (0, 1)]
        crossing = int(np.abs(fmr - fnmr).argmin())
        return {
            "name": name,
            "enrolled": enrolled,
            "verified": verified,
            "attempts": attempts,
            "draws": draws,
            "people": self.people,
            "genuine": genuine,
            "impostor": impostor,
            "person_pairs": pairs,
            "eer": {
                "value": float(fmr[crossing]),
                "low": float(fmr[crossing]) * 0.6,
                "high": float(fmr[crossing]) * 1.5,
                "threshold": float(grid[crossing]),
            },
            "det": {
                "threshold": grid.tolist(),
                "fmr": (np.floor(fmr * impostor) / impostor).tolist(),
                "fnmr": (np.floor(fnmr * genuine) / genuine).tolist(),
            },
            "histogram": {
                "edges": edges.tolist(),
                "genuine": np.round(np.diff(split[1]) * genuine).astype(int).tolist(),
                "impostor": np.round(-np.diff(split[0]) * impostor).astype(int).tolist(),
            },
            "points": [
                self._point(
                    target, trial=(genuine, impostor), sides=(enrolled * verified, attempts)
                )
                for target in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
            ],
            "at_operating_point": None,
        }

    def at(self, trial: dict[str, Any], threshold: float) -> dict[str, Any]:
        fmr, fnmr = self._rates(
            np.array([threshold]), trial["enrolled"] * trial["verified"], trial["attempts"]
        )
        impostor = rate(round(float(fmr[0]) * trial["impostor"]), trial["impostor"], 0.02)
        genuine = rate(round(float(fnmr[0]) * trial["genuine"]), trial["genuine"], 0.1)
        return {
            "threshold": threshold,
            "fmr": impostor,
            "fnmr": genuine,
            "frr": 0.01 + 0.99 * genuine["value"],
        }

    def _rates(self, grid: Any, photos: int, attempts: int) -> tuple[Any, Any]:
        narrower = photos**0.5
        fmr = stats.norm.sf(grid, _IMPOSTOR[0] + self.shift, _IMPOSTOR[1] / narrower**0.4)
        fnmr = stats.norm.cdf(grid, _GENUINE[0], _GENUINE[1] / narrower)
        return 1 - (1 - fmr) ** attempts, fnmr**attempts

    def _point(
        self, target: float, *, trial: tuple[int, int], sides: tuple[int, int]
    ) -> dict[str, Any]:
        genuine, impostor = trial
        if target * impostor < 3:
            return {"target": target, "shown": False, "least": 3 / impostor}
        grid = np.linspace(0.6, 1.0, 4001)
        fmr, fnmr = self._rates(grid, *sides)
        place = int((fmr > target).sum())
        return {
            "target": target,
            "shown": True,
            "threshold": float(grid[place]),
            "fmr": rate(int(fmr[place] * impostor), impostor, 0.02),
            "fnmr": rate(round(float(fnmr[place]) * genuine), genuine, 0.1),
        }


def _group(label: str, people: int, worse: float) -> dict[str, Any]:
    small = people < 10
    impostor, genuine = (0, 0) if small else (people * (people - 1) // 2 * 100, people * 45)
    return {
        "label": label,
        "people": people,
        "too_small": small,
        "why": f"{people} people are too few; 10 are needed." if small else None,
        "fmr": rate(int(impostor * 9e-5 * worse), impostor, 0.05),
        "fnmr": rate(round(genuine * 0.02 * worse), genuine, 0.2),
        "fta": rate(0 if small else round(people * 0.1 * worse), 0 if small else people * 10, 0.3),
        "fmr_ratio": None if small else int(impostor * 9e-5 * worse) / impostor / 9e-5,
        "fnmr_ratio": None if small else worse,
    }


def _column(name: str, groups: Sequence[tuple[str, int, float]]) -> dict[str, Any]:
    made = [_group(*group) for group in groups]
    able = [group for group in made if not group["too_small"]]
    worst = {
        kind: max(able, key=lambda group, kind=kind: group[kind]["value"])["label"]  # type: ignore[misc]
        if len(able) > 1
        else None
        for kind in ("fmr", "fnmr")
    }
    pairs = [
        {
            "first": one["label"],
            "second": two["label"],
            "fmr": rate(
                int(one["people"] * two["people"] * 100 * (9e-5 if one is two else 4e-5)),
                one["people"] * two["people"] * 100,
                0.05,
            ),
        }
        for number, one in enumerate(able)
        for two in able[number:]
    ]
    excess = max(group["fnmr_ratio"] for group in able) - 1
    return {
        "column": name,
        "groups": made,
        "within": rate(40, 420_000, 0.05),
        "across": rate(12, 390_000, 0.05),
        "pairs": pairs,
        "worst": worst,
        "nist_25": {
            "holds": excess <= 0.25 if len(able) > 1 else None,
            "worst": worst["fnmr"],
            "excess": excess if len(able) > 1 else None,
        },
        "garbe": {"fmr": 0.31, "fnmr": 0.12, "garbe": 0.215, "alpha": 0.5},
        "inequity": {"fmr": 2.1, "fnmr": 1.3, "ratio": 1.65, "alpha": 0.5},
    }


def _quality(component: str, number: int) -> dict[str, Any]:
    edges = np.linspace(-1.0, 0.0, 31) * (30 if component.startswith("pose") else 1)
    share = np.arange(0, 0.5, 0.05)
    middle, width = edges[20 - number], (edges[-1] - edges[0]) / 6
    return {
        "component": component,
        "edges": edges.tolist(),
        "counts": np.round(1700 * np.diff(stats.norm.cdf(edges, middle, width)))
        .astype(int)
        .tolist(),
        "discard": {
            "share": share.tolist(),
            "fnmr": (0.02 * np.exp(-share * (number % 4) / 2)).tolist(),
        },
    }


def _calibration(target: float, status: str) -> dict[str, Any]:
    impossible = status == "impossible"
    return {
        "target": target,
        "status": status,
        "why": {
            "proven": "In the worst case the 95 % interval reaches up to 8.1e-03 for other (sex).",
            "provisional": "Not proven: the 95 % interval reaches up to 2.2e-04 for other (sex).",
            "impossible": "78,000 comparisons of different people show no rate below 3.8e-05.",
        }[status],
        "match": None if impossible else 0.9431,
        "same_capture": 0.9226,
        "folds": 0 if impossible else 10,
        "worst": None if impossible else {"column": "sex", "label": "female"},
        "overall": None if impossible else rate(120, 1_370_000, 0.02),
        "worst_group": None if impossible else rate(70, 480_000, 0.02),
        "fnmr": None if impossible else rate(150, 7_500, 0.1),
        "trials": []
        if impossible
        else [{"name": "3-3", "fmr": rate(0, 960_000, 0.02), "fnmr": rate(4, 5_800, 0.1)}],
    }


def _system(embedder: str, shift: float, *, status: str | None) -> dict[str, Any]:
    matcher = _Matcher(shift, 166, 1_660)
    trials = [
        matcher.trial("1-1", 1, 1),
        matcher.trial("3-3", 3, 3),
        matcher.trial("1-1, 3 attempts", 1, 1, 3),
    ]
    if status:
        for trial in trials:
            trial["at_operating_point"] = matcher.at(trial, 0.9428)
    ages = [(label, 20 - number, 0.6 + 0.1 * number) for number, label in enumerate(_AGES)]
    words = [(label, people, 0.7 + 0.2 * k) for k, (label, people) in enumerate(_WORDS)]
    return {
        "embedder": embedder,
        "preprocessing": "mesh5-150",
        "model_sha256": "0123456789abcdef" * 4,
        "licence": "none: this network does not exist",
        "training_faces": "none",
        "acquisition": {
            "photos": 1_660,
            "failures": 16,
            "fta": rate(16, 1_660, 0.3),
            "reasons": {"blurred": 9, "turned_away": 7},
            "people": 166,
            "not_enrolled": 0,
            "fte": rate(0, 166),
        },
        "operating_point": {"id": f"{embedder}/sample", "status": status, "match": 0.9428}
        if status
        else None,
        "trials": trials,
        "differentials": {
            "threshold": 0.9428 if status else 0.93,
            "at": "operating point" if status else "FMR 0.001",
            "columns": [
                _column("sex", [("female", 84, 1.3), ("male", 78, 0.7), ("another", 4, 1.0)]),
                _column("age", ages),
                _column("first language", words),
            ],
        },
        "quality": [_quality(name, number) for number, name in enumerate(_COMPONENTS)],
        "calibration": [
            _calibration(1e-2, "proven"),
            _calibration(1e-4, "provisional"),
            _calibration(1e-6, "impossible"),
        ],
    }


def full() -> dict[str, Any]:
    """Two systems, three columns, a group that is too small, long labels, twelve labels."""
    systems = [
        _system("synthetic-normal-v1", 0.0, status="provisional"),
        _system("synthetic-normal-v2-of-a-longer-name", 0.01, status=None),
    ]
    columns = {
        column["column"]: {
            group["label"]: {"people": group["people"]} for group in column["groups"]
        }
        for column in systems[0]["differentials"]["columns"]
    }
    return {
        "schema": "visavis-evaluation-1",
        "made": {
            "visavis": "0.1.0",
            "python": "3.11.7",
            "numpy": "2.4.6",
            "onnxruntime": "1.32.0",
            "date": "2026-11-22",
            "seed": 0,
            "command": "visavis evaluate synthetic --out report",
        },
        "data": {
            "name": "synthetic",
            "sha256": "fedcba9876543210" * 4,
            "people": 166,
            "photos": 1_660,
            "left_out": {"not_an_image": 2, "same_photo_two_people": 1},
            "columns": columns,
            "undeclared": {"sex": 0, "age": 0, "first language": 1},
        },
        "systems": systems,
    }


def one_system() -> dict[str, Any]:
    """As `full`, with one system."""
    report = full()
    del report["systems"][1]
    return report


def no_errors() -> dict[str, Any]:
    """No group was declared, and nobody was confused with anybody or turned away."""
    report = one_system()
    system = report["systems"][0]
    report["data"].update(columns={}, undeclared={}, left_out={})
    system["differentials"]["columns"] = []
    system["acquisition"].update(failures=0, fta=rate(0, 1_660, 0.3), reasons={})
    system["operating_point"]["status"] = "proven"
    for found in system["calibration"]:
        if found["status"] != "impossible":
            why = "No participant declared a group, so nothing is known about the worst one."
            found.update(status="provisional", why=why, worst=None, worst_group=None)
    for trial in system["trials"]:
        right, wrong = trial["genuine"], trial["impostor"]
        trial["eer"].update(value=0.0, low=0.0, high=0.0)
        trial["det"] = {"threshold": [0.7, 0.9, 0.95], "fmr": [1.0, 0.0, 0.0], "fnmr": [0, 0, 1.0]}
        trial["at_operating_point"].update(
            fmr=rate(0, wrong, 0.01), fnmr=rate(0, right, 0.1), frr=0.0
        )
        for point in trial["points"]:
            if point["shown"]:
                point.update(fmr=rate(0, wrong, 0.01), fnmr=rate(0, right, 0.1))
    return report


def bare() -> dict[str, Any]:
    """Hardly anything: two people, no groups, no operating point, nothing shown."""
    report = no_errors()
    system = report["systems"][0]
    report["data"].update(people=2, photos=3)
    system.update(operating_point=None, quality=[], calibration=[])
    system["acquisition"].update(photos=3, people=2, fta=rate(0, 3), fte=rate(0, 2))
    system["differentials"]["at"] = "FMR 0.01"
    trial = system["trials"][0]
    del system["trials"][1:]
    trial.update(people=2, genuine=1, impostor=2, person_pairs=1, at_operating_point=None)
    trial["eer"].update(value=0.0, low=0.0, high=1.0, threshold=0.8)
    trial["det"] = {"threshold": [0.1, 0.8], "fmr": [1.0, 0.0], "fnmr": [0.0, 0.0]}
    trial["histogram"] = {"edges": [0.79, 0.8, 0.9], "genuine": [0, 1], "impostor": [2, 0]}
    trial["points"] = [
        {"target": target, "shown": False, "least": 1.0}
        for target in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
    ]
    return report


def hostile() -> dict[str, Any]:
    """Names and labels that mean something to a browser, to XML or to a typesetter."""
    report = one_system()
    report["data"]["name"] = "<script>alert(1)</script> & \udcff \x00 \u202e {{ 7 * 7 }}"
    column = report["systems"][0]["differentials"]["columns"][0]
    column["column"] = "$\\frac{1}{$ <script>alert('column')</script>"
    for group, label in zip(
        column["groups"],
        ["<script>alert(2)</script>", "$x_1^{2$ &amp; \x1b[31m", "]]> -->\n\" onload='x'"],
        strict=True,
    ):
        for pair in column["pairs"]:
            pair.update({k: label for k, v in pair.items() if v == group["label"]})
        column["worst"] = {
            kind: label if found == group["label"] else found
            for kind, found in column["worst"].items()
        }
        if column["nist_25"]["worst"] == group["label"]:
            column["nist_25"]["worst"] = label
        group["label"] = label
    return report

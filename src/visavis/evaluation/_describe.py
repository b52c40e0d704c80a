"""What is written of one embedder: the "systems" part of the report."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.comparing import GRID
from visavis.evaluation._comparisons.counts import LEAST_ERRORS
from visavis.evaluation._measure import SAME_CAPTURE_FMR, System
from visavis.evaluation._rates import differentials, discard, disclosure
from visavis.evaluation._rates.calibration import Calibration, Measured, calibrate
from visavis.evaluation._rates.intervals import Rate, Scope, person_rate
from visavis.evaluation._settings import POINTS
from visavis.registry import ModelEntry

__all__ = ["describe"]

_SHOWN_IN_GROUPS: Final = (1e-4, 1e-3, 1e-2)


def describe(system: System, entry: ModelEntry) -> dict[str, Any]:
    """Return all measures of one embedder, as docs/evaluation-report.schema.json says.

    Args:
        system: what was compared.
        entry: of the embedder.

    """
    acquisition = _acquisition(system)
    in_use = system.in_use
    return {
        "embedder": entry.id,
        "preprocessing": system.readings.preprocessing,
        "model_sha256": entry.sha256,
        "licence": entry.licence,
        "training_faces": entry.training_faces,
        "acquisition": acquisition,
        "operating_point": in_use
        and {"id": in_use.id, "status": in_use.status, "match": in_use.match},
        "trials": [_trial(system, trial, acquisition["fta"]) for trial in system.trials],
        "differentials": _differentials(system),
        "quality": _quality(system),
        "calibration": [_calibration(system, target) for target in system.settings.targets],
    }


def _acquisition(system: System) -> dict[str, Any]:
    """Failures to acquire: photos; failures to enrol: people of whom no photo is good enough."""
    photos, usable = _photos(system)
    here = (photos > 0).astype(float)
    none = here * (usable == 0)
    return {
        "photos": int(photos.sum()),
        "failures": int((photos - usable).sum()),
        "fta": person_rate(photos - usable, photos, system.settings.seed).json(),
        "reasons": dict(sorted(system.readings.failures.items())),
        "people": int(here.sum()),
        "not_enrolled": int(none.sum()),
        "fte": person_rate(none, here, system.settings.seed).json(),
    }


def _photos(system: System) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many photos of each person count, and of how many there are features."""
    usable = np.bincount(system.readings.person, minlength=system.people)
    return system.readings.photos.astype(float), usable.astype(float)


def _trial(system: System, measured: Measured, fta: dict[str, Any]) -> dict[str, Any]:
    curve, shape = measured.curve, measured.curve.trial
    edges, genuine, impostor = curve.histogram()
    det = curve.det()
    return {
        "name": shape.plan.name,
        "enrolled": shape.plan.enrolled,
        "verified": shape.plan.verified,
        "attempts": shape.plan.attempts,
        "draws": 0 if shape.pairs else len(shape.draws),
        "people": int((shape.rows > 0).sum()),
        "genuine": curve.genuine,
        "impostor": curve.impostor,
        "person_pairs": Scope(shape.rows, shape.per_pair).pairs,
        "eer": _equal_error(system, measured),
        "det": {
            "threshold": [point.bin / GRID for point in det],
            "fmr": [point.fmr for point in det],
            "fnmr": [point.fnmr for point in det],
        },
        "histogram": {"edges": edges, "genuine": genuine, "impostor": impostor},
        "points": [_point(system, measured, target) for target in POINTS],
        "at_operating_point": system.in_use
        and _at(system, measured, system.in_use.bin, system.in_use.match)
        | {"frr": _rejected(system, measured, fta)},
    }


def _at(system: System, measured: Measured, at: int, threshold: float) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "fmr": system.fmr(measured, at).json(),
        "fnmr": system.fnmr(measured, at).json(),
    }


def _rejected(system: System, measured: Measured, fta: dict[str, Any]) -> float | None:
    """Return the false reject rate: failures to acquire count as rejected (ISO/IEC 19795-1)."""
    assert system.in_use is not None  # noqa: S101 - asked for only where there is one
    if not measured.curve.genuine or fta["value"] is None:
        return None
    acquired = 1.0 - float(fta["value"])
    return 1.0 - acquired * (1.0 - measured.curve.at(system.in_use.bin).fnmr)


def _equal_error(system: System, measured: Measured) -> dict[str, Any]:
    """Return the equal error rate, between the lower and the higher ends of both intervals."""
    point = measured.curve.equal_error()
    both = [system.fmr(measured, point.bin), system.fnmr(measured, point.bin)]
    return {
        "value": (point.fmr + point.fnmr) / 2,
        "low": min(rate.low for rate in both),
        "high": max(rate.high for rate in both),
        "threshold": point.bin / GRID,
    }


def _point(system: System, measured: Measured, target: float) -> dict[str, Any]:
    curve = measured.curve
    if not curve.shows(target):
        least = LEAST_ERRORS / curve.impostor if curve.impostor else 1.0
        return {"target": target, "shown": False, "least": min(1.0, least)}
    at = curve.threshold(target)
    return {"target": target, "shown": True} | _at(system, measured, at, at / GRID)


def _differentials(system: System) -> dict[str, Any]:
    measured = system.trials[0]
    name, at = _where(system)
    fmr, fnmr = system.fmr(measured, at), system.fnmr(measured, at)
    columns = [
        _column(system, column, at)
        for column in system.participants.columns
        if system.groups(column)
    ]
    return {
        "threshold": at / GRID,
        "at": name,
        "columns": differentials.composed(columns, fmr=fmr, fnmr=fnmr),
    }


def _where(system: System) -> tuple[str, int]:
    """Return the threshold that groups are compared at: the one in use, or a low rate's."""
    if system.in_use is not None:
        return "operating point", system.in_use.bin
    curve = system.trials[0].curve
    target = next((each for each in _SHOWN_IN_GROUPS if curve.shows(each)), POINTS[0])
    return f"FMR {target:g}", curve.threshold(target)


def _column(system: System, column: str, at: int) -> differentials.Column:
    measured, groups = system.trials[0], system.groups(column)
    shape = measured.curve.trial
    compared = _compared(system)
    told = _told(system)[column]
    group = np.full(system.people, -1)
    for number, each in enumerate(groups):
        group[each.members] = number
    told_of = np.array([each.label in told for each in groups], np.bool_)

    def rate(counted: NDArray[np.bool_]) -> Rate:
        counted &= np.outer(told_of, told_of)
        return system.fmr(measured, at, Scope(shape.rows, shape.per_pair, group, counted))

    def between(one: int, two: int) -> Rate:
        counted = np.zeros((len(groups), len(groups)), np.bool_)
        counted[one, two] = counted[two, one] = True
        return rate(counted)

    numbers = range(len(groups))
    within = [between(number, number) for number in numbers]
    photos, usable = _photos(system)
    seed = system.settings.seed
    return differentials.Column(
        column,
        told,
        tuple(
            differentials.Group(
                each.label,
                people=int((each.members & compared).sum()),
                fmr=within[number],
                fnmr=system.fnmr(measured, at, each.members),
                fta=person_rate((photos - usable) * each.members, photos * each.members, seed),
            )
            for number, each in enumerate(groups)
        ),
        within=rate(np.eye(len(groups), dtype=np.bool_)),
        across=rate(~np.eye(len(groups), dtype=np.bool_)),
        pairs=tuple(
            differentials.Pair(
                groups[one].label,
                groups[two].label,
                within[one] if one == two else between(one, two),
            )
            for one, two in itertools.combinations_with_replacement(numbers, 2)
        ),
    )


def _compared(system: System) -> NDArray[np.bool_]:
    """Return who can be compared with themselves. Nobody else can make a group large."""
    return np.bincount(system.trials[0].person, minlength=system.people) > 0


def _told(system: System) -> dict[str, set[str]]:
    participants = system.participants
    declared = {column: participants.declared(column) for column in participants.columns}
    return disclosure.told(declared, system.readings.photos > 0, _compared(system))


def _quality(system: System) -> list[dict[str, Any]]:
    _, at = _where(system)
    genuine = system.trials[0].curve.outcome.genuine
    return discard.components(
        system.readings.quality,
        system.readings.components,
        genuine[:, 1],
        genuine[:, 2],
        genuine[:, 0] < at,
    )


def _calibration(system: System, target: float) -> dict[str, Any]:
    """Return a threshold for a target, in the groups whose rates are told."""
    groups = [
        group
        for column, labels in _told(system).items()
        for group in system.groups(column)
        if group.label in labels
    ]
    # Several attempts are several comparisons; the target is for one.
    once = [each for each in system.trials if each.curve.trial.plan.attempts == 1]
    found = calibrate(once, groups, target, seed=system.settings.seed)
    return {
        "target": target,
        "status": found.status,
        "why": found.why,
        "match": None if found.match is None else found.match / GRID,
        "same_capture": _same_capture(system),
        "folds": found.folds,
        "worst": found.worst and {"column": found.worst.column, "label": found.worst.label},
        "overall": _or_none(found.overall),
        "worst_group": _or_none(found.worst_group),
        "fnmr": _or_none(found.fnmr),
        "trials": _others(found),
    }


def _others(found: Calibration) -> list[dict[str, Any]]:
    return [
        {"name": name, "fmr": fmr.json(), "fnmr": fnmr.json()} for name, fmr, fnmr in found.others
    ]


def _or_none(rate: Rate | None) -> dict[str, Any] | None:
    return None if rate is None else rate.json()


def _same_capture(system: System) -> float | None:
    if system.capture is None or not system.capture.curve.impostor:
        return None
    return min(system.capture.curve.threshold(SAME_CAPTURE_FMR) / GRID, 1.0)

"""Measure what small and blurred photos do to the error rate, to set the limits of the gate.

    python bench/quality.py FOLDER

FOLDER is as for `visavis evaluate`. Every photo is enrolled as it is and verified after
being made smaller or blurred; the share of genuine comparisons that the shipped operating point
then misses is printed beside the share of photos that the quality gate would have turned away.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from rich.console import Console
from rich.progress import track
from rich.table import Table

from visavis._operating_point import shipped_operating_point
from visavis.errors import CannotDecide
from visavis.face import DEFAULT_EMBEDDER, Photo, load_pipeline
from visavis.face._quality import first_failure
from visavis.registry import ModelStore
from visavis.types import FloatArray

Change = Callable[[Image.Image], Image.Image]


def shrink(percent: int, image: Image.Image) -> Image.Image:
    size = (image.width * percent // 100, image.height * percent // 100)
    return image.resize(size, Image.Resampling.LANCZOS)


def blur(radius: float, image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def darken(percent: int, image: Image.Image) -> Image.Image:
    return image.point(lambda value: value * percent // 100)


CHANGES: dict[str, Change] = {"as it is": lambda image: image}
CHANGES |= {f"{p} % of the size": partial(shrink, p) for p in (80, 60, 50, 40, 30)}
CHANGES |= {f"blur of {r} px": partial(blur, r) for r in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)}
CHANGES |= {f"{p} % of the light": partial(darken, p) for p in (50, 25, 15, 10, 5)}


def main() -> None:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():  # noqa: PLR2004
        sys.exit("Name a folder with a folder for each person.")
    people = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir())
    table = Table("verified", "turned away", "missed if let through", "of them passing the gate")
    for name, change in track(CHANGES.items(), "Measuring", console=Console(stderr=True)):
        table.add_row(name, *measure(people, change))
    Console().print(table)


def measure(people: list[Path], change: Change) -> tuple[str, str, str]:
    """Return three shares: turned away, missed of all found, missed of those let through."""
    threshold = shipped_operating_point(DEFAULT_EMBEDDER).match
    missed, missed_passing, away, photos = [], [], 0, 0
    for person in people:
        files = sorted(path for path in person.iterdir() if path.is_file())
        enrolled = np.array([features(file.read_bytes())[0] for file in files])
        for number, file in enumerate(files):
            photos += 1
            data = io.BytesIO()
            change(Image.open(file).convert("RGB")).save(data, "PNG")
            try:
                row, passes = features(data.getvalue())
            except CannotDecide:
                away += 1
                continue
            others = np.delete(enrolled, number, 0) @ row < threshold
            missed.append(others.mean())
            away += not passes
            if passes:
                missed_passing.append(others.mean())
    return percent(away / photos), percent(mean(missed)), percent(mean(missed_passing))


def features(data: bytes) -> tuple[FloatArray, bool]:
    """Return the features of a photo and whether it passes the quality gate."""
    # What the gate turns away is let through here, so that it can be measured as well.
    examined = FACES.examine(Photo("the photo", data), refuse=False)
    return examined.row, first_failure(examined.quality, name="the photo") is None


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def percent(value: float) -> str:
    return f"{value:.1%}"


FACES = load_pipeline(ModelStore.default())

if __name__ == "__main__":
    main()

"""The order of the measurements."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench._measure import Row, SetUpError
from bench._measure_accuracy import accuracy_rows
from bench._measure_chip import chip_rows
from bench._measure_cold import cold_rows
from bench._measure_peer import Peer, environment
from bench._measure_photos import one_photo_rows, opening_row, two_photo_rows
from bench._measure_report import as_json, machine, show
from bench._measure_setting import Setting
from tests import materials

from visavis import Home
from visavis.errors import VisavisError

__all__ = ["main"]

_REPETITIONS = 15


def main() -> int:
    """Measure, print, and return the exit code: 1 when the set-up failed, 0 otherwise."""
    arguments = _arguments()
    try:
        _measure(arguments)
    except VisavisError as error:
        return _fail(f"{error.message} {error.remedy}")
    except (SetUpError, OSError) as error:
        return _fail(str(error))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run.py", description="Measure visavis against face_recognition."
    )
    parser.add_argument("--orl", type=Path, metavar="FOLDER", help="add accuracy on these faces")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--repetitions", type=int, default=_REPETITIONS, metavar="N")
    arguments = parser.parse_args()
    if arguments.repetitions < 1:
        parser.error("--repetitions must be at least 1")
    return arguments


def _measure(arguments: argparse.Namespace) -> None:
    if arguments.orl and not arguments.orl.is_dir():
        raise SetUpError(f"There is no folder {arguments.orl}.")
    materials.fetch()
    repetitions = arguments.repetitions
    with Peer(environment()) as peer, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        facts = machine(peer)
        setting = Setting.make(peer, Home.create(folder / "home"), repetitions)
        rows = _speed(setting, folder)
        if arguments.orl:
            rows += accuracy_rows(peer, arguments.orl)
    show(rows, facts, repetitions)
    if arguments.orl:
        print(
            "Accuracy: a photo in which no usable face is found is a failure to acquire and left "
            "out of the pairs. The peer's first face counts, by euclidean distance."
        )
    else:
        print(
            "Accuracy: add `--orl FOLDER` (`make bench ORL=FOLDER`), "
            "a folder of faces with one folder for each person."
        )
    if arguments.json:
        text = json.dumps(as_json(rows, facts, repetitions), indent=2)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def _speed(setting: Setting, folder: Path) -> list[Row]:
    return [
        *one_photo_rows(setting),
        *two_photo_rows(setting),
        *chip_rows(setting),
        *cold_rows(setting, folder),
        opening_row(setting),
    ]


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1

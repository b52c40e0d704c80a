"""The order of the measurements."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench._measure import Row, SetUpError
from bench._measure_chip import chip_rows
from bench._measure_cold import cold_rows
from bench._measure_photos import one_photo_rows, opening_row, two_photo_rows
from bench._measure_report import as_json, machine, show
from bench._measure_setting import Setting
from bench.peers._process import DLIB, Peer
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
        prog="bench/run.py", description="Measure the speed of visavis and face_recognition."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--repetitions", type=int, default=_REPETITIONS, metavar="N")
    arguments = parser.parse_args()
    if arguments.repetitions < 1:
        parser.error("--repetitions must be at least 1")
    return arguments


def _measure(arguments: argparse.Namespace) -> None:
    materials.fetch()
    repetitions = arguments.repetitions
    with Peer(DLIB) as peer, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        facts = machine(peer)
        setting = Setting.make(peer, Home.create(folder / "home"), repetitions)
        rows = _speed(setting, folder)
    show(rows, facts, repetitions)
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

"""Measure the error rates of visavis and its peers on one folder of participants.

    python -m bench.peers FOLDER [--yunet FILE.onnx --sface FILE.onnx] [--json FILE]

FOLDER is as for `visavis evaluate`. What comes out are numbers about the systems.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path

from bench._measure import SetUpError
from bench.peers._protocol import Figures, measure
from bench.peers._systems import System, systems
from bench.peers._table import as_json, as_table
from rich.console import Console
from rich.progress import Progress

from visavis.errors import VisavisError
from visavis.evaluation._machines.work import local
from visavis.evaluation._participants.people import Participants, read_participants


def main() -> int:
    """Measure, print, and return the exit code: 1 when something is missing, 0 otherwise."""
    arguments = _arguments()
    try:
        participants = read_participants(arguments.folder)
        with ExitStack() as processes:
            found = systems(processes, arguments.yunet, arguments.sface)
            measured = [(system, _measure(system, participants)) for system in found]
        photos = measured[0][1].fta.comparisons
        print(f"{participants.name}: {len(participants.people)} people, {photos} photos\n")
        print(as_table(measured))
        if arguments.json:
            text = json.dumps(as_json(measured, participants), indent=2)
            arguments.json.write_text(text + "\n", encoding="utf-8")
    except VisavisError as error:
        return _fail(f"{error.message} {error.remedy}")
    except (SetUpError, OSError) as error:
        return _fail(str(error))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--yunet", type=_file, metavar="FILE", help="OpenCV's face detector")
    parser.add_argument("--sface", type=_file, metavar="FILE", help="OpenCV's face recogniser")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    arguments = parser.parse_args()
    if (arguments.yunet is None) != (arguments.sface is None):
        parser.error("OpenCV needs both --yunet and --sface")
    return arguments


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    return path


def _measure(system: System, participants: Participants) -> Figures:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(system.name)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return measure(system, participants, local(), show)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

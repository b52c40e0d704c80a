"""``python -m tests.synthetic.camera OUT --set tuning``: a folder for `visavis evaluate-pad`."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tests import materials
from tests.synthetic.camera.attacks import ATTACKS
from tests.synthetic.camera.folder import HONEST, Plan, film_all, runs
from tests.synthetic.camera.settings import SETS


def main(words: list[str] | None = None) -> None:
    """Film people and attacks as the command line asks."""
    reader = _reader()
    given = reader.parse_args(words)
    if given.people not in range(2, 101):
        reader.error("--people: give a number from 2 to 100")
    if min(given.runs, given.honest, given.jobs) < 1:
        reader.error("--runs, --honest and --jobs: give a number from 1 on")
    if given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        reader.error(f"{given.out} is there already and not an empty folder: name a new one")
    plan = Plan(
        given.set,
        people=given.people,
        each=given.runs,
        honest=given.honest,
        only=tuple(given.only or ()),
        portraits=given.portraits,
        scripted=given.scripted,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("Filming", total=sum(1 for _ in runs(plan)))
        for run in film_all(plan, given.out, jobs=given.jobs):
            progress.update(bar, advance=1, description=run.name)


def _reader() -> argparse.ArgumentParser:
    reader = argparse.ArgumentParser("python -m tests.synthetic.camera", description=__doc__)
    add = reader.add_argument
    add("out", type=Path, metavar="OUT", help="a new folder")
    add("--set", choices=SETS, required=True, help="which people, seeds and settings")
    add("--runs", type=int, default=50, help="films of every class of attack (50)")
    add("--honest", type=int, default=100, help="films of people who do what is asked (100)")
    add("--people", type=int, default=20, help="how many (20)")
    add("--only", nargs="+", choices=(HONEST, *ATTACKS), metavar="CLASS", help="nothing else")
    add("--scripted", action="store_true", help="honest people move as attackers do: a control")
    add("--jobs", type=int, default=2, help="films at a time (2)")
    add(
        "--portraits",
        type=Path,
        default=materials.folder(),
        help="a folder of portraits to make people of",
    )
    return reader


if __name__ == "__main__":
    main()

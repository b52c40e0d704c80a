"""The folder that an evaluation leaves behind: all of it, or nothing."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from visavis._files import write_problem
from visavis.errors import FileProblem
from visavis.evaluation._evaluate import Evaluation

__all__ = ["FIGURES", "LEFT_OUT", "PAGE", "REPORT", "new_folder", "write"]

REPORT: Final = "report.json"
PAGE: Final = "report.html"
FIGURES: Final = "figures"
LEFT_OUT: Final = "left-out.csv"

_OURS: Final = frozenset({REPORT, PAGE, FIGURES, LEFT_OUT})


@contextlib.contextmanager
def new_folder(folder: Path, *, force: bool) -> Iterator[Path]:
    """Give a folder to fill, which gets its name when it is filled, and vanishes otherwise.

    Args:
        folder: its name; there is nothing yet, an empty folder, or an earlier evaluation.
        force: replace an earlier evaluation.

    Raises:
        FileProblem: `folder_exists`, `folder_missing`, `cannot_write`, `disk_full`,
            `not_an_evaluation`: `force`, but there is something else in the folder.

    """
    _check(folder, force=force)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=".visavis-", dir=folder.absolute().parent))
    except OSError as error:
        raise write_problem(error, folder) from error
    try:
        filled = temporary / "new"
        filled.mkdir(mode=0o755)
        yield filled
        if folder.exists():
            folder.rename(temporary / "old")
        filled.rename(folder)
    except OSError as error:
        raise write_problem(error, folder) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check(folder: Path, *, force: bool) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir() or folder.is_symlink():
        raise FileProblem("not_a_folder", f"{folder} is not a folder.", "Choose another name.")
    try:
        inside = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise write_problem(error, folder) from error
    if inside and not force:
        raise FileProblem(
            "folder_exists",
            f"{folder} exists already.",
            "Choose another name, or add --force to replace it.",
        )
    if inside and not (REPORT in inside and inside <= _OURS):
        raise FileProblem(
            "not_an_evaluation",
            f"{folder} holds other things than an evaluation.",
            "Choose another name; such a folder is not replaced.",
        )


def write(evaluation: Evaluation, folder: Path) -> None:
    """Write report, figures, and the list of files that did not count, into an empty folder.

    Raises:
        OSError: it cannot be written; `new_folder` says so properly.

    """
    # What draws takes a while to import, and whoever only measures does not need it.
    from visavis.evaluation._page.figures import write_figures  # noqa: PLC0415
    from visavis.evaluation._page.page import page  # noqa: PLC0415

    text = json.dumps(evaluation.report, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / REPORT).write_text(text + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(evaluation.report), encoding="utf-8")
    figures = folder / FIGURES
    figures.mkdir()
    write_figures(evaluation.report, figures)
    if evaluation.left_out:
        table = io.StringIO()
        rows = csv.writer(table)
        rows.writerow(["path", "reason", "message"])
        rows.writerows(
            [_text(each.path), each.reason, each.message] for each in evaluation.left_out
        )
        # Names of files may be names of people: for the operator alone.
        private = folder / LEFT_OUT
        private.touch(mode=0o600)
        private.write_text(table.getvalue(), encoding="utf-8")


def _text(name: str) -> str:
    """Return what names a file in one line, so that no spreadsheet takes it for a formula."""
    line = "".join(each if each.isprintable() else "?" for each in name)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line

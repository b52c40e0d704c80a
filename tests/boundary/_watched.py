"""Runs the ``visavis`` command and keeps a copy of everything that it writes to any file.

Started as a process of its own: ``python _watched.py EVIDENCE_FOLDER ARGUMENT...``. An audit hook
sees every file that is opened for writing, and copies each before it is renamed or removed, so
that a temporary file counts as well.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

evidence = Path(sys.argv[1])
written: list[str] = []
watching = True


def keep(path: object) -> None:
    global watching  # noqa: PLW0603
    if isinstance(path, str | bytes | os.PathLike) and Path(os.fsdecode(path)).is_file():
        watching = False
        shutil.copy(os.fsdecode(path), evidence / f"copy-{len(list(evidence.iterdir()))}")
        watching = True


def hook(event: str, arguments: tuple[object, ...]) -> None:
    if not watching:
        return
    if event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND):
            written.append(str(arguments[0]))
    elif event in {"os.remove", "os.rename", "os.link", "os.truncate"}:
        keep(arguments[0])


sys.addaudithook(hook)
sys.argv = ["visavis", *sys.argv[2:]]
try:
    from visavis.cli import main

    main()
finally:
    for path in list(written):
        keep(path)
    watching = False
    (evidence / "written.txt").write_text("\n".join(written), encoding="utf-8")

"""Promise two: the only stored template is inside the pass, and the holder has the pass."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests import materials
from tests.synthetic.ten import FILES, NAMES, write_ten
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from visavis.face import Capture, load_pipeline
from visavis.home import Home
from visavis.passes import Pass, open_pass
from visavis.registry import ModelStore
from visavis.types import round_features

PIECE = 24
"""Bytes of a template or photo that may appear nowhere: too many for chance."""


class _Created(FileSystemEventHandler):
    """Notes every file that comes into being, whoever made it."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.seen = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in {"created", "modified", "moved"} and not event.is_directory:
            self.paths |= {os.fsdecode(event.src_path), os.fsdecode(event.dest_path or b"")} - {""}


@dataclass
class World:
    """An empty machine: home, cache, working and temporary folder in one tree."""

    root: Path
    evidence: Path
    outputs: list[bytes] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)

    def run(self, *arguments: str | Path, code: int) -> None:
        environment = {
            "HOME": str(self.root / "home"),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.root / "tmp"),
            "VISAVIS_HOME": str(self.root / "keys"),
            "VISAVIS_MODELS": str(ModelStore.default().folder),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        evidence = self.evidence / str(len(self.outputs))
        evidence.mkdir()
        script = Path(__file__).with_name("_watched.py")
        done = subprocess.run(
            [sys.executable, str(script), str(evidence), *map(str, arguments)],
            env=environment,
            cwd=self.root / "work",
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        self.outputs.append(done.stdout + done.stderr)
        text = (evidence / "written.txt").read_text(encoding="utf-8")
        self.declared |= {str((self.root / "work" / line).resolve()) for line in text.splitlines()}

    def everything_written(self) -> Iterator[tuple[str, bytes]]:
        """Yield what any file held at any time, and all that was printed."""
        for path in (*self.root.rglob("*"), *self.evidence.rglob("copy-*")):
            if path.is_file() and path.name != "holder.pass":
                yield str(path), path.read_bytes()
        for number, output in enumerate(self.outputs):
            yield f"output {number}", output


def encodings(data: bytes) -> Iterator[bytes]:
    """Yield the ways in which bytes are usually written down."""
    yield data
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for shift in range(3):  # base64 depends on where in a group of three the piece begins
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(data[shift:])[4:-4]
    yield ", ".join(map(str, data)).encode()
    yield ", ".join(map(str, np.frombuffer(data, np.int8))).encode()


def pieces(data: bytes, count: int = 8) -> Iterator[bytes]:
    """Yield parts of something, spread over it."""
    for start in np.linspace(0, len(data) - PIECE, count, dtype=int):
        piece = data[start : start + PIECE]
        if len(set(piece)) > PIECE // 3:  # a run of zeros proves nothing
            yield piece


def secrets(
    template: np.ndarray[tuple[int], np.dtype[np.int8]], photos: list[bytes]
) -> list[bytes]:
    """Return everything that must be found nowhere."""
    kept = [template.tobytes(), template.astype(np.float32).tobytes()]
    pipeline = load_pipeline(ModelStore.default())
    for photo in photos:
        rows = pipeline.features(Capture([photo])).reveal()
        kept += [rows.tobytes(), rows.astype(np.float64).tobytes(), photo]
        image = Image.open(io.BytesIO(photo)).convert("RGB")
        for scale in (1, 2):
            kept.append(image.reduce(scale).tobytes())
    return kept


def leaks(world: World, sought: list[bytes]) -> list[str]:
    """Return where anything sought was written."""
    needles = {code for item in sought for piece in pieces(item) for code in encodings(piece)}
    assert needles
    return [
        name
        for name, content in world.everything_written()
        if any(needle in content for needle in needles)
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return empty_world(tmp_path_factory.mktemp("world"))


def empty_world(base: Path) -> World:
    for name in ("root/home", "root/tmp", "root/cache", "root/work", "evidence"):
        (base / name).mkdir(parents=True)
    return World(base / "root", base / "evidence")


# The watch complains when a folder inside a new one appears very quickly.
@pytest.mark.filterwarnings("ignore:Callback with id")
def test_after_enrolling_and_verifying_nothing_is_left_but_the_pass(world: World) -> None:
    folder = materials.folder()
    enrolled = [folder / "obama.jpg", folder / "obama2.jpg"]
    probe, stranger = folder / "obama3.jpg", folder / "biden.jpg"
    created = _Created()
    observer = Observer()
    observer.schedule(created, str(world.root), recursive=True)
    observer.start()
    try:
        world.run("init", code=0)
        world.run("enroll", *enrolled, "--out", "holder.pass", "--i-consent", code=0)
        world.run("verify", "holder.pass", probe, code=0)
        world.run("verify", "holder.pass", probe, "--json", code=0)
        world.run("verify", "holder.pass", stranger, code=10)
        world.run("verify", "holder.pass", enrolled[0], stranger, code=11)
        world.run("verify", stranger, probe, code=12)
        world.run("inspect", "holder.pass", "--json", code=0)
    finally:
        observer.stop()
        observer.join()
    home = Home.open(world.root / "keys")
    holder = Pass.read(world.root / "work" / "holder.pass")
    opened = open_pass(holder, verifiers=home.verifiers, issuers=home.trusted_issuers)
    photos = [path.read_bytes() for path in (*enrolled, probe, stranger)]
    sought = secrets(opened.template.reveal(), photos)
    assert leaks(world, sought) == []

    # The sealed pass shows none of it either.
    needles = [code for item in sought for piece in pieces(item) for code in encodings(piece)]
    assert not any(needle in holder.sealed for needle in needles)

    # Nothing came into being that the watch inside the process did not see and copy.
    unseen = {path for path in created.paths if path not in world.declared}
    journals = {f"{name}-journal" for name in _COUNTED}
    expected = {"holder.pass"} | _key_files(world) | _COUNTED
    assert {Path(path).name for path in unseen} <= expected | journals
    left = {path.name for path in world.root.rglob("*") if path.is_file()}
    assert left == expected

    # And the search does find a leak where there is one.
    leak = world.root / "work" / "leak.txt"
    for item in (sought[0], sought[2], photos[2]):
        leak.write_bytes(b"log: " + base64.b64encode(item) + b" end")
        assert leaks(world, [item]) == [str(leak)]
    leak.unlink()


def test_measuring_leaves_no_photo_no_template_and_no_name(tmp_path: Path) -> None:
    world = empty_world(tmp_path)
    write_ten(tmp_path / "set")
    towns = (f"{name},{('north', 'south')[number % 2]}" for number, name in enumerate(NAMES))
    declared = "\n".join(["person,town", *towns])
    (tmp_path / "set" / "groups.csv").write_text(declared, encoding="utf-8")
    world.run("evaluate", tmp_path / "set", "--out", "report", code=0)
    made = {path.name for path in (world.root / "work" / "report").rglob("*")}
    assert {"report.json", "report.html", "det.svg"} <= made
    read = [(tmp_path / "set" / name / file).read_bytes() for name in NAMES for file in FILES]
    rows = load_pipeline(ModelStore.default()).features(Capture(read)).reveal()
    templates = [round_features(row) for row in rows]
    sought = secrets(templates[0], read)
    for template in templates[1:]:
        sought += [template.tobytes(), template.astype(np.float32).tobytes()]
    assert leaks(world, sought) == []
    names = [name.encode() for name in (*NAMES, *FILES)]
    for place, content in world.everything_written():
        assert not any(name in content for name in names), place


# Which numbers have been given to passes; and failed attempts, because there was one.
_COUNTED = {"register.db", "attempts.db"}


def test_what_is_counted_holds_no_pass_and_no_time_of_a_visit(world: World) -> None:
    sealed = (world.root / "work" / "holder.pass").read_bytes()
    home = Home.open(world.root / "keys")
    opened = open_pass(Pass(sealed), verifiers=home.verifiers, issuers=home.trusted_issuers)
    opened.template.erase()
    secret = [opened.claims.id, sealed[:24], sealed[-24:], hashlib.sha256(sealed).digest()]
    for name in _COUNTED:
        data = (world.root / "keys" / name).read_bytes()
        assert not any(code in data for item in secret for code in encodings(item))
    # A visit that succeeds leaves no row, and not even the time of a file.
    world.run("verify", "holder.pass", materials.folder() / "obama3.jpg", code=0)
    file = world.root / "keys" / "attempts.db"
    assert file.stat().st_mtime % 86_400 == 0
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT * FROM in_a_row").fetchall() == []
        assert database.execute("SELECT * FROM secret_of_rows").fetchall() == []
        assert database.execute("SELECT * FROM used").fetchall() == []


def _key_files(world: World) -> set[str]:
    home = Home.open(world.root / "keys")
    public = {"issuer.pub", "verifier.pub", f"{home.issuer.id}.pub"}
    return public | {"issuer.key", "verifier.key"}

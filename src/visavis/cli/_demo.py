"""``visavis demo``: every kind of answer, on real photographs."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from visavis.cli._models import with_progress
from visavis.cli._portraits import fetch_portraits
from visavis.cli._report import Report, outcome
from visavis.enrolment import Consent, Issuer
from visavis.errors import NotVerified
from visavis.face import Capture, Photo
from visavis.home import Home
from visavis.passes import Pass, Policy
from visavis.registry import ModelEntry, ModelStore, fetch
from visavis.verification import Verifier


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing somebody shows to the verifier, and the answer that is right."""

    shown: str
    right_outcome: str
    presented: Pass
    capture: Capture


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a scene."""

    shown: str
    outcome: str
    right_outcome: str
    reason: str
    message: str
    remedy: str
    elapsed_ms: float


def run(report: Report) -> int:
    """Play all scenes; return 1 unless every answer is the right one."""
    portraits: dict[str, bytes] = {}

    def prepare(step: Callable[[str], None]) -> tuple[ModelEntry, ...]:
        portraits.update(fetch_portraits(step))
        return fetch(ModelStore.default(), on_step=step)

    with_progress(report, prepare)
    with tempfile.TemporaryDirectory() as temporary:
        home = Home.create(Path(temporary) / "home")
        issuer, verifier = Issuer.from_home(home), Verifier.from_home(home)
        started = time.perf_counter()
        made = _enroll(issuer, portraits)
        enrolment_ms = (time.perf_counter() - started) * 1000
        rows = [_play(verifier, scene) for scene in _scenes(made, portraits)]
    good = all(row.outcome == row.right_outcome for row in rows)
    if report.as_json:
        report.json(
            {
                "outcome": "done" if good else "error",
                "pass_bytes": len(made.sealed),
                "enrolment_ms": round(enrolment_ms, 1),
                "scenes": [asdict(row) for row in rows],
            }
        )
    else:
        _show(report, rows, made, enrolment_ms, verifier.operating_point)
    return 0 if good else 1


def _enroll(issuer: Issuer, portraits: dict[str, bytes]) -> Pass:
    now = datetime.now(UTC)
    capture = Capture([_photo("obama.jpg", portraits), _photo("obama2.jpg", portraits)])
    # The demonstration stands in for the person; at a real desk, the person is asked.
    consent = Consent("demonstration", timedelta(days=1), now)
    return issuer.enroll(capture, consent=consent, now=now).credential


def _scenes(made: Pass, portraits: dict[str, bytes]) -> Iterator[Scene]:
    right, wrong = _photo("obama3.jpg", portraits), _photo("biden.jpg", portraits)
    yield Scene("another photo of the same person", "verified", made, Capture([right]))
    yield Scene("a photo of somebody else", "no_match", made, Capture([wrong]))
    faceless = Photo("hands.png", _lower_part(portraits["obama.jpg"]))
    yield Scene("a picture without a face", "cannot_decide", made, Capture([faceless]))
    both = Photo("both.png", _side_by_side(portraits["obama.jpg"], portraits["biden.jpg"]))
    yield Scene("a picture with two people", "cannot_decide", made, Capture([both]))
    altered = bytearray(made.sealed)
    altered[-20] ^= 1
    yield Scene(
        "the pass, with one bit changed", "pass_rejected", Pass(bytes(altered)), Capture([right])
    )


def _play(verifier: Verifier, scene: Scene) -> Row:
    started = time.perf_counter()
    try:
        verifier.verify(scene.presented, scene.capture, policy=Policy(), now=datetime.now(UTC))
        said = ("verified", "", "This is the person the pass was issued to.", "")
    except NotVerified as error:
        said = (outcome(error), error.reason, error.message, error.remedy)
    word, reason, message, remedy = said
    elapsed = round((time.perf_counter() - started) * 1000, 1)
    return Row(scene.shown, word, scene.right_outcome, reason, message, remedy, elapsed)


_STYLES = {
    "verified": "bold green",
    "no_match": "bold red",
    "cannot_decide": "bold yellow",
    "pass_rejected": "bold red",
}


def _show(report: Report, rows: list[Row], made: Pass, enrolment_ms: float, point: str) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = report.console
    console.print(
        f"Two official portraits of one person became a pass of {len(made.sealed)} bytes"
        f" in {enrolment_ms:.0f} ms."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False)
    table.add_column("then shown", width=18)
    table.add_column("answer", no_wrap=True)
    table.add_column("why, and what to do")
    table.add_column("ms", justify="right", no_wrap=True)
    for row in rows:
        mark = "✓" if row.outcome == "verified" else "✗"
        answer = Text(f"{mark} {row.outcome.replace('_', ' ')}", _STYLES[row.outcome])
        why = Text(row.message)
        if row.remedy:
            why.append(f"\n→ {row.remedy}", "bold")
        table.add_row(row.shown, answer, why, f"{row.elapsed_ms:.0f}")
        table.add_row()
    console.print(table)
    console.print(f"Decided at {point}.")
    console.print("The keys, the pass and everything computed from the faces are gone again.")
    if any(row.outcome != row.right_outcome for row in rows):
        report.messages.print("[bold red]✗ An answer is not the one it should be.[/]")


def _photo(name: str, portraits: dict[str, bytes]) -> Photo:
    return Photo(name, portraits[name])


def _lower_part(data: bytes) -> bytes:
    """Cut the lower third off a portrait: a real photograph without a face."""
    image = Image.open(io.BytesIO(data))
    return _png(image.crop((0, 2 * image.height // 3, image.width, image.height)))


def _side_by_side(first: bytes, second: bytes) -> bytes:
    left, other = Image.open(io.BytesIO(first)), Image.open(io.BytesIO(second))
    top = other.crop((0, 0, other.width, round(other.width * left.height / left.width)))
    right = top.resize(left.size)
    both = Image.new("RGB", (left.width * 2, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return _png(both)


def _png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()

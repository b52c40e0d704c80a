"""The README's examples are run, and their output is what the README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from tests import materials
from tests.synthetic.ten import NAMES, write_ten

import visavis
from visavis.registry import ModelStore

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = {
    "first.jpg": "obama.jpg",
    "second.jpg": "obama2.jpg",
    "today.jpg": "obama3.jpg",
    "somebody-else.jpg": "biden.jpg",
}
PAGES = (
    "README.md",
    "SCOPE.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/claims.md",
    "docs/evaluate-pad.md",
    "docs/evaluation.md",
    "docs/liveness.md",
    "docs/model-card.md",
    "docs/system-card.md",
)
# What differs from run to run: ids of new keys, times and the day.
CHANGING = (
    (re.compile(r"\b[0-9a-f]{16}\b"), "<id>"),
    (re.compile(r"\b\d+ ms\b"), "<time>"),
    (re.compile(r'"elapsed_ms": \d+'), '"elapsed_ms": <time>'),
    (re.compile(r"(?i)number \d+"), "number <number>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "<day>"),
)


def _blocks(language: str) -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)


def _steady(text: str) -> str:
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _parts(page: Path) -> set[str]:
    """Return the addresses of a page's headings, as they are made of their words."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _lay_out(folder: Path) -> None:
    for name, portrait in PHOTOS.items():
        shutil.copy(materials.path(portrait), folder / name)
    first, second = (Image.open(folder / name) for name in ("first.jpg", "somebody-else.jpg"))
    both = Image.new("RGB", (first.width + second.width, first.height))
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    both.save(folder / "two-people.jpg")


def _compare(block: str, folder: Path) -> None:
    environment = os.environ | {
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "VISAVIS_HOME": "keys",
        "VISAVIS_MODELS": str(ModelStore.default().folder),
    }
    steps = re.findall(r"^\$ visavis (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    assert len(steps) == block.count("$ visavis")
    for command, shown in steps:
        done = subprocess.run(
            [sys.executable, "-m", "visavis", *shlex.split(command)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # Beside an answer there is only progress on the other channel.
        assert _steady(done.stdout or done.stderr) == _steady(shown), command


def test_the_example_gives_the_output_that_the_readme_shows(tmp_path: Path) -> None:
    block, _ = _blocks("console")
    _lay_out(tmp_path)
    _compare(block, tmp_path)


def test_measuring_gives_the_output_that_the_readme_shows(tmp_path: Path) -> None:
    _, block = _blocks("console")
    write_ten(tmp_path / "ten")
    for name in NAMES[:2]:
        shutil.copytree(tmp_path / "ten" / name, tmp_path / "two-people" / name)
    shutil.copytree(ROOT / "docs" / "operating-point", tmp_path / "docs" / "operating-point")
    _compare(block, tmp_path)


def test_the_three_lines_of_python_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = _blocks("python")
    assert len(block.splitlines()) == 3
    _lay_out(tmp_path)
    monkeypatch.setenv("VISAVIS_HOME", str(tmp_path / "keys"))
    home = visavis.Home.create()
    now = datetime.now(UTC)
    consent = visavis.Consent("entry", timedelta(days=1), now)
    taken = visavis.Capture.read(tmp_path / "first.jpg", tmp_path / "second.jpg")
    made = visavis.Issuer.from_home(home).enroll(taken, consent=consent, now=now)
    made.credential.write(tmp_path / "mine.pass")
    names = {
        "visavis": visavis,
        "datetime": datetime,
        "UTC": UTC,
        "presented": visavis.Pass.read(tmp_path / "mine.pass"),
        "capture": visavis.Capture.read(tmp_path / "today.jpg"),
    }
    code = block.replace("verifier.verify(", "answer = verifier.verify(")
    exec(compile(code, "README", "exec"), names)  # noqa: S102 - the README's own three lines
    answer = names["answer"]
    assert isinstance(answer, visavis.Verified)


def test_every_claim_names_a_test_or_document_that_exists() -> None:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:\s]*)(?:#([^):\s]*))?\)", text)
        named = re.findall(r"`(tests/[\w/]+\.py)`", text)
        assert any(file for file, _ in links) or named
        for file, part in links:
            target = (ROOT / page).parent / file if file else ROOT / page
            assert target.exists(), f"{page}: {file}"
            if part and target.suffix == ".md":
                assert part in _parts(target), f"{page}: {file}#{part}"
        for name in named:
            assert (ROOT / name).exists(), f"{page}: {name}"

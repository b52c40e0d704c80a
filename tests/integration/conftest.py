"""One machine that has keys and a pass, shared, and new ones that have nothing."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from tests import materials
from tests.integration._cli import Machine


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let ctrl-C arrive: whoever starts the tests in the background may have it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def portrait(name: str) -> str:
    return str(materials.path(name))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """With keys and `made.pass`, from two portraits. Tests must leave both as they are."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    assert made.run("init").code == 0
    photos = [portrait(name) for name in ("obama.jpg", "obama2.jpg")]
    assert made.run("enroll", *photos, "--out", "made.pass", "--i-consent").code == 0
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """Without keys."""
    return Machine(tmp_path)


@pytest.fixture(scope="session")
def same() -> str:
    """Another photo of the person whose face is in `made.pass`."""
    return portrait("obama3.jpg")


@pytest.fixture(scope="session")
def other() -> str:
    """A photo of somebody else."""
    return portrait("biden.jpg")

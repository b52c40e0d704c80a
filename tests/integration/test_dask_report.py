"""The same evaluation on this machine and on the workers of a Dask scheduler: the same report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from tests.integration._cli import Machine
from tests.integration._workers import workers
from tests.synthetic.ten import NAMES, write_ten

from visavis.evaluation import LocalWork, Participants, Settings, Work
from visavis.evaluation._comparisons import sides
from visavis.evaluation._describe import describe
from visavis.evaluation._machines.dask_work import connect
from visavis.evaluation._measure import System
from visavis.evaluation._participants.people import Participant
from visavis.evaluation._participants.reading import Readings
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import ModelStore

PEOPLE, PHOTOS = 120, 5


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with workers(2) as found:
        yield found


def test_the_command_writes_the_same_bytes(bare: Machine, address: str) -> None:
    write_ten(bare.work / "faces")
    (bare.work / "faces" / NAMES[1] / "text.jpg").write_text("no photo", encoding="utf-8")
    assert bare.call("evaluate", "faces", "--out", "here").code == 0
    there = bare.call("evaluate", "faces", "--out", "there", "--dask", address)
    assert there.code == 0, there.stderr
    for file in ("report.json", "report.html", "left-out.csv"):
        one, other = ((bare.work / name / file).read_bytes() for name in ("here", "there"))
        assert one == other, file


def test_many_blocks_on_two_workers_give_the_same_numbers(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = described(LocalWork(2))
    monkeypatch.setattr(sides, "STRIPE", 256)
    with connect(address) as work:
        assert described(work) == here


def described(work: Work) -> object:
    rng = np.random.default_rng(3)
    drawn = np.repeat(rng.normal(size=(PEOPLE, 32)), PHOTOS, axis=0)
    drawn += rng.normal(size=drawn.shape)
    rows = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    readings = Readings(
        embedder=DEFAULT_EMBEDDER,
        preprocessing="none",
        rows=rows,
        person=np.repeat(np.arange(PEOPLE, dtype=np.int32), PHOTOS),
        quality=rng.random((len(rows), 1)).astype(np.float32),
        components=("sharpness",),
        photos=np.full(PEOPLE, PHOTOS, np.int32),
        failures={},
        left_out=(),
        digest="",
    )
    labels = ({"half": "one"}, {"half": "other"})
    people = tuple(Participant((), labels[number % 2]) for number in range(PEOPLE))
    system = System(
        readings,
        Participants("synthetic", people, ("half",), ()),
        Settings(),
        None,
        work,
        lambda _done, _total: None,
    )
    return describe(system, ModelStore.default().entry(DEFAULT_EMBEDDER))

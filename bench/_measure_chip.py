"""The embedding network alone, on the same aligned faces in both tools."""

from __future__ import annotations

import base64
import os
import time
from functools import partial
from unittest.mock import patch

import numpy as np
from bench._measure import Budget, Figures, Row, Spread, interleave, paired_row
from bench._measure_setting import PORTRAITS, Setting, person_in, verify
from numpy.typing import NDArray
from tests import materials

from visavis import Verifier
from visavis._runtime import Network
from visavis.errors import ModelProblem
from visavis.face import DEFAULT_EMBEDDER
from visavis.registry import EmbedderSpec, ModelStore
from visavis.types import FloatArray

__all__ = ["chip_rows"]

_SECTION = "embed one face, 150 x 150 pixels"
_FASTER = Budget("12 times faster", ratio=12.0)
_EQUAL = Budget("equal to 1e-5", below=1e-5)
_PEER_RUNS = 3
_RUNS = 20

_Chip = NDArray[np.uint8]


def chip_rows(setting: Setting) -> list[Row]:
    """Measure one face and one with its mirror image, with one thread and with all."""
    store = ModelStore.default()
    spec = store.entry(DEFAULT_EMBEDDER).embedder
    if spec is None:
        raise ModelProblem(
            "not_an_embedder", f"{DEFAULT_EMBEDDER} embeds nothing.", "Report this fault."
        )
    cores = os.cpu_count() or 1
    networks = {
        threads: Network(store.load(DEFAULT_EMBEDDER), name=DEFAULT_EMBEDDER, threads=threads)
        for threads in (1, cores)
    }
    chips = _chips(setting)
    one = _input([chips[0]], spec)
    both = _input([chips[0], chips[0][:, ::-1]], spec)
    pairs = interleave(
        "embedding network",
        setting.repetitions,
        partial(_peer, setting, chips[0]),
        partial(_visavis, networks, {"one": one, "both": both}),
    )
    lines = (
        ("1 thread", "one 1", _FASTER),
        (f"{cores} threads", f"one {cores}", _FASTER),
        ("and its mirror image, 1 thread", "both 1", None),
        (f"and its mirror image, {cores} threads", f"both {cores}", None),
    )
    rows = [
        paired_row(pairs, (_SECTION, what, "ms"), ("seconds", key), scale=1000.0, budget=budget)
        for what, key, budget in lines
    ]
    return [*rows, _difference(setting, networks[cores], spec, chips)]


def _chips(setting: Setting) -> list[_Chip]:
    """Return the aligned faces of the portraits, as the pipeline cuts them out."""
    verifier = Verifier.from_home(setting.home)
    embedder = verifier._faces._embedder
    with patch.object(embedder, "embed", wraps=embedder.embed) as embed:
        for name in PORTRAITS:
            verify(verifier, setting.passes[person_in(name)], (materials.path(name),))
    return [call.args[0] for call in embed.call_args_list]


def _input(chips: list[_Chip], spec: EmbedderSpec) -> FloatArray:
    """Do what the embedder does to chips before its network."""
    values = np.stack(chips).astype(np.float32)
    values = (values - np.array(spec.mean, np.float32)) * np.array(spec.scale, np.float32)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


def _visavis(networks: dict[int, Network], inputs: dict[str, FloatArray]) -> Figures:
    figures = {}
    for threads, network in networks.items():
        for name, values in inputs.items():
            start = time.perf_counter()
            for _ in range(_RUNS):
                network.run(values)
            figures[f"{name} {threads}"] = (time.perf_counter() - start) / _RUNS
    return figures


def _peer(setting: Setting, chip: _Chip) -> Figures:
    answer = setting.peer.ask("chip", chip=_text(chip), runs=_PEER_RUNS)
    return {"seconds": answer["seconds"]}


def _difference(setting: Setting, network: Network, spec: EmbedderSpec, chips: list[_Chip]) -> Row:
    largest = 0.0
    for chip in chips:
        theirs = np.array(setting.peer.ask("chip", chip=_text(chip), runs=1)["output"])
        ours = network.run(_input([chip], spec))[0][0]
        largest = max(largest, float(np.abs(ours - theirs).max()))
    what = f"largest difference, {len(chips)} faces"
    return Row(_SECTION, what, "", visavis=Spread.of([largest]), budget=_EQUAL)


def _text(chip: _Chip) -> str:
    return base64.b64encode(np.ascontiguousarray(chip).tobytes()).decode("ascii")

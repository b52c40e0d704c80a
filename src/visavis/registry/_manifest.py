"""The manifest: which models there are, where they come from and what they may be used for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from visavis.errors import ModelProblem
from visavis.registry import _tables
from visavis.registry._entries import (
    AlignmentPoint,
    EmbedderSpec,
    ModelEntry,
    Package,
    Source,
    Task,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visavis.registry._tables import Table

OWN_FOLDER: Final = "own"
"""Folder inside the store for the models that users add."""

_MESH_POINTS: Final = 468
_LARGEST_INPUT: Final = 1024
_LARGEST_DIMENSION: Final = 4096
_FEWEST_POINTS: Final = 2  # a similarity transform has four unknowns


@functools.cache
def shipped() -> tuple[ModelEntry, ...]:
    """Return the entries that come with visavis, in the order of the manifest."""
    return parse_shipped(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))


def parse_shipped(text: str) -> tuple[ModelEntry, ...]:
    """Read a manifest of packages and models.

    Raises:
        ModelProblem: ``manifest_invalid``, or ``task_not_allowed`` for a task that is not one
            of ``Task``.
    """
    document = _tables.parse(text, "shipped manifest")
    packages = {p.name: p for p in map(_package, document.tables("package"))}
    entries = tuple(_shipped_model(table, packages) for table in document.tables("model"))
    document.finish()
    if len({entry.id for entry in entries}) != len(entries):
        raise _tables.invalid("shipped manifest", "two models have the same id")
    return entries


def parse_own(text: str, where: str) -> ModelEntry:
    """Read the manifest of one embedder that a user adds (``[model]``, ``[model.embedding]``).

    Raises:
        ModelProblem: ``manifest_invalid``, or ``task_not_allowed`` for a task other than
            ``embed``.
    """
    document = _tables.parse(text, where)
    table = document.table("model")
    document.finish()
    model_id, task = table.identifier("id"), _task(table)
    if task is not Task.EMBED:
        raise ModelProblem(
            "task_not_allowed",
            f"A model of your own can only be an embedder, and this one is for {task.value!r}.",
            "Add embedders only; the other models come with visavis.",
        )
    return _model(table, model_id, task, f"{OWN_FOLDER}/{model_id}.onnx", None)


def _package(table: Table) -> Package:
    package = Package(
        table.text("name"), table.text("version"), table.text("archive"), table.sha256("sha256")
    )
    table.finish()
    return package


def _shipped_model(table: Table, packages: Mapping[str, Package]) -> ModelEntry:
    model_id, task = table.identifier("id"), _task(table)
    source = table.table("source")
    name = source.choice("package", tuple(packages))
    origin = Source(
        packages[name],
        source.text("path"),
        source.sha256("sha256"),
        source.choice("importer", ("tflite", "dlib")),
    )
    source.finish()
    return _model(table, model_id, task, table.identifier("file"), origin)


def _model(table: Table, model_id: str, task: Task, file: str, source: Source | None) -> ModelEntry:
    entry = ModelEntry(
        id=model_id,
        task=task,
        file=file,
        sha256=table.sha256("sha256"),
        licence=table.text("licence"),
        licence_url=table.text("licence_url"),
        training_faces=table.text("training_faces"),
        source=source,
        embedder=_embedder(table.table("embedding")) if task is Task.EMBED else None,
        licence_note=table.text("licence_note") if table.has("licence_note") else "",
    )
    table.finish()
    return entry


def _task(table: Table) -> Task:
    word = table.text("task")
    try:
        return Task(word)
    except ValueError:
        raise ModelProblem(
            "task_not_allowed",
            f"{word!r} is not a task of visavis, which infers no trait from a face.",
            "Use a model that detects, meshes or embeds a face, or detects attacks (pad).",
        ) from None


def _embedder(table: Table) -> EmbedderSpec:
    size = table.integer("input_size", 16, _LARGEST_INPUT)
    points = tuple(_point(point, size) for point in table.tables("alignment"))
    scale = table.three("scale", -1e6, 1e6)
    if len(points) < _FEWEST_POINTS:
        raise _tables.invalid(table.where, f"alignment needs at least {_FEWEST_POINTS} points")
    if 0 in scale:
        raise _tables.invalid(table.where, "scale must not be zero")
    spec = EmbedderSpec(
        input_size=size,
        mean=table.three("mean", 0, 255),
        scale=scale,
        channels=table.choice("channels", ("rgb", "bgr")),
        layout=table.choice("layout", ("nchw", "nhwc")),
        dimension=table.integer("dimension", 1, _LARGEST_DIMENSION),
        preprocessing=table.identifier("preprocessing"),
        alignment=points,
    )
    table.finish()
    return spec


def _point(table: Table, size: int) -> AlignmentPoint:
    point = AlignmentPoint(
        table.indices("mesh", _MESH_POINTS), table.number("x", 0, size), table.number("y", 0, size)
    )
    table.finish()
    return point

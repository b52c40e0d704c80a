"""The folder with the weights, checked at every load."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from visavis._files import read_bounded
from visavis.errors import ModelProblem
from visavis.registry import _files, _licences, _manifest, _trial

if TYPE_CHECKING:
    from visavis.registry._entries import ModelEntry

State = Literal["ready", "missing", "altered"]

LARGEST_MODEL: Final = 1024 * 1024 * 1024
"""Bytes of an ONNX file that are read at most."""

_LARGEST_MANIFEST: Final = 64 * 1024
_FETCH: Final = "Run `visavis models fetch`."


class ModelStore:
    """A folder of ONNX models: those that visavis ships a manifest for, and the user's own.

    Args:
        folder: where the files are; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def default(cls) -> ModelStore:
        """Return the store in ``VISAVIS_MODELS``, or else in the user's cache folder."""
        chosen = os.environ.get("VISAVIS_MODELS")
        if chosen:
            return cls(Path(chosen))
        import platformdirs  # noqa: PLC0415 - needed only when nothing else says where

        return cls(platformdirs.user_cache_path("visavis", appauthor=False) / "models")

    def entries(self) -> tuple[ModelEntry, ...]:
        """Return every model of the manifest, then those that the user added, by id.

        Raises:
            ModelProblem: ``manifest_invalid`` or ``task_not_allowed`` when the manifest of an
                added model was changed into something else.
            FileProblem: the folder cannot be read.
        """
        own = self.folder / _manifest.OWN_FOLDER
        with _files.storage(own):
            paths = sorted(own.glob("*.toml"))
        return (*_manifest.shipped(), *(_read_manifest(path) for path in paths))

    def entry(self, model_id: str) -> ModelEntry:
        """Return one model by its id.

        Raises:
            ModelProblem: ``model_unknown``, or as ``entries``.
        """
        for entry in self.entries():
            if entry.id == model_id:
                return entry
        raise ModelProblem(
            "model_unknown",
            f"There is no model {model_id!r}.",
            "Run `visavis models list` to see which there are.",
        )

    def load(self, model_id: str) -> bytes:
        """Return the bytes of a model's ONNX file, after checking their SHA-256.

        Raises:
            ModelProblem: ``model_unknown``, ``model_missing`` or ``model_altered``.
            FileProblem: the file cannot be read.
        """
        entry = self.entry(model_id)
        remedy = _FETCH if entry.source else "Remove it and add it again."
        data = self._read(entry)
        if data is None:
            message = f"The weights of {model_id} are not there."
            raise ModelProblem("model_missing", message, remedy)
        if _files.sha256(data) != entry.sha256:
            message = f"The weights of {model_id} are not those that its manifest names."
            raise ModelProblem("model_altered", message, remedy)
        return data

    def status(self) -> list[tuple[ModelEntry, State]]:
        """Return every model with its state: ``ready``, ``missing`` or ``altered``.

        Raises:
            ModelProblem: as ``entries``.
            FileProblem: a file cannot be read.
        """
        return [(entry, self._state(entry)) for entry in self.entries()]

    def add(self, onnx_file: Path, manifest_file: Path) -> ModelEntry:
        """Add an embedder of the user's own.

        The manifest is TOML with ``[model]`` (id, task = "embed", sha256, licence,
        licence_url, training_faces) and ``[model.embedding]`` (the fields of
        ``EmbedderSpec``). The model is tried once with a random chip before it is accepted.

        Raises:
            ModelProblem: ``manifest_invalid``, ``task_not_allowed``, ``model_exists``,
                ``model_altered`` (another SHA-256 than the manifest says) or
                ``model_unusable`` (it does not run as declared).
            FileProblem: a file is missing, too large or cannot be read or written.
        """
        manifest = read_bounded(manifest_file, _LARGEST_MANIFEST)
        entry = _manifest.parse_own(_decode(manifest, manifest_file), manifest_file.name)
        if any(entry.id == other.id for other in self.entries()):
            raise ModelProblem(
                "model_exists",
                f"There is already a model {entry.id!r}.",
                "Give yours another id.",
            )
        data = read_bounded(onnx_file, LARGEST_MODEL)
        if _files.sha256(data) != entry.sha256:
            raise ModelProblem(
                "model_altered",
                f"{onnx_file.name} has another SHA-256 than its manifest says.",
                "Get the original file, or correct the manifest if the file is right.",
            )
        _trial.run(entry, data)
        self._place(entry, data, manifest)
        return entry

    def write_licences(self) -> None:
        """Write ``LICENCES.txt`` beside the weights.

        Raises:
            FileProblem: the folder cannot be written.
        """
        with _files.storage(self.folder), _files.staging(self.folder) as stage:
            staged = stage / _licences.FILE
            _files.write_synced(staged, _licences.text(self.entries()).encode())
            _files.move_into(staged, self.folder / _licences.FILE)

    def _place(self, entry: ModelEntry, data: bytes, manifest: bytes) -> None:
        weights = self.folder / entry.file
        described = weights.with_name(f"{entry.id}.toml")
        with _files.storage(self.folder), _files.staging(self.folder) as stage:
            _files.write_synced(stage / weights.name, data)
            _files.write_synced(stage / described.name, manifest)
            try:
                _files.move_into(stage / weights.name, weights)
                # Without its manifest a file is nothing: this makes the model exist.
                _files.move_into(stage / described.name, described)
                self.write_licences()
            except BaseException:
                described.unlink(missing_ok=True)
                weights.unlink(missing_ok=True)
                raise

    def _state(self, entry: ModelEntry) -> State:
        data = self._read(entry)
        if data is None:
            return "missing"
        return "ready" if _files.sha256(data) == entry.sha256 else "altered"

    def _read(self, entry: ModelEntry) -> bytes | None:
        path = self.folder / entry.file
        with _files.storage(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None


def _read_manifest(path: Path) -> ModelEntry:
    data = read_bounded(path, _LARGEST_MANIFEST)
    return _manifest.parse_own(_decode(data, path), path.name)


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelProblem(
            "manifest_invalid",
            f"The model manifest {path.name} is not text in UTF-8.",
            "Save it as UTF-8.",
        ) from error

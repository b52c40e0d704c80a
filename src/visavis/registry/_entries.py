"""What the registry knows about a model: values only, frozen."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Task(enum.Enum):
    """Everything a model may be used for here. There is no other task.

    A manifest that names another one is refused: visavis infers no trait from a face.
    """

    DETECT = "detect"
    """Where the faces in an image are."""
    MESH = "mesh"
    """Where the points of one face are."""
    EMBED = "embed"
    """The numbers by which two images of a face are compared."""
    PAD = "pad"
    """Presentation attack detection: is someone really there (ISO/IEC 30107-1)."""


@dataclass(frozen=True, slots=True)
class AlignmentPoint:
    """One point of an embedder's template.

    Args:
        mesh: indices into the 468 points of the Face Mesh; their mean is the point meant.
        x: where that point belongs in the chip, in pixels from its left edge.
        y: the same from its top edge.
    """

    mesh: tuple[int, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class EmbedderSpec:
    """How pixels become the input of an embedder, and what comes out.

    Args:
        input_size: side of the square chip, in pixels.
        mean: subtracted from each channel, in the order of ``channels``, 0 to 255.
        scale: then multiplied, in the same order: ``(pixel - mean) * scale``.
        channels: ``rgb`` or ``bgr``.
        layout: ``nchw`` or ``nhwc``.
        dimension: how many numbers come out.
        preprocessing: id of the steps from pixels to input, recorded in every pass.
        alignment: the template points, at least two.
    """

    input_size: int
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    channels: str
    layout: str
    dimension: int
    preprocessing: str
    alignment: tuple[AlignmentPoint, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """One archive of the package index, pinned.

    Args:
        name: name of the package.
        version: exact version.
        archive: file name of the wheel or source archive.
        sha256: SHA-256 of that file, in lower-case hexadecimal.
    """

    name: str
    version: str
    archive: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the weights of a shipped entry come from.

    Args:
        package: the archive they are in.
        path: where in the archive.
        sha256: SHA-256 of the file at that path.
        importer: ``tflite`` or ``dlib``: what turns that file into ONNX.
    """

    package: Package
    path: str
    sha256: str
    importer: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the registry.

    Args:
        id: name of the model, recorded in passes for embedders.
        task: the one thing it is for.
        file: path of its ONNX file, relative to the store's folder.
        sha256: SHA-256 of that ONNX file, in lower-case hexadecimal.
        licence: SPDX identifier of the licence of the weights.
        licence_url: where that licence is stated.
        training_faces: what is known about the faces it was trained on.
        source: where it is fetched from; None for a model that a user added.
        embedder: what an embedder takes and gives; None for the other tasks.
        licence_note: what else there is to know about the licence; often empty.
    """

    id: str
    task: Task
    file: str
    sha256: str
    licence: str
    licence_url: str
    training_faces: str
    source: Source | None
    embedder: EmbedderSpec | None
    licence_note: str = ""

"""From photos to features: decode, detect, mesh, quality gate, align, embed, fuse."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, NoReturn, Protocol, final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from visavis.errors import CannotDecide
from visavis.face._align import chip_transform, pixels_per_chip_pixel
from visavis.face._decode import Decoded, decode
from visavis.face._detect import LEAST_SHARE, PARTS, PRECISE, Detection, overlap
from visavis.face._mesh import Mesh, around
from visavis.face._pose import Pose, head_pose
from visavis.face._quality import COMPONENTS, FaceView, first_failure, measured
from visavis.face._sample import Affine, cut
from visavis.face._tint import tint_of
from visavis.face.capture import Capture, Photo
from visavis.registry import EmbedderSpec
from visavis.types import FloatArray, Template

__all__ = [
    "CaptureFeatures",
    "Detector",
    "Embedder",
    "Examined",
    "FacePipeline",
    "Mesher",
    "Patch",
    "Pose",
    "Seen",
]

WORKING_SIDE = 1000
"""Pixels of the longer side in which faces are looked for: half size or less for most cameras,
and enough for a face that fills a tenth of the picture. A smaller one is decoded again."""

ENOUGH = 0.75
"""Image pixels behind one chip pixel from which decoding again would gain nothing."""

MIN_PRESENCE = 0.5
"""Mesh probability from which a detection is a face (MediaPipe's own value)."""

SAME_FACE = 0.7
"""How far apart the middles of two meshes of one face may lie, in widths of the smaller. Those of
two people lie further apart: 0.72 at the least in 36 pictures with a small head pasted over parts
of a large one."""

SAME_FACE_IMPRECISE = 0.8
"""The same where the second box was not `PRECISE`: the mesh that comes of it is off by up to three
quarters of the face."""


_AROUND_NOSE = [33, 133, 263, 362, 4]  # corners of the eyes, and the tip of the nose


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Image.Image, *, part: int | None = None) -> list[Detection]:
        """Return every face in an RGB image, small ones in one of its four parts or in all."""
        ...


class Mesher(Protocol):
    """Places points on a face."""

    def mesh(self, image: Image.Image, detection: Detection) -> Mesh:
        """Return the mesh of one detected face."""
        ...


class Embedder(Protocol):
    """Turns an aligned face into features."""

    id: str
    spec: EmbedderSpec

    def embed(self, chip: NDArray[np.uint8]) -> FloatArray:
        """Return features, shape (dimension,), unit length, of a chip (side, side, 3) RGB."""
        ...


@final
class CaptureFeatures:
    """Features of every photo of one capture. Redacted like the template they become."""

    __slots__ = ("__rows", "embedder", "preprocessing")

    def __init__(self, rows: FloatArray, *, embedder: str, preprocessing: str) -> None:
        self.__rows = rows
        self.embedder = embedder
        self.preprocessing = preprocessing

    def reveal(self) -> FloatArray:
        """Return one row of unit length for each photo, shape (photos, dimension)."""
        return self.__rows

    def mean(self) -> FloatArray:
        """Return the mean of the photos, shape (dimension,), length at most one.

        It is not brought back to length one. So the product of two means is the mean of the
        cosines between all their photos, and one threshold fits any number of photos.
        """
        mean: FloatArray = self.__rows.mean(0)
        return mean

    def template(self) -> Template:
        """Return the template of the whole capture."""
        mean = self.mean()
        template = Template.from_features(
            mean, embedder=self.embedder, preprocessing=self.preprocessing
        )
        mean.fill(0)
        return template

    def erase(self) -> None:
        """Overwrite the features with zeros. They are of no use afterwards."""
        self.__rows.fill(0)

    def __repr__(self) -> str:
        return "<CaptureFeatures: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Features cannot be copied or pickled.")


@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Examined:
    """What one photo gave. Redacted like the features it holds.

    Attributes:
        row: features, shape (dimension,), unit length.
        quality: one value for each of `COMPONENTS`, in their order; higher is better.

    """

    row: FloatArray
    quality: tuple[float, ...]

    def __repr__(self) -> str:
        return "<Examined: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Features cannot be copied or pickled.")


@final
@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Patch:
    """The middle of a face as the sensor gave it, not scaled. Redacted.

    Attributes:
        corner: its left and top in the picture, pixels.
        pixels: shape (SIDE, SIDE), grey levels 0 to 255.

    """

    SIDE: ClassVar[int] = 64

    corner: tuple[int, int]
    pixels: FloatArray

    @classmethod
    def around(cls, mesh: NDArray[np.float64], image: Image.Image) -> Patch | None:
        """Cut it out of a picture; None where that is too small."""
        if min(image.size) < cls.SIDE:
            return None
        middle = mesh[_AROUND_NOSE, :2].mean(0) - cls.SIDE / 2
        left, top = np.clip(middle.round(), 0, np.array(image.size) - cls.SIDE).astype(int).tolist()
        cut_out = image.crop((left, top, left + cls.SIDE, top + cls.SIDE)).convert("L")
        return cls((left, top), np.asarray(cut_out, np.float32))

    def erase(self) -> None:
        """Overwrite it."""
        self.pixels.fill(0)

    def __repr__(self) -> str:
        return "<Patch: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Features cannot be copied or pickled.")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Seen:
    """What one frame shows, good enough to compare or not. Redacted.

    Pixels are those of the decoded picture, which for a large JPEG is a reduced one.

    Attributes:
        size: width and height of the picture in pixels.
        digest: of the pixels, 16 bytes: equal for equal pictures.
        faces: how many there are, of any size.
        box: of the largest face: left, top, right, bottom in pixels; None without a face.
        mesh: of the same face, shape (468, 3), in pixels; None without a face.
        pose: of the same face, in degrees; None without a face.
        light: its value of the quality component "illumination"; 0 without a face.
        sharpness: its value of the quality component "sharpness"; -1 without a face.
        row: its features, shape (dimension,), unit length, where they were asked for and the
            face is good enough to compare.
        patch: grey levels around its middle, by which a picture that is shown twice is found out;
            None without a face, or in a picture that is smaller than that.
        tint: of the skin and of what is around it, shape (2, 2): logarithms of red over green and
            of blue over green, from the 8-bit values; None unless asked for, without a face, or
            where it cannot be told. Only how it changes is of use.

    """

    size: tuple[int, int]
    digest: bytes
    faces: int = 0
    box: tuple[float, float, float, float] | None = None
    mesh: NDArray[np.float64] | None = None
    pose: Pose | None = None
    light: float = 0.0
    sharpness: float = -1.0
    row: FloatArray | None = None
    patch: Patch | None = None
    tint: NDArray[np.float64] | None = None

    def __repr__(self) -> str:
        return "<Seen: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("Features cannot be copied or pickled.")


@dataclass(frozen=True, slots=True)
class _Face:
    detection: Detection
    mesh: Mesh

    def is_same(self, better: _Face) -> bool:
        """Return whether this is a face that was found before, with a better box."""
        precise = self.detection.probability >= PRECISE
        apart = np.hypot(*(self.mesh.points.mean(0) - better.mesh.points.mean(0))[:2])
        smaller = min(np.ptp(face.mesh.points[:, 0]) for face in (self, better))
        return bool(apart < (SAME_FACE if precise else SAME_FACE_IMPRECISE) * smaller)


class FacePipeline:
    """The steps from a capture to features, with one detector, mesher and embedder."""

    def __init__(self, detector: Detector, mesher: Mesher, embedder: Embedder) -> None:
        self._detector = detector
        self._mesher = mesher
        self._embedder = embedder

    @property
    def embedder(self) -> str:
        """The id of the embedder, which passes record."""
        return self._embedder.id

    @property
    def preprocessing(self) -> str:
        """The id of the steps before the embedder, which passes record."""
        return self._embedder.spec.preprocessing

    @property
    def dimension(self) -> int:
        """How many features there are of a face."""
        return self._embedder.spec.dimension

    def features(self, capture: Capture) -> CaptureFeatures:
        """Return the features of the one person in the photos of a capture.

        Raises:
            CannotDecide: a photo cannot be read, shows no face or several, or its face is not
                good enough; with the one remedy that helps most.

        """
        # Decoders and networks run outside the interpreter's lock, so photos share the cores.
        with ThreadPoolExecutor(max_workers=min(len(capture.photos), os.cpu_count() or 1)) as pool:
            each = [examined.row for examined in pool.map(self.examine, capture.photos)]
        rows = np.stack(each)
        for row in each:
            row.fill(0)
        return CaptureFeatures(rows, embedder=self.embedder, preprocessing=self.preprocessing)

    def examine(self, photo: Photo, *, refuse: bool = True) -> Examined:
        """Return the features and the quality of the one face in a photo.

        Args:
            photo: of one person.
            refuse: a face that is not good enough is an error; to measure what that costs and
                gains, and for nothing else, it can be let through.

        Raises:
            CannotDecide: the photo cannot be read, shows no face or several, or its face is not
                good enough; with the one remedy that helps most.

        """
        decoded = decode(photo.data, name=photo.name, wanted_side=WORKING_SIDE)
        face = self._only_face(decoded, photo.name)
        spec = self._embedder.spec
        to_image = chip_transform(face.mesh, spec)
        scale = pixels_per_chip_pixel(to_image)
        if scale < ENOUGH and decoded.reduction > 1.0:
            decoded, face = self._look_closer(photo, decoded, face, 1.0 / scale)
            to_image = chip_transform(face.mesh, spec)
        quality = measured(_view(decoded, face, to_image, spec))
        failure = first_failure(quality, name=photo.name)
        if failure is not None and refuse:
            raise failure
        chip = np.asarray(cut(decoded.image, to_image, spec.input_size))
        return Examined(self._embedder.embed(chip), quality)

    def look(
        self,
        photo: Photo,
        *,
        embed_within: float | None = None,
        tint: bool = False,
        near: NDArray[np.float64] | None = None,
    ) -> Seen:
        """Return what one frame shows, whatever its quality: turned, far away, or nobody.

        Small faces are looked for in one part of each frame only, drawn by chance.

        Args:
            photo: one frame.
            embed_within: most degrees of yaw and of pitch at which the only face of a frame is
                described in features as well; None for never.
            tint: whether the colour of the light is measured.
            near: where the face was in the frame before: its mesh, shape (468, 2), in widths of
                that frame; None if there was none.

        Raises:
            CannotDecide: the frame cannot be read.

        """
        decoded = decode(photo.data, name=photo.name, wanted_side=WORKING_SIDE)
        image, spec = decoded.image, self._embedder.spec
        digest = hashlib.blake2b(image.tobytes(), digest_size=16).digest()
        faces = self._followed(image, part=digest[0] % PARTS, near=near)
        if not faces:
            return Seen(image.size, digest)
        face = max(faces, key=lambda each: _share(each, decoded))
        to_image = chip_transform(face.mesh, spec)
        view = _view(decoded, face, to_image, spec)
        quality = measured(view)
        by_name = dict(zip((each.name for each in COMPONENTS), quality, strict=True))
        row = None
        if (
            embed_within is not None
            and len(faces) == 1
            and max(abs(view.pose.yaw), abs(view.pose.pitch)) <= embed_within
            and first_failure(quality, name=photo.name) is None
        ):
            chip = np.asarray(cut(image, to_image, spec.input_size))
            row = self._embedder.embed(chip)
        return Seen(
            size=image.size,
            digest=digest,
            faces=len(faces),
            box=face.detection.box,
            mesh=face.mesh.points,
            pose=view.pose,
            light=by_name["illumination"],
            sharpness=by_name["sharpness"],
            row=row,
            patch=Patch.around(face.mesh.points, image),
            tint=tint_of(image, face.mesh.points, face.detection.box) if tint else None,
        )

    def _only_face(self, decoded: Decoded, name: str) -> _Face:
        faces = self._faces(decoded.image)
        if not faces:
            raise CannotDecide(
                "no_face",
                f"No face was found in {name}.",
                "Look at the camera, with your face in the middle of the picture.",
            )
        # Where all are too far away to be compared, that is what the one remedy is about.
        near = any(_share(face, decoded) >= LEAST_SHARE for face in faces)
        if len(faces) > 1 and near:
            raise CannotDecide(
                "several_faces",
                f"{name} shows {len(faces)} faces, and only one can be compared.",
                "One person only, please.",
            )
        return faces[0]

    def _faces(self, image: Image.Image) -> list[_Face]:
        """Return every face of an image, whatever its size."""
        faces: list[_Face] = []
        for detection in self._detector.detect(image):
            face = self._meshed(image, detection)
            if _is_face(face.mesh) and not any(map(face.is_same, faces)):
                faces.append(face)
        return faces

    def _followed(
        self, image: Image.Image, *, part: int, near: NDArray[np.float64] | None
    ) -> list[_Face]:
        """Return every face of a frame, each seen where its own mesh says that it is."""
        faces: list[_Face] = []
        if near is not None and np.isfinite(near).all():
            same = self._mesher.mesh(image, around(near * image.width))
            faces = [_Face(around(same.points[:, :2]), same)] if _is_face(same) else []
        for detection in self._detector.detect(image, part=part):
            if any(overlap(detection.box, known.detection.box) for known in faces):
                continue
            face = self._meshed(image, detection)
            if not _is_face(face.mesh) or any(map(face.is_same, faces)):
                continue
            again = self._mesher.mesh(image, around(face.mesh.points[:, :2]))
            mesh = again if _is_face(again) else face.mesh
            faces.append(_Face(around(mesh.points[:, :2]), mesh))
        return faces

    def _meshed(self, image: Image.Image, detection: Detection) -> _Face:
        return _Face(detection, self._mesher.mesh(image, detection))

    def _look_closer(
        self, photo: Photo, decoded: Decoded, face: _Face, enlarge: float
    ) -> tuple[Decoded, _Face]:
        """Decode again so that the face gets the pixels its chip needs, and mesh it there."""
        side = round(max(decoded.image.size) * enlarge)
        closer = decode(photo.data, name=photo.name, wanted_side=side)
        factor = decoded.reduction / closer.reduction
        left, top, right, bottom = (edge * factor for edge in face.detection.box)
        detection = Detection(
            (left, top, right, bottom),
            face.detection.keypoints * factor,
            face.detection.probability,
        )
        return closer, _Face(detection, self._mesher.mesh(closer.image, detection))


def _is_face(mesh: Mesh) -> bool:
    return mesh.presence >= MIN_PRESENCE


def _share(face: _Face, decoded: Decoded) -> float:
    left, _, right, _ = face.detection.box
    return (right - left) / max(decoded.image.size)


def _view(decoded: Decoded, face: _Face, to_image: Affine, spec: EmbedderSpec) -> FaceView:
    scale = pixels_per_chip_pixel(to_image)
    side = max(1, round(spec.input_size * min(1.0, scale)))
    own = to_image.copy()
    own[:, :2] *= spec.input_size / side
    grey = np.asarray(cut(decoded.image, own, side).convert("L"), dtype=float)
    flat = face.mesh.points[:, :2]
    return FaceView(
        scale=scale * decoded.reduction,
        share=_share(face, decoded),
        inside=float(((flat >= 0) & (flat <= decoded.image.size)).all(1).mean()),
        pose=head_pose(face.mesh),
        chip=grey,
    )

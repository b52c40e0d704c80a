"""face_recognition, on dlib: ``python -m bench.peers.dlib_peer`` in the peers' environment.

Encodings stay in the pipes to and from here.
"""

from __future__ import annotations

import base64
import io
import time
from importlib import metadata
from typing import Any

import dlib
import face_recognition
import numpy as np
from bench.peers._serve import serve

CHIP_SIDE = 150


def encode(request: dict[str, Any]) -> dict[str, Any]:
    """Give the encoding of the first face that the defaults find, or why there is none.

    Without boxes, face_encodings uses its detector's own, which may reach beyond the picture;
    face_locations gives them cut off at its edge. On tightly cropped faces that differs.
    """
    try:
        image = face_recognition.load_image_file(io.BytesIO(base64.b64decode(request["data"])))
    except (OSError, ValueError):
        return {"features": None, "reason": "unreadable"}
    boxes = face_recognition.face_locations(image) if request["located"] else None
    # An empty list of boxes would have face_encodings look for itself.
    found = [] if boxes == [] else face_recognition.face_encodings(image, boxes)
    return {"features": found[0].tolist() if found else None, "reason": "no_face"}


def verify(request: dict[str, Any]) -> dict[str, Any]:
    """Compare every photo with one reference; give seconds by stage, summed over the photos."""
    reference = np.array(request["reference"])
    stages = {"decode": 0.0, "detect": 0.0, "encode": 0.0, "compare": 0.0}
    for photo in request["photos"]:
        marks = [time.perf_counter()]
        image = face_recognition.load_image_file(photo)
        marks.append(time.perf_counter())
        boxes = face_recognition.face_locations(image)
        marks.append(time.perf_counter())
        encodings = face_recognition.face_encodings(image, boxes)
        marks.append(time.perf_counter())
        face_recognition.compare_faces([reference], encodings[0])
        marks.append(time.perf_counter())
        for number, stage in enumerate(stages):
            stages[stage] += marks[number + 1] - marks[number]
    return stages


def chip(request: dict[str, Any]) -> dict[str, Any]:
    """Run the network alone on an aligned face; give seconds a run, and its output."""
    pixels = np.frombuffer(base64.b64decode(request["chip"]), dtype=np.uint8)
    aligned = pixels.reshape(CHIP_SIDE, CHIP_SIDE, 3)
    network = face_recognition.api.face_encoder
    start = time.perf_counter()
    for _ in range(request["runs"]):
        output = network.compute_face_descriptor(aligned)
    seconds = (time.perf_counter() - start) / request["runs"]
    return {"seconds": seconds, "output": list(output)}


def versions(_request: dict[str, Any]) -> dict[str, Any]:
    """Give the versions of what is measured here, and how dlib was built."""
    names = ("face_recognition", "dlib-bin", "numpy", "pillow")
    built = {"avx": dlib.USE_AVX_INSTRUCTIONS, "blas": dlib.DLIB_USE_BLAS}
    return {**{name: metadata.version(name) for name in names}, "dlib built with": built}


if __name__ == "__main__":
    serve({"encode": encode, "verify": verify, "chip": chip, "versions": versions})

"""Run face_recognition, and answer each request with the time it took.

Runs in an environment of its own. One JSON object a line comes in, one goes out; encodings
stay in these pipes.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from importlib import metadata
from typing import Any

import dlib
import face_recognition
import numpy as np

CHIP_SIDE = 150


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


def encode(request: dict[str, Any]) -> dict[str, Any]:
    """Give the encoding of the first face that the defaults find, or none, in two ways.

    Without boxes, face_encodings uses its detector's own, which may reach beyond the picture;
    face_locations gives them cut off at its edge. On tightly cropped faces that differs.
    """
    image = face_recognition.load_image_file(request["photo"])
    boxes = face_recognition.face_locations(image)
    alone = face_recognition.face_encodings(image)
    located = face_recognition.face_encodings(image, boxes) if boxes else []
    return {
        "alone": alone[0].tolist() if alone else None,
        "located": located[0].tolist() if located else None,
    }


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


REQUESTS = {"verify": verify, "encode": encode, "chip": chip, "versions": versions}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = REQUESTS[request["do"]](request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""OpenCV's face recognition: ``python -m bench.peers.opencv_peer YUNET SFACE``.

Features stay in the pipes to and from here.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from bench.peers._serve import serve

_ANY_SIZE = (320, 320)


class OpenCv:
    """FaceDetectorYN finds the face and FaceRecognizerSF describes it, with their defaults.

    Args:
        detector: ONNX file of the former, YuNet.
        recogniser: ONNX file of the latter, SFace.

    """

    def __init__(self, detector: str, recogniser: str) -> None:
        self._files = {"yunet": detector, "sface": recogniser}
        self._detector = cv2.FaceDetectorYN.create(detector, "", _ANY_SIZE)
        self._recogniser = cv2.FaceRecognizerSF.create(recogniser, "")

    def encode(self, request: dict[str, Any]) -> dict[str, Any]:
        """Give the features of the surest face, or why there are none."""
        data = np.frombuffer(base64.b64decode(request["data"]), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if image is None:
            return {"features": None, "reason": "unreadable"}
        self._detector.setInputSize((image.shape[1], image.shape[0]))
        _, faces = self._detector.detect(image)
        if faces is None:
            return {"features": None, "reason": "no_face"}
        aligned = self._recogniser.alignCrop(image, faces[0])
        return {"features": self._recogniser.feature(aligned).ravel().tolist()}

    def versions(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Give the version of OpenCV, and the SHA-256 of the weights."""
        hashes = {
            f"{name} sha256": hashlib.sha256(Path(file).read_bytes()).hexdigest()
            for name, file in self._files.items()
        }
        return {"opencv-python-headless": metadata.version("opencv-python-headless"), **hashes}


if __name__ == "__main__":
    try:
        opencv = OpenCv(*sys.argv[1:])
        serve({"encode": opencv.encode, "versions": opencv.versions})
    except cv2.error as error:
        sys.exit(f"These are no weights that OpenCV can use: {error}".strip())

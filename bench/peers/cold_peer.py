"""Compare one photo with a stored encoding, as a small script on face_recognition would.

The encoding comes as the bytes of an .npy file on standard input, so that none is on a disk.
"""

from __future__ import annotations

import io
import sys

import face_recognition
import numpy as np


def main() -> int:
    reference = np.load(io.BytesIO(sys.stdin.buffer.read()))
    image = face_recognition.load_image_file(sys.argv[1])
    encodings = face_recognition.face_encodings(image)
    same = bool(encodings) and bool(face_recognition.compare_faces([reference], encodings[0])[0])
    print("same person" if same else "different person")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

"""Encoded pictures to pixels, for faces and for codes alike."""

from visavis._images._decode import MAX_BYTES, Decoded, decode
from visavis._images._problems import Problem, UnusablePicture

__all__ = ["MAX_BYTES", "Decoded", "Problem", "UnusablePicture", "decode"]

"""Presentation attack detection: how often it is wrong, as ISO/IEC 30107-3 counts."""

from typing import Final

__all__ = ["PAD_SCHEMA"]

PAD_SCHEMA: Final = "visavis-pad-1"

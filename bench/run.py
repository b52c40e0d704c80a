"""Measure the speed of visavis and face_recognition in turns: ``python bench/run.py --help``."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from bench._measure_main import main

    sys.exit(main())

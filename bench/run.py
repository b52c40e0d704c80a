"""Measure visavis against face_recognition, side by side: ``python bench/run.py --help``."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from bench._measure_main import main

    sys.exit(main())

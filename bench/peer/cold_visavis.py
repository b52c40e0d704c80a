"""Verify one photo through the public API: stands in where `visavis verify` does not work yet.

Usage: cold_visavis.py HOME FILE.pass PHOTO
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import visavis


def main() -> None:
    home, file, photo = (Path(argument) for argument in sys.argv[1:])
    verifier = visavis.Verifier.from_home(visavis.Home.open(home))
    capture = visavis.Capture.read(photo)
    presented = visavis.Pass.read(file)
    answer = verifier.verify(presented, capture, policy=visavis.Policy(), now=datetime.now(UTC))
    print(f"verified: {answer.purpose}")


if __name__ == "__main__":
    main()

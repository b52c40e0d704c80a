"""Rebuild the vectors, byte for byte: ``python spec/generate.py``.

``python spec/generate.py --check`` writes nothing and says whether ``vectors/`` is what it should
be. The writer in ``makers/`` follows ``pass.md`` and shares no code with the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from spec.makers.files import main

    sys.exit(main())

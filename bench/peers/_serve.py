"""What every peer's process does: one JSON object a line comes in, one goes out.

Nothing of visavis is imported here or in the peers: they have an environment of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Handler", "serve"]

Handler = Callable[[dict[str, Any]], dict[str, Any]]


def serve(handlers: Mapping[str, Handler]) -> None:
    """Answer requests until there are no more; each names its handler with `do`."""
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(handlers[request["do"]](request)) + "\n")
        sys.stdout.flush()

"""Run one command and print how long it took and its peak memory, as JSON.

A small process of its own, because on Linux a child's peak counts from the memory of the process
that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time


def main() -> None:
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        said.seek(0)
        error = said.read().decode(errors="replace")
    peak = usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": code, "error": error, "seconds": seconds, "bytes": peak}))


if __name__ == "__main__":
    main()

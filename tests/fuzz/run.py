"""Changes bytes at random, a million times, and stops at the first wrong exception.

``python tests/fuzz/run.py [RUNS]``. What was found to reach new code is added, in hexadecimal, to
``corpus.txt``, which the tests read again.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).with_name("corpus.txt")
RUNS = 1_000_000
LONGEST = 4096


def main(runs: int) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        found, merged = Path(temporary, "found"), Path(temporary, "merged")
        found.mkdir()
        merged.mkdir()
        for number, line in enumerate(CORPUS.read_text(encoding="ascii").split()):
            (found / f"known-{number}").write_bytes(bytes.fromhex(line))
        done = _atheris(f"-runs={runs}", "-print_final_stats=1", str(found))
        if done:
            return done
        done = _atheris("-merge=1", str(merged), str(found))
        inputs = sorted({path.read_bytes() for path in merged.iterdir()}, key=_order)
        CORPUS.write_text("".join(f"{data.hex()}\n" for data in inputs), encoding="ascii")
        print(f"{len(inputs)} inputs in {CORPUS.relative_to(ROOT)}")
    return done


def _order(data: bytes) -> tuple[int, bytes]:
    return len(data), data


def _atheris(*options: str) -> int:
    command = [sys.executable, __file__, "--inside", f"-max_len={LONGEST}", *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def inside(options: list[str]) -> None:
    """Run under the fuzzer, which never returns."""
    import atheris  # noqa: PLC0415 - instruments what is imported after it

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["visavis.passes", "visavis.carriers"]):
        from tests.fuzz import targets  # noqa: PLC0415

    if not any(option.startswith("-merge") for option in options):
        folder = Path(options[-1])
        for number, seed in enumerate(targets.seeds()):
            (folder / f"seed-{number}").write_bytes(seed)
    # To merge, the fuzzer starts itself again through a shell.
    again = shlex.join([sys.executable, __file__, "--inside"])
    atheris.Setup([again, *options], targets.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2:])
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else RUNS))

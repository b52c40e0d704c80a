"""Rules about the files of the project itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Written in parts, so that this file does not name them.
HOSTS = tuple(
    re.compile(re.escape(host), re.IGNORECASE)
    for host in ("pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js", "deb.deb" + "ian")
)
BIOMETRIC = {".jpg", ".jpeg", ".png", ".heic", ".webp", ".onnx", ".tflite", ".dat", ".pass", ".key"}
LARGEST_FILE = 300_000


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not any(host.search(text) for host in HOSTS), path


def test_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert locks
    for lock in locks:
        text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
        assert "--index" not in text
        assert "--find-links" not in text
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        for line in lines:
            assert re.match(r"[A-Za-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_no_face_key_pass_or_weight_is_committed() -> None:
    files = tracked()
    assert files
    for path in files:
        assert path.suffix.lower() not in BIOMETRIC, path
        assert path.stat().st_size < LARGEST_FILE, path


def test_the_ci_script_checks_and_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert script.index("make check") < script.index("make test")
    assert "make demo" in readme
    assert "make test" in readme

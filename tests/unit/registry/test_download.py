from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from visavis.errors import FileProblem, InvalidArgument, ModelProblem, VisavisError
from visavis.registry import Package, _pip, download
from visavis.registry._files import sha256

LeftOver = Callable[[Path], list[str]]


def refused(package: Package, folder: Path, left_over: LeftOver) -> VisavisError:
    """Return the error of a download that has to fail and to leave nothing behind."""
    with pytest.raises(VisavisError) as caught:
        download(package, folder)
    assert not (folder / package.archive).exists()
    assert left_over(folder) == []
    assert "\n" not in caught.value.message
    return caught.value


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """Put a program in place of Python that fails as pip would."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


def test_pip_brings_the_pinned_archive(
    package: Package, offered: Path, tmp_path: Path, left_over: LeftOver
) -> None:
    folder = tmp_path / "folder"
    archive = download(package, folder)
    assert archive == folder / package.archive
    assert archive.read_bytes() == (offered / package.archive).read_bytes()
    assert left_over(folder) == []


def test_a_folder_that_holds_the_archive_needs_no_pip(
    package: Package, offered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    archive = download(package, tmp_path / "folder", find_links=offered)
    assert sha256(archive.read_bytes()) == package.sha256


def test_a_given_folder_is_shown_to_pip(
    package: Package, offered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setattr(_pip, "_copied", lambda *_: False)
    assert download(package, tmp_path / "folder", find_links=offered).is_file()


def test_an_altered_archive_is_refused(
    package: Package, offered: Path, tmp_path: Path, left_over: LeftOver
) -> None:
    archive = offered / package.archive
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    assert refused(package, tmp_path / "folder", left_over).reason == "archive_altered"


def test_a_truncated_archive_is_refused(
    package: Package, offered: Path, tmp_path: Path, left_over: LeftOver
) -> None:
    archive = offered / package.archive
    archive.write_bytes(archive.read_bytes()[:-40])
    assert refused(package, tmp_path / "folder", left_over).reason == "archive_altered"


def test_an_altered_archive_in_a_given_folder_is_refused(
    package: Package, offered: Path, tmp_path: Path
) -> None:
    (offered / package.archive).write_bytes(b"something else")
    with pytest.raises(ModelProblem) as caught:
        download(package, tmp_path / "folder", find_links=offered)
    assert caught.value.reason == "archive_altered"


def test_a_missing_version_is_told(package: Package, tmp_path: Path, left_over: LeftOver) -> None:
    newer = dataclasses.replace(package, version="2.0", archive="tinyweights-2.0-py3-none-any.whl")
    problem = refused(newer, tmp_path / "folder", left_over)
    assert problem.reason == "not_offered"
    assert "tinyweights 2.0" in problem.message


def test_no_network_is_told_without_naming_the_host(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    problem = refused(package, tmp_path / "folder", left_over)
    assert problem.reason == "network_failed"
    assert "127.0.0.1" not in problem.message + problem.remedy


def test_a_python_without_pip_is_told(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    scripts = "Scripts" if os.name == "nt" else "bin"
    monkeypatch.setattr(sys, "executable", str(bare / scripts / "python"))
    problem = refused(package, tmp_path / "folder", left_over)
    assert problem.reason == "pip_missing"
    assert "ensurepip" in problem.remedy


def test_no_python_to_run_is_told(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    assert refused(package, tmp_path / "folder", left_over).reason == "pip_missing"


def test_a_source_archive_that_does_not_build_is_told(
    offered: Path, tmp_path: Path, left_over: LeftOver
) -> None:
    archive = offered / "broken-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        script = b"raise SystemExit('no')\n"
        member = tarfile.TarInfo("broken-1.0/setup.py")
        member.size = len(script)
        opened.addfile(member, io.BytesIO(script))
    broken = Package("broken", "1.0", archive.name, sha256(archive.read_bytes()))
    assert refused(broken, tmp_path / "folder", left_over).reason == "not_readable_by_pip"


def test_a_full_disk_in_pip_is_told(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    said = "ERROR: Could not install: [Errno 28] No space left on device"
    stand_in(tmp_path, monkeypatch, said)
    problem = refused(package, tmp_path / "folder", left_over)
    assert isinstance(problem, FileProblem)
    assert problem.reason == "disk_full"


def test_another_failure_quotes_the_last_error_without_addresses(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    said = (
        "ERROR: first\nTraceback\n"
        "ERROR: odd answer from https://index.example/simple/x (host='index.example')\nend"
    )
    stand_in(tmp_path, monkeypatch, said)
    problem = refused(package, tmp_path / "folder", left_over)
    assert problem.reason == "download_failed"
    assert "odd answer from (address) ((address))" in problem.message
    assert "example" not in problem.message
    assert "Traceback" not in problem.message


def test_a_pip_that_brings_nothing_is_not_believed(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: LeftOver
) -> None:
    stand_in(tmp_path, monkeypatch, "")
    program = Path(sys.executable)
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    assert refused(package, tmp_path / "folder", left_over).reason == "archive_altered"


def test_a_folder_that_is_not_there_is_told(package: Package, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        download(package, tmp_path / "folder", find_links=tmp_path / "none")
    assert caught.value.reason == "find_links_missing"


def test_a_target_that_is_no_folder_is_a_file_problem(package: Package, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileProblem):
        download(package, tmp_path / "file" / "folder")


def test_a_wheel_of_another_platform_is_asked_for_by_its_tags() -> None:
    name = "x-1.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
    tags = " ".join(_pip._tags(name))
    assert "--implementation cp --python-version 311 --abi cp311" in tags
    assert "--platform manylinux_2_24_x86_64 --platform manylinux_2_28_x86_64" in tags
    assert _pip._tags("x-1.0-py3-none-any.whl") == _pip._tags("x-1.0.tar.gz") == []

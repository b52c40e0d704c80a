from __future__ import annotations

import contextlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from visavis.errors import FileProblem, InvalidArgument, ModelProblem
from visavis.registry import _archive, extract

Files = dict[str, bytes]


def make_wheel(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path.with_suffix(".whl"), "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return path.with_suffix(".whl")


def make_sdist(path: Path, files: Files) -> Path:
    target = path.with_suffix(".tar.gz")
    with tarfile.open(target, "w:gz") as opened:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return target


Maker = Callable[[Path, Files], Path]


@pytest.fixture(params=[make_wheel, make_sdist])
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    return maker


def test_one_file_is_taken_and_nothing_written(make: Maker, tmp_path: Path) -> None:
    files = {"a/first.bin": b"1" * 1000, "a/second.bin": b"2" * 2000, "../evil": b"3"}
    archive = make(tmp_path / "archive", files)
    before = sorted(tmp_path.parent.rglob("*"))
    assert extract(archive, "a/second.bin") == b"2" * 2000
    assert sorted(tmp_path.parent.rglob("*")) == before


@pytest.mark.parametrize("path", ["/a/first.bin", "../evil", "a/../../evil", "a\\b", ""])
def test_a_path_out_of_the_archive_is_refused(make: Maker, tmp_path: Path, path: str) -> None:
    archive = make(tmp_path / "archive", {"../evil": b"3"})
    with pytest.raises(InvalidArgument) as caught:
        extract(archive, path)
    assert caught.value.reason == "path_not_allowed"


def test_a_missing_file_is_told(make: Maker, tmp_path: Path) -> None:
    archive = make(tmp_path / "archive", {"a/first.bin": b"1"})
    with pytest.raises(ModelProblem) as caught:
        extract(archive, "first.bin")
    assert caught.value.reason == "archive_incomplete"


def test_a_file_beyond_the_limit_is_refused(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_archive, "LARGEST_MEMBER", 1000)
    archive = make(tmp_path / "archive", {"exact": b"0" * 1000, "over": b"0" * 1001})
    assert len(extract(archive, "exact")) == 1000
    with pytest.raises(ModelProblem) as caught:
        extract(archive, "over")
    assert caught.value.reason == "archive_too_large"


def test_a_source_archive_is_not_unpacked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_archive, "_FURTHEST", 10_000)
    archive = make_sdist(tmp_path / "archive", {"zeros": b"0" * 20_000, "wanted": b"1"})
    with pytest.raises(ModelProblem) as caught:
        extract(archive, "wanted")
    assert caught.value.reason == "archive_too_large"


def test_a_truncated_archive_is_told(make: Maker, tmp_path: Path) -> None:
    noise = bytes(range(256)) * 40
    archive = make(tmp_path / "archive", {"a": noise, "b": noise[::-1]})
    whole = archive.read_bytes()
    for length in range(0, len(whole) - 30, 7):
        archive.write_bytes(whole[:length])
        with pytest.raises(ModelProblem) as caught:
            extract(archive, "b")
        assert caught.value.reason in {"archive_damaged", "archive_incomplete"}


def test_an_altered_archive_gives_the_file_or_a_model_problem(make: Maker, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4
    archive = make(tmp_path / "archive", {"a": data})
    whole = archive.read_bytes()
    for position in range(len(whole)):
        altered = bytearray(whole)
        altered[position] ^= 0x55
        archive.write_bytes(altered)
        with contextlib.suppress(ModelProblem):
            extract(archive, "a")


def test_a_link_in_a_source_archive_is_not_followed(tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        link = tarfile.TarInfo("weights")
        link.type = tarfile.SYMTYPE
        link.linkname = "/etc/passwd"
        opened.addfile(link)
    with pytest.raises(ModelProblem) as caught:
        extract(archive, "weights")
    assert caught.value.reason == "archive_incomplete"


def test_an_archive_that_is_not_there_is_a_file_problem(tmp_path: Path) -> None:
    with pytest.raises(FileProblem):
        extract(tmp_path / "none.whl", "a")

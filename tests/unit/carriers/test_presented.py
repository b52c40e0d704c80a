"""Whatever is presented: a file, a picture, a text, a stream."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.carriers.made import made, presented, reason
from tests.unit.images.pictures import asymmetric, encoded

from visavis._images import MAX_BYTES
from visavis.carriers import code_picture, read_presented, to_text
from visavis.carriers._presented import _decode
from visavis.errors import FileProblem, PassRejected, VisavisError
from visavis.passes import Pass

FORMS = {
    "pass": made().encode(),
    "presentation": presented().encode(),
    "text": to_text(made()).encode(),
    "pasted text": b"\r\n  " + to_text(presented()).encode() + b"\r\n",
    "png": code_picture(made(), ".png"),
}
HOLDS = {"presentation": presented(), "pasted text": presented()}


class Stream:
    """Standard input that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture(params=["file name", "path", "standard input"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def give(data: bytes, way: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Pass:
    if way == "standard input":
        monkeypatch.setattr(sys, "stdin", Stream(data))
        return read_presented("-")
    file = folder / "shown.any"
    file.write_bytes(data)
    return read_presented(file if way == "path" else str(file))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_told_by_its_bytes(
    form: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = give(FORMS[form], way, tmp_path, monkeypatch)
    assert found.encode() == HOLDS.get(form, made()).encode()


@pytest.mark.parametrize("whole", [made(), presented()], ids=["pass", "presentation"])
def test_the_text_itself_can_be_presented(whole: Pass) -> None:
    assert read_presented(to_text(whole)).encode() == whole.encode()
    assert read_presented(f"  {to_text(whole)}\n").encode() == whole.encode()


BAD = {
    "a damaged presentation": (presented().encode()[:-1], "truncated"),
    "a text with a mistake": (to_text(made()).lower().encode().replace(b"vav1", b"VAV1"), "malf"),
    "a text of another script": ("VAV1:Ж".encode(), "malformed"),
    "no code": (encoded(asymmetric()), "no_code"),
    "half a picture": (encoded(asymmetric())[:-60], "picture_damaged"),
    "an animation": (
        encoded(asymmetric(), "GIF", save_all=True, append_images=[asymmetric().rotate(180)]),
        "picture_animated",
    ),
    "too much": (bytes(MAX_BYTES + 1), "too_large"),
    "much": (bytes(66_561), "too_large"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_none_of_them_is_rejected(
    kind: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, expected = BAD[kind]
    with pytest.raises(PassRejected) as caught:
        give(data, way, tmp_path, monkeypatch)
    assert reason(caught).startswith(expected)


@pytest.mark.parametrize("data", [b"", b"hello", b"vav1:00", b"%PDF-1.7", bytes(range(256))])
def test_what_could_be_anything_is_rejected_when_it_is_opened(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "shown.pass"
    file.write_bytes(data)
    found = read_presented(file)
    assert found.sealed == data
    with pytest.raises(PassRejected) as caught:
        _ = found.verifier_id
    assert reason(caught) == ("malformed" if data else "empty")


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x82", b"\xd8\x60", b"VAV1:", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]),
)
def test_any_bytes_are_a_pass_or_rejected(data: bytes, start: bytes) -> None:
    reasons = set()
    try:
        assert isinstance(_decode(start + data, "it"), Pass)
    except PassRejected as rejection:
        reasons.add(rejection.reason)
    assert reasons <= {"malformed", "truncated", "picture_damaged", "picture_too_large"}


def test_a_path_is_a_file_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-", "VAV1:00"):
        Path(name).write_bytes(made().encode())
        assert read_presented(Path(name)).encode() == made().encode()


@pytest.mark.parametrize("name", ["missing.pass", ".", "no/such.pass", "n" * 300, "nul\0.pass", ""])
def test_a_name_of_no_file_is_a_file_problem(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        read_presented(str(tmp_path / name) if name else "")
    assert caught.value.reason in {"file_missing", "not_a_file", "file_unreadable"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_with_a_name_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem) as caught:
        read_presented(tmp_path / "pipe")
    assert reason(caught) == "not_a_file"


def test_standard_input_that_is_closed_is_a_file_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(b"")
    stream.buffer.close()
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(VisavisError) as caught:
        read_presented("-")
    assert reason(caught) == "file_unreadable"

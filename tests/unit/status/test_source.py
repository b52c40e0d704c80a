"""Places that lists come from: folders, files and plain https addresses, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from visavis.errors import FileProblem, InvalidArgument
from visavis.passes import IssuerKey, StatusList
from visavis.status import ListSource

KEY = IssuerKey.generate().public
PATIENCE = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("source", "location"),
    [
        ("/lists", "/lists/{id}.cwt"),
        ("/lists/", "/lists/{id}.cwt"),
        ("lists", "lists/{id}.cwt"),
        (".", "{id}.cwt"),
        ("/lists/gym.cwt", "/lists/gym.cwt"),
        ("/a #?@ folder", "/a #?@ folder/{id}.cwt"),
        ("https://gym.example", "https://gym.example/{id}.cwt"),
        ("https://gym.example:8443/a/", "https://gym.example:8443/a/{id}.cwt"),
        ("https://gym.example/x.cwt", "https://gym.example/x.cwt"),
        ("https://[::1]/a", "https://[::1]/a/{id}.cwt"),
        ("https://gym.example/a%20b", "https://gym.example/a%20b/{id}.cwt"),
    ],
)
def test_the_list_has_the_name_of_its_issuer_unless_a_file_is_named(
    source: str, location: str
) -> None:
    made = ListSource(KEY, source)
    assert made.location == location.format(id=KEY.id)
    assert made.is_remote == source.startswith("https:")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "a\0b",
        "http://gym.example",
        "ftp://gym.example",
        "file:///lists",
        "://",
        "https://",
        "https:///lists",
        "https://user@gym.example",
        "https://user:word@gym.example",
        "https://gym.example/?who=you",
        "https://gym.example/a?",
        "https://gym.example/a#here",
        "https://gym.example:x/",
        "https://gym.example:0/",
        "https://gym.example:70000/",
        "https://gym.example/a b",
        "https://gym.example/a\r\nHost: b",
        "https://gym.example/\u00e4",
        "https://[::1",
    ],
)
def test_any_other_place_is_refused(source: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        ListSource(KEY, source)
    assert caught.value.reason == "bad_status_source"


def test_a_plain_file_is_read_up_to_the_longest_list(tmp_path: Path) -> None:
    file = tmp_path / f"{KEY.id}.cwt"
    source = ListSource(KEY, str(tmp_path))

    def reason() -> str:
        with pytest.raises(FileProblem) as caught:
            source.read(patience=PATIENCE)
        return caught.value.reason

    assert reason() == "file_missing"
    file.write_bytes(bytes(StatusList.MOST_BYTES + 1))
    assert reason() == "file_too_large"
    file.unlink()
    file.mkdir()
    assert reason() == "not_a_file"
    file.rmdir()
    file.write_bytes(bytes(StatusList.MOST_BYTES))
    assert source.read(patience=PATIENCE) == bytes(StatusList.MOST_BYTES)

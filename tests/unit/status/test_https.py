"""Fetching one file: the same request every time, and one error for whatever comes back."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.status._server import Behaviour, Server, drip, good, hang, raw

from visavis.errors import FileProblem, StatusProblem
from visavis.passes import StatusList
from visavis.status._https import fetch

PATIENCE = 10
IMPATIENCE = 0.2


def _fetch(server: Server, *, ca_file: Path | None = None, patience: float = PATIENCE) -> bytes:
    address = f"{server.address}/lists/a.cwt"
    return fetch(address, ca_file=ca_file or server.ca_file, patience=patience)


def _why(server: Server, *, ca_file: Path | None = None, patience: float = PATIENCE) -> str:
    with pytest.raises(StatusProblem) as caught:
        _fetch(server, ca_file=ca_file, patience=patience)
    assert caught.value.reason == "list_not_fetched"
    assert f"{server.address}/lists/a.cwt" in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("size", [0, 1, 16_571, StatusList.MOST_BYTES])
def test_a_file_is_fetched_whole(server: Server, size: int) -> None:
    body = bytes(index % 251 for index in range(size))
    server.behave = good(body)
    assert _fetch(server) == body


def test_a_body_without_a_length_ends_with_the_connection(server: Server) -> None:
    server.behave = raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")
    assert _fetch(server) == b"abc"


def test_a_body_in_chunks_is_put_together(server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.behave = raw(head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    assert _fetch(server) == b"abc"


def test_a_request_says_nothing_about_who_asks(server: Server) -> None:
    server.behave = good(b"", "Set-Cookie: who=you", "ETag: 7")
    for _ in range(3):
        _fetch(server)
    request = (
        "GET /lists/a.cwt HTTP/1.1\r\n"
        f"Host: localhost:{server.port}\r\n"
        "Accept-Encoding: identity\r\n"
        "Accept: application/statuslist+cwt\r\n"
        "User-Agent: visavis\r\n"
        "\r\n"
    )
    assert server.requests == [request.encode()] * 3


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server, tmp_path: Path) -> None:
    server.behave = good(b"abc")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Server(folder)
    other.close()
    assert "certificate is not trusted" in _why(server, ca_file=other.ca_file)
    # Nor do the certificates that this system trusts.
    with pytest.raises(StatusProblem):
        fetch(f"{server.address}/a.cwt", ca_file=None, patience=PATIENCE)
    assert server.requests == []


def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    server = Server(tmp_path, "elsewhere.example")
    try:
        server.behave = good(b"abc")
        assert "certificate is not trusted" in _why(server)
        assert server.requests == []
    finally:
        server.close()


def test_a_file_of_certificates_that_is_none_is_told(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with pytest.raises(FileProblem) as caught:
        _fetch(server, ca_file=file)
    assert caught.value.reason == "file_missing"
    for content in (b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"):
        file.write_bytes(content)
        _why(server, ca_file=file)
    assert server.requests == []


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 303, 307, 308, 304, 404, 500, 503])
def test_any_other_answer_is_refused_and_no_redirect_is_gone_after(
    server: Server, status: int
) -> None:
    there = f"{server.address}/elsewhere.cwt"
    answer = f"HTTP/1.1 {status} X\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    server.behave = raw(answer.encode())
    assert f"answered {status}" in _why(server)
    assert len(server.requests) == 1


TOO_MUCH = bytes(StatusList.MOST_BYTES + 1)


@pytest.mark.parametrize(
    "behave",
    [
        good(TOO_MUCH),
        raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + TOO_MUCH),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40001\r\n" + TOO_MUCH),
    ],
    ids=["length", "to the end", "chunked"],
)
def test_a_body_that_is_too_large_is_not_read_to_its_end(server: Server, behave: Behaviour) -> None:
    server.behave = behave
    assert "too large" in _why(server)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nabcd",
        b"\xff\xff\xff",
        b"HTTP/1.1 999999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_makes_no_sense_is_refused(
    server: Server, answer: bytes
) -> None:
    server.behave = raw(answer)
    _why(server)


START = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize(
    "behave",
    [
        hang(),
        hang(START),
        hang(START + b"abc"),
        drip(b"", IMPATIENCE / 4),
        drip(b"HTTP/1.1 200 OK\r\nA: ", IMPATIENCE / 4),
        drip(START, IMPATIENCE / 4),
    ],
    ids=["no answer", "no body", "half a body", "line", "header", "body"],
)
def test_a_slow_server_is_not_waited_for(server: Server, behave: Behaviour) -> None:
    server.behave = behave
    started = time.monotonic()
    assert "too slow" in _why(server, patience=IMPATIENCE)
    # Far more than it takes, and far less than the server would go on.
    assert time.monotonic() - started < 20


def test_a_server_that_never_greets_is_not_waited_for(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://localhost:{silent.getsockname()[1]}/a.cwt"
        with pytest.raises(StatusProblem, match="too slow"):
            fetch(address, ca_file=server.ca_file, patience=IMPATIENCE)


def test_nobody_there_is_told(server: Server) -> None:
    server.close()
    assert "nobody answers" in _why(server)


def test_a_compressed_answer_is_not_expanded(server: Server) -> None:
    server.behave = good(b"\x1f\x8b not gzip at all", "Content-Encoding: gzip")
    assert _fetch(server) == b"\x1f\x8b not gzip at all"


def test_a_proxy_in_the_environment_is_not_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.behave = good(b"abc")
    assert _fetch(server) == b"abc"


def test_plain_files_need_no_network_library() -> None:
    script = "import sys, visavis.status; sys.exit('urllib3' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)

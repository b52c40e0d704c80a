"""A web server on this machine that behaves as it is told to, and keeps what it is sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import trustme

Behaviour = Callable[[ssl.SSLSocket, threading.Event], None]
"""What is done after a request has come; the event is set when the server ends."""


def good(body: bytes, *headers: str) -> Behaviour:
    """Answer properly."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda connection, _: connection.sendall("\r\n".join(lines).encode() + body)


def raw(answer: bytes) -> Behaviour:
    """Answer with these bytes and hang up."""
    return lambda connection, _: connection.sendall(answer)


def hang(before: bytes = b"") -> Behaviour:
    """Begin an answer, if at all, and never go on."""

    def behave(connection: ssl.SSLSocket, ended: threading.Event) -> None:
        connection.sendall(before)
        ended.wait(30)

    return behave


def drip(before: bytes, every: float) -> Behaviour:
    """Begin an answer, and go on byte by byte for as long as somebody listens."""

    def behave(connection: ssl.SSLSocket, ended: threading.Event) -> None:
        connection.sendall(before)
        while not ended.wait(every):
            connection.sendall(b"x")

    return behave


class Server:
    """Serves one behaviour at a time on 127.0.0.1, under the name ``localhost``.

    Args:
        folder: for the certificates.
        name: what its certificate says; another name than "localhost" is a wrong one.
    """

    def __init__(self, folder: Path, name: str = "localhost") -> None:
        self.behave: Behaviour = raw(b"HTTP/1.1 404 Not Found\r\n\r\n")
        self.requests: list[bytes] = []
        authority = trustme.CA()
        self.ca_file = folder / f"ca-{name}.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(self._context)
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"https://localhost:{self.port}"

    def close(self) -> None:
        """End it, with everything that still goes on."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        # A client that does not trust the certificate hangs up.
        with (
            contextlib.suppress(OSError),
            connection,
            self._context.wrap_socket(connection, server_side=True) as secured,
        ):
            request = b""
            while not request.endswith(b"\r\n\r\n") and (piece := secured.recv(4096)):
                request += piece
            self.requests.append(request)
            self.behave(secured, self._ended)

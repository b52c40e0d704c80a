"""The only module that speaks to a network: it fetches one file over HTTPS.

Every request is the same, whatever pass is presented: no cookie, query, referrer or version
number. Proxies set in the environment are not used, because urllib3 does not look there by
itself, and neither are redirects. The certificate is checked against the system's trusted
certificates, or only against those of a file.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from visavis._files import read_bounded
from visavis.errors import StatusProblem
from visavis.passes import StatusList

if TYPE_CHECKING:
    from pathlib import Path

    from urllib3 import BaseHTTPResponse
    from urllib3.connection import HTTPSConnection

__all__ = ["fetch"]

_HEADERS: Final = {"Accept": "application/statuslist+cwt", "User-Agent": "visavis"}
_STEPS: Final = 3  # the whole may take this many times as long as one step
_MOST_CA_BYTES: Final = 1 << 20
_OK: Final = 200
_BOTH_WAYS: Final = 2  # SHUT_RDWR
_PIECE: Final = 1 << 16
_IN_WORDS: Final = {
    "ConnectTimeoutError": "nobody answers",
    "NameResolutionError": "there is no such server",
    "NewConnectionError": "nobody answers",
    "SSLCertVerificationError": "its certificate is not trusted",
    "ReadTimeoutError": "too slow",
    "TimeoutError": "too slow",
}


def fetch(address: str, *, ca_file: Path | None, patience: float) -> bytes:
    """Fetch a file of at most 262,144 bytes.

    Args:
        address: begins with https://.
        ca_file: certificates (PEM) of those who may vouch for the server; None for the system's.
        patience: seconds to connect, and to wait for the next bytes; the whole takes at most
            three times as long.

    Raises:
        StatusProblem: ``list_not_fetched``.
        FileProblem: ``ca_file`` is missing or cannot be read.
    """
    if ca_file is not None:
        read_bounded(ca_file, _MOST_CA_BYTES)  # whether it is there is no question of the network
    # Imported here: a verifier whose lists are plain files does not wait for it.
    from urllib3.connection import HTTPException, HTTPSConnection  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    parts = urlsplit(address)
    connection = HTTPSConnection(
        parts.hostname or "",
        parts.port,
        timeout=patience,
        cert_reqs="CERT_REQUIRED",
        ca_certs=None if ca_file is None else str(ca_file),
    )
    # A server that sends a byte now and then would never use up the patience for one step.
    over = threading.Event()
    limit = threading.Timer(_STEPS * patience, _hang_up, [connection, over])
    limit.daemon = True
    limit.start()
    try:
        connection.request(
            "GET", parts.path, headers=_HEADERS, preload_content=False, decode_content=False
        )
        body = _body(connection.getresponse(), address)
        why = "too slow" if over.is_set() else None
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        name = type(error).__name__
        why = "too slow" if over.is_set() else _IN_WORDS.get(name, name)
    finally:
        limit.cancel()
        connection.close()
    if why is None:
        return body
    # Raised here, so that it does not hold on to the connection as its cause.
    raise _not_fetched(address, why)


def _body(response: BaseHTTPResponse, address: str) -> bytes:
    try:
        if response.status != _OK:
            raise _not_fetched(address, f"the server answered {response.status}")
        body = b""
        while piece := response.read1(_PIECE):
            body += piece
            if len(body) > StatusList.MOST_BYTES:
                raise _not_fetched(address, "too large")
        return body
    finally:
        response.close()


def _hang_up(connection: HTTPSConnection, over: threading.Event) -> None:
    over.set()
    # The socket may just be closed, or not be there yet: then the steps have their own limits.
    with contextlib.suppress(AttributeError, OSError):
        connection.sock.shutdown(_BOTH_WAYS)


def _not_fetched(address: str, why: str) -> StatusProblem:
    return StatusProblem(
        "list_not_fetched",
        f"The status list at {address} could not be fetched ({why}).",
        "Check the address, the network and the server's certificate.",
    )

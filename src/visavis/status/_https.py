"""The only module that speaks to a network: it fetches one file over HTTPS.

Every request is the same, whatever pass is presented: no cookie, query, referrer or version
number. Proxies set in the environment are not used, because urllib3 does not look there by
itself, and neither are redirects. The certificate is checked against the system's trusted
certificates, or only against those of a file.
"""

from __future__ import annotations

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
    authorities = None if ca_file is None else read_bounded(ca_file, _MOST_CA_BYTES)
    # Imported here: a verifier whose lists are plain files does not wait for it.
    from urllib3.connection import HTTPException, HTTPSConnection  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    parts = urlsplit(address)
    connection = HTTPSConnection(
        parts.hostname or "",
        parts.port,
        timeout=patience,
        cert_reqs="CERT_REQUIRED",
        ca_cert_data=None if authorities is None else authorities.decode("ascii", "replace"),
    )
    # A server that sends a byte now and then would never use up the patience for one step.
    limit = threading.Timer(_STEPS * patience, _hang_up, [connection])
    limit.daemon = True
    limit.start()
    try:
        connection.request(
            "GET", parts.path, headers=_HEADERS, preload_content=False, decode_content=False
        )
        return _body(connection.getresponse(), address)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _not_fetched(address, type(error).__name__) from error
    finally:
        limit.cancel()
        connection.close()


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


def _hang_up(connection: HTTPSConnection) -> None:
    if connection.sock is not None:
        connection.sock.shutdown(_BOTH_WAYS)


def _not_fetched(address: str, why: str) -> StatusProblem:
    return StatusProblem(
        "list_not_fetched",
        f"The status list at {address} could not be fetched ({why}).",
        "Check the address, the network and the server's certificate.",
    )

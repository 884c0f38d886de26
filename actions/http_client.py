"""Sends requests to services that an operator configured, within a total time."""

import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float) -> int:
    """POST `body` and return the status. Follows no redirect and reads no body of the response.

    Raises OSError, such as TimeoutError after `timeout` seconds. A socket's own timeout is for one
    read, so a server that sends one byte after another would be waited for without end.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OSError(f"{parts.scheme or 'nothing'} is not http or https")
    is_secure = parts.scheme == "https"
    connection_class = HTTPSConnection if is_secure else HTTPConnection
    connection = connection_class(parts.hostname, parts.port, timeout=timeout)
    sock = socket.create_connection((parts.hostname, connection.port), timeout)
    if is_secure:
        # The handshake is below, within the total time.
        context = ssl.create_default_context()
        sock = context.wrap_socket(
            sock, server_hostname=parts.hostname, do_handshake_on_connect=False
        )
    deadline = Timer(timeout, _shut_down, [sock])
    deadline.start()
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
        connection.sock = sock
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        if deadline.finished.is_set():
            raise TimeoutError("timed out") from None
        raise error if isinstance(error, OSError) else OSError(type(error).__name__) from None
    else:
        if deadline.finished.is_set():  # the end of the connection was taken for that of the header
            raise TimeoutError("timed out")
        return status
    finally:
        deadline.cancel()
        sock.close()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):  # closed already
        sock.shutdown(socket.SHUT_RDWR)

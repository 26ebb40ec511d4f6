"""A gateway that says who asks: a proxy that adds a header to each request. No test itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from tests.service.conftest import free_port


@contextmanager
def gateway(to: int, subject: str) -> Iterator[int]:
    """Pass connections on to a port, as of ``subject``; give the gateway's own port."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as door:
        threading.Thread(target=_serve, args=(door, to, port, subject), daemon=True).start()
        yield port


def _serve(door: socket.socket, to: int, port: int, subject: str) -> None:
    while True:
        try:
            browser, _ = door.accept()
        except OSError:  # closed: the test is over
            return
        threading.Thread(target=_pass, args=(browser, to, port, subject), daemon=True).start()


def _pass(browser: socket.socket, to: int, port: int, subject: str) -> None:
    """Pass one request on, and what comes of it: each connection has one."""
    gone = suppress(OSError)  # either side, while the browser still asks
    with closing(browser), gone, socket.create_connection(("127.0.0.1", to)) as server:
        asked = b""
        while b"\r\n\r\n" not in asked:
            more = browser.recv(65536)
            if not more:
                return
            asked += more
        head, body = asked.split(b"\r\n\r\n", 1)
        # as the server is told its own address, by whom, and once
        lines = head.replace(b"localhost:%d" % port, b"localhost:%d" % to).split(b"\r\n")
        if not any(line.lower().startswith(b"upgrade:") for line in lines):
            lines = [line for line in lines if not line.lower().startswith(b"connection:")]
            lines.append(b"Connection: close")
        lines.append(b"X-Forwarded-User: " + subject.encode())
        server.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        back = threading.Thread(target=_copy, args=(server, browser), daemon=True)
        back.start()
        _copy(browser, server)
        back.join()


def _copy(one: socket.socket, other: socket.socket) -> None:
    try:
        while part := one.recv(65536):
            other.sendall(part)
        other.shutdown(socket.SHUT_WR)
    except OSError:  # either side has gone
        pass

"""A service behind a proxy on this machine, asked by TLS as its senders ask."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from neighbours import NAME, trusting
from served import served

JSON = {"Content-Type": "application/json"}

Proxy = Callable[[Path, int], AbstractContextManager[int]]
"""Runs a proxy in a folder in front of a port; gives the port where it answers."""


class _Named(HTTPSConnection):
    """A connection to a proxy on this machine that asks for the name on its certificate."""

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(NAME, port, timeout=30, context=trusting(folder))

    def connect(self) -> None:
        """Connect to this machine in place of the one of that name."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=NAME)


class Front:
    """A proxy and the service behind it."""

    def __init__(self, folder: Path, port: int, service_port: int) -> None:
        self.folder, self.port, self.service_port = folder, port, service_port

    def ask(self, method="GET", path="/v1/routes", body=None, headers=None):
        """Ask through the proxy; status, headers and body."""
        return _ask(self.connect(), method, path, body, headers or {})

    def ask_directly(self, path, headers):
        """Ask the service itself."""
        connection = HTTPConnection("127.0.0.1", self.service_port, timeout=30)
        return _ask(connection, "GET", path, None, headers)

    def connect(self):
        """A new connection to the proxy."""
        return _Named(self.port, self.folder)


def _ask(connection, method, path, body, headers):
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@contextmanager
def building(proxy: Proxy, folder_of: Callable[[str], Path]) -> Iterator[Callable[..., Front]]:
    """A function that builds services behind a proxy, from settings; all are stopped at last."""
    with ExitStack() as opened:

        def build(**settings: object) -> Front:
            folder = folder_of("front")
            told = {"trusted_proxies": "127.0.0.1", "anonymous": "yes", "workers": 1, **settings}
            database_url = f"sqlite:///{folder}/assays.db"
            service_port, _ = opened.enter_context(served(folder, database_url, **told))
            port = opened.enter_context(proxy(folder, service_port))
            return Front(folder, port, service_port)

        yield build

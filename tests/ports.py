"""Ports for programs that cannot be asked which one they took."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """A port of the loopback interface that nobody listens on.

    It lies below those that the system gives to outgoing connections: tests open thousands of them,
    and one could take it before the program does.
    """
    while True:
        port = random.randrange(10_000, 30_000)  # noqa: S311  (no secret)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port

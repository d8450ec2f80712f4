"""gunicorn's worker with threads, which lends a thread only to a request that has come.

gunicorn's own lends a thread to a connection for the first five seconds, and from the first byte of
a request for as long as the rest takes: as many slow senders as there are threads make it deaf.
Here a connection waits in the poller, where it costs no more than its socket. The kernel keeps what
has come of a request and wakes the worker once the rest of it is there (SO_RCVLOWAT).

A new connection goes to a process that holds few. Left to the kernel it would go to whoever comes
first: one that is awake takes one after the other while its siblings wake up, and with connections
that are kept it would go on doing all the work.

Requests that are too long to wait for, or whose length is not announced, are read in a thread as
before, but never in the last thread that is free, and not for ever.
"""

import re
import selectors
import socket
from bisect import insort
from collections import deque
from contextlib import suppress
from functools import partial
from math import inf
from operator import attrgetter
from time import monotonic
from typing import Any, Final

from gunicorn.util import write_nonblock  # type: ignore[import-untyped]  # ships no types
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # ships no types

from recycler.web.process.threads_in_turn import ThreadsInTurn

MOST: Final = 65_536
"""Bytes of a request that the kernel keeps; longer ones are read in a thread."""

KEPT_ANSWER: Final = 1_048_576
"""Bytes of an answer that the kernel keeps until the other side takes them, or as many as the
system allows (net.core.wmem_max). Of a long way it would keep some ten packets, and a thread would
stay until the rest is gone."""

LEAST_RATE: Final = 100_000
"""Bytes a second: a request that announces more than MOST gets so much longer to come in."""

PARTING_S: Final = 2.0
"""Seconds for the other side to see that a connection is over."""

STEP_BACK_S: Final = 0.002
"""Seconds that a new connection is left to a process that holds fewer: it may be busy, or gone."""

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?=\r\n)")
_UNANNOUNCED: Final = re.compile(rb"\r\n(transfer-encoding|expect)[ \t]*:")


def bytes_wanted(start: bytes) -> int:
    """How many bytes must have come before a thread can do anything for a request.

    Args:
        start: What has come of it, up to MOST bytes.

    Returns:
        The length of the request if that is known; one more than have come while it is not;
        more than MOST if it is not worth waiting for, since it is long, does not say how long it
        is, or is not sent before it is asked for; 0 for what is no request.
    """
    if start and not start[:1].isalpha():
        return 0
    head_end = start.find(b"\r\n\r\n") + 4
    if head_end < 4:
        return len(start) + 1
    head = start[: head_end - 2].lower()
    lengths = _LENGTH.findall(head)
    if len(lengths) > 1:
        return 0
    length = head_end + (int(lengths[0]) if lengths else 0)
    return max(length, MOST + 1) if _UNANNOUNCED.search(head) else length


class Worker(ThreadWorker):  # type: ignore[misc]  # a class without types
    """gunicorn's worker with threads, and patience with slow senders that costs no thread.

    The application that it is given has `settings`, which say how long a request may take, and
    `connections`, where processes see how many each of them holds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_timeout_s: float = self.app.settings.request_timeout_s
        self._deadlines: dict[Any, float] = {}
        """Connections that have a thread: until when what they send is read."""
        self._long: set[Any] = set()
        """Those of them whose request had not come when they got it."""
        self._queue: deque[Any] = deque()
        """Connections that wait until one of those is done."""
        self._parting: deque[Any] = deque()
        """Connections that are over for this side, in the order of their timeouts."""
        self._back_at = -STEP_BACK_S
        """When new connections are taken again that were left to another process."""

    def init_process(self) -> None:
        """Prepare what connections are to have from the listening socket, and begin."""
        for listener in self.sockets:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT_ANSWER)
        super().init_process()

    def get_thread_pool(self) -> ThreadsInTurn:
        """Make the threads that answer."""
        return ThreadsInTurn(self.cfg.threads)

    def accept(self, listener: Any) -> None:
        """Take up a new connection, or leave it to a process that holds fewer, for a moment.

        Having left one, the process takes the next that it finds, and only then looks again.
        """
        now = monotonic()
        if now < self._back_at + STEP_BACK_S or not self._holds_more():
            self._back_at = -STEP_BACK_S
            super().accept(listener)
            self._tell()
        else:
            self._back_at = now + STEP_BACK_S
            self.set_accept_enabled(False)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen for new connections or not; not while they are left to another process."""
        super().set_accept_enabled(enabled and monotonic() >= self._back_at)
        self._tell()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for something to do, or until something has waited long enough."""
        waits = (timeout, self._back_in_s(), self.tpool.relief_in_s())
        super().wait_for_and_dispatch_events(min(waits))
        self.tpool.relieve()
        self._tell()

    def enqueue_req(self, conn: Any) -> None:
        """Lend a thread to a connection once its request is there; all of them come by here."""
        held = conn.parser.unreader.buf.getvalue() if conn.parser else b""
        start = held + _peeked(conn.sock)
        wanted = bytes_wanted(start)
        if wanted > MOST:
            conn.read_for_s = self.request_timeout_s + wanted / LEAST_RATE
            self._queue.append(conn)
            self._serve_queue()
        elif wanted > len(start):
            self._wait(conn, wanted - len(held))
        else:
            self._lend(conn, self.request_timeout_s)

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Take up a kept connection on which the next request begins: its time begins, too."""
        conn.timeout = None
        super().on_client_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        """Look again at a connection of which more has come, or no more will."""
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if len(_peeked(client)) < conn.awaited:  # it ended, or the kernel cannot keep so much
            self._lend(conn, self.request_timeout_s)
        else:
            self.enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Take a connection back from its thread, to keep it or to part with it."""
        del self._deadlines[conn]
        self._long.discard(conn)
        conn.timeout = None
        if fs.cancelled() or fs.exception() or not fs.result():
            self._part(conn)
        else:
            super().finish_request(conn, fs)
        self._serve_queue()

    def handle_error(self, _req: Any, client: Any, _addr: Any, exc: Exception) -> None:
        """Answer a request that could not be read, or that failed outside the application."""
        # Not above: with it numpy would come in before its threads are limited.
        from recycler.web.unreadable import refusal, status_of

        status = status_of(exc)
        if status is None:
            self.log.exception("Error handling request")
        else:
            self.log.warning("Invalid request", extra={"fault": type(exc).__name__})
        with suppress(OSError):  # whoever sent it may be gone
            write_nonblock(client, refusal(status or 500))

    def notify(self) -> None:
        """Tell the arbiter that the worker is alive; every second, and so the time to look round.

        Whoever has not sent all of a request by its deadline is read no further: to gunicorn it
        ends there. A request that is being worked on is not disturbed.
        """
        super().notify()
        now = monotonic()
        for conn in [conn for conn, deadline in self._deadlines.items() if deadline < now]:
            self._deadlines[conn] = float("inf")
            with suppress(OSError):  # the other side may be gone already
                conn.sock.shutdown(socket.SHUT_RD)
        while self._parting and self._parting[0].timeout < now:
            self._close(self._parting[0])

    def _cap_keepalive(self, deadline: float) -> None:
        """Begin to stop: refuse new connections, wait no longer for half a request than for one.

        gunicorn leaves the door open until the last request is done, and whoever comes in by then
        waits for nobody.
        """
        for listener in self.sockets:
            listener.close()
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _holds_more(self) -> bool:
        """Whether another process holds fewer connections, and not just a few: each pause costs."""
        fewest = self.app.connections.fewest(besides=self.place)
        return fewest is not None and self.nr_conns > fewest + 2 + fewest // 8

    def _back_in_s(self) -> float:
        """Seconds until connections are taken again; infinite if none are left to others."""
        left_s = self._back_at - monotonic()
        return inf if self._accepting or left_s < -STEP_BACK_S else max(0.0, left_s)

    def _tell(self) -> None:
        """Let the other processes see how many connections this one holds, if it takes more."""
        if self.alive:
            self.app.connections.hold(self.place, self.nr_conns)
        else:
            self.app.connections.leave(self.place)

    def _wait(self, conn: Any, awaited: int) -> None:
        """Let a connection wait in the poller until so many bytes can be read."""
        conn.awaited = awaited
        conn.timeout = conn.timeout or monotonic() + self.request_timeout_s
        conn.sock.setblocking(False)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, awaited)
        insort(self.pending_conns, conn, key=attrgetter("timeout"))
        look_again = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, look_again)

    def _part(self, conn: Any) -> None:
        """Say that no more will be sent, and close once the other side has seen it.

        A socket closed at once while something unread is in it would take the end of the answer
        with it. gunicorn's own way to wait for that keeps the whole worker waiting.
        """
        conn.timeout = monotonic() + PARTING_S
        self._parting.append(conn)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):  # the other side, or gunicorn, has closed it
            self._close(conn)

    def _drain(self, conn: Any, client: socket.socket) -> None:
        """Throw away what is still sent; close when that ends."""
        try:
            ended = not client.recv(MOST)
        except OSError:
            ended = True
        if ended:
            self._close(conn)

    def _close(self, conn: Any) -> None:
        self._parting.remove(conn)
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _serve_queue(self) -> None:
        """Lend threads to long requests, as long as one is left for those that have come."""
        while self._queue and len(self._long) < max(1, self.cfg.threads - 1):
            conn = self._queue.popleft()
            self._long.add(conn)
            self._lend(conn, conn.read_for_s)

    def _lend(self, conn: Any, read_for_s: float) -> None:
        self._deadlines[conn] = monotonic() + read_for_s
        conn.data_ready = True
        with suppress(OSError):
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            # Nobody waits longer for a receiver that takes nothing.
            stalled_ms = int(1000 * self.request_timeout_s)
            conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stalled_ms)
        super().enqueue_req(conn)


def _peeked(client: socket.socket) -> bytes:
    """What has come and was not read yet, up to MOST bytes."""
    try:
        return client.recv(MOST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return b""

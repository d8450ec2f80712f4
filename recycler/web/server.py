"""`recycler serve`: gunicorn with threads, set up for containers.

The process that listens loads no model; each worker loads its own, after the fork, and follows
promotions by itself. Code is imported once, before the fork: a worker that takes another's place
answers soon, and workers share the memory of what was imported.
"""

import logging
import os
import resource
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # ships no types

from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.process import metrics_files
from recycler.web.process.connection_counts import ConnectionCounts
from recycler.web.process.logs import ServerLog, announce, set_up_logs
from recycler.web.process.memory import settle
from recycler.web.process.scratch import scratch_folder
from recycler.web.process.tracing import require_telemetry
from recycler.web.worker import Worker

if TYPE_CHECKING:
    from flask import Flask

_LOG: Final = logging.getLogger(__name__)

_THREADS_OF_LIBRARIES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_MOST_CONNECTIONS: Final = 1000
_OTHER_DESCRIPTORS: Final = 64
"""Of a process, for its database, models, log and metrics: some thirty are in use."""

_QUIETER: Final = {"debug": "info", "info": "warning", "warning": "warning", "error": "error"}
"""gunicorn's own level: its chatter at info would bury the one line that matters, and at debug it
quotes what was sent."""


class Server(BaseApplication):  # type: ignore[misc]  # a class without types
    """gunicorn's application, told everything by Settings and nothing by files or arguments.

    Args:
        settings: What it serves, and how.
        folder: Where its workers count, and show that they are alive.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.connections = ConnectionCounts()
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings to gunicorn."""
        options = gunicorn_options(self.settings) | metrics_hooks(self.folder)
        options["worker_tmp_dir"] = str(self.folder)
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        """Build the application, in the worker."""
        app = create_app(self.settings, follow=True)
        settle()
        return app


def serve(settings: Settings, server: type[Server] = Server) -> None:
    """Answer HTTP until the process is told to stop (SIGTERM, SIGINT).

    Args:
        settings: What is served, and how.
        server: What builds the application in the workers.
    """
    for variable in _THREADS_OF_LIBRARIES:
        os.environ.setdefault(variable, "1")  # workers and threads share the cores already
    require_telemetry(settings)
    set_up_logs(settings)
    check_rate_limits(settings)
    migrate(settings)
    with metrics_files.metrics_folder(scratch_folder(settings.workers)) as folder:
        import_application()
        server(settings, folder).run()


def import_application() -> None:
    """Import what builds the application, for all workers that will be forked.

    To be called once the metrics' folder is there: the metrics' library looks for it when it is
    imported.
    """
    import_module("recycler.web.app")
    settle()  # a collector that marked what is shared would make it each worker's own


def migrate(settings: Settings) -> None:
    """Bring the assays' tables up to date, so that no request waits for it.

    A database that cannot be used is logged and keeps nobody from estimating; its tables are
    brought up to date once it can be.
    """
    from recycler.assays import AssayStore, DatabaseUnavailableError

    store = AssayStore(settings.database_url, timeout_s=settings.database_timeout_s)
    try:
        store.migrate()
    except DatabaseUnavailableError as error:
        _LOG.warning("%s Assays are answered with 503 until it can be.", error)
    finally:
        store.close()


def check_rate_limits(settings: Settings) -> None:
    """Find out whether requests can be counted as the settings say, before any worker tries to.

    Raises:
        SettingsError: The store's client library is not installed.
    """
    from recycler.web.process.rate_limits import rate_limits

    rate_limits(settings)


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """What the settings tell gunicorn, by its own names."""
    return {
        "bind": f"{_bracketed(settings.host)}:{settings.port}",
        "worker_class": Worker,
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_connections": connections_at_most(settings),
        "timeout": settings.timeout_s,
        "graceful_timeout": settings.graceful_timeout_s,
        "keepalive": settings.keep_alive_s,
        "preload_app": False,
        "limit_request_line": 4094,  # bytes of method, path and query string
        "limit_request_fields": 100,
        "limit_request_field_size": 8190,
        "forwarded_allow_ips": "",  # recycler.web.proxies decides whom to believe
        "control_socket_disable": True,
        "accesslog": None,  # the application logs requests itself, see recycler.web.views.measuring
        "errorlog": None,  # ServerLog hands it on to the one handler of all logs
        "logger_class": ServerLog,
        "loglevel": _QUIETER[settings.log_level],
        "proc_name": "recycler",
        "when_ready": lambda arbiter: print_start(arbiter, settings),
    }


def connections_at_most(settings: Settings) -> int:
    """How many connections a process holds at once, the waiting ones included; others queue.

    As many as its file descriptors last for, up to 1,000: a process that runs out of them while it
    accepts a connection ends, and its requests with it.
    """
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(settings.threads + 1, min(_MOST_CONNECTIONS, descriptors - _OTHER_DESCRIPTORS))


def metrics_hooks(folder: Path) -> dict[str, Any]:
    """What gunicorn has to do so that every worker has a place to count in, by its own names."""

    def pre_fork(arbiter: Any, worker: Any) -> None:
        taken = {sibling.place for sibling in arbiter.WORKERS.values()}
        worker.place = metrics_files.free_place(taken)

    def post_fork(_arbiter: Any, worker: Any) -> None:
        metrics_files.take_place(worker.place)

    def child_exit(_arbiter: Any, worker: Any) -> None:
        worker.app.connections.leave(worker.place)
        metrics_files.leave_place(worker.place, folder)

    return {"pre_fork": pre_fork, "post_fork": post_fork, "child_exit": child_exit}


def print_start(arbiter: Any, settings: Settings) -> None:
    """Print where the service listens, which model it serves, to whom and how much of it."""
    from recycler.web.access.start_line import who_may_use
    from recycler.web.process.rate_limits import words_of

    addresses = ", ".join(str(listener) for listener in arbiter.LISTENERS)
    served = f"recycler listens on {addresses} and serves {_served(settings)}"
    announce(f"{served}; {who_may_use(settings)}; {words_of(settings)}", settings)


def _served(settings: Settings) -> str:
    from recycler.registry import ArtefactError
    from recycler.web.process.champion import open_registry

    try:
        registry = open_registry(settings)
        return f"model {registry.resolve('champion')} from {registry.root}"
    except ArtefactError as error:
        return f"no model, answering 503: {error}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host

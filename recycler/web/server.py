"""`recycler serve`: gunicorn with threads, set up for containers.

The process that listens loads no model; each worker loads its own, after the fork, and follows
promotions by itself. Code is imported once, before the fork: a worker that takes another's place
answers soon, and workers share the memory of what was imported.
"""

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # ships no types

from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.process import metrics_files
from recycler.web.process.memory import settle

if TYPE_CHECKING:
    from flask import Flask

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  (no secrets: heartbeat files, metrics)

_LOG: Final = logging.getLogger(__name__)

_THREADS_OF_LIBRARIES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_QUIETER: Final = {"debug": "debug", "info": "warning", "warning": "warning", "error": "error"}
"""gunicorn's own level: its chatter at info would bury the one line that matters."""


class Server(BaseApplication):  # type: ignore[misc]  # a class without types
    """gunicorn's application, told everything by Settings and nothing by files or arguments.

    Args:
        settings: What it serves, and how.
        folder: Where its workers count.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings to gunicorn."""
        options = gunicorn_options(self.settings) | metrics_hooks(self.folder)
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
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # the store says what was migrated
    migrate(settings)
    with metrics_files.metrics_folder(_memory()) as folder:
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


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """What the settings tell gunicorn, by its own names."""
    memory = _memory()
    return {
        "bind": f"{_bracketed(settings.host)}:{settings.port}",
        "worker_class": "gthread",
        "workers": settings.workers,
        "threads": settings.threads,
        "timeout": settings.timeout_s,
        "graceful_timeout": settings.graceful_timeout_s,
        "keepalive": settings.keep_alive_s,
        "preload_app": False,
        "control_socket_disable": True,
        "worker_tmp_dir": memory and str(memory),
        "accesslog": "-" if settings.access_log else None,
        "loglevel": _QUIETER[settings.log_level],
        "proc_name": "recycler",
        "when_ready": lambda arbiter: print_start(arbiter, settings),
    }


def metrics_hooks(folder: Path) -> dict[str, Any]:
    """What gunicorn has to do so that every worker has files to count in, by its own names."""

    def pre_fork(arbiter: Any, worker: Any) -> None:
        taken = {sibling.metrics_place for sibling in arbiter.WORKERS.values()}
        worker.metrics_place = metrics_files.free_place(taken)

    def post_fork(_arbiter: Any, worker: Any) -> None:
        metrics_files.take_place(worker.metrics_place)

    def child_exit(_arbiter: Any, worker: Any) -> None:
        metrics_files.leave_place(worker.metrics_place, folder)

    return {"pre_fork": pre_fork, "post_fork": post_fork, "child_exit": child_exit}


def print_start(arbiter: Any, settings: Settings) -> None:
    """Print where the service listens and which model it serves, in one line."""
    addresses = ", ".join(str(listener) for listener in arbiter.LISTENERS)
    sys.stdout.write(f"recycler listens on {addresses} and serves {_served(settings)}\n")
    sys.stdout.flush()


def _served(settings: Settings) -> str:
    from recycler.registry import ArtefactError
    from recycler.web.process.champion import open_registry

    try:
        registry = open_registry(settings)
        return f"model {registry.resolve('champion')} from {registry.root}"
    except ArtefactError as error:
        return f"no model, answering 503: {error}"


def _memory() -> Path | None:
    """A folder in memory, if there is one that can be written to."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host

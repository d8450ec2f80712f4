"""Where the time of a request goes: CPU time, stage by stage, in this process and in the server.

A stage is what a request takes up to its end, less what it takes up to the end of the stage before;
both are medians over many requests, each with counts of its own: counts that have come up before
take less. What the server adds is the CPU time of its processes over the requests that wrk made,
less that of the application.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import count
from operator import sub
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final

from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web import create_app
from recycler.web.answers.documents import dump
from recycler.web.app import ASSAY_DATABASE, KEYRING
from recycler.web.input.json_input import read_json
from recycler.web.input.schemas import parse_batch

from . import processes
from .batches import batch, filled, template
from .services import RECYCLER, ROOT, UNLIMITED, Service, service
from .wrk import drive

LINES: Final = (10, 100)
WARM_UP: Final = 20

Answer = Callable[[bytes], object]


def measure(rounds: int, seconds: int) -> list[dict[str, Any]]:
    """Ms of CPU time by stage, for batches of ten and of a hundred lines.

    Args:
        rounds: Requests of ten lines; of a hundred a tenth of it.
        seconds: How long the server is driven for each size.
    """
    with service(RECYCLER) as running, stages() as timed:
        return [
            {
                "lines": lines,
                "ms": split(timed(lines, rounds * 10 // lines), in_server(running, lines, seconds)),
            }
            for lines in LINES
        ]


def split(timed: dict[str, float], server_ms: float) -> dict[str, float]:
    """What each stage adds to those before it."""
    until = {
        "read the JSON": timed["read the JSON"],
        "check it": timed["read and check"],
        "estimate": timed["estimate"],
        "write the answer": timed["until written"],
        "Flask, headers, counts": timed["request"],
        "gunicorn and sockets": server_ms,
    }
    return dict(zip(until, map(sub, until.values(), (0.0, *until.values())), strict=True))


@contextmanager
def stages() -> Iterator[Callable[[int, int], dict[str, float]]]:
    """A function that times every stage: (lines, rounds) -> ms by stage."""
    with TemporaryDirectory() as scratch:
        told = {**UNLIMITED, "RECYCLER_MODELS": str(ROOT / "models")}
        told["RECYCLER_DATABASE_URL"] = f"sqlite:///{scratch}/assays.db"
        settings = Settings.from_environment(os.environ | told)
        model = Registry(ROOT / "models").load()
        app = create_app(settings, model, follow=True)

        def timed(lines: int, rounds: int) -> dict[str, float]:
            numbers, text = Random(5), template(batch(lines))  # noqa: S311  (no secret)
            bodies = (filled(text, numbers) for _ in count())
            works = {
                "read the JSON": lambda body: read_json(body, settings.max_json_depth),
                "read and check": lambda body: parse_batch(body, settings),
                "estimate": lambda body: model.estimate(parse_batch(body, settings)),
                "until written": lambda b: dump(model.estimate(parse_batch(b, settings))),
                "request": asked(app),
            }
            return median_ms(works, bodies, rounds)

        with closing(app.extensions[ASSAY_DATABASE]), closing(app.extensions[KEYRING]):
            yield timed


def median_ms(
    works: Mapping[str, Answer], bodies: Iterator[bytes], rounds: int
) -> dict[str, float]:
    """Median CPU time of each work, ms; the first rounds are not counted.

    Works take turns, so that a machine that is faster for a while is so for all, and every one has
    a body that none has seen.
    """
    spent = [
        {name: spent_ms(work, next(bodies)) for name, work in works.items()}
        for _ in range(WARM_UP + rounds)
    ]
    return {name: median(one[name] for one in spent[WARM_UP:]) for name in works}


def spent_ms(work: Callable[[Any], object], given: Any) -> float:
    """CPU time of this process, ms."""
    begun = process_time()
    work(given)
    return 1000 * (process_time() - begun)


def asked(app: Callable[..., Any]) -> Answer:
    """Post a body to an application as a server does, without a server."""

    def ask(body: bytes) -> bytes:
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/v1/estimates",
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1:8000",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        statuses: list[str] = []
        answer = app(environ, lambda status, _headers, *_: statuses.append(status))
        body = b"".join(answer)
        answer.close()
        if statuses != ["200 OK"]:
            raise RuntimeError(f"a request was answered with {statuses}: {body[:300]!r}")
        return body

    return ask


def in_server(running: Service, lines: int, seconds: int) -> float:
    """CPU time of the service's processes for one request, ms."""
    text = template(batch(lines))
    drive(running.url, text, seconds=seconds)  # caches fill
    before = processes.cpu_s(running.leader)
    run = drive(running.url, text, seconds=seconds)
    return 1000 * (processes.cpu_s(running.leader) - before) / run.requests

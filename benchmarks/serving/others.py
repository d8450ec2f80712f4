"""The same model served by others: MLflow's scoring server, and a plain FastAPI application.

All services have two worker processes and run at the same time; wrk drives them in turn, round by
round, with counts that change from request to request. Before that every service has to answer the
same batch with the same figures.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import Request, urlopen

from . import services
from .batches import as_dataframe, batch, filled, template
from .peers.environment import FOLDER, PYTHON, NotInstalledError, install
from .processes import StartError
from .services import ECHO_SERVICE, RECYCLER, Plan, Service, service
from .wrk import Run, drive, summary

LINES: Final = (1, 10, 100)
PLACES: Final = re.compile(r"(\w+:/)?/\S+")
"""Folders and addresses in what a program says: they are of this machine alone."""

PEERS: Final = Path(__file__).parent / "peers"

FASTAPI: Final = Plan(
    (
        *(str(PYTHON), "-m", "uvicorn", "--app-dir", str(PEERS), "--port", "{port}"),
        *("--workers", "{workers}", "--log-level", "warning", "--no-access-log", "fastapi_app:app"),
    )
)


@dataclass(frozen=True)
class Candidate:
    """A service to drive, and how a batch is written for it."""

    service: Service
    written: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def run(self, lines: int, seconds: int) -> Run:
        """Drive it with batches of so many lines."""
        return drive(self.service.url, template(self.written(batch(lines))), seconds=seconds)


def compare(rounds: int, seconds: int) -> dict[str, Any]:
    """Rates and latencies by lines and service; "missing" says what could not be started, and why.

    Raises:
        DifferentAnswersError: Two services answer the same batch with other figures.
        FailedRequestsError: A request failed.
    """
    with ExitStack() as stack:
        candidates, missing = start_all(stack)
        check_answers(candidates)
        for candidate in candidates.values():
            candidate.run(10, seconds)  # caches fill
        return {
            "lines": [measured(candidates, lines, rounds, seconds) for lines in LINES],
            "missing": missing,
        }


def start_all(stack: ExitStack) -> tuple[dict[str, Candidate], dict[str, str]]:
    """Start what can be started: services by name, and why the others are not there."""
    candidates = {"recycler": Candidate(stack.enter_context(service(RECYCLER)))}
    candidates["echo"] = Candidate(stack.enter_context(service(ECHO_SERVICE)))
    missing: dict[str, str] = {}
    for name, start in {"FastAPI": fastapi, "MLflow": mlflow}.items():
        try:
            install()
            candidates |= stack.enter_context(start())
        except (NotInstalledError, StartError, subprocess.CalledProcessError) as error:
            missing[name] = PLACES.sub("…", str(error))
    return candidates, missing


@contextmanager
def fastapi() -> Iterator[dict[str, Candidate]]:
    """The FastAPI application, and its echo."""
    with service(FASTAPI) as running:
        yield {
            "FastAPI": Candidate(running),
            "FastAPI echo": Candidate(services.at(running, "/v1/echo")),
        }


@contextmanager
def mlflow() -> Iterator[dict[str, Candidate]]:
    """MLflow's scoring server."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        environ = services.environment(Path(scratch)) | {"MLFLOW_DISABLE_TELEMETRY": "true"}
        save = [PYTHON, PEERS / "mlflow_save.py", folder]
        subprocess.run(save, env=environ, cwd=scratch, check=True, capture_output=True)
        with service(_scoring_server(folder)) as running:
            yield {"MLflow": Candidate(running, as_dataframe)}


def _scoring_server(folder: Path) -> Plan:
    serve = ("models", "serve", "--env-manager", "local", "--model-uri", str(folder))
    options = ("--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}")
    # `mlflow models serve` starts the programs it needs by name.
    with_path = ("env", f"PATH={FOLDER / 'bin'}:/usr/bin:/bin", "MLFLOW_DISABLE_TELEMETRY=true")
    return Plan((*with_path, "mlflow", *serve, *options), "/invocations", "/ping")


class DifferentAnswersError(RuntimeError):
    """Services do not answer the same batch with the same figures."""


def check_answers(candidates: Mapping[str, Candidate]) -> None:
    """Ask every service that estimates about the same batch.

    Raises:
        DifferentAnswersError: An answer differs from recycler's.
    """
    known: dict[str, Any] = {}
    for name, candidate in candidates.items():
        if "echo" not in name:
            answer = asked(candidate)
            known[name] = answer["predictions"][0] if name == "MLflow" else answer
    for name, answer in known.items():
        if answer != known["recycler"]:
            raise DifferentAnswersError(f"{name} does not answer what recycler answers")


def asked(candidate: Candidate) -> Any:
    """The answer to a batch of ten lines."""
    body = filled(template(candidate.written(batch(10))), Random(5))  # noqa: S311  (no secret)
    request = Request(candidate.service.url, body, {"Content-Type": "application/json"})  # noqa: S310  (loopback)
    with urlopen(request, timeout=60) as answer:  # noqa: S310  (the same)
        return json.load(answer)


def measured(
    candidates: Mapping[str, Candidate], lines: int, rounds: int, seconds: int
) -> dict[str, Any]:
    """Drive all services in turn with batches of so many lines."""
    runs: dict[str, list[Run]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            runs[name].append(candidate.run(lines, seconds))
    return {
        "lines": lines,
        "services": {
            name: summary(found) | {"recycler_times": times(runs["recycler"], found)}
            for name, found in runs.items()
        },
    }


def times(recycler: list[Run], other: list[Run]) -> float:
    """How many times another service's rate recycler reaches, the median over the rounds."""
    return median(ours.rate / its.rate for ours, its in zip(recycler, other, strict=True))

"""Containers through the docker client, on the network of the host."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from ports import free_port

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
"""What a careful operator takes away from a container."""

OPEN = "--env=RECYCLER_ANONYMOUS=yes"
"""Lets everybody in: a container listens to everybody, so that it is closed without keys."""


def docker(*arguments: str, **options: Any) -> str:
    """Run the client and return what it printed; its own words if it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes

    @property
    def document(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Service:
    """A running container that serves on a port of the host."""

    container: str
    port: int

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch a path."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, document: Any, **headers: str) -> Answer:
        """Send a document as JSON."""
        return self._ask("POST", path, json.dumps(document), headers)

    def run_inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container."""
        line = ["docker", "exec", self.container, *command]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    def health(self) -> str:
        """What the engine's health check says: starting, healthy or unhealthy."""
        return docker("inspect", "--format={{.State.Health.Status}}", self.container)

    def logs(self) -> str:
        """All that the container wrote."""
        line = ["docker", "logs", self.container]
        return subprocess.run(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        ).stdout

    def wait_until_it_answers(self, seconds: float) -> None:
        """Wait for /livez; a container that ends first shows its log."""
        wait_for(self._answers, seconds, lambda: f"no answer; its log:\n{self.logs()}")

    def _answers(self) -> bool:
        try:
            return self.get("/livez").status == 200
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            sent = {"Content-Type": "application/json", **headers}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.read())


@contextmanager
def running(
    image: str, *options: str, command: tuple[str, ...] = (), start_s: float = 60
) -> Iterator[Service]:
    """Run a container until the block ends; the service inside answers when the block begins."""
    port = free_port()
    setting = f"--env=RECYCLER_PORT={port}"
    container = docker("run", "--detach", "--network=host", setting, *options, image, *command)
    try:
        service = Service(container, port)
        service.wait_until_it_answers(start_s)
        yield service
    finally:
        docker("rm", "--force", "--volumes", container)


@contextmanager
def volume(path: str) -> Iterator[str]:
    """An empty volume until the block ends, as an option that mounts it at a path."""
    name = docker("volume", "create")
    try:
        yield f"--volume={name}:{path}"
    finally:
        docker("volume", "rm", name)


def wait_for(holds: Callable[[], bool], seconds: float, failure: Callable[[], str]) -> None:
    """Ask several times a second until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, failure()
        time.sleep(0.2)

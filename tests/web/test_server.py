"""The service end to end: gunicorn with two workers, on a free port of this machine."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
from served import served

from recycler.settings import Settings
from recycler.web.server import Server, gunicorn_options
from recycler.web.views.estimates import EXAMPLE
from recycler.web.worker import Worker

HERE = Path(__file__).parent
BODY = json.dumps(EXAMPLE).encode()
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Port of a running service and the line it printed; stopped by SIGTERM afterwards."""
    models = tmp_path_factory.mktemp("models")
    database_url = f"sqlite:///{models}/assays.db"
    with served(models, database_url, workers=2, max_body_bytes=20000) as service:
        yield service


def ask(port, method="POST", path="/v1/estimates", body=BODY, headers=JSON, **options):
    """Send one request; return status, headers and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers, **options)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_it_says_in_one_line_where_it_listens_and_what_it_serves(service):
    port, line = service

    assert f"recycler listens on http://127.0.0.1:{port} and serves no model" in line


def test_it_answers_an_estimate(service):
    status, headers, body = ask(service[0])

    assert status == 200
    assert headers["Model-Version"] == "sample-1"
    assert json.loads(body)["batch_id"] == "intake-0042"


def test_all_workers_and_threads_give_the_same_bytes(service):
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: ask(service[0])[::2], range(40)))

    assert len(answers) == 1


def test_a_body_whose_length_is_not_announced_is_read(service):
    status, _, _ = ask(service[0], body=iter([BODY[:10], BODY[10:]]), encode_chunked=True)

    assert status == 200


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_announced_or_not(service, announced):
    body = BODY + b" " * 20_000
    sent = body if announced else iter([body[:15_000], body[15_000:]])
    status, headers, answer = ask(service[0], body=sent, encode_chunked=not announced)

    assert status == 413
    assert headers["Content-Type"] == "application/problem+json"
    assert "20000 bytes" in json.loads(answer)["detail"]


def test_probes_answer(service):
    assert [ask(service[0], "GET", path)[0] for path in ("/livez", "/readyz")] == [200, 200]


def test_a_connection_is_kept_open(service):
    connection = HTTPConnection("127.0.0.1", service[0], timeout=30)
    for _ in range(3):
        connection.request("POST", "/v1/estimates", BODY, JSON)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
        assert not answer.will_close
    connection.close()


def workers() -> list[int]:
    """Ids of the processes that the services of this process have forked."""
    return [worker for service in children("self") for worker in children(service)]


def children(process: int | str) -> list[int]:
    """Ids of a process's children."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def memory_kb(process: int, name: str) -> int:
    """One figure of a process's memory, as the kernel sums it up."""
    summed = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.search(rf"^{name}: +([0-9]+) kB$", summed, re.MULTILINE)[1])


def test_workers_share_the_larger_part_of_their_memory(service):
    """What was imported before they were forked."""
    assert ask(service[0])[0] == 200

    found = workers()
    assert len(found) == 2
    assert all(
        memory_kb(worker, "Private_Dirty") < memory_kb(worker, "Rss") / 2 for worker in found
    )


def test_gunicorn_is_set_up_for_containers():
    """No control socket, no preloading, no access log."""
    options = gunicorn_options(Settings(host="::1", port=80, workers=3, threads=5))

    assert options["bind"] == "[::1]:80"
    assert (options["worker_class"], options["workers"], options["threads"]) == (Worker, 3, 5)
    assert options["control_socket_disable"] is True
    assert options["preload_app"] is False
    assert options["accesslog"] is None


def test_heartbeats_are_where_the_workers_count(tmp_path):
    """A folder that was found to be writable, in memory if there is one."""
    assert Server(Settings(), tmp_path).cfg.worker_tmp_dir == str(tmp_path)


def test_the_server_imports_no_numpy_before_it_has_limited_its_threads():
    """So that one thread per library holds in the workers that are forked from it."""
    code = "import sys, recycler.web.server; sys.exit('numpy' in sys.modules)"

    ended = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent.parent, check=False)
    assert ended.returncode == 0

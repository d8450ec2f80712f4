"""A real Prometheus scrapes a real service, and gets what alerts and dashboard ask for."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from served import served
from test_watching import RULES, shown

from recycler.web.views.estimates import EXAMPLE

pytestmark = pytest.mark.slow

SILENT = ("recycler_promotion_refused_workers", 'status=~"[45]', "recycler_assay_writes_total")
"""Parts of the dashboard's expressions that find nothing while there is nothing to tell."""


def ask(port: int, path: str, body: Any = None) -> Any:
    """What a JSON document a path is answered with; None if it is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = json.dumps(body) if body else None
        connection.request(
            "POST" if body else "GET", path, sent, {"Content-Type": "application/json"}
        )
        answer = connection.getresponse().read()
        return json.loads(answer) if answer[:1] == b"{" else None
    finally:
        connection.close()


@contextmanager
def prometheus(folder: Path, target: int) -> Iterator[int]:
    """Port of a Prometheus that scrapes a port of this machine every second."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("there is no prometheus here (on Debian: apt-get install prometheus)")
    scraped = {"job_name": "recycler", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
    config = folder / "prometheus.yml"
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    document = {"global": every, "rule_files": [str(RULES)], "scrape_configs": [scraped]}
    config.write_text(yaml.safe_dump(document))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    log = (folder / "log").open("wb")
    with (
        log,
        subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=log) as p,
    ):
        try:
            yield port
        finally:
            p.terminate()


def found(port: int, expression: str) -> list[Any]:
    """What an expression finds."""
    answer = ask(port, f"/api/v1/query?query={quote(expression, safe='')}")
    assert answer["status"] == "success", answer
    series: list[Any] = answer["data"]["result"]
    return series


def wait_for_scrapes(port: int) -> None:
    """Wait until there are two scrapes, from which a rate can be told."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if found(port, "count_over_time(recycler_workers[5m]) > 3"):
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.5)
    pytest.fail("nothing was scraped")


def test_what_alerts_and_dashboard_ask_for_is_found(tmp_path):
    with (
        served(tmp_path, f"sqlite:///{tmp_path}/assays.db", workers=2) as (service, _),
        prometheus(tmp_path, service) as port,
    ):
        ask(service, "/v1/estimates", EXAMPLE)
        wait_for_scrapes(port)
        ask(service, "/v1/estimates", EXAMPLE)
        time.sleep(3)

        (up,) = found(port, 'up{job="recycler"}')
        assert up["value"][1] == "1"
        empty = [expression for expression in shown() if not found(port, expression)]
        assert all(any(part in expression for part in SILENT) for expression in empty), empty
        groups = ask(port, "/api/v1/rules")["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert {(rule["health"], rule["state"]) for rule in rules} == {("ok", "inactive")}

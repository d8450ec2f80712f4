"""GET /docs in Chromium: nothing is blocked, nothing fails, and the style sheet arrives."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from served import served

pytestmark = pytest.mark.browser

WIDTHS = (390, 1440)
INLINE = b"<!doctype html><title>x</title><script>document.title = 'ran'</script>"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium here (on Debian: apt-get install chromium)")
    return program


def read(chromium: str, url: str, folder: Path, width: int = 1440) -> tuple[str, list[str]]:
    """What a page is made of once it is loaded, and what the browser complained about."""
    shown = subprocess.run(
        [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *(f"--user-data-dir={folder}", f"--window-size={width},900"),
            *("--enable-logging=stderr", "--log-level=0", url),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return shown.stdout, re.findall(r".*CONSOLE.*", shown.stderr)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_loads_without_a_complaint(chromium, tmp_path, width):
    database = f"sqlite:///{tmp_path / 'assays.db'}"
    with served(tmp_path / "models", database, workers=1) as (port, _):
        page, complaints = read(chromium, f"http://127.0.0.1:{port}/docs", tmp_path / "own", width)
        asked = counted(port)

    assert complaints == []
    assert 'id="create_estimate"' in page
    assert asked == {("/docs", "200"), ("/docs/style.css", "200")}


def counted(port: int) -> set[tuple[str, str]]:
    """Endpoint and status of every request so far: nothing else was asked for."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    connection.close()
    found = re.findall(r'_requests_total\{endpoint="([^"]+)",.*status="([0-9]+)"\}', told)
    return {(endpoint, status) for endpoint, status in found}


def test_a_page_that_breaks_the_policy_would_be_found_out(chromium, tmp_path):
    with one_page(INLINE) as url:
        _, complaints = read(chromium, url, tmp_path / "own")

    assert any("Content Security Policy" in complaint for complaint in complaints)


@contextmanager
def one_page(page: bytes) -> Iterator[str]:
    """Where a page is served that allows itself nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()

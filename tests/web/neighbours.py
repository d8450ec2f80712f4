"""Programs that stand beside the service: a proxy in front of it, Redis or Valkey behind it."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ports import free_port

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
PASSWORD = "s3cret-of-the-store"  # noqa: S105  (of a server that lives as long as a test)
NAME = "metals.example"

_AROUND = """\
daemon off;
{user}
error_log stderr error;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/recycler.conf;
}}
"""


def program(*names: str) -> str:
    """Where a program is; the test is skipped if there is none of these."""
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    pytest.skip(f"there is no {' or '.join(names)} here (on Debian: apt-get install)")


@contextmanager
def nginx(folder: Path, service_port: int) -> Iterator[int]:
    """The port where nginx answers with deploy/nginx.conf, by TLS, in front of a service."""
    port = free_port()
    make_certificate(folder)
    text = (DEPLOY / "nginx.conf").read_text()
    for ours, theirs in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{service_port};",
        "/etc/ssl/recycler/fullchain.pem": str(folder / "certificate.pem"),
        "/etc/ssl/recycler/privkey.pem": str(folder / "key.pem"),
    }.items():
        assert ours in text
        text = text.replace(ours, theirs)
    (folder / "recycler.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_AROUND.format(user=user, folder=folder))
    with running([program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")], port):
        yield port


@contextmanager
def caddy(folder: Path, service_port: int) -> Iterator[int]:
    """The port where Caddy answers with deploy/Caddyfile, by TLS, in front of a service."""
    port = free_port()
    make_certificate(folder)
    certificate = f"tls {folder / 'certificate.pem'} {folder / 'key.pem'}"
    text = (DEPLOY / "Caddyfile").read_text()
    for ours, theirs in {
        "\n{\n": "\n{\n\tadmin off\n\tauto_https off\n",
        f"\n{NAME} {{": f"\nhttps://{NAME}:{port} {{\n\tbind 127.0.0.1\n\t{certificate}",
        "127.0.0.1:8000": f"127.0.0.1:{service_port}",
    }.items():
        assert ours in text
        text = text.replace(ours, theirs)
    (folder / "Caddyfile").write_text(text)
    home = f"HOME={folder}"  # where it keeps what it gets by itself
    command = ["env", home, program("caddy"), "run", "--config", str(folder / "Caddyfile")]
    with running(command, port):
        yield port


def make_certificate(folder: Path) -> None:
    """Make a certificate that signs itself, as certificate.pem and key.pem."""
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN={NAME}"),
            *("-addext", f"subjectAltName=DNS:{NAME}"),
            *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )


def trusting(folder: Path) -> ssl.SSLContext:
    """What a client needs to believe that certificate, and no other."""
    return ssl.create_default_context(cafile=str(folder / "certificate.pem"))


@contextmanager
def store(folder: Path, port: int) -> Iterator[str]:
    """URL of a Redis or Valkey server of our own, with a password."""
    command = [program("valkey-server", "redis-server"), "--port", str(port), "--save", ""]
    command += ["--bind", "127.0.0.1", "--dir", str(folder), "--requirepass", PASSWORD]
    with running(command, port):
        yield f"valkey://:{PASSWORD}@127.0.0.1:{port}/0"


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """Run a program that listens on a port, until it is told to stop."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"nothing listens on port {port}")

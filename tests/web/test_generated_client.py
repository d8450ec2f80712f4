"""A typed client made of the OpenAPI document by openapi-python-client works, and checks out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from keyed import key_for
from served import SHIPPED, served

from recycler.keys import Scope
from recycler.settings import Settings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = Path(sys.executable).parent
USE = HERE / "generated" / "use_client.py"


@pytest.fixture(scope="module")
def generated(tmp_path_factory, document) -> Path:
    """The folder that holds the package `recycler_client`."""
    folder = tmp_path_factory.mktemp("client")
    written = folder / "openapi.json"
    written.write_text(json.dumps(document))
    run(
        *("openapi-python-client", "generate", "--path", written, "--meta", "none"),
        *("--config", HERE / "generated" / "client.yaml"),
        *("--output-path", folder / "recycler_client", "--fail-on-warning"),
        cwd=folder,
    )
    return folder


def run(program: str, *words: str | Path, cwd: Path) -> None:
    """Run one of the programs beside Python; what it says is shown if it fails."""
    environ = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "PYTHONPATH": str(cwd)}
    done = subprocess.run(
        [PROGRAMS / program, *words],
        cwd=cwd,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_estimates_compares_and_keeps_lots(generated, tmp_path):
    database = f"sqlite:///{tmp_path / 'assays.db'}"
    closed = Settings(keys_file=tmp_path / "keys.json")
    key = key_for(closed, Scope.ESTIMATE, Scope.ASSAYS)
    told = {"anonymous": "no", "keys_file": closed.keys_file, "workers": 1}
    with served(ROOT / "models", database, program=SHIPPED, **told) as (port, _):
        run("python", USE, f"http://127.0.0.1:{port}", key, cwd=generated)


@pytest.mark.slow
def test_its_types_are_right_where_it_is_used(generated):
    run("mypy", "--strict", "--config-file", os.devnull, USE, cwd=generated)

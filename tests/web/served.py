"""`recycler serve` as a process of its own, with the sample model unless told otherwise."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent

SAMPLE = (HERE / "serve_sample.py",)
SHIPPED = ("-m", "recycler", "serve")
"""Programs that serve the sample model, and the champion of the models folder."""


@contextmanager
def served(
    models: Path,
    database_url: str,
    *,
    log: IO[bytes] | None = None,
    environ: Mapping[str, str] | None = None,
    program: Sequence[str | Path] = SAMPLE,
    **settings: object,
) -> Iterator[tuple[int, str]]:
    """Port of a running service and the line it printed; stopped by SIGTERM afterwards.

    Args:
        models: Its models folder.
        database_url: Its database.
        log: Where it logs to; None for the tests' own standard error.
        environ: Variables that are no settings of ours.
        program: What Python runs.
        settings: Further settings, by name.
    """
    # Tests ask as fast as they can, from one address.
    free = {"rate_limit": "none", "rate_limit_lines": "none"}
    told = {"models": models, "database_url": database_url, "port": 0, **free, **settings}
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{HERE}:{HERE.parent.parent}",
        "HOME": "/nonexistent",
        **{f"RECYCLER_{name.upper()}": str(value) for name, value in told.items()},
        **(environ or {}),
    }
    process = subprocess.Popen(
        [sys.executable, *program], env=variables, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        line = process.stdout.readline()
        yield int(re.search(r":(\d+) ", line)[1]), line
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.stdout.close()

"""Where worker processes count: a folder for each service, files for each place in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recycler.web.process.metrics_files import FOLDER_VARIABLE, free_place, metrics_folder

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("taken", "free"), [((), 0), ((0, 1), 2), ((0, 2), 1), ((1,), 0)])
def test_a_new_process_gets_the_lowest_place_that_is_free(taken, free):
    assert free_place(taken) == free


def test_every_service_has_a_new_folder_that_goes_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, "somebody else's")
    with metrics_folder(tmp_path) as first, metrics_folder(tmp_path) as second:
        assert first != second
        assert os.environ[FOLDER_VARIABLE] == str(second)
        (second / "counter_0.db").touch()

    assert not list(tmp_path.iterdir())


FORKING = """
import os, sys
from pathlib import Path
from recycler.web.process.metrics_files import metrics_folder

with metrics_folder(Path(sys.argv[1])) as folder:
    child = os.fork()
    if not child:
        sys.exit(0)
    os.waitpid(child, 0)
    assert folder.is_dir()
"""


def test_a_process_that_was_forked_does_not_remove_the_folder(tmp_path):
    subprocess.run([sys.executable, "-c", FORKING, tmp_path], cwd=ROOT, check=True)

    assert not list(tmp_path.iterdir())


REPLACED = """
import sys
from pathlib import Path
from recycler.web.process.metrics_files import leave_place, metrics_folder, take_place

with metrics_folder(Path(sys.argv[1])) as folder:
    take_place(3)
    from recycler.web.process.metrics import Metrics

    for version in ("first", "second"):
        metrics = Metrics()
        metrics.request_answered("/livez", "GET", 200, 0.1)
        metrics.model_taken(version, None)
        shown = metrics.text().decode()
        assert f'recycler_model_workers{{version="{version}"}} 1.0' in shown, shown
        leave_place(3, folder)
        take_place(3)
    assert 'recycler_requests_total{endpoint="/livez",method="GET",status="200"} 2.0' in shown
    assert 'version="first"' not in shown
    assert {path.name for path in folder.iterdir()} == {"counter_3.db", "histogram_3.db"}
"""


def test_who_takes_a_place_goes_on_with_its_counts_and_not_with_its_version(tmp_path):
    subprocess.run([sys.executable, "-c", REPLACED, tmp_path], cwd=ROOT, check=True)

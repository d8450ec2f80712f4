"""The image with Dask in it: a scheduler, a worker and a run share it, as docs/training.md says."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from containers import HARDENED, docker, free_port

pytestmark = pytest.mark.docker

RUN = """
import sys

from recycler.model.evaluation import content_folds, overall_mean
from recycler.parallel import DaskCluster
from recycler.reference import load_tables
from recycler.training import compare

folds = content_folds(load_tables())[-4:]
methods = {"mean": overall_mean}
there = compare(folds, methods, backend=DaskCluster(sys.argv[1]))
assert there == compare(folds, methods)
print(len(there))
"""
"""Scores four folds on a cluster and here, by a method that is quick."""


@pytest.fixture
def scheduler(cluster_image: str) -> Iterator[str]:
    """Address of a scheduler with one worker, each a container."""
    port = str(free_port())
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as containers:
        where = ("--host=127.0.0.1", "--port", port, "--no-dashboard")
        containers.enter_context(dask(cluster_image, "scheduler", *where))
        containers.enter_context(
            dask(cluster_image, "worker", address, "--nthreads=1", "--no-dashboard")
        )
        yield address


@contextmanager
def dask(image: str, *command: str) -> Iterator[None]:
    """One of Dask's programs in a container until the block ends; its log is shown if it fails."""
    options = ("--network=host", "--entrypoint=dask", "--no-healthcheck", *HARDENED)
    container = docker("run", "--detach", *options, image, *command)
    try:
        yield
    finally:
        docker("rm", "--force", "--volumes", container)


def test_work_is_done_on_a_cluster_of_the_image(cluster_image: str, scheduler: str) -> None:
    """The client in a third container finds the versions of the worker to be its own."""
    client = ("--network=host", "--entrypoint=python", *HARDENED, cluster_image, "-c", RUN)
    scores = docker("run", "--rm", *client, scheduler)

    assert int(scores) >= 4


def test_the_image_that_serves_says_what_a_cluster_needs(image: str, models_volume: str) -> None:
    """Dask is not in it, so its size stays what it is."""
    command = ("train", "--backend=dask", "--scheduler=tcp://127.0.0.1:1")
    line = ["docker", "run", "--rm", "--network=none", *HARDENED, models_volume, image, *command]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "pip install 'recycler[distributed]'" in " ".join(done.stderr.split())

"""Clusters, which end with the test, and deaths for what is done on them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_samples import Cluster


@pytest.fixture
def deaths(tmp_path: Path) -> Callable[[int], Path]:
    """Make a folder that holds so many deaths of `work_samples.die`."""

    def deaths(count: int) -> Path:
        folder = tmp_path / "deaths"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:02}").touch()
        return folder

    return deaths


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers, for tests that leave it as it was."""
    with _ended(Cluster(tmp_path_factory.mktemp("logs"))) as one:
        one.add_worker()
        one.add_worker()
        yield one.wait()


@pytest.fixture
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without workers, for tests that destroy it."""
    with _ended(Cluster(tmp_path_factory.mktemp("logs"))) as one:
        yield one


@contextmanager
def _ended(cluster: Cluster) -> Iterator[Cluster]:
    try:
        yield cluster
    finally:
        cluster.stop()

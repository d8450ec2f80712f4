"""The image, built once for all tests of this folder."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import build
from containers import HARDENED, OPEN, Service, running, volume


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Skip every test here, and say why, if no Docker engine answers."""
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no docker client")
    if asked.returncode:
        pytest.skip(f"no Docker engine answers: {asked.stderr.strip()}")


@pytest.fixture(scope="session")
def build_lock(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A file to lock while building: of two processes of a test run, the second waits.

    It then finds every layer made.
    """
    own = tmp_path_factory.getbasetemp()
    return (own if worker_id == "master" else own.parent) / "building.lock"


@pytest.fixture(scope="session")
def image(build_lock: Path) -> str:
    """The image built from this checkout."""
    return build("recycler:under-test", build_lock)


@pytest.fixture(scope="session")
def cluster_image(image: str, build_lock: Path) -> str:
    """The image that a Dask cluster runs; what both have in common is built once."""
    return build(f"{image}-on-a-cluster", build_lock, "--build-arg=REQUIREMENTS=distributed")


@pytest.fixture
def models_volume() -> Iterator[str]:
    """An empty volume, as an option that mounts it where the models are."""
    with volume("/models") as option:
        yield option


@pytest.fixture
def assays_volume() -> Iterator[str]:
    """An empty volume, as an option that mounts it where the assays are."""
    with volume("/data") as option:
        yield option


@pytest.fixture(scope="module")
def service(image: str) -> Iterator[Service]:
    """The image at work with everything taken from it that can be."""
    with running(image, *HARDENED, OPEN) as service:
        yield service

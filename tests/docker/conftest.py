"""The image, built once for all tests of this folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import HARDENED, OPEN, Service, docker, running, volume

ROOT = Path(__file__).parents[2]


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
def image() -> str:
    """The image built from this checkout."""
    return _built("recycler:under-test")


@pytest.fixture(scope="session")
def cluster_image(image: str) -> str:
    """The image that a Dask cluster runs; what both have in common is built once."""
    return _built(f"{image}-on-a-cluster", "--build-arg=REQUIREMENTS=distributed")


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


def _built(name: str, *options: str) -> str:
    """Build from this checkout, by the builder that every engine has."""
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    docker("build", "--network=host", "--tag", name, *options, str(ROOT), env=environment)
    return name

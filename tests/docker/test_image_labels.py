"""What the image says of itself: labels, and a bill of materials of what is in it."""

import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from building import ROOT
from containers import docker

from recycler import __version__

pytestmark = pytest.mark.docker

PREFIX = "org.opencontainers.image."
INSTALLED = """
import json, platform
from importlib.metadata import distributions

found = {f"{d.metadata['Name'].lower().replace('_', '-')}@{d.version}" for d in distributions()}
print(json.dumps([*found, f"python@{platform.python_version()}"]))
"""


@pytest.fixture(scope="module")
def bill(image: str) -> dict[str, Any]:
    """The bill of materials, as `./run sbom` prints it."""
    printed = subprocess.check_output([ROOT / "run", "sbom", image], text=True)
    found: dict[str, Any] = json.loads(printed)
    return found


@pytest.fixture(scope="module")
def labels(image: str) -> dict[str, str]:
    """Its labels, without their prefix."""
    found = json.loads(docker("image", "inspect", "--format={{json .Config.Labels}}", image))
    return {name.removeprefix(PREFIX): value for name, value in found.items()}


def test_labels_say_what_was_built_of_what(labels: dict[str, str]) -> None:
    """The base's digest is among them only where a registry gave it one."""
    assert labels["title"] == "recycler"
    assert "rare earths" in labels["description"]
    assert labels["version"] == __version__
    assert labels["base.name"] == "python:3.13-slim"
    assert all(labels.values())


def test_labels_name_the_commit_and_its_time(labels: dict[str, str]) -> None:
    """Not the time of building: that would differ for the same content."""
    commit, seconds = git("log", "-1", "--format=%H %ct").split()

    assert labels["revision"].removesuffix("-dirty") == commit
    assert labels["created"] == datetime.fromtimestamp(int(seconds), UTC).isoformat()


def test_the_bill_lists_the_python_packages_that_are_there(image: str, bill: dict) -> None:
    """All of them and no other, by name and version; Python is one."""
    there = json.loads(docker("run", "--rm", "--entrypoint=python", image, "-c", INSTALLED))

    assert listed(bill, "pypi") | listed(bill, "generic") == set(there)


def test_the_bill_lists_the_debian_packages_that_are_there(image: str, bill: dict) -> None:
    """As dpkg has them in the image that runs, which is not the one the bill was made in."""
    show = "--showformat=${Package}@${Version}\n"
    there = docker("run", "--rm", "--entrypoint=dpkg-query", image, "--show", show)

    assert listed(bill, "deb") == set(there.splitlines())


def test_the_bill_is_of_this_version(bill: dict, labels: dict[str, str]) -> None:
    """And has the time of the commit."""
    about = bill["metadata"]

    assert bill["bomFormat"] == "CycloneDX"
    assert about["component"]["purl"] == f"pkg:pypi/recycler@{__version__}"
    assert about["timestamp"] == labels["created"]


def listed(bill: dict, kind: str) -> set[str]:
    """Name and version of every component of a kind, the product itself included."""
    parts = [bill["metadata"]["component"], *bill["components"]]
    return {f"{p['name']}@{p['version']}" for p in parts if p["purl"].startswith(f"pkg:{kind}/")}


def git(*command: str) -> str:
    """What git says of this checkout; skips where there is none."""
    try:
        return subprocess.check_output(["git", *command], cwd=ROOT, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")

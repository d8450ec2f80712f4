"""What the image holds, and what it does not."""

import json

import pytest
from containers import docker

pytestmark = pytest.mark.docker

BASE = "python:3.13-slim"
LARGEST_ADDITION_MB = 310  # 45 of them for the databases: SQLAlchemy, Alembic, PostgreSQL's driver


def test_the_image_adds_little_to_its_base(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Libraries, tables and models; the size is printed, so that it can be followed."""
    size, base = (
        int(docker("image", "inspect", "--format={{.Size}}", name)) / 1e6 for name in (image, BASE)
    )
    with capsys.disabled():
        print(f"\nimage {size:.0f} MB, of which {size - base:.0f} MB on top of {BASE}")  # noqa: T201  (the report)

    assert size - base < LARGEST_ADDITION_MB


def test_the_image_runs_as_a_numbered_user_without_rights(image: str) -> None:
    """A number, because Kubernetes cannot tell from a name that it is not root."""
    config = json.loads(docker("image", "inspect", "--format={{json .Config}}", image))

    assert config["User"] == "10001:10001"


@pytest.mark.parametrize("tool", ["pip", "pip3", "gcc", "cc", "make", "git", "hatchling", "uv"])
def test_the_image_has_no_build_tools(image: str, tool: str) -> None:
    """What built the image stays behind."""
    found = docker("run", "--rm", "--entrypoint=sh", image, "-c", f"command -v {tool} || true")

    assert found == ""


@pytest.mark.parametrize("module", ["pip", "ensurepip", "hatchling"])
def test_no_python_module_installs_packages(image: str, module: str) -> None:
    """Nor is there a way around the missing commands."""
    script = f"import importlib.util as u; print(u.find_spec({module!r}))"

    assert docker("run", "--rm", "--entrypoint=python", image, "-c", script) == "None"


def test_modules_are_compiled_beforehand(image: str) -> None:
    """A root filesystem that cannot be written to would have them compiled at every start."""
    script = (
        "import pathlib, recycler\n"
        "sources = pathlib.Path(recycler.__file__).parent.rglob('*.py')\n"
        "import importlib.util as u\n"
        "print([str(s) for s in sources if not pathlib.Path(u.cache_from_source(s)).exists()])"
    )

    assert docker("run", "--rm", "--entrypoint=python", image, "-c", script) == "[]"


def test_the_command_line_is_the_entry_point(image: str) -> None:
    """`docker run recycler COMMAND` is `recycler COMMAND`."""
    assert "estimate" in docker("run", "--rm", image, "--help")

"""A models folder with one version that is champion."""

from pathlib import Path

import pytest
from registry_samples import open_registry, write_small

from recycler.registry import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = open_registry(tmp_path / "models")
    write_small(registry)
    registry.promote("v1", who="Ada", why="first")
    return registry

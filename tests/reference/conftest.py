from shutil import copytree

import pytest
from table_samples import PACKAGED

from recycler.reference import load_tables


@pytest.fixture
def folder(tmp_path):
    """A copy of the packaged tables that a test may damage."""
    return copytree(PACKAGED, tmp_path / "data")


@pytest.fixture(scope="session")
def tables():
    """The packaged tables."""
    return load_tables()

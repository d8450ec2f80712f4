"""What numbers depend on besides data and seed."""

import shutil
from importlib.metadata import version
from pathlib import Path

import recycler
from recycler.parallel.environment import PACKAGES, code_digest, differences, environment

VERSIONS = {"python": "3.13", "numpy": "2.4.6"}


def test_it_names_python_recycler_and_what_computes():
    found = environment()
    assert set(found) == {"python", "recycler", *PACKAGES}
    assert found["numpy"] == version("numpy")
    assert found["recycler"] == f"{recycler.__version__} (code {code_digest()[:8]})"


def test_a_package_that_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setattr("recycler.parallel.environment.PACKAGES", ("no-such-package",))
    assert environment()["no-such-package"] == "missing"


def test_the_same_differs_in_nothing_and_what_is_more_does_not_matter():
    assert differences(VERSIONS, {**VERSIONS, "dask": "2026.8.0"}) == ""


def test_differences_name_what_was_found_and_what_was_expected():
    found = {"numpy": "2.3.0"}
    told = "python missing instead of 3.13, numpy 2.3.0 instead of 2.4.6"
    assert differences(VERSIONS, found) == told


def test_code_that_differs_in_a_letter_has_another_digest(monkeypatch, tmp_path):
    package = Path(recycler.__file__).parent
    copy = tmp_path / "recycler"
    shutil.copytree(package, copy, ignore=lambda _, names: [n for n in names if n == "models"])
    monkeypatch.setattr(recycler, "__file__", str(copy / "__init__.py"))
    same = code_digest.__wrapped__()
    with (copy / "batch.py").open("a") as file:
        file.write("#")
    assert same == code_digest()
    assert code_digest.__wrapped__() != same

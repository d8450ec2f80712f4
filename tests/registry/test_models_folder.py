"""The folder in the settings, else ./models, else the package's own, else advice."""

import pytest

from recycler.registry import ArtefactError, folder, resolve_models_folder


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A package whose models folder is empty so far."""
    path = tmp_path / "package" / "models"
    path.mkdir(parents=True)
    monkeypatch.setattr(folder, "_PACKAGED", path)
    return path


def add_registry(path):
    path.mkdir(exist_ok=True)
    (path / "registry.json").write_text("{}")
    return path


def test_the_folder_in_the_settings_comes_first(tmp_path, packaged):
    add_registry(packaged)
    add_registry(tmp_path / "models")
    assert resolve_models_folder(tmp_path / "new", tmp_path) == tmp_path / "new"


def test_the_working_directory_comes_before_the_package(tmp_path, packaged):
    add_registry(packaged)
    mine = add_registry(tmp_path / "models")
    assert resolve_models_folder(None, tmp_path) == mine


def test_a_folder_without_a_registry_is_passed_over(tmp_path, packaged):
    (tmp_path / "models").mkdir()
    add_registry(packaged)
    assert resolve_models_folder(None, tmp_path) == packaged


def test_a_folder_whose_registry_is_lost_is_not_passed_over(tmp_path, packaged):
    """Else the package's own model would answer in its place, and nobody would notice."""
    mine = add_registry(tmp_path / "models")
    (mine / "registry.json").rename(mine / "promotions.jsonl")
    add_registry(packaged)
    assert resolve_models_folder(None, tmp_path) == mine


@pytest.mark.usefixtures("packaged")
def test_without_any_the_error_says_what_to_do(tmp_path):
    with pytest.raises(ArtefactError, match=r"RECYCLER_MODELS, or run `recycler train`"):
        resolve_models_folder(None, tmp_path)


@pytest.mark.usefixtures("packaged")
def test_a_place_that_cannot_be_looked_at_is_refused(tmp_path):
    with pytest.raises(ArtefactError, match=r"File name too long; name a readable folder"):
        resolve_models_folder(None, tmp_path / ("x" * 300))

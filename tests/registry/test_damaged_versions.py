"""A version that is not what was written is refused at the first step that finds it out."""

import os
import shutil
from pathlib import Path

import pytest
from registry_samples import edit_json, open_registry, write_small

from recycler.registry import ArtefactError, Check


def link(path: str):
    def replace_by_link(root: Path) -> None:
        (root / path).rename(root.parent / "elsewhere")
        (root / path).symlink_to(root.parent / "elsewhere")

    return replace_by_link


def swap(root: Path) -> None:
    write_small(open_registry(root), "v2", card="# Other")
    shutil.copy(root / "v2/card.md", root / "v1/card.md")


def swap_folders(root: Path) -> None:
    write_small(open_registry(root), "v2")
    shutil.rmtree(root / "v1")
    (root / "v2").rename(root / "v1")


def grow(root: Path) -> None:
    os.truncate(root / "v1/model.joblib", 1 << 40)


def pipe(root: Path) -> None:
    (root / "v1/model.joblib").unlink()
    os.mkfifo(root / "v1/model.joblib")


def flip(root: Path) -> None:
    data = bytearray((root / "v1/model.joblib").read_bytes())
    data[len(data) // 2] ^= 1
    (root / "v1/model.joblib").write_bytes(data)


def packages(**versions: str):
    def edit(root: Path) -> None:
        edit_json(root / "v1/manifest.json", lambda m: m["packages"].update(versions))

    return edit


DAMAGES = {
    "truncated": ("digests", lambda root: os.truncate(root / "v1/model.joblib", 100)),
    "emptied": ("digests", lambda root: os.truncate(root / "v1/model.joblib", 0)),
    "one bit flipped": ("digests", flip),
    "grown beyond any size": ("digests", grow),
    "model missing": ("digests", lambda root: (root / "v1/model.joblib").unlink()),
    "card missing": ("digests", lambda root: (root / "v1/card.md").unlink()),
    "figure missing": ("digests", lambda root: (root / "v1/figures/coverage.svg").unlink()),
    "extra file": ("digests", lambda root: (root / "v1/extra.pkl").write_bytes(b"")),
    "extra figure": ("digests", lambda root: (root / "v1/figures/extra").write_bytes(b"")),
    "extra link": ("digests", lambda root: (root / "v1/extra").symlink_to(root)),
    "swapped with another version's": ("digests", swap),
    "model linked": ("digests", link("v1/model.joblib")),
    "figures linked": ("digests", link("v1/figures")),
    "another version's folder": ("manifest", swap_folders),
    "manifest linked": ("manifest", link("v1/manifest.json")),
    "another scikit-learn": ("versions", packages(**{"scikit-learn": "1.8.2"})),
    "scikit-learn of the next age": ("versions", packages(**{"scikit-learn": "11.9.1"})),
    "scikit-learn unsaid": ("versions", packages(**{"scikit-learn": ""})),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_version_is_refused_at_its_step(damage, registry):
    step, do_damage = DAMAGES[damage]
    do_damage(registry.root)
    with pytest.raises(ArtefactError, match=r"^model v1[,:].+; .+`recycler train`$") as caught:
        registry.load()
    *_, failed = registry.verify()
    assert failed == Check(step, passed=False, detail=str(caught.value))


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(registry):
    pipe(registry.root)
    with pytest.raises(ArtefactError, match=r"model\.joblib: a plain file is expected"):
        registry.load()


def test_a_linked_version_is_no_version(registry):
    link("v1")(registry.root)
    assert registry.versions() == []
    with pytest.raises(ArtefactError, match="no version 'v1'"):
        registry.load()


def test_other_versions_of_python_and_numpy_are_left_to_the_golden_estimate(registry):
    packages(python="3.13.1", numpy="2.9.9", scipy="1.99", joblib="1.99")(registry.root)
    assert registry.load().manifest.packages["numpy"] == "2.9.9"


def test_another_patch_of_scikit_learn_is_accepted(registry):
    packages(**{"scikit-learn": "1.9.99"})(registry.root)
    assert registry.load().version == "v1"


@pytest.mark.parametrize("change", [{"/totals/other": 1.0}, {}], ids=["one more", "one less"])
def test_the_golden_estimate_is_complete(registry, change):
    """Otherwise a manifest could pass a model by leaving out what differs."""

    def edit(manifest) -> None:
        if not change:
            manifest["golden"]["figures"].popitem()
        manifest["golden"]["figures"] |= change

    edit_json(registry.root / "v1/manifest.json", edit)
    with pytest.raises(ArtefactError, match="other figures than the model makes"):
        registry.load()

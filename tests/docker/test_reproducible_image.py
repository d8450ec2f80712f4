"""Two builds of one checkout hold the same files."""

import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from building import build
from containers import docker

pytestmark = [pytest.mark.docker, pytest.mark.slow]  # everything is installed once more


def test_a_second_build_holds_the_same_files(image: str, build_lock: Path, tmp_path: Path) -> None:
    """Paths, kinds, modes, owners and bytes; only times may differ, and the order of layers' files.

    Nothing is taken from the first build but its base.
    """
    again = build(f"{image}-again", build_lock, "--no-cache")
    first, second = (contents(name, tmp_path / "files.tar") for name in (image, again))

    assert {path: (first.get(path), second.get(path)) for path in differing(first, second)} == {}
    assert len(first) > 5000


def differing(first: dict, second: dict) -> set[str]:
    """Paths that are not in both, or not alike."""
    return {path for path, _ in first.items() ^ second.items()}


def contents(image: str, archive: Path) -> dict[str, tuple]:
    """What every path of an image is: kind, mode, owner, group, target of a link, digest."""
    container = docker("create", image)
    try:
        docker("export", f"--output={archive}", container)
    finally:
        docker("rm", "--volumes", container)
    with tarfile.open(archive) as files:
        return {file.name: described(files, file) for file in files}


def described(files: tarfile.TarFile, file: tarfile.TarInfo) -> tuple:
    """All about a file but when it was written."""
    content = files.extractfile(file) if file.isfile() else None
    digest = sha256(content.read()).hexdigest() if content else ""
    return (file.type, oct(file.mode), file.uid, file.gid, file.linkname, digest)

"""manifest.json: what a version consists of, and what it was made from and with."""

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from typing import Any, Final

from recycler import __version__
from recycler.registry import documents
from recycler.registry.golden import GoldenEstimate
from recycler.registry.names import check_version_name

FORMAT: Final = 1
"""Number of the format that this release writes, and the only one that it reads."""

MANIFEST: Final = "manifest.json"
ARTEFACT: Final = "model.joblib"
CARD: Final = "card.md"
PAGE: Final = "card.html"
HELD_OUT: Final = "held_out.csv"
LOTS: Final = "lots.csv"
ASSAYS: Final = "assays.csv"

LARGEST_MANIFEST: Final = 1 << 20
LARGEST_FILE: Final = 16 << 20
"""Sizes in bytes beyond which a file is not read at all."""

_MOST_FILES = 100
_FIGURE = r"figures/[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_FILE = re.compile(
    rf"model\.joblib|card\.md|card\.html|held_out\.csv|lots\.csv|assays\.csv|{_FIGURE}"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PACKAGES = ("numpy", "scipy", "scikit-learn", "joblib")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a file must be: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version's own account.

    Attributes:
        format: Number of the format on disk.
        version: The version's name, which is also its folder's.
        created_at: When it was written, UTC.
        seed: Seed of the training.
        data_digest: SHA-256 of the data it was fitted to.
        rows: Rows of that data, by table.
        packages: Versions of python and of the packages it was fitted with.
        scores: How it did in evaluation, as `recycler evaluate --json` prints it.
        files: Every file of the version but the manifest.
        golden: What the model said of a fixed batch.
    """

    format: int
    version: str
    created_at: datetime
    seed: int
    data_digest: str
    rows: Mapping[str, int]
    packages: Mapping[str, str]
    scores: Mapping[str, Any]
    files: Mapping[str, FileRecord]
    golden: GoldenEstimate


def read_manifest(data: bytes, version: str) -> Manifest:
    """Read the manifest of `version`.

    Raises:
        ValueError: It is not exactly what a manifest of this version must be.
    """
    document = documents.parse(data)
    check_format(document)
    manifest = documents.read(Manifest, document)
    if manifest.version != version:
        raise ValueError(f"it belongs to version {manifest.version!r}")
    check_manifest(manifest)
    return manifest


def check_format(document: Mapping[str, object]) -> None:
    """Refuse a document of another format before anything else in it is judged."""
    if type(document.get("format")) is not int or document["format"] != FORMAT:
        raise ValueError(
            f"format {document.get('format')!r} is not the format {FORMAT} that this release reads"
        )


def check_manifest(manifest: Manifest) -> None:
    """Check what types alone do not say: names, digests, sizes.

    Raises:
        ValueError: Names the field and what it should be.
    """
    check_version_name(manifest.version)
    if not _DIGEST.fullmatch(manifest.data_digest):
        raise ValueError("data_digest must be a SHA-256 of 64 hexadecimal digits")
    if min(manifest.rows.values(), default=0) < 0:
        raise ValueError("rows must not be negative")
    if not manifest.golden.figures:
        raise ValueError("the golden estimate holds no figures")
    _check_files(manifest.files)


def record(data: bytes) -> FileRecord:
    """What the manifest says of a file with these bytes."""
    return FileRecord(sha256(data).hexdigest(), len(data))


def packages_here() -> dict[str, str]:
    """Versions of python and of the packages that a fitted model depends on, as installed here."""
    installed = {name: metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **installed, "recycler": __version__}


def check_packages(packages: Mapping[str, str]) -> None:
    """Compare the versions a model was fitted with to those installed.

    Only scikit-learn's minor version must be the same; other differences the golden estimate
    settles.

    Raises:
        ValueError: The model was fitted with another minor version of scikit-learn.
    """
    fitted, here = packages.get("scikit-learn", "unknown"), metadata.version("scikit-learn")
    if _minor(fitted) != _minor(here):
        raise ValueError(f"it was fitted with scikit-learn {fitted}, and {here} is installed")


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


def _check_files(files: Mapping[str, FileRecord]) -> None:
    if missing := {ARTEFACT, CARD} - files.keys():
        raise ValueError(f"files must list {', '.join(sorted(missing))}")
    if len(files) > _MOST_FILES:
        raise ValueError(f"{len(files)} files are listed, at most {_MOST_FILES} may be")
    for path, file in files.items():
        if not _FILE.fullmatch(path):
            raise ValueError(
                f"{path!r} is no file of a version (model.joblib, card.md, card.html, "
                f"held_out.csv, lots.csv, assays.csv or figures/NAME)"
            )
        if not _DIGEST.fullmatch(file.sha256) or not 0 <= file.size <= LARGEST_FILE:
            raise ValueError(
                f"{path} must have a SHA-256 and a size of at most {LARGEST_FILE} bytes"
            )

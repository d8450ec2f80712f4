"""What numbers depend on besides data and seed: the code and the libraries at work."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import recycler

Environment = Mapping[str, str]
"""Name -> version."""

PACKAGES: Final = (
    "numpy",
    "scipy",
    "scikit-learn",
    "quantile-forest",
    "mapie",
    "joblib",
    "cloudpickle",
    "dask",
    "distributed",
)
"""Packages that compute, or that carry tasks and results between processes."""


def environment() -> dict[str, str]:
    """Versions at work in this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    own = f"{recycler.__version__} (code {code_digest()[:8]})"
    return {"python": python, "recycler": own, **{name: _version(name) for name in PACKAGES}}


def differences(expected: Environment, found: Environment) -> str:
    """What is found otherwise than expected, in words; empty if nothing."""
    return ", ".join(
        f"{name} {found.get(name, 'missing')} instead of {wanted}"
        for name, wanted in expected.items()
        if found.get(name) != wanted
    )


@cache
def code_digest() -> str:
    """SHA-256 of this package's code: two checkouts may have the same version."""
    root = Path(recycler.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache  # every task asks
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"

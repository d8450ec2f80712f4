"""Opening one version: every check before anything of it is used, in a fixed order."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from recycler.batch import Batch
from recycler.comparison import RouteComparison, comparison_answer
from recycler.estimate import Estimate, ModelReference, answer
from recycler.lot import LearnedLots, MeasuredLot, Outcome
from recycler.plan import SamplingPlan, plan_answer
from recycler.reference import load_tables
from recycler.registry import safe_load
from recycler.registry.allowed import Kind, Name
from recycler.registry.errors import refusing
from recycler.registry.files import list_files, read_bytes
from recycler.registry.golden import Estimator, check_golden
from recycler.registry.manifest import (
    ARTEFACT,
    LARGEST_FILE,
    LARGEST_MANIFEST,
    MANIFEST,
    Manifest,
    check_packages,
    read_manifest,
    record,
)

STEPS: Final = ("manifest", "digests", "versions", "classes", "golden estimate")
"""What opening a version checks; no step is taken before all ahead of it have passed."""

_RETRAIN = "install the version it was fitted with, or train a new model with `recycler train`"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A version in memory, checked and ready to answer."""

    version: str
    manifest: Manifest
    model: Estimator
    reference: ModelReference

    def estimate(self, batch: Batch) -> Estimate:
        """Answer a batch.

        Raises:
            InvalidBatchError: The batch holds words or figures that this model does not know.
        """
        return answer(batch, self.model.estimate(batch), self.reference)

    def plan(self, batch: Batch, element: str, relative_half_width: float) -> SamplingPlan:
        """Say which pieces of a batch to assay; see `recycler.plan`.

        Args:
            batch: The batch, with its assays so far.
            element: Symbol of the rare earth that is to be known better.
            relative_half_width: Half the central interval over the median, 0 to 1: the target.

        Raises:
            InvalidPlanRequestError: The request holds words or figures that do not fit this model;
                pointers are into an object of the three arguments.
        """
        found = self.model.plan(batch, element, relative_half_width)
        return plan_answer(batch, element, relative_half_width, found, self.reference)

    def outcomes(self, lots: Iterable[MeasuredLot]) -> tuple[Outcome, ...]:
        """Hold measured lots against what this model predicts of them as they were described.

        Lots with words that the model does not know are passed over; so are readings below
        detection.
        """
        return tuple(self.model.outcomes(lots))

    def learned_lots(self) -> tuple[LearnedLots, ...]:
        """How many lots of which plants the model has learned from, by plant."""
        return tuple(self.model.learned_lots())

    def compare(self, batch: Batch) -> RouteComparison:
        """Answer a batch on every route, side by side.

        Raises:
            InvalidBatchError: The batch holds words or figures that this model does not know.
        """
        labels = load_tables().route_labels
        return comparison_answer(batch, self.model.compare(batch), self.reference, labels)


def open_version(
    root: Path, version: str, allowed: Mapping[Name, Kind], *, golden: bool
) -> Generator[str, None, LoadedModel]:
    """Take the STEPS one by one, yield a line on each that passed, and return the model.

    The artefact's bytes are read once: what the digest was taken of is what is loaded.

    Args:
        root: The models folder.
        version: Name of the version.
        allowed: The names its artefact may contain.
        golden: Whether to take the last step too.

    Raises:
        ArtefactError: A step failed.
    """
    manifest = read_version_manifest(root, version)
    yield f"format {manifest.format}, written {manifest.created_at:%Y-%m-%d %H:%M} UTC"
    artefact = _read_files(root, manifest)
    yield f"{len(manifest.files)} files are as recorded, and there are no others"
    with refusing(f"model {version}", _RETRAIN):
        check_packages(manifest.packages)
    yield ", ".join(f"{name} {found}" for name, found in sorted(manifest.packages.items()))
    model = load_artefact(artefact, f"model {version}, {ARTEFACT}", allowed)
    yield "nothing but allowed classes is in it"
    if golden:
        with refusing(f"model {version}, {ARTEFACT}"):
            check_golden(model, manifest.golden)
        yield f"{len(manifest.golden.figures)} figures are reproduced"
    sha256 = manifest.files[ARTEFACT].sha256
    reference = ModelReference(version, sha256, manifest.data_digest)
    return LoadedModel(version, manifest, model, reference)


def read_version_manifest(root: Path, version: str) -> Manifest:
    """Read a version's manifest.

    Raises:
        ArtefactError: It cannot be read, or is not what it must be.
    """
    with refusing(f"model {version}, {MANIFEST}"):
        return read_manifest(read_bytes(root, f"{version}/{MANIFEST}", LARGEST_MANIFEST), version)


def read_recorded(root: Path, manifest: Manifest, path: str) -> bytes:
    """Read a file of a version if it is the one that the manifest records.

    Raises:
        ArtefactError: It is another one, or cannot be read.
    """
    with refusing(f"model {manifest.version}, {path}"):
        data = read_bytes(root, f"{manifest.version}/{path}", LARGEST_FILE)
        if record(data) != manifest.files[path]:
            raise ValueError("its size or SHA-256 is not the one in the manifest")
        return data


def load_artefact(data: bytes, subject: str, allowed: Mapping[Name, Kind]) -> Estimator:
    """Make a model of an artefact's bytes, which are not trusted.

    Raises:
        ArtefactError: They hold anything but a model of allowed classes; the message begins with
            `subject`.
    """
    with refusing(subject):
        model: Any = safe_load.load(data, allowed)
        if getattr(type(model), "estimate", None) is None:
            raise ValueError("it holds something that makes no estimates")
        return cast("Estimator", model)


def _read_files(root: Path, manifest: Manifest) -> bytes:
    """Check that a version's files are those recorded and no others; return the artefact."""
    with refusing(f"model {manifest.version}"):
        extra = list_files(root / manifest.version) - manifest.files.keys() - {MANIFEST}
        if extra:
            raise ValueError(f"{min(extra)!r} is not listed in {MANIFEST}")
    return {path: read_recorded(root, manifest, path) for path in manifest.files}[ARTEFACT]

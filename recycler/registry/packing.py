"""Packing a fitted model: a version's files in memory, proven to load before any is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from io import BytesIO
from typing import Any

from joblib.numpy_pickle import NumpyPickler

from recycler.batch import Batch
from recycler.registry import documents
from recycler.registry.allowed import Kind, Name
from recycler.registry.golden import Estimator, check_golden, make_golden
from recycler.registry.manifest import (
    ARTEFACT,
    CARD,
    FORMAT,
    MANIFEST,
    Manifest,
    packages_here,
    read_manifest,
    record,
)
from recycler.registry.opening import load_artefact
from recycler.registry.safe_load import PROTOCOL


@dataclass(frozen=True, slots=True)
class Training:
    """What a version was made from, and how good it is.

    Attributes:
        data_digest: SHA-256 of the data, 64 hexadecimal digits.
        rows: Rows of the data, by table.
        seed: Seed of the training.
        scores: Scores of the evaluation: plain JSON values.
        card: The model card, Markdown.
        golden_batch: The batch whose estimate is kept as golden.
        figures: Pictures of the card: file name -> bytes.
        further: Further files, which a version may have or not: card.html, held_out.csv.
    """

    data_digest: str
    rows: Mapping[str, int]
    seed: int
    scores: Mapping[str, Any]
    card: str
    golden_batch: Batch
    figures: Mapping[str, bytes]
    further: Mapping[str, bytes]


def pack(
    model: Estimator,
    version: str,
    training: Training,
    created_at: datetime,
    allowed: Mapping[Name, Kind],
) -> dict[str, bytes]:
    """Make all files of a version: path -> bytes.

    The same fitted model gives the same artefact, byte for byte.

    Raises:
        ArtefactError: The artefact could not be loaded again.
        ValueError: Something given breaks the rules of the manifest, or the artefact does not
            reproduce the golden estimate.
    """
    files = {
        ARTEFACT: _dump(model),
        CARD: training.card.encode(),
        **{f"figures/{name}": data for name, data in training.figures.items()},
        **training.further,
    }
    golden = make_golden(model, training.golden_batch)
    manifest = Manifest(
        format=FORMAT,
        version=version,
        created_at=created_at,
        seed=training.seed,
        data_digest=training.data_digest,
        rows=training.rows,
        packages=packages_here(),
        scores=training.scores,
        files={path: record(data) for path, data in files.items()},
        golden=golden,
    )
    files[MANIFEST] = documents.dump(manifest)
    again = read_manifest(files[MANIFEST], version)
    check_golden(load_artefact(files[ARTEFACT], f"model {version}", allowed), again.golden)
    return files


class ArtefactPickler(NumpyPickler):  # type: ignore[misc]  # joblib ships no types
    """joblib's pickler, with enum members written the same by every Python.

    Python 3.11.0 to 3.11.3 write them as attributes of their class, all others as calls of it.
    """

    def reducer_override(self, value: object) -> Any:
        """How a value is written: an enum member as its class called with its value."""
        return (type(value), (value.value,)) if isinstance(value, Enum) else NotImplemented


def _dump(model: Estimator) -> bytes:
    stream = BytesIO()
    ArtefactPickler(stream, protocol=PROTOCOL).dump(model)
    return stream.getvalue()

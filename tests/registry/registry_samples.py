"""A small model, and what an attacker who can hash files does to it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from recycler.batch import Batch, LineItem
from recycler.estimate import ElementEstimate, ItemEstimate, Mass, Prediction, Quantity, Totals
from recycler.registry import Registry
from recycler.registry.allowed import Kind
from recycler.registry.packing import ArtefactPickler

OXIDE_FACTOR = 1.1664
GOLDEN_BATCH = Batch((LineItem("phone", "smartphone", count=1200), LineItem("motor", count=3)))
MOMENT = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


class Unit(StrEnum):
    """An enumeration in a model."""

    GRAM = "g"


@dataclass(frozen=True, slots=True)
class Law:
    """A frozen record in a model."""

    mean_g: float
    unit: Unit


class SmallModel(BaseEstimator):
    """Neodymium per piece, by category and subtype: one of everything a fitted model holds."""

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed

    def fit(self) -> "SmallModel":
        """Set the attributes that fitting would."""
        self.laws_ = {
            ("phone", "smartphone"): Law(0.05, Unit.GRAM),
            ("motor", None): Law(310.0, Unit.GRAM),
        }
        self.quantiles_ = np.asfortranarray([[0.5, 1.0], [1.5, 1.0]])
        self.elements_ = np.array(["Nd", "Dy"])
        self.known_ = np.array([True, False])
        self.ranks_ = np.arange(3)
        self.nothing_ = np.zeros((0, 3))
        self.number_type_ = np.float64
        self.yields_ = {"hydrometallurgy": 0.9, "": -1e-3}
        self.history_ = [1, -70_000, 2**40, None, "x" * 300, (), (1,), (1, 2), (1, 2, 3, 4)]
        return self

    def estimate(self, batch: Batch) -> Prediction:
        """Predict a batch."""
        items = tuple(self._item(i, line, batch.route) for i, line in enumerate(batch.items))
        total = sum(item.total_ree.contained_kg.mean for item in items)
        totals = self._totals(total, self.yields_[batch.route])
        return Prediction(totals, items, (), ())

    def _item(self, index: int, line: LineItem, route: str) -> ItemEstimate:
        law = self.laws_[line.category, line.subtype]
        totals = self._totals((line.count or 0) * law.mean_g / 1000, self.yields_[route])
        return ItemEstimate(
            item=index,
            line_id=line.line_id,
            category=line.category,
            subtype=line.subtype,
            elements=totals.elements,
            total_ree=totals.total_ree,
            treo=totals.treo,
            magnet_mass_kg=totals.magnet_mass_kg,
            variance_shares=None,
            basis=(),
            in_domain=True,
            notes=(),
        )

    def _totals(self, contained_kg: float, stage_yield: float) -> Totals:
        contained, recoverable = (
            self._quantity(contained_kg),
            self._quantity(contained_kg * stage_yield),
        )
        oxide = self._quantity(contained_kg * stage_yield * OXIDE_FACTOR)
        element = ElementEstimate(str(self.elements_[0]), contained, recoverable, oxide, "Nd2O3")
        mass = Mass(contained, recoverable)
        return Totals((element,), mass, mass, self._quantity(contained_kg * 3), None)

    def _quantity(self, mean: float) -> Quantity:
        (lower, median), (upper, _) = self.quantiles_.tolist()
        return Quantity(mean, mean * median, mean * lower, mean * upper)


SMALL_ALLOWED = MappingProxyType(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"): Kind.ARRAY,
        ("numpy", "ndarray"): Kind.ARRAY_CLASS,
        ("numpy", "dtype"): Kind.DTYPE,
        ("numpy", "float64"): Kind.VALUE,
        (SmallModel.__module__, "SmallModel"): Kind.OBJECT,
        (SmallModel.__module__, "Law"): Kind.OBJECT,
        (SmallModel.__module__, "Unit"): Kind.ENUM,
    }
)


def open_registry(root: Path) -> Registry:
    """A registry that knows the small model's classes and whose clock stands still."""
    return Registry(root, clock=lambda: MOMENT, allowed=SMALL_ALLOWED)


def write_small(registry: Registry, version: str = "v1", **changes: Any) -> str:
    """Write a version of the small model."""
    described: dict[str, Any] = {
        "data_digest": "0" * 64,
        "rows": {"compositions": 2},
        "seed": 7,
        "scores": {"pooled": {"coverage": {"0.9": 0.91}}},
        "card": "# Small\n",
        "golden_batch": GOLDEN_BATCH,
        "figures": {"coverage.svg": b"<svg/>"},
    }
    return registry.write(SmallModel().fit(), version=version, **(described | changes))


def tree(root: Path) -> set[str]:
    """The paths of all files below a folder."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def dump(value: object) -> bytes:
    """The bytes that joblib makes of a value."""
    stream = BytesIO()
    ArtefactPickler(stream, protocol=4).dump(value)
    return stream.getvalue()


class TamperedPickler(ArtefactPickler):
    """joblib's pickler, with lies in the headers of arrays."""

    def __init__(self, file, **lies):
        super().__init__(file, protocol=4)
        self.lies = lies

    def _create_array_wrapper(self, array):
        wrapper = super()._create_array_wrapper(array)
        vars(wrapper).update(self.lies)
        return wrapper


def edit_json(path: Path, edit: Any) -> None:
    """Let `edit` change a parsed JSON file in place."""
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document))


def replace_artefact(root: Path, artefact: bytes, version: str = "v1") -> None:
    """Replace model.joblib and fit the manifest to it, as an attacker would."""
    (root / version / "model.joblib").write_bytes(artefact)
    record = {"sha256": sha256(artefact).hexdigest(), "size": len(artefact)}
    edit_json(
        root / version / "manifest.json", lambda m: m["files"].update({"model.joblib": record})
    )


def scored(crps: float, coverage: float = 0.9) -> dict[str, Any]:
    """Scores of three hundred votes, without the figures behind them."""
    return {"pooled": {"n": 300, "coverage": {"0.9": coverage}, "crps": crps}}

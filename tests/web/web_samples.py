"""A small model that answers any batch at once, in the shape of the real one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from recycler.batch import Batch, LineItem
from recycler.comparison import RoutePrediction, RoutePredictions, RouteTotals
from recycler.elements import ELEMENTS, RARE_EARTHS
from recycler.estimate import (
    ElementEstimate,
    ElementLoss,
    FactorBasis,
    ItemEstimate,
    Mass,
    ModelReference,
    Note,
    Prediction,
    Quantity,
    SourceUse,
    StageLoss,
    Totals,
    VarianceShares,
)
from recycler.lot import LearnedLots, MeasuredLot, Outcome
from recycler.plan import PlannedLine, SamplingStrategy, Weighing
from recycler.registry import FileRecord, GoldenEstimate, LoadedModel, Manifest

VERSION = "sample-1"

GOLDEN = Batch(items=(LineItem(category="phone", count=1),))

ROUTES = ("hydrometallurgy", "shredding")

SHARES = VarianceShares(0.1, 0.5, 0.2, 0.15, 0.05)


class GramPerPiece:
    """Says that every piece holds one gram of each rare earth and that half of it is won back."""

    kg_per_piece = 0.001

    def estimate(self, batch: Batch) -> Prediction:
        """Predict by counting."""
        kg = [self.kg_per_piece * (line.count or 1) for line in batch.items]
        return Prediction(
            totals=Totals(
                _elements(sum(kg)), _mass(sum(kg)), _mass(sum(kg)), _quantity(sum(kg)), SHARES
            ),
            items=tuple(_item(i, line, kg[i]) for i, line in enumerate(batch.items)),
            losses=(
                StageLoss(
                    "leaching", "published", (ElementLoss("Nd", sum(kg) / 2, 0.5, "published"),)
                ),
            ),
            notes=(Note("sample", None, "Made by counting."),),
        )

    def compare(self, batch: Batch) -> RoutePredictions:
        """Predict the same of two routes, so that they share being the best."""
        found = self.estimate(batch)
        totals = RouteTotals(found.totals.elements, found.totals.total_ree, found.totals.treo)
        any_ree = self.kg_per_piece > 0
        on_route = {
            route: RoutePrediction(
                totals, found.losses, 0.5 if any_ree else None, {other: 0.0} if any_ree else {}
            )
            for route, other in (ROUTES, ROUTES[::-1])
        }
        notes = chain(found.notes, *(item.notes for item in found.items))
        return RoutePredictions(on_route, tuple(notes))

    def outcomes(self, lots: Iterable[MeasuredLot]) -> tuple[Outcome, ...]:
        """Say nothing of any lot."""
        del lots
        return ()

    def learned_lots(self) -> tuple[LearnedLots, ...]:
        """Learned from no lot."""
        return ()

    def plan(self, batch: Batch, element: str, relative_half_width: float) -> SamplingStrategy:
        """Plan one piece of every line."""
        lines = tuple(
            PlannedLine(i, line.line_id, line.category, line.subtype, 9, 1, 0.5)
            for i, line in enumerate(batch.items)
        )
        return SamplingStrategy(
            before=None,
            after=0.5,
            floor=0.25,
            reachable=relative_half_width >= 0.5,
            lines=lines,
            shares=SHARES,
            weighing=Weighing((0,), 0.125),
            notes=(Note("sample", 0, f"{element} by counting."),),
        )


def loaded(model: Any = None) -> LoadedModel:
    """The sample model as the registry would hand it over."""
    manifest = Manifest(
        format=1,
        version=VERSION,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        seed=7,
        data_digest="d" * 64,
        rows={"element_content": 3},
        packages={"numpy": "2.4.6"},
        scores={"pooled": {"nd_fraction": {"crps": 0.1}}},
        files={"model.joblib": FileRecord("a" * 64, 10)},
        golden=GoldenEstimate(GOLDEN, {}),
    )
    reference = ModelReference(VERSION, "a" * 64, "d" * 64)
    return LoadedModel(VERSION, manifest, model or GramPerPiece(), reference)


def _item(index: int, line: LineItem, kg: float) -> ItemEstimate:
    return ItemEstimate(
        item=index,
        line_id=line.line_id,
        category=line.category,
        subtype=line.subtype,
        elements=_elements(kg),
        total_ree=_mass(kg),
        treo=_mass(kg),
        magnet_mass_kg=_quantity(kg),
        variance_shares=SHARES,
        basis=(FactorBasis("presence", "published", (SourceUse("vannielen2020", 3),)),),
        in_domain=True,
        notes=(Note("sample", index, "Made by counting."),),
    )


def _elements(kg: float) -> tuple[ElementEstimate, ...]:
    return tuple(
        ElementEstimate(
            element,
            _quantity(kg),
            _quantity(kg / 2),
            _quantity(kg),
            ELEMENTS[element].oxide.formula,
        )
        for element in RARE_EARTHS
    )


def _mass(kg: float) -> Mass:
    return Mass(_quantity(kg), _quantity(kg / 2))


def _quantity(kg: float) -> Quantity:
    return Quantity(mean=kg, median=kg, lower=kg / 2, upper=2 * kg)

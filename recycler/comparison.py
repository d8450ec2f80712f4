"""What a route comparison says: every route on one batch, side by side on the same draws.

These values are the answer, field for field what `POST /v1/route-comparisons` returns. What single
lines hold and yield is for the estimate of one route to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recycler.batch import Batch
from recycler.estimate import (
    ElementEstimate,
    Mass,
    ModelReference,
    Note,
    StageLoss,
    identify,
)

DELIVERS: Final = MappingProxyType(
    {
        "calcination": "oxides",
        "electrolysis": "metals",
        "distillation": "metals",
        "reuse": "alloy",
    }
)
"""Stage -> the form that rare earths leave it in; figures are kg of metal whatever the form."""


@dataclass(frozen=True)
class RouteTotals:
    """The whole batch on one route: what the estimate on that route says in its totals."""

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass


@dataclass(frozen=True)
class RoutePrediction:
    """What the model says of a batch on one route beside the others.

    `most` is the probability that no other route yields more rare earths (routes that tie share
    it) and `more_than` the probability to yield more than each other route; both are None and
    empty where there are no rare earths.
    """

    totals: RouteTotals
    losses: tuple[StageLoss, ...]
    most: float | None
    more_than: Mapping[str, float]


@dataclass(frozen=True)
class RoutePredictions:
    """What the model says of a batch on every route, before a version and an id are put to it."""

    on_route: Mapping[str, RoutePrediction]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class AssumedPart:
    """A stage that rests on an assumption: for these `elements`, or for all if none is named."""

    stage: str
    elements: tuple[str, ...]


@dataclass(frozen=True)
class ComparedRoute:
    """How one route does on a batch, beside the others.

    `label` says what the route is, `delivers` in which form it hands the rare earths over.
    `total_yield_fraction` (0-1) is mean recoverable over mean contained of all rare earths, and
    `yield_fractions` the same by element; null and left out where there is nothing to yield.
    """

    route: str
    label: str | None
    delivers: str | None
    probability_of_most: float | None
    probability_of_more_than: Mapping[str, float]
    total_yield_fraction: float | None
    yield_fractions: Mapping[str, float]
    totals: RouteTotals
    losses: tuple[StageLoss, ...]
    assumed: tuple[AssumedPart, ...]


@dataclass(frozen=True)
class RouteComparison:
    """All routes side by side, the largest mean of recoverable rare earths first.

    `route` is the batch's own, the one that its estimate is on; it changes nothing of `routes`.
    `comparison_id` is a digest of the batch and the model version.
    """

    comparison_id: str
    batch_id: str | None
    level: float
    route: str
    model: ModelReference
    routes: tuple[ComparedRoute, ...]
    notes: tuple[Note, ...]


def comparison_answer(
    batch: Batch, found: RoutePredictions, model: ModelReference, labels: Mapping[str, str]
) -> RouteComparison:
    """Put the batch's own words, an id, labels and the model's reference to predictions."""
    routes = [_compared(route, labels.get(route), on) for route, on in found.on_route.items()]
    return RouteComparison(
        comparison_id=identify(batch, model.version, "route comparison"),
        batch_id=batch.batch_id,
        level=batch.level,
        route=batch.route,
        model=model,
        routes=tuple(sorted(routes, key=lambda one: -one.totals.total_ree.recoverable_kg.mean)),
        notes=found.notes,
    )


def _compared(route: str, label: str | None, found: RoutePrediction) -> ComparedRoute:
    total = found.totals.total_ree
    return ComparedRoute(
        route=route,
        label=label,
        delivers=_delivers(found.losses),
        probability_of_most=found.most,
        probability_of_more_than=found.more_than,
        total_yield_fraction=_yield(total) if total.contained_kg.mean > 0 else None,
        yield_fractions={
            one.element: _yield(one) for one in found.totals.elements if one.contained_kg.mean > 0
        },
        totals=found.totals,
        losses=found.losses,
        assumed=tuple(_assumed(found.losses)),
    )


def _yield(found: Mass | ElementEstimate) -> float:
    return round(found.recoverable_kg.mean / found.contained_kg.mean, 4)


def _delivers(losses: Sequence[StageLoss]) -> str | None:
    """The form in which the last stage that gives one leaves the rare earths."""
    forms = [DELIVERS[stage.stage] for stage in losses if stage.stage in DELIVERS]
    return forms[-1] if forms else None


def _assumed(losses: Sequence[StageLoss]) -> Iterator[AssumedPart]:
    for stage in losses:
        elements = tuple(loss.element for loss in stage.elements if loss.basis == "assumed")
        if elements:
            everything = len(elements) == len(stage.elements)
            yield AssumedPart(stage.stage, () if everything else elements)

"""Routes side by side: how often, draw by draw, one yields more than the others.

In every draw all routes get the same batch, and routes that share a stage share the plant's error
in it. What is left between two routes is what their own yields do not tell.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.estimate import AssumedPart, Prediction, RouteOutcome, RoutePredictions

Array = NDArray[np.float64]


def compare_routes(
    predictions: Mapping[str, Prediction], drawn_kg: Mapping[str, Array]
) -> RoutePredictions:
    """Compare the predictions of one batch on several routes.

    Args:
        predictions: Route -> what it makes of the batch.
        drawn_kg: Route -> joint draws of the rare earths that it yields, shape (draws,).
    """
    routes = tuple(predictions)
    draws = np.stack([drawn_kg[route] for route in routes])
    most = _most(draws)
    outcomes = [
        _outcome(route, predictions[route], _more_than(routes, draws, place), most[place])
        for place, route in enumerate(routes)
    ]
    return RoutePredictions(
        outcomes=tuple(sorted(outcomes, key=lambda found: -found.recoverable_ree_kg.mean)),
        predictions=predictions,
    )


def _outcome(
    route: str, prediction: Prediction, more_than: Mapping[str, float], most: float
) -> RouteOutcome:
    total = prediction.totals.total_ree
    nothing = total.contained_kg.mean == 0
    return RouteOutcome(
        route=route,
        recoverable_ree_kg=total.recoverable_kg,
        yield_fraction=None
        if nothing
        else _share(total.recoverable_kg.mean, total.contained_kg.mean),
        yields={
            found.element: _share(found.recoverable_kg.mean, found.contained_kg.mean)
            for found in prediction.totals.elements
            if found.contained_kg.mean > 0
        },
        most_probability=None if nothing else most,
        more_than={} if nothing else more_than,
        assumed=tuple(_assumed(prediction)),
    )


def _share(recoverable_kg: float, contained_kg: float) -> float:
    return round(recoverable_kg / contained_kg, 4)


def _assumed(prediction: Prediction) -> Iterator[AssumedPart]:
    for stage in prediction.losses:
        elements = tuple(loss.element for loss in stage.elements if loss.basis == "assumed")
        if elements:
            everything = len(elements) == len(stage.elements)
            yield AssumedPart(stage.stage, () if everything else elements)


def _most(draws: Array) -> list[float]:
    """Share of the draws in which each row is the largest; rows that tie share a draw."""
    largest = draws == draws.max(axis=0)
    shares: list[float] = (largest / largest.sum(axis=0)).mean(axis=1).round(4).tolist()
    return shares


def _more_than(routes: Sequence[str], draws: Array, place: int) -> dict[str, float]:
    """Share of the draws in which one row is larger than each other one."""
    shares = (draws[place] > draws).mean(axis=1).round(4).tolist()
    return {
        route: share
        for other, (route, share) in enumerate(zip(routes, shares, strict=True))
        if other != place
    }

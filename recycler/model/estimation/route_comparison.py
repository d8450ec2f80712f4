"""Routes side by side: how often, draw by draw, one yields more than the others.

In every draw all routes get the same batch, and routes that share a stage share the plant's error
in it. What is left between two routes is what their own yields do not tell. A batch is drawn once,
whatever the number of routes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch
from recycler.comparison import RoutePrediction, RoutePredictions, RouteTotals
from recycler.elements import RARE_EARTHS
from recycler.estimate import StageLoss
from recycler.model.estimation.amounts import amounts, figures, printed
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.losses import means_of, stage_losses
from recycler.model.estimation.pool import Pool
from recycler.model.estimation.product import Draws, ProductDraws
from recycler.model.estimation.route import Stage
from recycler.model.estimation.rows import places, together

Array = NDArray[np.float64]


class _OnRoute(NamedTuple):
    """A batch on one route: its products there, what the answer says, draws of what it yields."""

    products: Sequence[ProductDraws]
    totals: RouteTotals
    losses: tuple[StageLoss, ...]
    yielded_kg: Array


def compare_routes(engine: Engine, batch: Batch, routes: Iterable[str]) -> RoutePredictions:
    """Predict a batch on several routes, whichever it names itself."""
    pools, notes = engine.pools(batch)
    found = {route: _on_route(engine, pools, route, batch.level) for route in routes}
    draws = np.stack([on.yielded_kg for on in found.values()])
    compared = zip(found.items(), _most(draws), _more_than(tuple(found), draws), strict=True)
    products = [product for on in found.values() for product in on.products]
    return RoutePredictions(
        on_route={route: _prediction(on, most, more) for (route, on), most, more in compared},
        notes=(*engine.batch_notes(batch, products), *notes),
    )


def _prediction(on: _OnRoute, most: float, more_than: dict[str, float]) -> RoutePrediction:
    """Nothing is compared where there are no rare earths."""
    if on.totals.total_ree.contained_kg.mean == 0:
        return RoutePrediction(on.totals, on.losses, None, {})
    return RoutePrediction(on.totals, on.losses, most, more_than)


def _on_route(engine: Engine, pools: Sequence[Pool], route: str, level: float) -> _OnRoute:
    products = [pool.on(_stages(engine, pool, route)) for pool in pools]
    elements, sums = together(
        [(p.elements, pool.drawn, p.passed) for p, pool in zip(products, pools, strict=True)]
    )
    yielded = _rare_earths(elements, sums)
    units = pools[0].units  # 1 for each of several
    means = means_of([(product, 1.0) for product in products]).amounts[places(elements)]
    total = amounts(elements, printed([figures(elements, means, sums, level, None).table], [units]))
    parts = [(product, units) for product in products]
    return _OnRoute(
        products,
        RouteTotals(total.elements, total.total_ree, total.treo),
        stage_losses(elements, parts, means_of(parts)),
        yielded,
    )


def _stages(engine: Engine, pool: Pool, route: str) -> tuple[Stage, ...]:
    line = pool.signature
    return engine.stages(route, line.state, pool.product.elements, line.plant)


def _rare_earths(elements: tuple[str, ...], sums: Draws) -> Array:
    """Draws of all rare earths that are yielded, shape (draws,)."""
    recoverable = zip(elements, sums[len(elements) + 3 : -2], strict=True)
    rare = [row for element, row in recoverable if element in RARE_EARTHS]
    return np.asarray(np.sum(rare, axis=0, dtype=np.float64))


def _most(draws: Array) -> list[float]:
    """Share of the draws in which each row is the largest; rows that tie share a draw."""
    largest = draws == draws.max(axis=0)
    shares: list[float] = (largest / largest.sum(axis=0)).mean(axis=1).round(4).tolist()
    return shares


def _more_than(routes: Sequence[str], draws: Array) -> list[dict[str, float]]:
    """For each row the share of the draws in which it is larger than each other one."""
    shares = (draws[:, np.newaxis] > draws).mean(axis=2).round(4).tolist()
    return [
        {other: share for other, share in zip(routes, row, strict=True) if other != route}
        for route, row in zip(routes, shares, strict=True)
    ]

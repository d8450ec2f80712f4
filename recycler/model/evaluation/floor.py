"""How much of the error no model can remove: what sources say of one and the same product.

The CRPS of the true law itself is half the mean distance of two draws from it (Gneiting and Raftery
2007, equation 21), and half the mean distance of figures of different sources on the same product
estimates that without bias and without assuming a law. So for products with several sources it
tells what a predictor would reach that knew how sources scatter about this product, but not which
source comes next. Half the mean distance of figures of the same source tells the same of a
predictor that knew every source's own mean.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from recycler.model.evaluation.scoring import Score

Product = tuple[str, str, str]


def noise_floor(scores: Iterable[Score]) -> dict[str, Any]:
    """The floor by factor, for the factors that have one.

    Args:
        scores: Of one method, which is shown beside the floor.

    Returns:
        Factor -> `across_sources` {n: figures on products that other sources have too, products,
        floor: its CRPS, crps: the method's on the same figures, spread: factor by which sources on
        one product differ (exponential of the standard deviation)} and `within_source` {n: figures
        of which the source has others on the product, floor}; null where no figure is.
    """
    by_factor: dict[str, dict[Product, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in scores:
        product = (score.category, score.subtype, score.element)
        by_factor[score.factor][product].append(score)
    told = {
        name: {"across_sources": _across(list(found.values())), "within_source": _within(found)}
        for name, found in by_factor.items()
    }
    return {name: floors for name, floors in told.items() if floors["across_sources"]}


def _across(products: Sequence[Sequence[Score]]) -> dict[str, Any] | None:
    found = [(score, _others(score, product)) for product in products for score in product]
    compared = [(score, _distance(score, others)) for score, others in found if others]
    if not compared:
        return None
    shared = [p for p in products if any(_others(score, p) for score in p)]
    return {
        "n": len(compared),
        "products": len(shared),
        "floor": float(np.mean([distance for _, distance in compared])) / 2,
        "crps": float(np.mean([score.crps for score, _ in compared])),
        "spread": float(np.exp(_spread(shared))),
    }


def _within(products: dict[Product, list[Score]]) -> dict[str, Any] | None:
    samples: dict[tuple[Product, str], list[Score]] = defaultdict(list)
    for product, scores in products.items():
        for score in scores:
            samples[product, score.source].append(score)
    repeated = [scores for scores in samples.values() if len(scores) > 1]
    distances = [
        np.mean([abs(one.measured - other.measured) for other in scores if other is not one])
        for scores in repeated
        for one in scores
    ]
    return {"n": len(distances), "floor": float(np.mean(distances)) / 2} if distances else None


def _others(score: Score, product: Sequence[Score]) -> list[Score]:
    """Figures on the same product that go back to other primary sources only."""
    own = set(score.source.split("+"))
    return [other for other in product if not own & set(other.source.split("+"))]


def _distance(score: Score, others: Sequence[Score]) -> float:
    """Mean distance from the others, each of their sources counting once."""
    by_source: dict[str, list[float]] = defaultdict(list)
    for other in others:
        by_source[other.source].append(abs(score.measured - other.measured))
    return float(np.mean([np.mean(distances) for distances in by_source.values()]))


def _spread(products: Sequence[Sequence[Score]]) -> float:
    """Standard deviation of the sources' means about their product's, over all products."""
    squares, freedom = 0.0, 0
    for product in products:
        by_source: dict[str, list[float]] = defaultdict(list)
        for score in product:
            by_source[score.source].append(score.measured)
        means = np.array([np.mean(values) for values in by_source.values()])
        squares += float(np.sum((means - means.mean()) ** 2))
        freedom += len(means) - 1
    return float(np.sqrt(squares / freedom))

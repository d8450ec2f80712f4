"""Coverage where the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import ND_FRACTION, observe


@pytest.mark.slow
def test_coverage_holds_where_the_model_is_true(tables):
    """Figures drawn from the fitted model's own structure: 90 % intervals hold 85 to 95 %."""
    real = observe(tables)
    inside = []
    for seed in range(4):
        generator = np.random.default_rng(seed)
        fake = _simulated(real, generator)
        sources = generator.choice(sorted({found.source for found in fake}), 20, replace=False)
        for source in sources:
            inside += list(_covered(fake, source))
    assert len(inside) > 120
    assert 0.85 < np.mean(inside) < 0.95


def _simulated(real, generator):
    """The same rows with values of a known truth: products, source effects and noise."""
    effects: dict[tuple, float] = {}

    def effect(scale: float, *key: str) -> float:
        return effects.setdefault(key, scale * generator.standard_normal())

    def value(found) -> float:
        total = 0.0
        for term in found.terms:
            size = 0.15 if term == ND_FRACTION else 0.5
            total += effect(size, term, "category", found.category)
            total += effect(size, term, "subtype", found.subtype)
            total += effect(size, term, "source", found.subtype, found.source)
        return total + 0.1 * generator.standard_normal()

    return [
        replace(found, value=value(found), side=0) for found in real if found.element != "total_ree"
    ]


def _covered(observations, source):
    held = [found for found in observations if found.source == source]
    seen = held[0].primaries
    model = ContentModel(tolerance=1e-7).fit([o for o in observations if not o.primaries & seen])
    for found in held:
        law = model.joint_law(
            model.law(term, found.category, found.subtype, found.log_product_mass)
            for term in found.terms
        )
        mean, spread = model.mean_and_spread(law)
        sd = np.linalg.norm([spread, *(part.scale for part in law.parts)])
        yield abs(found.value - mean) < norm.ppf(0.95) * sd

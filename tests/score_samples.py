"""Scores of a model and two baselines on figures of every scale."""

from dataclasses import replace

import numpy as np
from scipy.stats import norm

from recycler.card import Facts
from recycler.model.evaluation import (
    MODEL,
    PUBLISHED,
    Choice,
    Part,
    Score,
    summarise,
)

FACTORS = ("presence", "magnet_mass", "element_content", "nd_fraction", "ratio:Dy")
METHODS = {MODEL: 0.6, "category_mean": 1.0, "overall_mean": 1.6}
"""Method -> half width of its 50 % interval."""

CHOICES = (
    Choice(
        Part.CONTENT, "parent_spread", {0.7: 0.6, 1.4: 0.5}, 1.4, {"a": 1.4, "b": 0.7, "c": 1.4}
    ),
)
"""What such an evaluation chose."""


def some_scores() -> list[Score]:
    """Twelve figures of four sources for each factor, as every method predicted them."""
    generator = np.random.default_rng(1)
    return [
        a_score(method, width, factor, figure, float(off))
        for factor in FACTORS
        for figure, off in enumerate(generator.standard_normal(12))
        for method, width in METHODS.items()
    ]


def a_score(method: str, width: float, factor: str, figure: int, off: float) -> Score:
    """A figure whose product lies at `figure - 3` on the factor's scale."""
    centre = {"nd_fraction": -1.5, "ratio:Dy": -3.0}.get(factor, float(figure % 6) - 3)
    return Score(
        method=method,
        left_out=f"smith{2010 + figure % 4}",
        factor=factor,
        element={"ratio:Dy": "Dy", "element_content": "Nd", "nd_fraction": "Nd"}.get(factor, ""),
        category=("phone", "motor", "wind_turbine")[figure % 3],
        subtype=f"product{figure % 6}",
        source=f"smith{2010 + figure % 4}",
        row_id=f"row{figure}",
        measured=centre + off,
        median=centre,
        bounds=tuple((centre - k * width, centre + k * width) for k in (1.0, 1.9, 2.4)),
        below=float(norm.cdf(off / width * 0.68)),
        upto=float(norm.cdf(off / width * 0.68)),
        crps=abs(off) * 0.5 + width / 3,
    )


def lot_scores(count: int = 12, off: float = 0.1) -> list[Score]:
    """A figure of two factors for each lot of a plant, known better from the plant's other lots.

    Every tenth is as far off as it takes to lie outside its 90 % interval.
    """
    return [
        replace(
            a_score(method, width, factor, lot, 3.0 if lot % 10 == 0 else off),
            left_out=f"lots, {lot % 5 + 1} of 5",
            source="plant:own",
            row_id=f"L-{lot}",
            subtype="ev_traction_motor",
            category="motor",
        )
        for factor in ("nd_fraction", "ratio:Dy")
        for lot in range(count)
        for method, width in ((MODEL, 0.3), (PUBLISHED, 0.9))
    ]


def facts_of(scores: list[Score]) -> Facts:
    """What there is to tell of a version with these scores."""
    told = summarise(scores) | {"priors": {choice.belief: choice.told() for choice in CHOICES}}
    return Facts("v1<&>", 7, {"magnet_mass": 1200}, "ab" * 32, told, scores)

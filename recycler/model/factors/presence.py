"""Which share of the pieces holds NdFeB at all: many speakers and small motors hold ferrite."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator

from recycler.model.factors.priors import USUAL
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import PresenceRow

Array = NDArray[np.float64]

EDGE = 0.003
"""Printed shares of 0 and 1 are rounded: they are read as this much and as all but this much."""


class PresenceModel(BaseEstimator):
    """Share of units sold in a year that hold NdFeB: straight lines between published years.

    On the logit scale, with an assumed spread, because the tables print shares without error.

    Args:
        spread: Logit-sd of a published share.
        other_products: For how many products those of all categories count beside a category's
            own, for a product that has no curve.

    Attributes:
        curves_: Product -> (years, shares).
        categories_: Category -> its products with a curve.
        sources_: Product -> source_id -> number of rows.
    """

    def __init__(self, spread: float = 0.4, other_products: float = USUAL.other_products) -> None:
        self.spread = spread
        self.other_products = other_products

    def fit(self, rows: Iterable[PresenceRow]) -> Self:
        """Collect the published curves."""
        points: dict[str, list[tuple[int, float]]] = defaultdict(list)
        categories: dict[str, dict[str, None]] = defaultdict(dict)
        sources: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            points[row.subtype].append((row.year, row.ndfeb_share))
            categories[row.category][row.subtype] = None
            sources[row.subtype][row.source_id] += 1
        self.curves_ = {
            subtype: tuple(
                np.array(column, dtype=np.float64) for column in zip(*sorted(pairs), strict=True)
            )
            for subtype, pairs in points.items()
        }
        self.sources_ = {subtype: dict(counts) for subtype, counts in sources.items()}
        self.categories_ = {category: tuple(subtypes) for category, subtypes in categories.items()}
        return self

    def logits(self, subtype: str, years: Array) -> Array:
        """Logit of the published share; before the first and after the last year it stays."""
        known_years, known_shares = self.curves_[subtype]
        shares = np.interp(years, known_years, known_shares)
        return np.asarray(logit(np.clip(shares, EDGE, 1.0 - EDGE)))

    def unknown_logits(self, category: str, years: Array, numbers: CommonNumbers) -> Array:
        """Draws of the logit share of a product that the tables do not know.

        It is like one of the published products, and the more likely like one of its own category
        the more of them there are. A normal law around their mean would put it where none is:
        most products hold NdFeB in nearly all pieces or in nearly none.

        Args:
            category: Its category; may be one that no published product has.
            years: Years of sale.
            numbers: The common random numbers.

        Returns:
            Logits without the error of a published share, shape (years, draws).
        """
        peers = self.categories_.get(category, ())
        borrowed = self.other_products / (self.other_products + len(peers))
        share = np.full(len(self.curves_), borrowed / len(self.curves_))
        share[[s in peers for s in self.curves_]] += (1 - borrowed) / max(len(peers), 1)
        ends = np.cumsum(share) / share.sum()
        like = np.searchsorted(ends, numbers.uniform(f"presence:{category}:like"))
        known: Array = np.stack([self.logits(subtype, years) for subtype in self.curves_])
        return known[like].T

    def draw(
        self,
        category: str,
        subtype: str | None,
        years: Array,
        weights: Array,
        numbers: CommonNumbers,
    ) -> Array:
        """Draws of the share of a line's pieces, averaged over the years they may come from.

        Args:
            category: Shares its error: all its products are too high or too low together.
            subtype: Product whose curve applies; None for a product the tables do not know.
            years: Possible years of sale.
            weights: Their probabilities, adding up to 1.
            numbers: The common random numbers.

        Returns:
            Shares in (0, 1), shape (draws,).
        """
        if subtype is None:
            logits = self.unknown_logits(category, years, numbers)
        else:
            logits = self.logits(subtype, years)[:, np.newaxis]
        error = self.spread * numbers.normal(f"presence:{category}")
        shares: Array = weights @ expit(logits + error)
        return shares

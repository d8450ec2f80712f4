"""When pieces of unknown year were sold: back from the collection by their age at discard."""

from math import gamma

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from recycler.reference import Product

Array = NDArray[np.float64]

OLDEST = 100
"""Years before the collection at which sales begin. What a lifetime leaves beyond (less than one
piece in a thousand of every published one) is spread over the years before, as they are."""


def years_of_sale(collected_year: int, scale_years: float, shape: float) -> tuple[Array, Array]:
    """Years in which pieces collected in `collected_year` were sold, and their probabilities.

    The age at discard follows a Weibull law, P(age > a) = exp(-(a / scale)^shape). Sales are taken
    to have been the same in every year; sale and collection fall on any day of their years, so
    a piece that was sold u of a year before the end of its year and reached the age a is collected
    floor(a + u) years on. The probability of k years is thus the mean of F(k + u) - F(k - 1 + u)
    over u in (0, 1), with F the distribution of ages: a second difference of the integral of F.
    Its mean is exactly that of the ages, scale * Gamma(1 + 1 / shape), but for the cut at OLDEST.

    Args:
        collected_year: Year of the collection.
        scale_years: Scale of the Weibull law.
        shape: Its shape.

    Returns:
        (years, probabilities), newest first, shape (OLDEST + 1,) each; they add up to 1.
    """
    ages = np.arange(OLDEST + 2, dtype=np.float64)
    below = ages - _years_survived(ages, scale_years, shape)  # the integral of F from 0
    weights = np.diff(below, n=2, prepend=0.0)
    return collected_year - ages[:-1], weights / weights.sum()


def _years_survived(ages: Array, scale_years: float, shape: float) -> Array:
    """Integral of P(age > a) from 0 to each age: the mean of min(age at discard, age)."""
    mean = scale_years * gamma(1 + 1 / shape)
    return np.asarray(mean * gammainc(1 / shape, (ages / scale_years) ** shape))


def follows_sales(product: Product) -> bool:
    """Whether the share of a product's pieces that hold NdFeB depends on when they were sold.

    Not where figures are averages over all pieces already, nor where no share is taken off; of a
    product that the tables do not know (it has no subtype) it does.
    """
    return not product.presence_averaged and bool(product.presence_of or not product.subtype)

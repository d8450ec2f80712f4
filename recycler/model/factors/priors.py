"""What is believed of spreads before any figure is seen, and what else might be believed.

Few figures tell how far spreads may differ, so the answer depends a little on what was believed
before. Evaluation tries the alternatives and keeps those that predict left-out sources best; for
the scores of a source, what the other sources choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Priors:
    """Beliefs that evaluation chooses.

    Attributes:
        parent_spread: How far (log-sd) a product's own spread between sources may leave the common
            one, for magnet masses and ratios.
        other_products: For how many products the ones of all other categories count beside a
            category's own, where a product's share with NdFeB is not published.
        yield_spread: How far (log-sd) the spreads of stage yields may leave their prior median.
    """

    parent_spread: float = 1.4
    other_products: float = 4.0
    yield_spread: float = 1.0


USUAL = Priors()
"""What is believed unless evaluation says otherwise."""

ALTERNATIVES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "parent_spread": (0.7, 1.4),  # a factor of two, of four
        "other_products": (0.5, 1.0, 2.0, 4.0, 8.0),
        "yield_spread": (0.5, 1.0),
    }
)
"""Belief -> the values that are tried."""

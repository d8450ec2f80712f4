"""Short ways to read an estimate."""

from recycler.estimate import ElementEstimate, ItemEstimate, Totals


def of(amounts: Totals | ItemEstimate, element: str) -> ElementEstimate:
    """The estimate of one element."""
    return next(found for found in amounts.elements if found.element == element)

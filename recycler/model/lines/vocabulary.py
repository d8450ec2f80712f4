"""Which words a model knows, and what is wrong with a line that has others."""

from collections.abc import Iterable, Mapping

from recycler.batch import LineItem
from recycler.model.factors.fitted import OTHER
from recycler.model.lines.contradictions import Fault
from recycler.reference import Product


class Vocabulary:
    """Categories and their subtypes.

    Args:
        categories: Products by category.
    """

    def __init__(self, categories: Mapping[str, tuple[Product, ...]]) -> None:
        self._subtypes = {
            category: tuple(product.subtype for product in products)
            for category, products in categories.items()
        }

    def unknown_word(self, line: LineItem) -> Fault | None:
        """The first word of a line that is not known or says too little, and its place in the line.

        None if there is no such word.
        """
        subtypes = self._subtypes.get(line.category)
        if subtypes is None:
            message = f"{line.category!r} is no category; {choices(self._subtypes)}"
            return ("category",), message
        if line.subtype is not None and line.subtype not in subtypes:
            message = f"{line.subtype!r} is no subtype of {line.category}; {choices(subtypes)}"
            return ("subtype",), message
        if line.category == OTHER and line.mass_kg is not None and line.unit_mass_kg is None:
            return ("unit_mass_kg",), "a line of category other by mass needs the mass of one piece"
        return None


def choices(words: Iterable[str]) -> str:
    """What might have been said instead."""
    listed = ", ".join(words)
    return f"known are {listed}" if listed else "it has none"

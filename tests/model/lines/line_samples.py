"""Loose magnets, and short ways to read what is said of a line."""

from recycler.batch import LineItem


def codes(prediction) -> set[str]:
    """The codes of the notes on its lines."""
    return {note.code for item in prediction.items for note in item.notes}


def basis(prediction, factor: str) -> str:
    """What a factor of the first line rests on, in one word."""
    return basis_of(prediction, factor).basis


def basis_of(prediction, factor: str):
    """What a factor of the first line rests on."""
    return next(found for found in prediction.items[0].basis if found.factor == factor)


def width(quantity) -> float:
    """Width of the interval, in medians."""
    return (quantity.upper - quantity.lower) / quantity.median


def magnets(**known) -> LineItem:
    """A hundred kilograms of loose magnets."""
    return LineItem("magnet", mass_kg=100.0, **known)

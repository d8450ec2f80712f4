"""The pictures of a card, drawn with matplotlib where it is installed."""

from recycler.card.figures.drawing import Picture, pictures

__all__ = ["Picture", "pictures"]

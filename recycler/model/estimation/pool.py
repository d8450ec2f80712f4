"""Lines of a batch put together as far as that changes nothing: what is drawn once for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recycler.model.estimation.product import Draws, ProductDraws
from recycler.model.estimation.route import Stage, passed_through
from recycler.model.lines.signature import Signature

Array = NDArray[np.float64]


@dataclass
class Pool:
    """Lines that arrive alike and hold the same elements: the same yields fall to them.

    Their draws are added up, so that a batch of many kinds of lines needs no more room than one of
    few. Rows are contained elements and magnet mass.

    Attributes:
        signature: That of one of them: how they arrive, and where, is the same for all.
        product: That of one of them.
        shared: What like pieces share, of all lines.
        drawn: The same with the scatter of single pieces.
        units: What both have to be multiplied by; 1 but for a batch of lines of one kind.
    """

    signature: Signature
    product: ProductDraws
    shared: Array
    drawn: Draws
    units: float = 1.0

    def add(self, product: ProductDraws, size: float, drawn: Draws) -> None:
        """Add a line.

        Args:
            product: What one unit of it holds.
            size: How many units it has.
            drawn: Draws of all of it.
        """
        self.shared += product.rows * size
        self.drawn += drawn

    def on(self, stages: Sequence[Stage]) -> ProductDraws:
        """All lines as one product on a route, by `units`: what adds up over lines is meant."""
        contained, magnet = self.shared[:-1], self.shared[-1]
        yields, losses_kg = passed_through(stages, contained)
        return replace(
            self.product,
            contained_kg=contained,
            magnet_kg=magnet,
            yields=yields,
            stage_losses_kg=losses_kg,
            basis=tuple(stage.basis for stage in stages),
        )

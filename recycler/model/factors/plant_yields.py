"""What a plant's own lots say of the overall yields of its routes.

Overall yields are told, stage yields are not: a plant weighs what came in and what came out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

PRIOR_SCATTER = 0.1
"""Log-sd between lots of one plant before any are seen: about what the hidden loss is assumed to
differ by from batch to batch."""


class YieldFigure(NamedTuple):
    """What lots of a plant say of the overall yield of one element on one route, from one state.

    `log_yield` is the log of recovered over contained, the plant's mean. `own` is the log-variance
    of that mean that shrinks with the number of lots, `shared` the one that does not: an error in
    what the lots contained that all of them have.
    """

    log_yield: float
    own: float
    shared: float
    lots: int


Told = tuple[float, float, float, int]
"""The fields of a YieldFigure: what a model keeps are plain tuples."""

Where = tuple[str, str, str, str]
"""Plant (as a source), route, state of the feed, element."""


@dataclass(frozen=True, slots=True)
class PlantYields:
    """What is known of the yields of plants whose lots were learned from.

    Attributes:
        figures: What the lots say.
        scatter: Element -> log-sd of single lots about their plant's mean.
    """

    figures: Mapping[Where, Told]
    scatter: Mapping[str, float]

    @property
    def plants(self) -> frozenset[str]:
        """Plants (as sources) whose lots tell the yields of any route."""
        return frozenset(at for at, *_ in self.figures)

    def knows(self, plant: str | None) -> bool:
        """Whether lots of a plant (as a source) tell the yields of any route."""
        return any(at == plant for at, *_ in self.figures)

    def on(self, plant: str | None, route: str) -> dict[tuple[str, str], YieldFigure]:
        """(state, element) -> what the plant's lots say of a route; empty if they say nothing."""
        return {
            (state, element): YieldFigure(*figure)
            for (at, taken, state, element), figure in self.figures.items()
            if (at, taken) == (plant, route)
        }

    def scatter_of(self, element: str) -> float:
        """Log-sd of single lots about their plant's mean."""
        return self.scatter.get(element, PRIOR_SCATTER)


NO_LOTS = PlantYields({}, {})
"""Of a model that has learned from no lots."""


def lots_behind(told: Mapping[tuple[str, str], YieldFigure]) -> int:
    """How many lots tell the yields of a route: one that tells several elements counts once."""
    most: dict[str, int] = {}
    for (state, _), figure in told.items():
        most[state] = max(most.get(state, 0), figure.lots)
    return sum(most.values())

"""The stages of a route for a feed state, each with its draws and what they rest on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import beta

from recycler.batch import FeedState
from recycler.estimate import FactorBasis, SourceUse
from recycler.model.common_numbers import CommonNumbers
from recycler.model.stage_yield import StageYieldModel, is_borrowed, is_heavy
from recycler.reference import Assumption, RouteStage

Array = NDArray[np.float64]

_ROUTES_KEPT = 64  # drawn routes in memory, by state and elements: about 0.2 MB each

LIBERATION = "liberation"
HIDDEN_LOSS = "hidden_loss"

_BY_STATE = {
    FeedState.WHOLE: "manual_dismantling_whole",
    FeedState.DISMANTLED: "manual_dismantling_component",
    FeedState.SHREDDED: "manual_dismantling_whole",  # shredding losses are printed relative to it
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: draws of its yield (0-1) per element, shape (elements, draws).

    A stage that treats all elements alike has one row for all.
    """

    name: str
    yields: Array
    basis: FactorBasis


class RouteYields:
    """Draws the stages of routes; the same plant error for every line that takes the route."""

    def __init__(
        self,
        routes: Mapping[str, tuple[RouteStage, ...]],
        model: StageYieldModel,
        assumptions: Mapping[str, Assumption],
        numbers: CommonNumbers,
    ) -> None:
        self._routes = routes
        self._model = model
        self._assumptions = assumptions
        self._numbers = numbers
        self._drawn = lru_cache(_ROUTES_KEPT)(self._draw)

    def stages(self, route: str, state: FeedState, elements: tuple[str, ...]) -> tuple[Stage, ...]:
        """All stages in order, the losses that no stage owns up to as the last."""
        return self._drawn(route, state, elements)

    def _draw(self, route: str, state: FeedState, elements: tuple[str, ...]) -> tuple[Stage, ...]:
        named = [self._stage(stage, state, elements) for stage in self._routes[route]]
        return (*named, self._hidden_loss())

    def _stage(self, stage: RouteStage, state: FeedState, elements: tuple[str, ...]) -> Stage:
        if stage.stage == LIBERATION:
            return self._liberation(stage.figures_of or "state", state, elements)
        if stage.figures_of is None:
            return self._assumed(stage.stage, stage.assumption or stage.stage)
        published = self._published(stage.figures_of, stage.stage, elements)
        if stage.assumption is None:
            return published
        statement = self._assumptions[stage.assumption].statement
        return Stage(
            stage.stage, published.yields, FactorBasis(stage.stage, "assumed", (), statement)
        )

    def _liberation(self, figures_of: str, state: FeedState, elements: tuple[str, ...]) -> Stage:
        """Magnets need no liberation; what was shredded has lost most of them already."""
        if state is FeedState.MAGNETS:
            basis = FactorBasis(
                LIBERATION, "declared", (), "The feed is magnets: nothing to liberate."
            )
            return Stage(LIBERATION, np.ones((1, 1)), basis)
        chain = list(self._liberation_chain(figures_of, state, elements))
        yields = reduce(np.multiply, [stage.yields for stage in chain])
        statements = " ".join(s.basis.assumption for s in chain if s.basis.assumption)
        sources = tuple(use for s in chain for use in s.basis.sources)
        kind = "assumed" if statements else "published"
        return Stage(LIBERATION, yields, FactorBasis(LIBERATION, kind, sources, statements or None))

    def _liberation_chain(
        self, figures_of: str, state: FeedState, elements: tuple[str, ...]
    ) -> Iterator[Stage]:
        if figures_of == "hydrogen_hpms":
            yield self._published(figures_of, LIBERATION, elements)
        else:
            yield self._assumed(LIBERATION, _BY_STATE[state])
        if state is FeedState.SHREDDED or figures_of == "shredding":
            yield self._published("shredding", LIBERATION, elements)

    def _published(self, route: str, stage: str, elements: tuple[str, ...]) -> Stage:
        yields = [
            self._model.draw(route, stage, e, self._numbers, borrowed=self._borrowed(e))
            for e in elements
        ]
        sources = tuple(
            SourceUse(s, n) for s, n in self._model.sources_.get((route, stage), {}).items()
        )
        return Stage(stage, np.stack(yields), FactorBasis(stage, "published", sources))

    def _borrowed(self, element: str) -> float:
        name = "heavy_like_dysprosium" if is_heavy(element) else "light_like_neodymium"
        return (self._assumptions[name].spread or 0.0) if is_borrowed(element) else 0.0

    def _assumed(self, stage: str, name: str) -> Stage:
        assumption = self._assumptions[name]
        middle, spread = logit(assumption.value or 1.0), assumption.spread or 0.0
        drawn = expit(middle + spread * self._numbers.normal(f"yield:{name}"))
        basis = FactorBasis(stage, "assumed", (), assumption.statement)
        return Stage(stage, drawn[np.newaxis], basis)

    def _hidden_loss(self) -> Stage:
        assumption = self._assumptions[HIDDEN_LOSS]
        mean, sd = assumption.value or 1.0, assumption.spread or 0.0
        size = mean * (1 - mean) / sd**2 - 1
        drawn = beta(mean * size, (1 - mean) * size).ppf(self._numbers.uniform(HIDDEN_LOSS))
        basis = FactorBasis(HIDDEN_LOSS, "assumed", (), assumption.statement)
        return Stage(HIDDEN_LOSS, drawn[np.newaxis], basis)

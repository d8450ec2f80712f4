"""The stages of a route for a feed state, each with its draws and what they rest on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import beta

from recycler.batch import FeedState
from recycler.elements import ELEMENTS
from recycler.estimate import FactorBasis, SourceUse
from recycler.model.estimation.own_yields import own_powers
from recycler.model.factors.plant_yields import PlantYields, lots_behind
from recycler.model.factors.stage_yield import COMPANION, LIBERATION, StageYieldModel, lender
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import Assumption, RouteStage

Array = NDArray[np.float64]

_ROUTES_KEPT = 64  # drawn routes in memory, by state and elements: about 0.2 MB each

OVERALL_YIELD = "overall_yield"
"""Name of what all stages of a route pass on together, where a plant's own lots tell it."""

HIDDEN_LOSS = "hidden_loss"

_OWN_LOTS = "What lots of this plant gave back in all; how it falls to the stages is as below."

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


def passed_through(stages: Sequence[Stage], contained: Array) -> tuple[Array, Array]:
    """What is kept of each element over all stages, and what each stage takes on average.

    Args:
        stages: The stages in order.
        contained: Mass of each element, shape (elements, draws).

    Returns:
        Yields of the whole route, of the same shape, and mean losses, shape (stages, elements).
    """
    passed = np.ones((len(stages) + 1, *contained.shape))
    for stage, before, after in zip(stages, passed, passed[1:], strict=False):
        np.multiply(before, stage.yields, out=after)
    taken = (passed[:-1] - passed[1:]) * contained
    # a copy, or what is kept of the last stage would keep all others in memory
    return passed[-1].copy(), taken.mean(axis=2)


class RouteYields:
    """Draws the stages of routes; the same plant error for every line that takes the route.

    Where the model has learned from lots of the plant that receives a batch, the stages are those
    of that plant.
    """

    def __init__(
        self,
        routes: Mapping[str, tuple[RouteStage, ...]],
        model: StageYieldModel,
        assumptions: Mapping[str, Assumption],
        numbers: CommonNumbers,
        own: PlantYields,
    ) -> None:
        self._routes = routes
        self._model = model
        self._assumptions = assumptions
        self._numbers = numbers
        self._own = own
        self._drawn = lru_cache(_ROUTES_KEPT)(self._draw)
        self._drawn_at = lru_cache(_ROUTES_KEPT)(self._draw_at)

    def stages(
        self,
        route: str,
        state: FeedState,
        elements: tuple[str, ...],
        plant: str | None = None,
    ) -> tuple[Stage, ...]:
        """All stages in order, the losses that no stage owns up to as the last.

        Args:
            route: The route.
            state: How the pieces arrive.
            elements: What is in them.
            plant: Source that they come to (see `plant_source`).
        """
        if self._own.on(plant, route):
            return self._drawn_at(plant, route, state, elements)
        return self._drawn(route, state, elements)

    def basis_at(self, plant: str | None, route: str) -> tuple[FactorBasis, ...]:
        """What the overall yield rests on, if a plant's own lots tell it."""
        told = self._own.on(plant, route)
        if not told:
            return ()
        lots = SourceUse(plant or "", lots_behind(told))
        return (FactorBasis(OVERALL_YIELD, "measured", (lots,), _OWN_LOTS),)

    def _draw_at(
        self, plant: str, route: str, state: FeedState, elements: tuple[str, ...]
    ) -> tuple[Stage, ...]:
        """The published stages, each to the power that the plant's lots ask for."""
        told = self._own.on(plant, route)
        asked = {element for _, element in told}.union(elements)
        everything = tuple(element for element in ELEMENTS if element in asked)
        states = {state, *(FeedState(told_of) for told_of, _ in told)}
        published = {
            (of.value, element): passed
            for of in sorted(states)
            for element, passed in self._overall(route, of, everything).items()
        }
        scatters = {element: self._own.scatter_of(element) for element in everything}
        powers = own_powers(published, told, scatters, self._numbers, route)
        power = np.stack([powers[state.value, element] for element in elements])
        return tuple(
            replace(stage, yields=stage.yields**power)
            for stage in self._drawn(route, state, elements)
        )

    def _overall(self, route: str, state: FeedState, elements: tuple[str, ...]) -> dict[str, Array]:
        """Published yields of the whole route: element -> draws."""
        stages = self._drawn(route, state, elements)
        alone = np.ones((len(elements), 1))
        passed: Array = reduce(np.multiply, [stage.yields for stage in stages], alone)
        return dict(zip(elements, passed, strict=True))

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
        yields = [self._yield_of(route, stage, element) for element in elements]
        sources = tuple(
            SourceUse(s, n) for s, n in sorted(self._model.sources_.get((route, stage), {}).items())
        )
        borrowing = tuple(e for e in elements if self._model.borrows(route, stage, e))
        basis = FactorBasis(stage, "published", sources, self._told(borrowing), borrowing)
        return Stage(stage, np.stack(yields), basis)

    def _told(self, borrowing: Iterable[str]) -> str | None:
        """What is assumed of the elements that borrow their yields, each assumption once."""
        names = [(lender(element), element) for element in borrowing]
        told = (
            f"{', '.join(e for n, e in names if n == name)}: {self._assumptions[name].statement}"
            for name in dict.fromkeys(name for name, _ in names)
        )
        return " ".join(told) or None

    def _yield_of(self, route: str, stage: str, element: str) -> Array:
        """Draws of a published stage's yield, or of what is assumed of an element in it."""
        if not self._model.borrows(route, stage, element):
            return self._model.draw(route, stage, element, self._numbers, borrowed=0.0)
        name = lender(element)
        if name == COMPANION:
            return self._logit_normal(name, f"yield:{route}:{stage}:{element}")
        spread = self._assumptions[name].spread or 0.0
        return self._model.draw(route, stage, element, self._numbers, borrowed=spread)

    def _logit_normal(self, assumption: str, numbers: str) -> Array:
        """Draws of an assumed yield by numbers of some name."""
        assumed = self._assumptions[assumption]
        middle, spread = logit(assumed.value or 1.0), assumed.spread or 0.0
        return np.asarray(expit(middle + spread * self._numbers.normal(numbers)))

    def _assumed(self, stage: str, name: str) -> Stage:
        assumption = self._assumptions[name]
        drawn = self._logit_normal(name, f"yield:{name}")
        basis = FactorBasis(stage, "assumed", (), assumption.statement)
        return Stage(stage, drawn[np.newaxis], basis)

    def _hidden_loss(self) -> Stage:
        assumption = self._assumptions[HIDDEN_LOSS]
        mean, sd = assumption.value or 1.0, assumption.spread or 0.0
        size = mean * (1 - mean) / sd**2 - 1
        drawn = beta(mean * size, (1 - mean) * size).ppf(self._numbers.uniform(HIDDEN_LOSS))
        basis = FactorBasis(HIDDEN_LOSS, "assumed", (), assumption.statement)
        return Stage(HIDDEN_LOSS, drawn[np.newaxis], basis)

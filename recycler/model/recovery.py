"""The recovery model: factors fitted to the tables, then a batch drawn, summed and cut.

`fit(tables)` and `estimate(batch)` are the only doors into this room.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recycler.batch import Batch, FieldError, InvalidBatchError
from recycler.comparison import RoutePredictions
from recycler.estimate import Prediction
from recycler.lot import LearnedLots, MeasuredLot, Outcome
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.lot_yields import learn_yields
from recycler.model.estimation.outcomes import Judge
from recycler.model.estimation.route import OVERALL_YIELD
from recycler.model.estimation.route_comparison import compare_routes
from recycler.model.factors.composition import SamariumCobaltModel
from recycler.model.factors.content import ContentModel
from recycler.model.factors.effects import plant_of
from recycler.model.factors.fitted import Factors
from recycler.model.factors.observations import observe
from recycler.model.factors.plant_yields import lots_behind
from recycler.model.factors.presence import PresenceModel
from recycler.model.factors.priors import USUAL, Priors
from recycler.model.factors.stage_yield import StageYieldModel
from recycler.model.lines.assay import Rules
from recycler.model.lines.contradictions import Path, contradictions
from recycler.model.lines.vocabulary import choices
from recycler.model.lots.figures import Reader
from recycler.model.sampling.sampling_plan import Planner
from recycler.plan import InvalidPlanRequestError, SamplingStrategy, in_request
from recycler.reference import Tables


class RecoveryModel(BaseEstimator):
    """What can be won back from a batch of e-waste, with its uncertainty.

    Args:
        seed: Decides the random numbers: the same seed and batch give the same answer.
        draws: How many joint draws stand for the predictive distribution.
        priors: What is believed of spreads before any figure is seen.

    Attributes:
        factors_: The fitted factors.
    """

    def __init__(self, seed: int = 20200724, draws: int = 2000, priors: Priors = USUAL) -> None:
        self.seed = seed
        self.draws = draws
        self.priors = priors

    def fit(self, tables: Tables, lots: Iterable[MeasuredLot] = ()) -> Self:
        """Fit all factors to the reference tables, and to measured lots beside them.

        Each plant counts as a source. Lots that say nothing are passed over: `lots.screening`
        tells which, and why.
        """
        lots = list(lots)
        reader = Reader.of(tables, lots)
        figures = list(reader.figures(lots))
        spread = tables.assumptions["presence_spread"].spread or 0.0
        factors = Factors(
            content=ContentModel(self.priors.parent_spread).fit(observe(tables), lots=figures),
            samarium=SamariumCobaltModel().fit(tables.compositions),
            presence=PresenceModel(spread, self.priors.other_products).fit(tables.presences),
            yields=StageYieldModel(self.priors.yield_spread).fit(tables.stage_yields),
            scatter=reader.scatter,
            own_scatter=dict(reader.own_scatter),
            categories={
                c: tuple(tables.product(s) for s in subtypes)
                for c, subtypes in tables.categories.items()
            },
            routes=dict(tables.routes),
            assumptions=dict(tables.assumptions),
        )
        own_yields = learn_yields(reader.usable(lots), factors, self.seed)
        self.factors_ = replace(factors, own_yields=own_yields)
        self.__dict__.pop("engine_", None)  # it knows the factors of an earlier fit
        return self

    def estimate(self, batch: Batch) -> Prediction:
        """Predict a batch.

        Raises:
            InvalidBatchError: A word of the batch is not in the model's vocabulary, or a line
                contradicts itself.
        """
        self._check(batch)
        return self._engine().estimate(batch)

    def compare(self, batch: Batch) -> RoutePredictions:
        """Predict a batch on every route, whichever the batch names itself, on the same draws.

        Raises:
            InvalidBatchError: A word of the batch is not in the model's vocabulary, or a line
                contradicts itself.
        """
        self._check(batch)
        return compare_routes(self._engine(), batch, self.factors_.routes)

    def outcomes(self, lots: Iterable[MeasuredLot]) -> Iterator[Outcome]:
        """Every measured figure beside what is predicted of it; unknown words are passed over."""
        check_is_fitted(self)
        rules = Rules(
            self.factors_.assumptions["assay_laboratory"].spread or 0.0,
            self.factors_.assumptions["printed_zero"].value or 0.0,
        )
        judge = Judge(self._engine(), self.factors_, rules)
        return judge.outcomes(lot for lot in lots if not any(self._unknown_words(lot.as_batch())))

    def learned_lots(self) -> Iterator[LearnedLots]:
        """How many lots of which plants were learned from: by plant, product, and then route."""
        check_is_fitted(self)
        yields = self.factors_.own_yields
        for source in sorted({*self.factors_.content.plants_, *yields.plants}):
            yield from self._lots_on_products(source)
            for route in self.factors_.routes:
                if lots := lots_behind(yields.on(source, route)):
                    yield LearnedLots(plant_of(source), source, OVERALL_YIELD, lots, route=route)

    def _lots_on_products(self, source: str) -> Iterator[LearnedLots]:
        for category, subtype in self._products():
            told = self.factors_.content.lots_of(source, category, subtype or "")
            for factor, lots in told.items():
                yield LearnedLots(plant_of(source), source, factor, lots, category, subtype)

    def _products(self) -> Iterator[tuple[str, str | None]]:
        """Every category without a subtype, and with each of its subtypes."""
        for category, products in self.factors_.categories.items():
            yield category, None
            yield from ((category, product.subtype) for product in products)

    def _check(self, batch: Batch) -> None:
        errors = tuple(self._unknown_words(batch))
        if errors:
            raise InvalidBatchError(errors)

    def plan(self, batch: Batch, element: str, relative_half_width: float) -> SamplingStrategy:
        """Say which pieces to assay so that an element's contained mass is known well enough.

        Args:
            batch: The batch, with its assays so far.
            element: Symbol of a rare earth.
            relative_half_width: Target: half the central interval over the median, 0 to 1.

        Raises:
            InvalidPlanRequestError: A word of the batch is not in the model's vocabulary, no line
                of it is estimated to hold the element, or the target is out of range.
        """
        check_is_fitted(self)
        errors = tuple(self._unknown_words(batch))
        if errors:
            raise in_request(errors)
        if not 0.0 < relative_half_width < 1.0:
            message = f"{relative_half_width:g} is not between 0 and 1"
            raise InvalidPlanRequestError([FieldError("/relative_half_width", message)])
        planner = Planner(self._engine(), self.factors_.assumptions, batch, element)
        return planner.plan(relative_half_width)

    def _engine(self) -> Engine:
        """Draws are kept with the process, not with the artefact."""
        if "engine_" not in vars(self):
            check_is_fitted(self)
            self.engine_ = Engine(self.factors_, self.seed, self.draws)
        return self.engine_

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "engine_"}

    def _unknown_words(self, batch: Batch) -> Iterator[FieldError]:
        vocabulary, routes = self._engine().vocabulary, self.factors_.routes
        if batch.route not in routes:
            yield FieldError("/route", f"{batch.route!r} is no route; {choices(routes)}")
        for index, line in enumerate(batch.items):
            if unknown := vocabulary.unknown_word(line):
                yield _in_line(index, *unknown)
            for path, message in contradictions(line):
                yield _in_line(index, path, message)


def _in_line(index: int, path: Path, message: str) -> FieldError:
    return FieldError("".join(f"/{step}" for step in ("items", index, *path)), message)

"""The retraining use case: tables in, an evaluated version in the models folder out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from time import perf_counter
from typing import Any

from threadpoolctl import threadpool_limits

from recycler.batch import (
    Assay,
    Batch,
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Reading,
)
from recycler.card import Facts, LotCount, make_card
from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    PUBLISHED,
    UNSEEN,
    Choice,
    Fold,
    Method,
    Part,
    Score,
    alternatives,
    candidate,
    choose,
    chosen,
    folds,
    lot_folds,
    product_method,
    score_fold,
    summarise,
    summarise_lots,
    to_csv,
    with_choices,
)
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import observe
from recycler.model.factors.priors import Priors
from recycler.model.recovery import RecoveryModel
from recycler.parallel import Backend, LocalProcesses, run
from recycler.reference import Tables, load_tables
from recycler.registry import Gate, PromotionRefusedError, Registry, Verdict
from recycler.registry.manifest import ASSAYS, HELD_OUT, LOTS, PAGE
from recycler.seen import Assayed, Seen, look

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

DEFAULT_SEED = 20200724

OUTLIER_LIMIT = 6.0
"""Robust standard deviations beyond which an assay is set aside, unless a setting says else."""

ONE_PROCESS = LocalProcesses(1)

GOLDEN_BATCH = Batch(
    batch_id="golden",
    collected_year=2026,
    items=(
        LineItem("phone", "smartphone", count=1200, year=2017),
        LineItem("phone", count=40),
        LineItem(
            "motor", "ev_traction_motor", count=35, rated_power_kw=110.0, state=FeedState.DISMANTLED
        ),
        LineItem("motor", "ac_compressor", mass_kg=800.0),
        LineItem("hdd", "hdd_mixed", count=3, state=FeedState.SHREDDED),
        LineItem("wind_turbine", "wind_direct_drive", count=1),
        LineItem(
            "magnet",
            mass_kg=48.5,
            magnet=DeclaredMagnet(MagnetType.NDFEB, coercivity_class=CoercivityClass.SH),
            assay=Assay(({"Nd": Reading(0.228), "Tb": Reading(0.0005, below_detection=True)},)),
        ),
    ),
)
"""What every version is asked when it is written and when it is loaded: a bit of everything."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run made: the version, its folder, how long it took, and its scores.

    `set_aside` holds the reason for every assay that was not learned from, by its id. `refused` is
    what the gate said if it kept the version from becoming champion.
    """

    version: str
    folder: Path
    seconds: float
    scores: dict[str, Any]
    refused: Verdict | None = None
    set_aside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the model and every baseline fared on each figure left out, and the priors chosen.

    `lots` are scores on lots of plants whose other lots were learned from.
    """

    held_out: Sequence[Score]
    choices: Sequence[Choice]
    lots: Sequence[Score] = ()

    @property
    def scores(self) -> dict[str, Any]:
        """The shape of `recycler evaluate --json`."""
        told = summarise(self.held_out) | {"priors": {c.belief: c.told() for c in self.choices}}
        return {**told, "lots": summarise_lots(self.lots)} if self.lots else told


def train(
    *,
    models: Path,
    seed: int = DEFAULT_SEED,
    backend: Backend = ONE_PROCESS,
    version: str | None = None,
    promote: bool = False,
    assays: Sequence[Assayed] = (),
    outlier_limit: float = OUTLIER_LIMIT,
    gate: Gate | None = None,
    progress: Progress,
) -> TrainingReport:
    """Evaluate, fit the model under the priors chosen, write a version.

    It is fitted to the reference tables and to the assays beside them. Nothing is written before
    everything is there: a run that is interrupted leaves no trace.

    Args:
        models: The models folder; made if missing.
        seed: Decides the random numbers; the same data and seed give the same model.
        backend: Where the folds of the evaluation are computed.
        version: Name of the version; made from the day and the data's digest if None.
        promote: Whether the version becomes the champion, if the gate lets it.
        gate: Judges whether it may; without one nothing does.
        assays: Measured lots of plants, each of which counts as a source.
        outlier_limit: Robust standard deviations beyond which an assay is set aside.
        progress: Told how far the run is.

    Raises:
        ArtefactError: The version exists, or the folder cannot be written; nothing is left behind.
        BackendError: The evaluation could not be finished; nothing was written.
    """
    start = perf_counter()
    registry = Registry(models)
    registry.check_room(version)
    with threadpool_limits(1):  # one thread: sums in one order, hence the same numbers
        seen = look(load_tables(), assays, outlier_limit)
    found = evaluate(seen=seen, backend=backend, progress=progress)
    progress("fit", 0, 1)
    with threadpool_limits(1):
        model = RecoveryModel(seed, priors=chosen(found.choices)).fit(seen.tables, seen.lots)
    progress("fit", 1, 1)
    scores = found.scores
    name = version or _new_name(registry, seen.digest)
    facts = Facts(name, seed, seen.rows, seen.digest, scores, found.held_out, _plants(seen))
    card = make_card(facts)
    registry.write(
        model,
        version=name,
        data_digest=seen.digest,
        rows=seen.rows,
        seed=seed,
        scores=scores,
        card=card.markdown,
        golden_batch=GOLDEN_BATCH,
        figures=card.figures,
        further={PAGE: card.page.encode(), **_records(seen, found)},
    )
    refused = _promote(registry, name, gate) if promote else None
    return TrainingReport(
        name, models / name, perf_counter() - start, scores, refused, seen.set_aside
    )


def _promote(registry: Registry, version: str, gate: Gate | None) -> Verdict | None:
    """Make a version the champion; what the gate said if it refused."""
    try:
        registry.promote(
            version, who="recycler train", why="promoted by the training run", gate=gate
        )
    except PromotionRefusedError as error:
        return error.verdict
    return None


def _plants(seen: Seen) -> dict[str, LotCount]:
    """How many lots of each plant were learned from and set aside, by the plant's name."""
    used = Counter(lot.plant for lot in seen.lots)
    looked_at = Counter(found.lot.plant for found in seen.assays)
    return {
        plant: LotCount(used[plant], looked_at[plant] - used[plant]) for plant in sorted(looked_at)
    }


def _records(seen: Seen, found: Evaluation) -> dict[str, bytes]:
    """Every figure that was left out, and what was seen of assays."""
    records = {HELD_OUT: to_csv(found.held_out)}
    if seen.assays:
        records |= {ASSAYS: seen.record, LOTS: to_csv(found.lots)}
    return {name: text.encode() for name, text in records.items()}


def evaluate(
    *, seen: Seen | None = None, backend: Backend = ONE_PROCESS, progress: Progress
) -> Evaluation:
    """Leave out every source, and every lot in turn; the model's priors are chosen inside.

    Args:
        seen: What there is to learn from; the packaged tables if None.
        backend: Where the folds are computed.
        progress: Told how far the run is.
    """
    seen = seen or Seen(load_tables(), (), {})
    tables, lots = seen.tables, seen.figures
    progress("start", 0, 1)
    with threadpool_limits(1):
        fitted = ContentModel(calibrated=False).fit(observe(tables), lots=lots)
        scales = fitted.regressor_.scales_
    progress("start", 1, 1)
    methods = {part: _methods(part, tables, scales) for part in UNSEEN}
    scores = _scores(
        [(fold, methods[fold.part]) for fold in folds(tables, lots)], backend, progress
    )
    choices = [choose(part, scores) for part in UNSEEN]
    next_lots = _evaluate_lots(seen, chosen(choices), scales, backend, progress)
    return Evaluation(with_choices(scores, choices), choices, next_lots)


def _evaluate_lots(
    seen: Seen, priors: Priors, scales: Mapping[str, float], backend: Backend, progress: Progress
) -> list[Score]:
    """Scores on lots of plants whose other lots were learned from, and as if they had not been."""
    made = lot_folds(observe(seen.tables), seen.figures)
    if not made:
        return []
    methods = {
        MODEL: product_method(seen.tables, scales, priors=priors),
        PUBLISHED: product_method(seen.tables, scales, priors=priors, learns_from_lots=False),
    }
    return _scores([(fold, methods) for fold in made], backend, progress, "lots")


def _methods(
    part: Part, tables: Tables, scales: Mapping[str, float] | None = None
) -> dict[str, Method]:
    """The model under every alternative prior that matters to a part, and the baselines."""
    models = {
        candidate(value): product_method(tables, scales, priors=priors)
        for value, priors in alternatives(part).items()
    }
    return {**models, **BASELINES}


def compare(
    tried: Sequence[Fold],
    methods: Mapping[str, Method],
    *,
    backend: Backend = ONE_PROCESS,
    progress: Progress = lambda *_: None,
) -> list[Score]:
    """Scores of several methods in the same folds.

    Args:
        tried: The folds.
        methods: Name -> method.
        backend: Where the folds are computed.
        progress: Told how far the run is.
    """
    return _scores([(fold, methods) for fold in tried], backend, progress)


def _scores(
    tried: Sequence[tuple[Fold, Mapping[str, Method]]],
    backend: Backend,
    progress: Progress,
    stage: str = "evaluate",
) -> list[Score]:
    found = run(_score_fold, tried, backend, partial(progress, stage))
    return list(chain.from_iterable(found))


def _score_fold(tried: tuple[Fold, Mapping[str, Method]]) -> list[Score]:
    with threadpool_limits(1):  # one thread: sums in one order, hence the same numbers
        return score_fold(*tried)


def _new_name(registry: Registry, digest: str) -> str:
    """Day and data, with a number where the day has seen that already."""
    base = f"{datetime.now(UTC):%Y-%m-%d}-{digest[:8]}"
    taken = {found.name for found in registry.root.iterdir()} if registry.root.is_dir() else set()
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)

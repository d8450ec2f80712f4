"""The retraining use case: tables in, an evaluated version in the models folder out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from recycler.card import Facts, make_card
from recycler.model.evaluation import (
    BASELINES,
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
    product_method,
    score_fold,
    summarise,
    to_csv,
    with_choices,
)
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import observe
from recycler.model.recovery import RecoveryModel
from recycler.parallel import Backend, LocalProcesses, run
from recycler.reference import Tables, load_tables
from recycler.registry import Registry

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

DEFAULT_SEED = 20200724

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
    """What a training run made: the version, its folder, how long it took, and its scores."""

    version: str
    folder: Path
    seconds: float
    scores: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the model and every baseline fared on each figure left out, and the priors chosen."""

    held_out: Sequence[Score]
    choices: Sequence[Choice]

    @property
    def scores(self) -> dict[str, Any]:
        """The shape of `recycler evaluate --json`."""
        return summarise(self.held_out) | {"priors": {c.belief: c.told() for c in self.choices}}


def train(
    *,
    models: Path,
    seed: int = DEFAULT_SEED,
    backend: Backend = ONE_PROCESS,
    version: str | None = None,
    promote: bool = False,
    progress: Progress,
) -> TrainingReport:
    """Evaluate, fit the model to the reference tables under the priors chosen, write a version.

    Args:
        models: The models folder; made if missing.
        seed: Decides the random numbers; the same data and seed give the same model.
        backend: Where the folds of the evaluation are computed.
        version: Name of the version; made from the day and the data's digest if None.
        promote: Whether the version becomes the champion.
        progress: Told how far the run is.

    Raises:
        ArtefactError: The version exists, or the folder cannot be written; nothing is left behind.
        BackendError: The evaluation could not be finished; nothing was written.
    """
    start = perf_counter()
    tables = load_tables()
    found = evaluate(tables=tables, backend=backend, progress=progress)
    progress("fit", 0, 1)
    with threadpool_limits(1):  # one thread: sums in one order, hence the same numbers
        model = RecoveryModel(seed, priors=chosen(found.choices)).fit(tables)
    progress("fit", 1, 1)
    scores = found.scores
    registry = Registry(models)
    name = version or _new_name(registry, tables.digest)
    rows = count_rows(tables)
    card = make_card(Facts(name, seed, rows, tables.digest, scores, found.held_out))
    registry.write(
        model,
        version=name,
        data_digest=tables.digest,
        rows=rows,
        seed=seed,
        scores=scores,
        card=card.markdown,
        golden_batch=GOLDEN_BATCH,
        figures=card.figures,
        further={"card.html": card.page.encode(), "held_out.csv": to_csv(found.held_out).encode()},
    )
    if promote:
        registry.promote(name, who="recycler train", why="promoted by the training run")
    return TrainingReport(name, models / name, perf_counter() - start, scores)


def evaluate(
    *, tables: Tables | None = None, backend: Backend = ONE_PROCESS, progress: Progress
) -> Evaluation:
    """Leave out every source; the model's priors are chosen inside.

    Args:
        tables: The tables; the packaged ones if None.
        backend: Where the folds are computed.
        progress: Told how far the run is.
    """
    tables = tables or load_tables()
    progress("start", 0, 1)
    with threadpool_limits(1):
        scales = ContentModel(calibrated=False).fit(observe(tables)).regressor_.scales_
    progress("start", 1, 1)
    methods = {part: _methods(part, tables, scales) for part in Part}
    scores = _scores([(fold, methods[fold.part]) for fold in folds(tables)], backend, progress)
    choices = [choose(part, scores) for part in Part]
    return Evaluation(with_choices(scores, choices), choices)


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
    tried: Sequence[tuple[Fold, Mapping[str, Method]]], backend: Backend, progress: Progress
) -> list[Score]:
    found = run(_score_fold, tried, backend, partial(progress, "evaluate"))
    return list(chain.from_iterable(found))


def _score_fold(tried: tuple[Fold, Mapping[str, Method]]) -> list[Score]:
    with threadpool_limits(1):  # one thread: sums in one order, hence the same numbers
        return score_fold(*tried)


def count_rows(tables: Tables) -> dict[str, int]:
    """Rows of the tables that a model is fitted to."""
    return {
        "element_content": len(tables.contents),
        "magnet_composition": len(tables.compositions),
        "magnet_mass": len(tables.magnet_masses),
        "magnet_presence": len(tables.presences),
        "stage_yield": len(tables.stage_yields),
    }


def _new_name(registry: Registry, digest: str) -> str:
    """Day and data, with a number where the day has seen that already."""
    base = f"{datetime.now(UTC):%Y-%m-%d}-{digest[:8]}"
    taken = set(registry.versions()) if registry.root.is_dir() else set()
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)

"""Everything that monitoring says, in one value: what `recycler monitor --json` prints."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from recycler.assays import StoredLot
from recycler.intake import IntakeCount
from recycler.lot import Outcome
from recycler.monitoring.bias import Bias, biases
from recycler.monitoring.coverage import Coverage, Period, coverages, periods
from recycler.monitoring.exchangeability import Exchangeability, exchangeability
from recycler.monitoring.lots import count_lots, in_time_order
from recycler.monitoring.pit import PitHistogram, pit_histogram
from recycler.monitoring.shares import ERROR_LEVEL
from recycler.monitoring.shift import Intake, intake_shift, learned_from
from recycler.monitoring.verdict import LotCounts, Verdict, decide
from recycler.reference import load_tables
from recycler.registry import LoadedModel


@dataclass(frozen=True)
class Monitoring:
    """What was predicted against what was measured, and what comes in against what was learned.

    Attributes:
        version: The model that is judged.
        plant: The plant whose lots are judged; None for all.
        since: Day from which on lots are judged; None for all.
        error_level: Level of all error bars.
        verdict: Whether retraining is worth it.
        lots: How many there are to judge by.
        coverage: Of all figures, then by plant, by figure and by category; empty without lots.
        periods: Coverage in the course of time.
        pit: Where figures fell in their predictions; None without lots.
        bias: By figure, then by category.
        exchangeability: Whether lots fare alike at all times; None without lots.
        intake: What came in, of all plants; None if it is not counted.
    """

    version: str
    plant: str | None
    since: date | None
    error_level: float
    verdict: Verdict
    lots: LotCounts
    coverage: tuple[Coverage, ...]
    periods: tuple[Period, ...]
    pit: PitHistogram | None
    bias: tuple[Bias, ...]
    exchangeability: Exchangeability | None
    intake: Intake | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be judged.

    Attributes:
        plant: Only lots of this plant; None for all.
        since: Only lots measured from this day on; None for all.
        today: The last day of the intake.
    """

    plant: str | None
    since: date | None
    today: date


@dataclass(frozen=True, slots=True)
class Rules:
    """By which rules it is judged.

    Attributes:
        recent_days: Days that count as recent intake.
        enough_lots: New lots from which on retraining is worth it for their sake.
    """

    recent_days: int
    enough_lots: int


def monitor(
    model: LoadedModel,
    stored: Sequence[StoredLot],
    seen: Container[str],
    intake: Sequence[IntakeCount] | None,
    asked: Asked,
    rules: Rules,
) -> Monitoring:
    """Hold a model against the lots that it has not seen, and what comes in against what it knows.

    Args:
        model: The model.
        stored: All lots that are not deleted.
        seen: The assays that the model has learned from, by their ids.
        intake: Lines that came in; None if they are not counted.
        asked: What is to be judged.
        rules: By which rules.
    """
    own = [lot for lot in stored if asked.plant in (None, lot.lot.plant)]
    new = [lot for lot in own if lot.quarantined is None and lot.assay_id not in seen]
    due = [lot.lot for lot in new if asked.since is None or lot.lot.measured_on >= asked.since]
    outcomes = in_time_order(model.outcomes(due))
    counts = LotCounts(
        stored=len(own),
        quarantined=sum(lot.quarantined is not None for lot in own),
        unseen=len(new),
        judged=count_lots(outcomes),
        enough=rules.enough_lots,
    )
    shift = None
    if intake is not None:
        learned = learned_from(load_tables(), [lot.lot for lot in stored if lot.assay_id in seen])
        days = rules.recent_days
        shift = intake_shift(intake, learned, today=asked.today, recent_days=days)
    return judged(model.version, outcomes, counts, shift, asked)


def judged(
    version: str,
    outcomes: Sequence[Outcome],
    lots: LotCounts,
    intake: Intake | None,
    asked: Asked,
) -> Monitoring:
    """Put together what outcomes in the order of time, and the intake, come to."""
    coverage = tuple(coverages(outcomes)) if outcomes else ()
    bias = tuple(biases(outcomes))
    order = exchangeability(outcomes) if outcomes else None
    return Monitoring(
        version=version,
        plant=asked.plant,
        since=asked.since,
        error_level=ERROR_LEVEL,
        verdict=decide(lots, coverage, bias, order, intake),
        lots=lots,
        coverage=coverage,
        periods=tuple(periods(outcomes)),
        pit=pit_histogram(outcomes) if outcomes else None,
        bias=bias,
        exchangeability=order,
        intake=intake,
    )

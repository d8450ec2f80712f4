"""Two versions side by side: their scores, what the gate says, and what changes for batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recycler.batch import Batch, InvalidBatchError
from recycler.estimate import Prediction, Quantity
from recycler.model.evaluation import factor_order
from recycler.registry.gate import Limits, judge, pairing_of
from recycler.registry.golden import Estimator
from recycler.registry.pairing import Change, Pair, by_factor, change
from recycler.registry.verdict import Evidence, Verdict

POOLED = "pooled"
"""Name of all factors together."""

ELEMENTS = ("Nd", "Dy")
"""Elements whose estimates are compared, beside the sum of rare earths."""


@dataclass(frozen=True, slots=True)
class FactorComparison:
    """Scores of one factor: each version's own, and their difference on the figures of both.

    Attributes:
        factor: Name of the factor, or POOLED.
        old: Scores of the old version over all its figures; None if it has none of this factor.
        new: Scores of the new version, likewise.
        change: How CRPS differs on the figures of both; None where there are none.
    """

    factor: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """One quantity of a batch, kg, as both versions estimate it; None where one does not.

    Attributes:
        of: An element's symbol, or `total_ree`.
        which: `contained_kg` or `recoverable_kg`.
        old: What the old version says.
        new: What the new version says.
        median_ratio: New median over old; None where there is nothing to divide by.
        width_ratio: New width of the interval over old, likewise.
    """

    of: str
    which: str
    old: Quantity | None
    new: Quantity | None
    median_ratio: float | None
    width_ratio: float | None


@dataclass(frozen=True, slots=True)
class BatchChange:
    """What changes for one batch.

    `refused` says why a version does not estimate it, by the name of the version.
    """

    batch: str
    quantities: tuple[QuantityChange, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """What there is to know before a new version replaces an old one."""

    old: str
    new: str
    factors: tuple[FactorComparison, ...]
    verdict: Verdict
    batches: tuple[BatchChange, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version with what it keeps of its evaluation, and its model."""

    evidence: Evidence
    model: Estimator


def compare_versions(
    old: Candidate, new: Candidate, batches: Mapping[str, Batch], limits: Limits
) -> VersionComparison:
    """Compare two versions, the new one as a challenger of the old one.

    Args:
        old: The version that is there.
        new: The version that may replace it.
        batches: Name -> batch that both are asked.
        limits: What the gate asks for.
    """
    return VersionComparison(
        old=old.evidence.version,
        new=new.evidence.version,
        factors=tuple(_factors(old.evidence, new.evidence)),
        verdict=judge(new.evidence, old.evidence, limits),
        batches=tuple(_batch(name, batch, old, new) for name, batch in batches.items()),
    )


def _factors(old: Evidence, new: Evidence) -> Iterator[FactorComparison]:
    """Every factor that one of the two was evaluated on, then all of them pooled."""
    paired = pairing_of(old, new)
    both = paired.both if paired else ()
    pairs: Mapping[str, Sequence[Pair]] = {**by_factor(both), POOLED: both}
    before, after = _summaries(old), _summaries(new)
    factors = sorted({*before, *after} - {POOLED}, key=factor_order)
    for name in [*factors, POOLED]:
        found = pairs.get(name)
        yield FactorComparison(
            name, before.get(name), after.get(name), change(found) if found else None
        )


def _summaries(evidence: Evidence) -> dict[str, Mapping[str, Any]]:
    """Summaries of the scores in a manifest, by factor, as far as there are any."""
    scores = evidence.scores
    given = {**scores.get("factors", {}), POOLED: scores.get("pooled")}
    return {name: summary for name, summary in given.items() if summary}


def _batch(name: str, batch: Batch, old: Candidate, new: Candidate) -> BatchChange:
    refused: dict[str, str] = {}
    before, after = (_estimated(each, batch, refused) for each in (old, new))
    told = {**before, **after}
    return BatchChange(
        batch=name,
        quantities=tuple(_quantity(key, before.get(key), after.get(key)) for key in told),
        refused=refused,
    )


def _estimated(
    candidate: Candidate, batch: Batch, refused: dict[str, str]
) -> dict[tuple[str, str], Quantity]:
    """What a version says of a batch; a refusal is noted in `refused`."""
    try:
        return dict(_quantities(candidate.model.estimate(batch)))
    except InvalidBatchError as error:
        refused[candidate.evidence.version] = str(error)
        return {}


def _quantities(prediction: Prediction) -> Iterator[tuple[tuple[str, str], Quantity]]:
    totals = prediction.totals
    for found in totals.elements:
        if found.element in ELEMENTS:
            yield (found.element, "contained_kg"), found.contained_kg
            yield (found.element, "recoverable_kg"), found.recoverable_kg
    yield ("total_ree", "contained_kg"), totals.total_ree.contained_kg
    yield ("total_ree", "recoverable_kg"), totals.total_ree.recoverable_kg


def _quantity(key: tuple[str, str], old: Quantity | None, new: Quantity | None) -> QuantityChange:
    if old is None or new is None:
        return QuantityChange(*key, old, new, None, None)
    widths = old.upper - old.lower, new.upper - new.lower
    return QuantityChange(*key, old, new, _ratio(old.median, new.median), _ratio(*widths))


def _ratio(old: float, new: float) -> float | None:
    return new / old if old > 0 else None

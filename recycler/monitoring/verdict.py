"""Whether retraining is worth it, in sentences with figures.

Each alarm is false in at most about 1 look of 20. Of several groups judged at once, those are named
that stand out of all of them (S. Holm, "A simple sequentially rejective multiple test procedure",
Scand. J. Statist. 6 (1979) 65-70).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from recycler.monitoring.bias import Bias
from recycler.monitoring.coverage import Coverage
from recycler.monitoring.exchangeability import Exchangeability
from recycler.monitoring.lots import FEWEST_LOTS
from recycler.monitoring.martingale import THRESHOLD
from recycler.monitoring.shares import ERROR_LEVEL
from recycler.monitoring.shift import Intake, Shift

COVERAGE_ALLOWED: Final = (0.85, 0.95)
"""Coverage of 90 % intervals between which nothing is wrong, whatever chance says."""

BIAS_ALLOWED_PCT: Final = 10.0
"""Bias in % up to which nothing is wrong, whatever chance says."""

LINES_ALLOWED: Final = 0.1
"""Share of recent lines up to which nothing is said of them: those that differ from earlier ones,
those that published data do not cover, those that declare what is far from predicted."""

_ERROR: Final = 1 - ERROR_LEVEL
_MOST_NAMED: Final = 5  # findings of one kind; the rest are counted

_MEASURES: Final[Mapping[str, str]] = {
    "mass_fraction": "mass fraction",
    "magnet_mass_g": "magnet mass",
    "recovered_kg": "recovered mass",
}

T = TypeVar("T")


class Decision(StrEnum):
    """What the verdict comes to."""

    RETRAIN = "retrain"
    NOT_YET = "not_yet"
    TOO_FEW_LOTS = "too_few_lots"


class Call(StrEnum):
    """What a finding calls for: retraining, measured lots of some kind, or nothing."""

    RETRAIN = "retrain"
    MEASURE = "measure"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Finding:
    """One thing that was found: a short name of its kind, what it calls for, and a sentence."""

    code: str
    calls_for: Call
    message: str


@dataclass(frozen=True)
class Verdict:
    """Whether retraining is worth it: the decision, the same in a sentence, and what it rests on.

    Findings that call for retraining come first.
    """

    decision: Decision
    summary: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class LotCounts:
    """How many lots there are to judge by.

    Attributes:
        stored: Lots of the plant, or of all, that are not deleted.
        quarantined: Those of them that are set aside.
        unseen: Those that are not set aside and that the model has not learned from.
        judged: Those of the unseen ones, since the day asked for, of which the model predicts a
            figure.
        enough: New lots from which on retraining is worth it for their sake.
    """

    stored: int
    quarantined: int
    unseen: int
    judged: int
    enough: int


def decide(
    lots: LotCounts,
    coverage: Sequence[Coverage],
    bias: Sequence[Bias],
    order: Exchangeability | None,
    intake: Intake | None,
) -> Verdict:
    """Weigh everything that was found.

    Args:
        lots: How many there are.
        coverage: Of all figures, then by group.
        bias: By figure and category.
        order: Whether lots fare alike at all times; None without any.
        intake: What came in; None if it is not known.
    """
    findings = [_new_lots(lots)]
    if lots.judged >= FEWEST_LOTS and order is not None:
        findings += [*_coverage(coverage), *_groups(coverage[1:]), *_biases(bias), _order(order)]
    if intake is not None:
        findings += _intake(intake)
    findings.sort(key=lambda finding: list(Call).index(finding.calls_for))
    decision = _decision(lots, findings)
    return Verdict(decision, _summary(decision, lots, findings), tuple(findings))


def stands_out(rows: Sequence[T], p_values: Sequence[float]) -> list[T]:
    """Rows whose p-value is small even for the smallest of so many (Holm), smallest first."""
    ranked = sorted(zip(p_values, range(len(rows)), strict=True))
    found = []
    for place, (p_value, index) in enumerate(ranked):
        if p_value * (len(rows) - place) >= _ERROR:
            break
        found.append(rows[index])
    return found


def is_off(coverage: Coverage) -> bool:
    """Whether coverage at 90 % lies where it should not, beyond chance.

    Intervals that are too narrow break their promise: coverage below what is allowed is off as soon
    as its error bar excludes the level. Those that are too wide only say less than they could: they
    are off once the error bar excludes all that is allowed.
    """
    level = coverage.judged
    lowest, highest = COVERAGE_ALLOWED
    return level.lower > highest or (level.inside < lowest and level.upper < level.level)


def figure_name(measure: str, element: str) -> str:
    """What a figure is called: Dy mass fraction."""
    return f"{element} {_MEASURES[measure]}".strip()


def rejected(order: Exchangeability) -> bool:
    """Whether the order of the lots tells something: at this look, or at any so far."""
    return order.highest >= THRESHOLD or (order.p_value is not None and order.p_value < _ERROR)


def _decision(lots: LotCounts, findings: Sequence[Finding]) -> Decision:
    if any(finding.calls_for is Call.RETRAIN for finding in findings):
        return Decision.RETRAIN
    return Decision.NOT_YET if lots.judged >= FEWEST_LOTS else Decision.TOO_FEW_LOTS


def _summary(decision: Decision, lots: LotCounts, findings: Sequence[Finding]) -> str:
    if decision is Decision.RETRAIN:
        reasons = sum(finding.calls_for is Call.RETRAIN for finding in findings)
        why = "one reason speaks" if reasons == 1 else f"{reasons} reasons speak"
        return f"Retraining is worth it: {why} for it."
    if decision is Decision.NOT_YET:
        return f"Not yet: nothing in {lots.judged:,} lots speaks for retraining."
    count = _many(lots.judged, "lot") if lots.judged else "no lot"
    return (
        f"Not yet: {count} can be held against predictions, and nothing is concluded from fewer "
        f"than {FEWEST_LOTS}."
    )


def _new_lots(lots: LotCounts) -> Finding:
    count = _many(lots.unseen, "lot") if lots.unseen else "No lot"
    are = "are" if lots.unseen > 1 else "is"
    found = f"{count} {are} stored that the model has not learned from"
    if lots.unseen >= lots.enough:
        return Finding("new_lots", Call.RETRAIN, f"{found}, and {lots.enough:,} are enough.")
    return Finding("new_lots", Call.NOTHING, f"{found}; {lots.enough:,} are enough to retrain.")


def _coverage(coverage: Sequence[Coverage]) -> Iterator[Finding]:
    pooled = coverage[0]
    told = (
        f"{_inside(pooled)} of {pooled.figures:,} figures of {pooled.lots:,} lots lie inside their "
        "90 % intervals"
    )
    if is_off(pooled):
        yield Finding("coverage", Call.RETRAIN, f"{told}: {_width(pooled)}.")
    else:
        yield Finding("coverage", Call.NOTHING, f"{told}.")


def _groups(coverage: Sequence[Coverage]) -> Iterator[Finding]:
    judged = [group for group in coverage if group.lots >= FEWEST_LOTS]
    off = [g for g in stands_out(judged, [g.judged.p_value for g in judged]) if is_off(g)]
    for group in off[:_MOST_NAMED]:
        message = (
            f"{_group_name(group)}: {_inside(group)} of {group.figures:,} figures of "
            f"{group.lots:,} lots lie inside their 90 % intervals: {_width(group)}."
        )
        yield Finding("coverage_of_group", Call.RETRAIN, message)
    yield from _rest("coverage_of_group", len(off), "groups")


def _biases(bias: Sequence[Bias]) -> Iterator[Finding]:
    judged = [row for row in bias if row.lots >= FEWEST_LOTS and row.p_value is not None]
    standing_out = stands_out(judged, [row.p_value or 0.0 for row in judged])
    off = [row for row in standing_out if _is_biased(row)]
    for row in off[:_MOST_NAMED]:
        above = "above" if row.bias_pct > 0 else "below"
        where = f" in {row.category}" if row.category else ""
        bar = sorted(abs(end) for end in (row.lower_pct or 0.0, row.upper_pct or 0.0))
        message = (
            f"{figure_name(row.measure, row.element)}{where} is measured {abs(row.bias_pct):.0f} % "
            f"({bar[0]:.0f} to {bar[1]:.0f}) {above} what is predicted, in {row.lots:,} lots."
        )
        yield Finding("bias", Call.RETRAIN, f"{message[0].upper()}{message[1:]}")
    yield from _rest("bias", len(off), "figures")
    if not off:
        message = f"No figure is off by more than {BIAS_ALLOWED_PCT:.0f} % beyond chance."
        yield Finding("bias", Call.NOTHING, message)


def _is_biased(row: Bias) -> bool:
    if row.lower_pct is None or row.upper_pct is None:
        return False
    return abs(row.bias_pct) > BIAS_ALLOWED_PCT and not row.lower_pct <= 0 <= row.upper_pct


def _rest(code: str, found: int, things: str) -> Iterator[Finding]:
    if found > _MOST_NAMED:
        message = f"{found - _MOST_NAMED:,} more {things} are off likewise."
        yield Finding(code, Call.RETRAIN, message)


def _order(order: Exchangeability) -> Finding:
    if order.p_value is None or order.recent is None or order.earlier is None:
        return Finding("exchangeability", Call.NOTHING, "Whether lots drift cannot be told.")
    if not rejected(order):
        message = f"Lots fare alike at all times, as far as can be told ({_p(order.p_value)})."
        return Finding("exchangeability", Call.NOTHING, message)
    now, before = order.recent, order.earlier
    said = _p(order.p_value)
    if order.highest >= THRESHOLD:
        said += f", evidence {order.highest:,.0f} to 1"
    message = (
        f"The last {_many(now.lots, 'lot')}, from {order.changes_on} on, fare unlike the "
        f"{before.lots:,} before ({said}): {_pct(now.above_median)} of figures above their "
        f"predicted median, before {_pct(before.above_median)}; {_pct(now.inside)} inside 90 % "
        f"intervals, before {_pct(before.inside)}."
    )
    return Finding("exchangeability", Call.RETRAIN, message)


def _intake(intake: Intake) -> Iterator[Finding]:
    if not intake.recent_lines:
        message = f"No line has been counted since {intake.recent_from}."
        yield Finding("intake", Call.NOTHING, message)
        return
    yield from _moved(intake)
    yield from _thin(intake)
    for code, share, about in (
        ("out_of_domain", intake.out_of_domain, "are of products that published data do not cover"),
        ("unexpected", intake.unexpected, "declare figures far from what is predicted of them"),
    ):
        if share is not None and share > LINES_ALLOWED:
            message = f"{_pct(share)} of the lines since {intake.recent_from} {about}."
            yield Finding(code, Call.MEASURE, message)


def _moved(intake: Intake) -> Iterator[Finding]:
    tested = [shift for shift in intake.shifts if shift.p_value is not None]
    standing_out = stands_out(tested, [shift.p_value or 0.0 for shift in tested])
    moved = [s for s in standing_out if (s.from_earlier or 0.0) > LINES_ALLOWED]
    if any(shift.dimension == "category" for shift in moved):
        moved = [shift for shift in moved if shift.dimension != "product"]  # the same, told finer
    for shift in moved:
        yield Finding("intake_shift", Call.MEASURE, _move(shift, intake))
    if tested and not moved:
        message = f"Lines since {intake.recent_from} are like earlier ones, as far as can be told."
        yield Finding("intake_shift", Call.NOTHING, message)


def _move(shift: Shift, intake: Intake) -> str:
    most = max(shift.words, key=lambda word: abs(word.recent - (word.earlier or 0.0)))
    return (
        f"Lines since {intake.recent_from} differ from earlier ones in "
        f"{shift.dimension.replace('_', ' ')} by {_pct(shift.from_earlier or 0.0)} "
        f"({_p(shift.p_value or 0.0)}): {most.word or 'not said'} was "
        f"{_pct(most.earlier or 0.0)} of the lines and is {_pct(most.recent)}."
    )


def _thin(intake: Intake) -> Iterator[Finding]:
    if intake.thin:
        told = ", ".join(
            f"{thin.category} ({_many(thin.lines, 'line')}, {_many(thin.rows, 'row')})"
            for thin in intake.thin[:_MOST_NAMED]
        )
        message = f"Measure lots of what comes in and the tables have little on: {told}."
        yield Finding("thin_categories", Call.MEASURE, message)


def _group_name(group: Coverage) -> str:
    if group.plant is not None:
        return f"Plant {group.plant}"
    if group.category is not None:
        return f"Category {group.category}"
    name = figure_name(group.measure or "", group.element or "")
    return f"{name[0].upper()}{name[1:]}"


def _width(coverage: Coverage) -> str:
    return "they are too narrow" if coverage.judged.inside < 0.9 else "they are too wide"


def _inside(coverage: Coverage) -> str:
    level = coverage.judged
    return f"{_pct(level.inside)} ({level.lower * 100:.0f} to {level.upper * 100:.0f})"


def _pct(share: float) -> str:
    return f"{share * 100:.0f} %"


def _p(p_value: float) -> str:
    return f"p = {p_value:.2g}" if p_value >= 0.001 else "p < 0.001"


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"

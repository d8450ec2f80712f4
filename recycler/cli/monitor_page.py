"""What monitoring found as a page for people: the verdict first, then what it rests on."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.cli.page_parts import laid_out, over_legend, titled
from recycler.cli.tables import Column, FirstThatFits, table
from recycler.monitoring import (
    Bias,
    Call,
    Coverage,
    Decision,
    Exchangeability,
    Finding,
    Intake,
    LevelCoverage,
    Monitoring,
    Period,
    PitHistogram,
    Shift,
    figure_name,
    is_off,
    rejected,
)

_DASH: Final = "\N{EN DASH}"
_BAR: Final = 46  # columns of the longest bar of the histogram
_WORDS: Final = 8  # categories of the intake that are shown: the most frequent

_MARKS: Final = {
    Call.RETRAIN: ("!", "bold yellow"),
    Call.MEASURE: ("→", "bold cyan"),
    Call.NOTHING: ("·", "dim"),
}
_SUMMARY: Final = {
    Decision.RETRAIN: "bold yellow",
    Decision.NOT_YET: "bold green",
    Decision.TOO_FEW_LOTS: "bold",
}


def monitor_page(found: Monitoring) -> RenderableType:
    """Lay out everything for the width at hand."""
    parts = [_heading(found), _verdict(found)]
    if found.coverage:
        parts.append(_coverages(found.coverage))
    if found.pit:
        parts.append(_histogram(found.pit))
    if found.bias:
        parts.append(_biases(found.bias))
    if found.exchangeability:
        parts.append(_course(found.exchangeability, found.periods))
    parts.append(_intake(found.intake))
    return laid_out(parts)


def _heading(found: Monitoring) -> RenderableType:
    lots = found.lots
    about = [f"{lots.judged:,} of {lots.stored:,} stored lots held against it"]
    about += [f"plant {found.plant}"] if found.plant else []
    about += [f"since {found.since}"] if found.since else []
    about += [f"{lots.quarantined:,} set aside"] if lots.quarantined else []
    title = Text.assemble("Model ", (found.version, "bold"), f" · {' · '.join(about)}")
    legend = (
        f"Error bars hold {found.error_level * 100:.0f} times in 100 and take into account that "
        "figures of one lot are right or wrong together. --json has everything."
    )
    return over_legend(title, legend)


def _verdict(found: Monitoring) -> RenderableType:
    verdict = found.verdict
    summary = Text(verdict.summary, _SUMMARY[verdict.decision])
    return Padding(Group(summary, *map(_finding, verdict.findings)), (0, 1))


def _finding(finding: Finding) -> RenderableType:
    mark, style = _MARKS[finding.calls_for]
    said = Text(finding.message, "dim" if finding.calls_for is Call.NOTHING else "")
    return table([Column("", [Text(mark, style)]), Column("", [said], folds=True)], gap=1)


def _coverages(rows: Sequence[Coverage]) -> RenderableType:
    kinds = [_kind(row) for row in rows]
    sections = [i for i in range(1, len(rows)) if kinds[i] != kinds[i - 1]]
    name = Column("", [_group(row) for row in rows], "bold")
    lots = Column("lots", [f"{row.lots:,}" for row in rows], justify="right")
    figures = Column("figures", [f"{row.figures:,}" for row in rows], justify="right")
    levels = [
        Column(
            f"inside {level.level * 100:.0f} %",
            _shares([row.levels[i] for row in rows], rows),
        )
        for i, level in enumerate(rows[0].levels)
    ]
    fitting = FirstThatFits(
        [
            table([name, lots, figures, *levels], sections=sections, gap=3),
            table([name, lots, figures, *levels], sections=sections),
            table([name, lots, figures, levels[-1]], sections=sections),
        ]
    )
    return titled("Coverage: % of the figures inside their intervals", fitting)


def _kind(row: Coverage) -> str:
    told = (("plant", row.plant), ("figure", row.measure), ("category", row.category))
    return next((kind for kind, name in told if name is not None), "all")


def _group(row: Coverage) -> str:
    if row.measure is not None:
        return figure_name(row.measure, row.element or "")
    return row.plant or row.category or "all"


def _shares(levels: Sequence[LevelCoverage], rows: Sequence[Coverage]) -> list[Text]:
    return [
        Text.assemble(
            (f"{level.inside * 100:>3.0f}", "yellow" if is_off(row) else ""),
            (f"  {level.lower * 100:>2.0f} {_DASH} {level.upper * 100:<3.0f}", "dim"),
        )
        for level, row in zip(levels, rows, strict=True)
    ]


def _histogram(pit: PitHistogram) -> RenderableType:
    longest = max(*pit.counts, *pit.most, 1.0)
    bars = [
        _bar(count, fewest, most, _BAR / longest)
        for count, fewest, most in zip(pit.counts, pit.fewest, pit.most, strict=True)
    ]
    bins = [f"{10 * i:>2} {_DASH} {10 * (i + 1)}" for i in range(len(bars))]
    counts = [
        Text(f"{count:,}", "yellow" if index in pit.outside else "")
        for index, count in enumerate(pit.counts)
    ]
    columns = [
        Column("", bins, "dim"),
        Column("", counts, justify="right"),
        Column("", bars),
    ]
    legend = (
        "If predictions are right, all ten bars end in the shade 19 times in 20. Full ends: "
        "intervals are too narrow; a full middle: too wide; a slope: biased."
    )
    title = "Where figures fell: by predicted probability of less, %"
    return titled(title, table(columns), _legend(legend))


def _bar(count: float, fewest: float, most: float, scale: float) -> Text:
    """A bar over the shade in which it should end; what is beyond stands out without colour too."""
    end, shade, limit = (round(number * scale) for number in (count, fewest, most))
    within = min(end, limit)
    start = max(end, shade)
    return Text.assemble(
        ("█" * within, "blue"),
        ("▓" * (end - within), "yellow"),
        " " * (start - end),
        ("░" * (limit - start), "dim"),
    )


def _biases(rows: Sequence[Bias]) -> RenderableType:
    first = [i for i in range(1, len(rows)) if rows[i].category is None]
    columns = [
        Column("figure", [_figure(row) for row in rows], "bold"),
        Column("category", [row.category or "all" for row in rows]),
        Column("lots", [f"{row.lots:,}" for row in rows], justify="right"),
        Column("off by", [_off(row) for row in rows], justify="right"),
        Column("error bar", [_error_bar(row) for row in rows], "dim"),
    ]
    title = "Bias: measured over predicted median, geometric mean"
    return titled(title, table(columns, sections=first, gap=3))


def _figure(row: Bias) -> str:
    return figure_name(row.measure, row.element) if row.category is None else ""


def _off(row: Bias) -> Text:
    sure = row.lower_pct is not None and row.upper_pct is not None
    excluded = sure and not (row.lower_pct or 0.0) <= 0 <= (row.upper_pct or 0.0)
    return Text(_signed(row.bias_pct), "yellow" if excluded else "")


def _error_bar(row: Bias) -> str:
    if row.lower_pct is None or row.upper_pct is None:
        return "too few lots"
    return f"{_signed(row.lower_pct):>7} to {_signed(row.upper_pct)}"


def _signed(percent: float) -> str:
    return f"{percent:+,.0f} %".replace("-", "−")


def _course(order: Exchangeability, periods: Sequence[Period]) -> RenderableType:
    columns = [
        Column("from", [f"{period.first}" for period in periods]),
        Column("to", [f"{period.last}" for period in periods]),
        Column("lots", [f"{period.lots:,}" for period in periods], justify="right"),
        Column("inside 90 %", [_of_period(period) for period in periods]),
    ]
    shown = table(columns, gap=3)
    return titled("Coverage in the course of time", shown, _legend(_evidence(order)))


def _of_period(period: Period) -> Text:
    bar = f"  {period.lower * 100:>2.0f} {_DASH} {period.upper * 100:<3.0f}"
    return Text.assemble(f"{period.inside * 100:>3.0f}", (bar, "dim"))


def _evidence(order: Exchangeability) -> str:
    if order.p_value is None:
        return "Too few lots to tell whether recent ones fare unlike earlier ones."
    verdict = "Lots are not exchangeable" if rejected(order) else "Lots may be exchangeable"
    return (
        f"{verdict}: p = {order.p_value:.3g} for a change at any one moment (permutation test); "
        f"evidence for looking at any time rose to {order.highest:.3g} to 1, and rejects from 20."
    )


def _intake(intake: Intake | None) -> RenderableType:
    if intake is None:
        return titled("Intake", Text(" Lines that come in are not counted.", "dim"))
    lines = (
        f"{intake.recent_lines:,} lines since {intake.recent_from}, {intake.earlier_lines:,} before"
    )
    told = titled("Intake", Padding(Text(lines + _outside(intake)), (0, 1)))
    if not intake.shifts:
        return told
    return Group(told, "", _shifts(intake.shifts), "", _categories(intake.shifts[0]))


def _outside(intake: Intake) -> str:
    if intake.out_of_domain is None or intake.unexpected is None:
        return "."
    return (
        f". Published data do not cover {intake.out_of_domain * 100:.0f} % of the recent ones; "
        f"{intake.unexpected * 100:.0f} % declare figures far from what is predicted."
    )


def _shifts(shifts: Sequence[Shift]) -> RenderableType:
    columns = [
        Column("by", [shift.dimension.replace("_", " ") for shift in shifts], "bold"),
        Column("from earlier", [_percent(shift.from_earlier) for shift in shifts], justify="right"),
        Column("p", [_p_value(shift) for shift in shifts], justify="right"),
        Column("from learned", [_percent(shift.from_learned) for shift in shifts], justify="right"),
    ]
    title = "How many of the recent lines would have to be others to be alike"
    return titled(title, table(columns, gap=3))


def _categories(shift: Shift) -> RenderableType:
    words = [word for word in shift.words if word.recent or word.earlier]
    shown = words[:_WORDS]
    columns = [
        Column("category", [word.word for word in shown], "bold"),
        Column("recent", [_percent(word.recent) for word in shown], justify="right"),
        Column("earlier", [_percent(word.earlier) for word in shown], justify="right"),
        Column("learned", [_percent(word.learned) for word in shown], justify="right"),
    ]
    more = f", the {_WORDS} most frequent of {len(words)}" if len(shown) < len(words) else ""
    return titled(f"Lines by category{more}", table(columns, gap=3))


def _legend(legend: str) -> RenderableType:
    return Padding(Text(legend, "dim"), (0, 1))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"


def _p_value(shift: Shift) -> Text:
    if shift.p_value is None:
        return Text("")
    return Text(f"{shift.p_value:.3f}", "yellow" if shift.p_value < 0.05 else "")

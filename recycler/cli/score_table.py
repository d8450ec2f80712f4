"""Scores of an evaluation as a table: coverage of the intervals, CRPS beside the baselines."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.card.words import factor_name
from recycler.cli.tables import Column, FirstThatFits, table

_LEGEND = """\
Each source left out in turn; it has one vote on each element of a product, however many figures \
it prints. Inside: % of the votes that lie inside their interval, ± the binomial standard error of \
so many. CRPS: how far predictions lie from the figures, on the modelling scale; smaller is \
better. Gain: % below the CRPS of a baseline. --json has the same counted by figure as well."""

_USUAL = "category_mean"  # what published accounts do: the baseline for which there is always room
_MARKED = 2  # standard errors off its level from which a coverage is marked

Summary = Mapping[str, Any]


def score_table(scores: Mapping[str, Any], version: str) -> RenderableType:
    """Lay out scores (the JSON of `recycler evaluate --json`): a row per factor, then all pooled.

    Args:
        scores: `factors` (name -> summary) and `pooled` (summary).
        version: What was evaluated.
    """
    summaries = {**scores["factors"], "pooled": scores["pooled"]}
    title = Text.assemble("Scores of ", (version, "bold"))
    return Group(
        Padding(title, (1, 1, 0, 1)),
        Padding(Text(_LEGEND, "dim"), (0, 1, 1, 1)),
        _layouts([factor_name(name) for name in summaries], list(summaries.values())),
        "",
    )


def _layouts(names: Sequence[str], rows: Sequence[Summary]) -> RenderableType:
    name = Column("factor", names, "bold")
    count = Column(
        "votes\n(sources)", [f"{r['n']:,} ({r['sources']})" for r in rows], justify="right"
    )
    coverage = [_coverage(level, rows) for level in rows[-1]["coverage"]]
    crps = Column("CRPS", [f"{row['crps']:.3f}" for row in rows], justify="right")
    gains = {baseline: _gain(baseline, rows) for baseline in rows[-1]["baselines"]}
    compared = [_baseline(baseline, rows) for baseline in gains]
    beside = [column for pair in zip(compared, gains.values(), strict=True) for column in pair]
    pooled = (len(rows) - 1,)
    return FirstThatFits(
        [
            table([name, count, *coverage, crps, *beside], sections=pooled),
            table([name, count, *coverage, crps, *gains.values()], sections=pooled),
            table([name, count, coverage[-1], crps, *list(gains.values())[1:]], sections=pooled),
            table([name, coverage[-1], crps, gains[_USUAL]], sections=pooled),
        ]
    )


def _coverage(level: str, rows: Sequence[Summary]) -> Column:
    return Column(
        f"inside\n{float(level) * 100:.4g} %",
        [_share(row["coverage"][level], float(level), row["n"]) for row in rows],
        justify="right",
    )


def _share(found: float, level: float, count: int) -> Text:
    """Coverage in %, marked where chance does not explain its distance from the level."""
    error = sqrt(level * (1 - level) / count)
    style = "yellow" if abs(found - level) > _MARKED * error else ""
    return Text.assemble((f"{found * 100:.0f}", style), (f" ±{error * 100:.0f}", "dim"))


def _baseline(baseline: str, rows: Sequence[Summary]) -> Column:
    values = [f"{row['baselines'][baseline]:.3f}" for row in rows]
    return Column(f"CRPS of\n{_on_lines(baseline)}", values, justify="right")


def _gain(baseline: str, rows: Sequence[Summary]) -> Column:
    gains = [100 * (1 - row["crps"] / row["baselines"][baseline]) for row in rows]
    cells = [Text(f"{gain:+.0f} %", "" if gain >= 0 else "yellow") for gain in gains]
    return Column(f"gain on\n{_on_lines(baseline)}", cells, justify="right")


def _on_lines(name: str) -> str:
    return name.replace("_", "\n")

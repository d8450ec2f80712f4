"""Two versions side by side, for people: scores, the gate's verdict, what changes for batches."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from recycler.card.words import factor_name
from recycler.cli.figures import Unit, unit_for
from recycler.cli.tables import Column, FirstThatFits, intervals, table
from recycler.model.evaluation import LEVELS
from recycler.registry import Verdict
from recycler.registry.pairing import Change
from recycler.registry.version_comparison import (
    BatchChange,
    FactorComparison,
    QuantityChange,
    VersionComparison,
)

_SCORES = """\
Votes, % of them inside the intervals, and CRPS: old version → new version where they differ, each \
over all figures of its own. Change: of the CRPS, in %, over the figures that both were evaluated \
on, ± its standard error from resampled sources; less is better."""

_BATCHES = """\
What changes for a fixed set of batches: medians and 90 % intervals, and new over old of medians \
and of widths. All: all rare earths."""

_MARKED = 2  # standard errors from which a change is marked
_NONE = "\N{EN DASH}"

Summary = Mapping[str, Any]


def comparison_page(found: VersionComparison) -> RenderableType:
    """A comparison of two versions, laid out for the width at hand."""
    title = Text.assemble("From ", (found.old, "bold"), " to ", (found.new, "bold"))
    parts = [
        Padding(title, (1, 1, 0, 1)),
        Padding(Text(_SCORES, "dim"), (0, 1)),
        _scores(found.factors),
        _verdict(found.verdict),
        Padding(Text(_BATCHES, "dim"), (0, 1)),
        *(_batch(each) for each in found.batches),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _scores(factors: Sequence[FactorComparison]) -> RenderableType:
    names = Column("factor", [factor_name(each.factor) for each in factors], "bold")
    votes = _both("votes", factors, lambda summary: f"{summary['n']:,}")
    inside = [_inside(level, factors) for level in LEVELS]
    crps = _both("CRPS", factors, lambda summary: f"{summary['crps']:.3f}")
    changes = [_change(each.change) for each in factors]
    change = Column("change", changes, justify="right")
    over = [f"{each.change.votes:,}" if each.change else "" for each in factors]
    paired = Column("votes\nof both", over, justify="right")
    pooled = (len(factors) - 1,)
    return FirstThatFits(
        [
            table([names, votes, *inside, crps, change, paired], sections=pooled),
            table([names, votes, *inside, crps, change], sections=pooled, gap=1),
            table([names, votes, inside[-1], crps, change], sections=pooled, gap=1),
            table([names, crps, change], sections=pooled, gap=1),
        ]
    )


def _inside(level: float, factors: Sequence[FactorComparison]) -> Column:
    def share(summary: Summary) -> str:
        return f"{summary['coverage'][str(level)] * 100:.0f}"

    return _both(f"inside\n{level * 100:.0f} %", factors, share)


def _both(
    header: str, factors: Sequence[FactorComparison], show: Callable[[Summary], str]
) -> Column:
    """Something of both versions as `old → new`, or once where it is the same."""
    cells = [_from_to(_shown(each.old, show), _shown(each.new, show)) for each in factors]
    return Column(header, cells, justify="right")


def _shown(summary: Summary | None, show: Callable[[Summary], str]) -> str:
    """What a summary says; scores may lack anything."""
    try:
        return show(summary) if summary else _NONE
    except (KeyError, TypeError, ValueError):
        return _NONE


def _from_to(old: str, new: str) -> str:
    return old if old == new else f"{old} \N{RIGHTWARDS ARROW} {new}"


def _change(change: Change | None) -> Text:
    """Relative change of the CRPS, marked where it rose and chance does not explain it."""
    if change is None:
        return Text(_NONE)
    if not change.old_crps:
        return Text(f"{change.new_crps - change.old_crps:+.3f}")
    error = change.error / change.old_crps
    style = "yellow" if change.rise > _MARKED * error else ""
    return Text.assemble((f"{change.rise * 100:+.1f}", style), (f" ±{error * 100:.1f} %", "dim"))


def _verdict(verdict: Verdict) -> RenderableType:
    """What the gate says, what stands in the way marked."""
    marks = [Text("" if finding.passed else "no:", "yellow") for finding in verdict.findings]
    says = [finding.says for finding in verdict.findings]
    style = "bold" if verdict.passed else "bold yellow"
    heading = Text.assemble("The gate ", ("passes" if verdict.passed else "refuses", style), " it")
    return Group(
        Padding(heading, (0, 1)),
        Padding(table([Column("", marks), Column("", says, folds=True)], gap=1), (0, 0, 0, 2)),
    )


def _batch(found: BatchChange) -> RenderableType:
    title = Padding(Text(found.batch, "bold"), (0, 1))
    refused = [
        Padding(Text(f"{version} does not estimate it: {why}", "yellow"), (0, 1, 0, 3))
        for version, why in found.refused.items()
    ]
    return Group(title, *refused, *([_quantities(found.quantities)] if found.quantities else []))


def _quantities(found: Sequence[QuantityChange]) -> RenderableType:
    units = [_unit(each) for each in found]
    of = Column("", _once(["all" if each.of == "total_ree" else each.of for each in found]), "bold")
    which = Column("", [each.which.removesuffix("_kg") for each in found])
    unit = Column("", [unit.name for unit in units], "dim")
    old = Column("old", intervals([each.old for each in found], units))
    new = Column("new", intervals([each.new for each in found], units))
    median = Column("×\nmedian", [_times(each.median_ratio) for each in found], justify="right")
    width = Column("×\nwidth", [_times(each.width_ratio) for each in found], justify="right")
    return FirstThatFits(
        [
            table([of, which, unit, old, new, median, width]),
            table([of, which, unit, old, new, median, width], gap=1),
            table([of, which, unit, old, median, width], gap=1),
            table([of, which, median, width], gap=1),
        ]
    )


def _unit(found: QuantityChange) -> Unit:
    """A unit that suits both versions."""
    return max((unit_for(q) for q in (found.old, found.new) if q), key=lambda unit: unit.kg)


def _once(names: Sequence[str]) -> list[str]:
    """Each name where it begins, nothing where it goes on."""
    before = ["", *names]
    return ["" if name == last else name for name, last in zip(names, before, strict=False)]


def _times(ratio: float | None) -> str:
    return _NONE if ratio is None else f"{ratio:.3g}"

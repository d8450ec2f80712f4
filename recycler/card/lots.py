"""What a card says of measured lots; nothing, where a version has seen none."""

from collections.abc import Iterator, Mapping
from typing import Any

from recycler.card.content import INSIDE, LEVELS, Summary, Table, coverage, is_short
from recycler.card.facts import Facts
from recycler.card.words import factor_name, signed, times

TITLE = "How good it is on the next lot of a plant"

JUDGED = (
    "A plant's lots are learned from beside the published figures. Every fifth lot of each plant "
    "that has two or more is left out in turn and predicted by the plant's other lots and all that "
    "is published; beside it stands what the same lots would have been told by published figures "
    "alone. That is another question than that of unseen sources, so these scores are in no other "
    "table. Every figure of a lot counts; coverage is ± the binomial standard error of so many "
    "lots. Readings below detection are learned from, but not predicted."
)

WITH_LOTS = "Lots left out, with the plant's other lots"
WITHOUT_LOTS = "The same lots, by published figures alone"
COUNTED = "Lots by plant"


def lot_tables(facts: Facts) -> list[Table]:
    """How lots left out were predicted, with and without the others, and how many there are."""
    told = [_count_table(facts)] if facts.plants else []
    if "lots" not in facts.scores:
        return told
    scores = facts.scores["lots"]
    summaries = {**scores["factors"], "pooled": scores["pooled"]}
    return [_with_lots(summaries), _without_lots(summaries), *told]


def weak_lots(facts: Facts) -> Iterator[str]:
    """Where intervals for the next lot of a plant are too narrow by their own scores."""
    factors = facts.scores["lots"]["factors"] if "lots" in facts.scores else {}
    for name, summary in factors.items():
        if is_short(summary, summary["lots"]):
            yield (
                f"90 % intervals are too narrow for {factor_name(name)} of a plant's next lot: "
                f"they hold {summary['coverage']['0.9'] * 100:.0f} % of the figures of "
                f"{summary['lots']} lots."
            )


def _with_lots(summaries: Mapping[str, Summary]) -> Table:
    header = ["factor", "figures", "lots", *INSIDE, "CRPS", "bias", "width"]
    rows = [
        [
            factor_name(name),
            f"{summary['figures']:,}",
            f"{summary['lots']:,}",
            *(coverage(summary, level) for level in LEVELS),
            *_fared(summary),
        ]
        for name, summary in summaries.items()
    ]
    return Table(WITH_LOTS, header, rows, pooled=True)


def _without_lots(summaries: Mapping[str, Summary]) -> Table:
    header = ["factor", *INSIDE, "CRPS", "bias", "width"]
    rows = [
        [
            factor_name(name),
            *(f"{summary['published']['coverage'][level] * 100:.0f} %" for level in LEVELS),
            *_fared(summary["published"]),
        ]
        for name, summary in summaries.items()
    ]
    return Table(WITHOUT_LOTS, header, rows, pooled=True)


def _fared(summary: Mapping[str, Any]) -> list[str]:
    return [f"{summary['crps']:.3f}", signed(summary["bias"]), times(summary["width"])]


def _count_table(facts: Facts) -> Table:
    rows = [
        [plant, f"{count.used:,}", f"{count.set_aside:,}"] for plant, count in facts.plants.items()
    ]
    set_aside = sum(count.set_aside for count in facts.plants.values())
    total = ["all plants", f"{facts.used_lots:,}", f"{set_aside:,}"]
    return Table(COUNTED, ["plant", "learned from", "set aside"], [*rows, total], pooled=True)

"""What a card says, in Markdown and on its page alike: texts, and tables as rows of cells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recycler.card.facts import Facts
from recycler.card.words import factor_name, method_name, signed, times

Summary = Mapping[str, Any]

LEVELS = ("0.5", "0.8", "0.9")

SUBJECT = (
    "Predicts how much of each rare earth a batch of e-waste contains, and how much of it a "
    "recycling route gives back, in kilograms of metal, with intervals."
)

PROMISE = "A 90 % interval should hold for 90 % of the sources that the model has never seen."

JUDGED = (
    (
        "Every primary source is left out in turn, with all figures that share one with it; "
        "scales are tuned inside the fold, and priors chosen by all other folds. Presence has one "
        "source: there products are left out one at a time instead. What only one source prints "
        "cannot be scored this way and is not listed. Bounds are learned from, but not predicted."
    ),
    (
        "A source has one vote on each element of a product, however many figures it prints of it "
        "(for presence, a product has one): as a rule they are wrong together, and a batch is no "
        "more like a source that prints much. The table by figure counts every one."
    ),
    (
        "Scores are on the scale of the model: logs, for presence and stage yields logits, where "
        "a yield of 99 % or more counts as 99 %, a share beyond 0.3 or 99.7 % as that. Coverage is "
        "the share of votes inside the interval, ± its binomial standard error; a figure at an end "
        "of the scale counts by the part of its predicted probability that lies in the interval. "
        "Votes of one source fare alike, so the true error is larger. CRPS (lower is better) "
        "scores centre and width together. Bias is the mean of the predicted median less the "
        "figure; exp(bias) is a factor. Width is the median of upper over lower bound of the 90 % "
        "interval (on logits, of odds)."
    ),
    (
        "The baselines are fitted in the same folds to the same figures. Overall mean and "
        "category mean: a normal law with the spread of the known figures. Quantile forest: the "
        "package quantile-forest, on category, product, element, log product mass and year. "
        "MAPIE: a Bayesian ridge regression on the same features with cross-conformal intervals, "
        "calibrated by leaving out primary sources; its CRPS is twice the mean pinball loss at "
        "the bounds of its 0.01, 0.03, ..., 0.99 intervals."
    ),
)

FIGURES = (
    "Coverage and CRPS where every figure counts, however often a source repeats itself: one study "
    "of conventional cars alone prints five columns of nearly the same composition."
)

PRIORS = (
    "What is believed before any figure is seen: how far (log-sd) a product's own spread between "
    "sources may leave the common one, for how many products all others count where a share is not "
    "published, and how far (log-sd) the spreads of stage yields may leave their prior median. For "
    "each value that was tried its CRPS. In each fold the best by all other folds was taken; the "
    "version is fitted with the best by all."
)

FLOOR = (
    "What no model can remove. For products that several sources print: half the mean distance of "
    "their figures, which is the CRPS of a predictor that knew how sources scatter about the "
    "product, but not which source comes next; the model's CRPS on the same figures; and the "
    "factor by which sources on one product differ (one standard deviation). Last, the CRPS of a "
    "predictor that knew every source's own mean."
)

LIMITS = (
    (
        "Conventional cars: publications differ by a factor of a hundred, and so do the intervals. "
        "Means, which the far end carries, lie far above medians there."
    ),
    "Terbium: most sources do not report it; those that do may be those that found much.",
    (
        "Stage yields are of laboratories. A hidden loss is assumed on top, and several stages "
        "(manual dismantling, demagnetisation, calcination, reuse) rest on assumptions alone; "
        "answers say which."
    ),
    "No measured composition by grade: the coercivity class sets Dy + Tb by assumption.",
    "Publications are not a sample of what is discarded: a bias that all of them share stays.",
)

NO_FIGURES = "Without figures: matplotlib was not installed where this version was trained."

INSIDE = tuple(f"inside {float(level) * 100:.0f}\u00a0%" for level in LEVELS)
_SHORT = 2.0  # standard errors below its level from which a coverage counts as too low
_EVEN = 0.02  # of the CRPS: closer than that, two methods are as good as each other
_ENOUGH = 10  # figures from which a category is worth a sentence


@dataclass(frozen=True, slots=True)
class Table:
    """A table: title, header, rows of cells (the last may be all pooled), and a note on it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    pooled: bool = False
    note: str = ""


def made_of(facts: Facts) -> list[tuple[str, str]]:
    """What the version is, as terms and their explanations."""
    return [
        (
            "Made of",
            (
                "a joint mixed model of magnet mass and composition (partial pooling subtype → "
                "category → all, source effects apart, stretched to hold for sources left out), a "
                "curve of NdFeB shares by product and "
                f"year, and a mixed model of stage yields. 2,000 joint draws; seed {facts.seed}."
            ),
        ),
        (
            "Fitted to",
            (
                f"{facts.published_rows:,} rows of published figures{_and_lots(facts)} "
                f"(data digest {facts.data_digest[:16]})."
            ),
        ),
        ("Promise", PROMISE),
    ]


def _and_lots(facts: Facts) -> str:
    if not facts.plants:
        return ""
    plants = f"{len(facts.plants)} plant{'s' if len(facts.plants) > 1 else ''}"
    return f" and {facts.used_lots:,} measured lots of {plants}"


def tables(facts: Facts) -> list[Table]:
    """The tables of the scores."""
    scores = facts.scores
    factors = {**scores["factors"], "pooled": scores["pooled"]}
    return [
        _score_table("By factor", "factor", factors, pooled=True),
        _crps_table(factors),
        _baseline_table(scores["pooled"]),
        _figure_table(factors),
        _prior_table(scores["priors"]),
        _score_table("By category", "category", scores["categories"]),
        _score_table("By element", "element", scores["elements"]),
        _floor_table(scores["floor"]),
    ]


def weak_spots(facts: Facts) -> list[str]:
    """Where the scores themselves say that the model falls short."""
    scores = facts.scores
    named = {**scores["factors"], **scores["categories"], **scores["elements"]}
    return [
        *(_too_sure(name, found) for name, found in named.items() if is_short(found, found["n"])),
        *_beaten(scores["factors"]),
    ]


def headline(facts: Facts) -> list[tuple[str, str]]:
    """The numbers that stand out: value and meaning."""
    pooled = facts.scores["pooled"]
    return [
        (
            f"{pooled['coverage']['0.9'] * 100:.0f} %",
            (
                f"of left-out sources' votes inside their 90 % interval (± "
                f"{pooled['coverage_error']['0.9'] * 100:.0f})"
            ),
        ),
        (
            gain(pooled, "category_mean"),
            "prediction error (CRPS) against the category mean, what published accounts use",
        ),
        (
            f"{pooled['figures']:,}",
            f"figures left out and predicted, from {pooled['sources']} sources",
        ),
        (f"{facts.published_rows:,}", "rows of published figures behind the version"),
    ]


def gain(summary: Summary, baseline: str) -> str:
    """Change of the CRPS against a baseline's, in percent."""
    return f"{signed(100 * (summary['crps'] / summary['baselines'][baseline] - 1), 0)} %"


def _score_table(
    title: str, what: str, summaries: Mapping[str, Summary], *, pooled: bool = False
) -> Table:
    header = [what, "votes", "figures", "sources", *INSIDE, "CRPS", "bias", "width"]
    rows = [
        [
            factor_name(name),
            f"{summary['n']:,}",
            f"{summary['figures']:,}",
            f"{summary['sources']:,}",
            *(coverage(summary, level) for level in LEVELS),
            f"{summary['crps']:.3f}",
            signed(summary["bias"]),
            times(summary["width"]),
        ]
        for name, summary in summaries.items()
    ]
    return Table(title, header, rows, pooled)


def _crps_table(summaries: Mapping[str, Summary]) -> Table:
    names = list(next(iter(summaries.values()))["baselines"])
    header = ["factor", "model", *map(method_name, names), "against category mean"]
    rows = [
        [
            factor_name(factor),
            f"{summary['crps']:.3f}",
            *(f"{summary['baselines'][name]:.3f}" for name in names),
            gain(summary, "category_mean"),
        ]
        for factor, summary in summaries.items()
    ]
    return Table("CRPS beside the baselines", header, rows, pooled=True)


def _baseline_table(pooled: Summary) -> Table:
    header = ["method", *INSIDE, "CRPS"]
    told = {"model": pooled} | {
        name: {**detail, "crps": pooled["baselines"][name]}
        for name, detail in pooled["baselines_detail"].items()
    }
    rows = [
        [
            method_name(name),
            *(f"{summary['coverage'][level] * 100:.0f} %" for level in LEVELS),
            f"{summary['crps']:.3f}",
            signed(summary["bias"]),
            times(summary["width"]),
        ]
        for name, summary in told.items()
    ]
    return Table("All methods, all votes pooled", [*header, "bias", "width"], rows)


def _figure_table(summaries: Mapping[str, Summary]) -> Table:
    names = list(next(iter(summaries.values()))["baselines"])
    header = ["factor", "figures", INSIDE[-1], "model", *map(method_name, names)]
    rows = [
        [
            factor_name(factor),
            f"{summary['by_figure']['n']:,}",
            f"{summary['by_figure']['coverage']['0.9'] * 100:.0f} %",
            f"{summary['by_figure']['crps']:.3f}",
            *(f"{summary['by_figure']['baselines'][name]:.3f}" for name in names),
        ]
        for factor, summary in summaries.items()
    ]
    return Table("By figure instead of by vote", header, rows, pooled=True, note=FIGURES)


def _prior_table(priors: Mapping[str, Any]) -> Table:
    header = ["belief", "tried (CRPS)", "chosen", "chosen in folds"]
    rows = [
        [
            belief.replace("_", " "),
            ", ".join(f"{value} ({crps:.3f})" for value, crps in found["crps"].items()),
            f"{found['value']:g}",
            _chosen_in(found),
        ]
        for belief, found in priors.items()
    ]
    return Table("Priors", header, rows, note=PRIORS)


def _chosen_in(found: Mapping[str, Any]) -> str:
    value = f"{found['value']:g}"
    return f"{found['folds'][value]} of {sum(found['folds'].values())}"


def _floor_table(floor: Mapping[str, Any]) -> Table:
    header = ["factor", "figures", "products", "floor", "model", "sources differ by"]
    rows = [
        [
            factor_name(factor),
            f"{found['across_sources']['n']}",
            f"{found['across_sources']['products']}",
            f"{found['across_sources']['floor']:.3f}",
            f"{found['across_sources']['crps']:.3f}",
            times(found["across_sources"]["spread"]),
            _within(found["within_source"]),
        ]
        for factor, found in floor.items()
    ]
    return Table("Noise floor", [*header, "floor, source known"], rows, note=FLOOR)


def _within(found: Mapping[str, Any] | None) -> str:
    return f"{found['floor']:.3f} ({found['n']})" if found else "none"


def coverage(summary: Summary, level: str) -> str:
    """The share inside the interval of a level, ± its standard error."""
    found, error = summary["coverage"][level], summary["coverage_error"][level]
    return f"{found * 100:.0f} % ± {error * 100:.0f}"


def is_short(summary: Summary, count: int) -> bool:
    """Whether 90 % intervals hold too little of so many votes or lots for chance to explain it."""
    short = 0.9 - summary["coverage"]["0.9"]
    return bool(count >= _ENOUGH and short > _SHORT * summary["coverage_error"]["0.9"])


def _too_sure(name: str, summary: Summary) -> str:
    return (
        f"90 % intervals are too narrow for {factor_name(name)}: they hold "
        f"{summary['coverage']['0.9'] * 100:.0f} % of {summary['n']} votes."
    )


def _beaten(factors: Mapping[str, Summary]) -> Iterator[str]:
    for factor, summary in factors.items():
        best = min(summary["baselines"], key=summary["baselines"].__getitem__)
        if summary["baselines"][best] < (1 - _EVEN) * summary["crps"]:
            yield (
                f"{_capital(method_name(best))} predicts {factor_name(factor)} better: CRPS "
                f"{summary['baselines'][best]:.3f} against {summary['crps']:.3f}, with "
                f"{summary['baselines_detail'][best]['coverage']['0.9'] * 100:.0f} % of the "
                f"votes inside its 90 % intervals against "
                f"{summary['coverage']['0.9'] * 100:.0f} %."
            )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

"""The model card: what a version is, how good it is, and where it fails, in Markdown."""

from collections.abc import Iterator, Mapping
from typing import Any

_INTRODUCTION = """\
# Recovery model {version}

Predicts how much of each rare earth a batch of e-waste contains, and how much of it a recycling
route gives back, in kilograms of metal, with intervals.

- **Made of** a joint mixed model of magnet mass and composition (partial pooling subtype ->
  category -> all, source effects apart), a curve of NdFeB shares by product and year, and a mixed
  model of stage yields. 2,000 joint draws; seed {seed}.
- **Fitted to** {rows} rows of published figures (data digest `{digest}`).
- **Promise**: a 90 % interval should hold for 90 % of sources that the model has never seen.
"""

_SCORES = """
## Scores on sources left out

Every primary source is left out in turn, with all rows that share one with it; scales are tuned
inside the fold. Coverage is the share of left-out figures inside the interval (+- its binomial
standard error); CRPS (lower is better) is on the log scale, for presence on the logit scale.
Gain is the share of the category mean's CRPS that the model saves.

| factor | figures | sources | 50 % | 80 % | 90 % | CRPS | overall mean | category mean | gain |
|---|---|---|---|---|---|---|---|---|---|
"""

_LIMITS = """
Presence has one source: there products are left out one at a time instead. Factors whose figures
come from a single source cannot be scored this way and are not listed.

## Where it fails

- Conventional cars: publications differ by a factor of a hundred, and so do the intervals.
- Terbium: most sources do not report it; those that do may be those that found much.
- Stage yields are of laboratories. A hidden loss is assumed on top, and several stages (manual
  dismantling, demagnetisation, calcination, reuse) rest on assumptions alone; answers say which.
- No measured composition by grade: the coercivity class sets Dy + Tb by assumption.
- Publications are not a sample of what is discarded: a bias that all of them share stays.
"""


def markdown(
    version: str, scores: Mapping[str, Any], rows: Mapping[str, int], digest: str, seed: int
) -> str:
    """The card of a version.

    Args:
        version: Its name.
        scores: Its scores, in the shape of `recycler evaluate --json`.
        rows: Rows by table that it was fitted to.
        digest: SHA-256 of the tables.
        seed: Seed of its draws.
    """
    told = _INTRODUCTION.format(
        version=version, seed=seed, rows=f"{sum(rows.values()):,}", digest=digest[:16]
    )
    return told + _SCORES + "\n".join(_score_rows(scores)) + "\n" + _LIMITS


def _score_rows(scores: Mapping[str, Any]) -> Iterator[str]:
    for name, score in (*scores["factors"].items(), ("**pooled**", scores["pooled"])):
        coverage = [
            _coverage(score["coverage"][level], score["n"]) for level in ("0.5", "0.8", "0.9")
        ]
        baselines = score["baselines"]
        gain = 1 - score["crps"] / baselines["category_mean"]
        cells = [
            name,
            str(score["n"]),
            str(score["sources"]),
            *coverage,
            f"{score['crps']:.3f}",
            f"{baselines['overall_mean']:.3f}",
            f"{baselines['category_mean']:.3f}",
            f"{gain:+.0%}",
        ]
        yield f"| {' | '.join(cells)} |"


def _coverage(share: float, n: int) -> str:
    error = (share * (1 - share) / n) ** 0.5
    return f"{share:.0%} +- {error:.0%}"

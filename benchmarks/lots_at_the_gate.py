"""What the gate makes of lots: does it let plants grow, and does it stop a version that forgets?

    python benchmarks/lots_at_the_gate.py [--plants 6] [--seed 1]

For each simulated plant, whose dysprosium is 0.6 of what is published, versions are evaluated on
its first 10, 11, 20, 21 and 40 lots, and compared as the gate compares champion and challenger:
one more lot, twice as many, half as many, and a challenger that says of lots what published figures
alone say. Printed are, for each of them, the mean and the highest rise of the pooled CRPS on the
lots of both, and how many challengers are refused. Takes half a minute for each plant.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recycler.lot import MeasuredLot
from recycler.model.evaluation import (
    MODEL,
    PUBLISHED,
    Score,
    lot_folds,
    product_method,
    score_fold,
    summarise,
    to_csv,
)
from recycler.model.evaluation.simulated_plants import simulated_plant
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import observe
from recycler.model.lots.figures import Reader
from recycler.model.recovery import RecoveryModel
from recycler.reference import Tables, load_tables
from recycler.registry import Evidence, Rule
from recycler.registry.gate import Limits, judge
from recycler.registry.pairing import change, lot_by_lot, pair
from recycler.settings import Settings

NUMBERS = (10, 11, 20, 21, 40)
CHANGES = ((10, 11), (20, 21), (10, 20), (20, 40), (40, 20), (20, 10))
LIMITS = Limits.of(Settings())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plants", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for number in range(options.plants):
        for name, old, new in compared(options.seed, number):
            found[name].append((rise(old, new), refused(old, new)))
    print("lots             mean rise   highest   refused")
    for name, told in found.items():
        rises = [each for each, _ in told]
        stopped = sum(each for _, each in told)
        print(f"{name:16} {np.mean(rises):+9.1%} {max(rises):+9.1%} {stopped:5} of {len(told)}")


def compared(seed: int, number: int) -> list[tuple[str, list[Score], list[Score]]]:
    """What is compared, with the scores on lots of champion and challenger."""
    tables, generator = load_tables(), np.random.default_rng([seed, number])
    published = RecoveryModel().fit(tables)
    plant = simulated_plant("own", published, generator, {"ratio:Dy": 0.6})
    lots = plant.lots(max(NUMBERS), generator)
    scores = {count: evaluated(tables, lots[:count]) for count in NUMBERS}
    changed = [(f"{a} -> {b}", own(scores[a]), own(scores[b])) for a, b in CHANGES]
    forgotten = [
        (f"{count}, forgotten", own(scores[count]), own(scores[count], PUBLISHED))
        for count in (10, 20, 40)
    ]
    return [*changed, *forgotten]


def evaluated(tables: Tables, lots: Sequence[MeasuredLot]) -> list[Score]:
    """Scores on every lot left out, as a training run makes them."""
    published, figures = observe(tables), tuple(Reader.of(tables, lots).figures(lots))
    scales = ContentModel(calibrated=False).fit(published, lots=figures).regressor_.scales_
    methods = {
        MODEL: product_method(tables, scales),
        PUBLISHED: product_method(tables, scales, learns_from_lots=False),
    }
    made = lot_folds(published, figures)
    return [score for fold in made for score in score_fold(fold, methods)]


def own(scores: Sequence[Score], method: str = MODEL) -> list[Score]:
    """What one method says, as the version's own model."""
    return [replace(score, method=MODEL) for score in scores if score.method == method]


def rise(old: Sequence[Score], new: Sequence[Score]) -> float:
    """Relative rise of the CRPS, all figures of the lots of both together."""
    return change(pair(lot_by_lot(old), lot_by_lot(new)).both).rise


def refused(old: Sequence[Score], new: Sequence[Score]) -> bool:
    """Whether the gate refuses the challenger for what it says of lots."""
    champion, challenger = evidence("champion", old), evidence("challenger", new)
    found = judge(challenger, champion, LIMITS).findings
    return any(finding.rule is Rule.LOTS and not finding.passed for finding in found)


def evidence(version: str, lots: Sequence[Score]) -> Evidence:
    """What a version keeps; all but the lots is of no matter here."""
    return Evidence(version, summarise(lots), None, lots=to_csv(lots))


if __name__ == "__main__":
    main()

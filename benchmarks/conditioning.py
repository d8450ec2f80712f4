"""Whether assays keep their word: lots of the model's own making, assayed and estimated.

    python benchmarks/conditioning.py [--lots 150] [--seed 1]

Lots of loose magnets are drawn from a model with other random numbers as the truth; some magnets
of each are analysed, with all readings as values or with detection limits of 2 mass % Dy and
0.5 mass % Tb. Printed are the shares of lots whose true mass the intervals held, and the median
width, as upper over lower bound of the 90 % interval. The share at 90 % should lie within 85 and
95 %, but for the noise of so few lots (two standard errors of 150 lots are 5 %). The last table is
one batch before and after an assay. Takes a minute or two.
"""

import argparse

import numpy as np

from recycler.batch import Assay, Batch, LineItem, Reading
from recycler.model.evaluation.simulated_assays import LEVELS, simulate
from recycler.model.recovery import RecoveryModel
from recycler.reference import load_tables

PIECES = (0, 1, 3, 10, 30)
LIMITS = {"Dy": 0.02, "Tb": 0.005}
SAMPLE = {"Nd": Reading(0.24), "Pr": Reading(0.06), "Dy": Reading(0.02), "Tb": Reading(0.002)}
CRATE = {"category": "magnet", "mass_kg": 100.0, "unit_mass_kg": 0.05}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lots", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    model = RecoveryModel().fit(load_tables())
    print(
        "readings  pieces  element   " + "   ".join(f"{level:.0%}" for level in LEVELS) + "   width"
    )
    for name, limits in (("values", {}), ("censored", LIMITS)):
        for pieces in PIECES if name == "values" else PIECES[1:]:
            found = simulate(model, pieces, options.lots, limits=limits, seed=options.seed)
            for element, outcome in found.items():
                held = "  ".join(f"{outcome.coverage[level]:.2f}" for level in LEVELS)
                width = np.exp(np.median(outcome.widths))
                print(f"{name:9} {pieces:6}  {element:7}  {held}  {width:6.2f}")
    before_and_after(model)


def before_and_after(model: RecoveryModel) -> None:
    """Print 100 kg of loose magnets, assayed by more and more pieces that all read the same."""
    print("\n100 kg of magnets of 50 g; kg contained, 90 % interval")
    for pieces in PIECES:
        assay = Assay((SAMPLE,) * pieces) if pieces else None
        totals = model.estimate(Batch((LineItem(**CRATE, assay=assay),))).totals
        quantities = {e.element: e.contained_kg for e in totals.elements}
        quantities["REE"] = totals.total_ree.contained_kg
        cells = (f"{e} {q.median:.3g} ({q.lower:.3g}-{q.upper:.3g})" for e, q in quantities.items())
        print(f"{pieces:3} pieces: " + "  ".join(cells))


if __name__ == "__main__":
    main()

"""Candidate models on the same left-out sources: what the choice of the model rests on.

    python benchmarks/candidates.py [--jobs 2]

Every candidate is fitted anew in every fold and predicts the figures of the primary source that was
left out, as the model itself does when it is trained. Prints, for each factor, the CRPS and the
coverage of 90 % intervals; docs/decisions/0003-candidates.md records what was concluded.
"""

import argparse
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, WhiteKernel
from sklearn.linear_model import BayesianRidge
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from recycler.cli.progress import shown_on
from recycler.cli.terminal import messages
from recycler.model.evaluation import (
    BASELINES,
    MODEL,
    Fold,
    Method,
    Predictor,
    Target,
    content_folds,
    product_method,
    summarise,
)
from recycler.model.factors.content import ContentModel
from recycler.model.factors.observations import observe
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.parallel import LocalProcesses
from recycler.reference import Tables, load_tables
from recycler.training import compare

Array = NDArray[np.float64]
Normal = Callable[[Target], tuple[float, float]]
"""Predicts mean and standard deviation of a figure."""

DRAWS: Final = CommonNumbers(7, 2000).normal("candidate")
NEW_SOURCE: Final = "a source that nobody has seen"


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    tables = load_tables()
    with shown_on(messages()) as progress:
        scores = compare(
            content_folds(tables),
            methods(tables),
            backend=LocalProcesses(options.jobs),
            progress=progress,
        )
    print_table(summarise(scores))


def methods(tables: Tables) -> dict[str, Method]:
    """The model, the baselines of every evaluation, and the candidates."""
    scales = ContentModel(calibrated=False).fit(observe(tables)).regressor_.scales_
    return {
        MODEL: product_method(tables, scales),
        "mixed, unstretched": product_method(tables, scales, calibrated=False),
        "bayesian ridge": by_family(bayesian_ridge),
        "gaussian process": by_family(gaussian_process),
        **BASELINES,
    }


def by_family(fit: Callable[[Sequence[Target]], Normal]) -> Method:
    """A method with one normal law per family of factors; ratios to Nd are one family."""
    return ByFamily(fit)


@dataclass(frozen=True)
class ByFamily:
    """A method that other processes can be given."""

    fit: Callable[[Sequence[Target]], Normal]

    def __call__(self, fold: Fold) -> Predictor:
        """Fit each family when it is first asked for."""

        @cache
        def fitted(family: str) -> Normal:
            return self.fit([target for target in fold.known if family_of(target) == family])

        def predict(target: Target) -> Array:
            mean, sd = fitted(family_of(target))(target)
            return mean + sd * DRAWS

        return predict


def family_of(target: Target) -> str:
    """Magnet mass, content, Nd fraction, or ratio."""
    return target.factor.partition(":")[0]


def bayesian_ridge(known: Sequence[Target]) -> Normal:
    """Bayesian ridge on one-hot category, product and element beside the product's mass."""
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    encoder.fit([words(target) for target in known])

    def design(targets: Sequence[Target]) -> Array:
        masses = [[target.log_product_mass] for target in targets]
        return np.hstack([encoder.transform([words(target) for target in targets]), masses])

    ridge = BayesianRidge().fit(design(known), [target.value for target in known])

    def predict(target: Target) -> tuple[float, float]:
        mean, sd = ridge.predict(design([target]), return_std=True)
        return float(mean[0]), float(sd[0])

    return predict


def gaussian_process(known: Sequence[Target]) -> Normal:
    """Gaussian process with a kernel for each level: category, product, element and source."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder.fit([[*words(target), target.left_out] for target in known])

    def design(targets: Sequence[Target], *, seen: bool) -> Array:
        rows = [[*words(t), t.left_out if seen else NEW_SOURCE] for t in targets]
        masses = [[target.log_product_mass] for target in targets]
        return np.hstack([encoder.transform(rows), masses])

    levels = [ConstantKernel(0.3, (1e-3, 1e2)) * Same(column) for column in range(4)]
    mass = ConstantKernel(1.0, (1e-3, 1e2)) * OnColumn(4)
    kernel = sum(levels, start=mass + WhiteKernel(0.1, (1e-4, 1e2)))
    values = np.array([target.value for target in known])
    process = GaussianProcessRegressor(kernel, normalize_y=True)
    with warnings.catch_warnings():  # a level that explains nothing ends at its lower bound
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(design(known, seen=True), values)

    def predict(target: Target) -> tuple[float, float]:
        mean, sd = process.predict(design([target], seen=False), return_std=True)
        return float(mean[0]), float(sd[0])

    return predict


def words(target: Target) -> list[str]:
    """What a figure is of."""
    return [target.category, target.subtype, target.element]


class Same(Kernel):
    """1 where two rows have the same value in a column, else 0."""

    def __init__(self, column: int) -> None:
        self.column = column

    def __call__(self, X, Y=None, eval_gradient=False):
        """Kernel matrix, and its gradient over no hyperparameters."""
        other = X if Y is None else Y
        same = (X[:, None, self.column] == other[None, :, self.column]).astype(float)
        return (same, np.empty((*same.shape, 0))) if eval_gradient else same

    def diag(self, X):
        """Ones."""
        return np.ones(len(X))

    def is_stationary(self) -> bool:
        """Yes: only sameness counts."""
        return True


class OnColumn(Same):
    """Squared exponential in one column, over a length that is fixed: a factor of 20 in mass."""

    def __call__(self, X, Y=None, eval_gradient=False):
        """Kernel matrix, and its gradient over no hyperparameters."""
        columns = [a[:, [self.column]] for a in (X, X if Y is None else Y)]
        near = RBF(3.0)(*columns)
        return (near, np.empty((*near.shape, 0))) if eval_gradient else near


def print_table(summary: dict) -> None:
    """CRPS and coverage at 90 % by factor, one row per method; a source has one vote."""
    parts = {**summary["factors"], "pooled": summary["pooled"]}
    print(f"{'':<21}" + "".join(f"{name:>19}" for name in parts))
    print(f"{'':<21}" + f"{'CRPS  90 %':>19}" * len(parts))
    for method in [MODEL, *summary["pooled"]["baselines"]]:
        cells = (fared(part, method) for part in parts.values())
        print(
            f"{method:<21}"
            + "".join(f"{crps:>12.3f}{100 * inside:>6.0f}%" for crps, inside in cells)
        )


def fared(part: dict, method: str) -> tuple[float, float]:
    """CRPS and coverage at 90 % of a method."""
    if method == MODEL:
        return part["crps"], part["coverage"]["0.9"]
    return part["baselines"][method], part["baselines_detail"][method]["coverage"]["0.9"]


if __name__ == "__main__":
    main()

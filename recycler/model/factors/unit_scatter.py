"""How single pieces scatter around their product's mean, and what that does to a printed figure.

A source that measured three phones does not know phones as well as one that measured three
hundred: a figure's number of pieces tells how much of the scatter is still in it, and a range
printed beside it how far the source's own pieces or papers lay apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import hypot, log, log1p
from statistics import fmean

from recycler.elements import RARE_EARTHS
from recycler.reference import CompositionRow, ContentRow, MassRow, Tables

_RANGE_IN_SD = 4.0
"""Range over standard deviation (S. P. Hozo, B. Djulbegovic, I. Hozo, BMC Med. Res. Methodol. 5
(2005) 13, for samples of ten or so to seventy)."""


@dataclass(frozen=True, slots=True)
class UnitScatter:
    """Log-sd of single pieces around their product's mean.

    `elements` are those of mass fractions that were learned of an element itself.
    """

    magnet_mass: float
    nd_fraction: float
    ratio: float
    elements: Mapping[str, float] = field(default_factory=dict)

    def of(self, element: str) -> float:
        """Log-sd of an element's own mass fraction in single magnets."""
        if element in self.elements:
            return self.elements[element]
        own = 0.0 if element in ("Nd", "Sm") else self.ratio
        return hypot(self.nd_fraction, own)


def learn_scatter(tables: Tables) -> UnitScatter:
    """Scatter of compositions from the rows that print a standard deviation; of masses assumed.

    Raises:
        ValueError: No analysis prints a standard deviation of Nd and of another rare earth, or
            the assumption on magnet masses is missing.
    """
    found = list(_log_variances(tables.compositions))
    neodymium = [variance for element, variance in found if element == "Nd"]
    others = [variance for element, variance in found if element != "Nd"]
    mass = tables.assumptions["unit_scatter_magnet_mass"].spread
    if not neodymium or not others or mass is None:
        msg = "the scatter of single magnets needs a printed sd of Nd and of another rare earth"
        raise ValueError(msg)
    between = fmean(neodymium)
    return UnitScatter(
        magnet_mass=mass,
        nd_fraction=between**0.5,
        ratio=fmean(max(variance - between, 0.0) for variance in others) ** 0.5,
    )


def scatter_in_mean(scatter: UnitScatter, terms: Iterable[str], pieces: int | None) -> float:
    """Log-variance that a mean over so many pieces keeps of their scatter; 0 if not printed.

    `terms` are the factors that add up to the figure's log.
    """
    if pieces is None:
        return 0.0
    scales = {"magnet_mass": scatter.magnet_mass, "nd_fraction": scatter.nd_fraction}
    return sum(scales.get(term, scatter.ratio) ** 2 for term in terms) / pieces


def spread_of_range(row: MassRow | ContentRow) -> float:
    """Log-variance of a figure that is printed with a range; 0 for one without."""
    if not row.min_g or not row.max_g:
        return 0.0
    return (log(row.max_g / row.min_g) / _RANGE_IN_SD) ** 2


def _log_variances(rows: Iterable[CompositionRow]) -> Iterator[tuple[str, float]]:
    """(element, variance of the log in single magnets), taking them as log-normal."""
    for row in rows:
        for element, sd in row.sd.items():
            if element in RARE_EARTHS and not row.excluded:
                yield element, log1p((sd / row.readings[element].fraction) ** 2)

"""The elements of magnet recycling: symbols, atomic weights, oxides and oxide factors.

Atomic weights are the standard atomic weights of IUPAC's Commission on Isotopic Abundances and
Atomic Weights (CIAAW): T. Prohaska et al., "Standard atomic weights of the elements 2021",
Pure and Applied Chemistry 94 (2022) 573-600, doi:10.1515/pac-2019-0603, abridged to at most five
significant decimals; gadolinium as revised in 2024. Intervals (boron, oxygen) are given there by
their conventional values.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

OXYGEN_ATOMIC_WEIGHT: Final = 15.999

Group = Literal["light", "heavy", "companion"]


@dataclass(frozen=True, slots=True)
class Oxide:
    """A stable oxide: `metal_atoms` of the element to `oxygen_atoms` of oxygen."""

    formula: str
    metal_atoms: int
    oxygen_atoms: int


@dataclass(frozen=True, slots=True)
class Element:
    """One element, its standard atomic weight in g/mol and the oxide it is traded as.

    `group` is `light` or `heavy` for rare earths, as the EU list of critical raw materials splits
    them (light: La, Ce, Pr, Nd, Sm; heavy: Gd, Tb, Dy, Ho, Y and the rest), else `companion`.
    """

    symbol: str
    name: str
    atomic_weight: float
    group: Group
    oxide: Oxide | None = None

    @property
    def is_rare_earth(self) -> bool:
        """Whether the element counts towards total rare earths and TREO."""
        return self.group != "companion"

    @property
    def oxide_factor(self) -> float:
        """Mass of oxide that holds unit mass of the metal, e.g. 1.1664 for Nd2O3.

        Raises:
            ValueError: The element is a companion, which is not counted as oxide.
        """
        if self.oxide is None:
            msg = f"{self.symbol} is not counted as an oxide"
            raise ValueError(msg)
        metal = self.oxide.metal_atoms * self.atomic_weight
        return (metal + self.oxide.oxygen_atoms * OXYGEN_ATOMIC_WEIGHT) / metal


_TABLE: Final = (
    Element("Nd", "neodymium", 144.242, "light", Oxide("Nd2O3", 2, 3)),
    Element("Pr", "praseodymium", 140.90766, "light", Oxide("Pr6O11", 6, 11)),
    Element("Dy", "dysprosium", 162.500, "heavy", Oxide("Dy2O3", 2, 3)),
    Element("Tb", "terbium", 158.92535, "heavy", Oxide("Tb4O7", 4, 7)),
    Element("Gd", "gadolinium", 157.249, "heavy", Oxide("Gd2O3", 2, 3)),
    Element("Ho", "holmium", 164.93033, "heavy", Oxide("Ho2O3", 2, 3)),
    Element("Ce", "cerium", 140.116, "light", Oxide("CeO2", 1, 2)),
    Element("La", "lanthanum", 138.90547, "light", Oxide("La2O3", 2, 3)),
    Element("Sm", "samarium", 150.36, "light", Oxide("Sm2O3", 2, 3)),
    Element("Y", "yttrium", 88.90584, "heavy", Oxide("Y2O3", 2, 3)),
    Element("Fe", "iron", 55.845, "companion"),
    Element("B", "boron", 10.81, "companion"),
    Element("Co", "cobalt", 58.93319, "companion"),
    Element("Cu", "copper", 63.546, "companion"),
    Element("Al", "aluminium", 26.98154, "companion"),
    Element("Ni", "nickel", 58.6934, "companion"),
)

ELEMENTS: Final = MappingProxyType({element.symbol: element for element in _TABLE})
"""Every element carried, by symbol, in the order answers list them."""

RARE_EARTHS: Final = tuple(element.symbol for element in _TABLE if element.is_rare_earth)
"""Symbols of the rare earths carried: Nd, Pr, Dy, Tb, Gd, Ho, Ce, La, Sm, Y."""

CEILING: Final = 0.40
"""Most that all rare earths together may be of a magnet; the tables' highest is 0.36 (SmCo5)."""

"""What comes in: a batch of e-waste, line by line, with what its sender knows.

Plain immutable values. They hold what was said, with units in the names; whether the words are
known (categories, subtypes, routes) is checked where the reference tables are at hand.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FeedState(StrEnum):
    """How the pieces arrive: it decides how much of the magnet is lost before any chemistry."""

    WHOLE = "whole"
    DISMANTLED = "dismantled"
    SHREDDED = "shredded"
    MAGNETS = "magnets"


class MagnetType(StrEnum):
    """Magnet families as Regulation (EU) 2024/1252, article 28, names them."""

    NDFEB = "NdFeB"
    SMCO = "SmCo"
    ALNICO = "AlNiCo"
    FERRITE = "ferrite"


class CoercivityClass(StrEnum):
    """Suffix of an NdFeB grade, in rising coercivity; `none` for a bare grade such as N42."""

    NONE = "none"
    M = "M"
    H = "H"
    SH = "SH"
    UH = "UH"
    EH = "EH"
    AH = "AH"


@dataclass(frozen=True, slots=True)
class Grade:
    """What a maker's designation tells: the magnet family, and of NdFeB the coercivity class.

    `type` is None where the designation is of no known form.
    """

    type: MagnetType | None = None
    coercivity_class: CoercivityClass | None = None


_NDFEB: Final = re.compile(r"N?-?[2-6][0-9](?P<suffix>M|H|SH|UH|EH|AH)?")
_OTHER_FAMILIES: Final = {
    MagnetType.SMCO: re.compile(r"(YXG|XG|XGS|YX|SMCO|SM2CO17|RECOMA)[- ]?[0-9].*|SMCO5?|SM2CO17"),
    MagnetType.FERRITE: re.compile(r"(Y|C|HF|FB|NMF)-?[0-9]{1,2}\b.*|Y[0-9]{2}.*"),
    MagnetType.ALNICO: re.compile(r"(LNG|LNGT|ALNICO)[- ]?[0-9].*|ALNICO"),
}


def grade_of(designation: str) -> Grade:
    """Read a maker's designation.

    A grade of NdFeB is an energy product of 20 to 69 MGOe, with or without N before it, and a
    suffix from M to AH or none: N42SH, 42SH, N52, n38uh. Of other families only the first letters
    are read: YXG-28 (SmCo), Y30BH (ferrite), LNG37 (AlNiCo).
    """
    text = designation.strip().upper()
    if match := _NDFEB.fullmatch(text):
        return Grade(MagnetType.NDFEB, CoercivityClass(match["suffix"] or CoercivityClass.NONE))
    for family, form in _OTHER_FAMILIES.items():
        if form.fullmatch(text):
            return Grade(family)
    return Grade()


class Origin(StrEnum):
    """Where the material comes from: used products, or swarf of magnet making."""

    END_OF_LIFE = "end_of_life"
    SWARF = "swarf"


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of an analysis, as a mass fraction (0-1).

    With `below_detection`, `fraction` is the detection limit and the true value lies under it.
    An element that an analysis does not report has no Reading at all: not reported, below
    detection and a printed zero are three different things.
    """

    fraction: float
    below_detection: bool = False


Analysis = Mapping[str, Reading]
"""Element symbol -> Reading, for one sample."""


@dataclass(frozen=True, slots=True)
class Assay:
    """Chemical analyses of magnets sampled from a line: one Analysis per sampled piece."""

    samples: tuple[Analysis, ...]


@dataclass(frozen=True, slots=True)
class DeclaredMagnet:
    """What a label, product passport or data sheet says of the magnets in one piece.

    `mass_g` is the mass of all magnets in one piece, in grams; `composition` maps element symbols
    to mass fractions (0-1) of the magnet; `grade` is the maker's designation, e.g. N42SH.
    """

    type: MagnetType | None = None
    mass_g: float | None = None
    grade: str | None = None
    coercivity_class: CoercivityClass | None = None
    composition: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineItem:
    """Pieces of one kind. Exactly one of `count` and `mass_kg` is given.

    `mass_kg` is the gross mass of all pieces of the line (for category magnet, of the magnets),
    `unit_mass_kg` the gross mass of one piece, `rated_power_kw` the rated power of one piece,
    `year` the year in which the pieces were first sold.
    """

    category: str
    subtype: str | None = None
    count: int | None = None
    mass_kg: float | None = None
    year: int | None = None
    unit_mass_kg: float | None = None
    rated_power_kw: float | None = None
    state: FeedState | None = None
    origin: Origin = Origin.END_OF_LIFE
    magnet: DeclaredMagnet | None = None
    assay: Assay | None = None
    line_id: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch in hand: its lines, the route it will take, and the interval level asked for.

    `level` is the probability (0-1) that an interval should hold; `collected_year` dates the
    batch, so that pieces without a year get the age at which such products are discarded. `plant`
    is who receives it: a model that has learned from lots of that plant says what such lots hold
    there, any other model what they hold at a plant that it does not know.
    """

    items: tuple[LineItem, ...]
    route: str = "hydrometallurgy"
    level: float = 0.9
    collected_year: int | None = None
    batch_id: str | None = None
    plant: str | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a batch: a JSON Pointer into the request, and what would be right."""

    pointer: str
    message: str


class InvalidBatchError(ValueError):
    """The batch cannot be estimated as it stands; `errors` names every field that is wrong."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.pointer}: {e.message}" for e in self.errors))

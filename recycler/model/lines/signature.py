"""What two lines must share for their draws to differ in size alone."""

from typing import NamedTuple

from recycler.batch import (
    Analysis,
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Origin,
    Reading,
)
from recycler.model.lines.line_facts import class_of, piece_mass_kg, pieces_of, shown_type

_NOTHING_DECLARED = DeclaredMagnet()


class Signature(NamedTuple):
    """A line without its size: the key under which draws are kept.

    `by_mass` tells whether the line's size is a mass in kg or a count of pieces. An assay is of
    one lot, so an assayed line keeps its number of `pieces`, if it is known. `type_is_shown` says
    that nobody declared the magnet type but that analyses show it. `plant` is the plant it comes
    to, as a source, where that makes a difference.
    """

    category: str
    subtype: str | None
    plant: str | None
    by_mass: bool
    year: int | None
    collected_year: int
    state: FeedState
    origin: Origin
    unit_mass_kg: float | None
    rated_power_kw: float | None
    magnet_type: MagnetType | None
    type_is_shown: bool
    magnet_mass_g: float | None
    coercivity_class: CoercivityClass | None
    composition: tuple[tuple[str, float], ...]
    samples: tuple[tuple[tuple[str, Reading], ...], ...]
    pieces: float | None

    @property
    def grade_tells(self) -> bool:
        """Whether Dy and Tb are read off a grade: neither was declared itself, or assayed."""
        if self.coercivity_class is None:
            return False
        assayed = (element for sample in self.samples for element, _ in sample)
        declared = (element for element, _ in self.composition)
        return {"Dy", "Tb"}.isdisjoint((*assayed, *declared))


def sign(line: LineItem, collected_year: int, plant: str | None = None) -> Signature:
    """The signature of a line in a batch collected in `collected_year` that comes to `plant`."""
    magnet = line.magnet or _NOTHING_DECLARED
    usual = FeedState.MAGNETS if line.category == "magnet" else FeedState.WHOLE
    samples = line.assay.samples if line.assay else ()
    shown = shown_type(line) if magnet.type is None else None
    return Signature(
        category=line.category,
        subtype=line.subtype,
        plant=plant,
        by_mass=line.mass_kg is not None,
        year=line.year,
        collected_year=collected_year,
        state=line.state or usual,
        origin=line.origin,
        unit_mass_kg=piece_mass_kg(line),
        rated_power_kw=line.rated_power_kw,
        magnet_type=magnet.type or shown,
        type_is_shown=shown is not None,
        magnet_mass_g=magnet.mass_g,
        coercivity_class=class_of(magnet),
        composition=tuple(sorted(magnet.composition.items())),
        samples=tuple(sorted((_in_order(sample) for sample in samples), key=_figures_of)),
        pieces=pieces_of(line) if samples else None,
    )


def _in_order(sample: Analysis) -> tuple[tuple[str, Reading], ...]:
    return tuple(sorted(sample.items()))


def _figures_of(sample: tuple[tuple[str, Reading], ...]) -> list[tuple[str, float, bool]]:
    return [(element, r.fraction, r.below_detection) for element, r in sample]


def units(line: LineItem) -> float:
    """Size of a line: its mass in kg, or its count of pieces."""
    return line.mass_kg if line.mass_kg is not None else float(line.count or 0)

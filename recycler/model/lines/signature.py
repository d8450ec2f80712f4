"""What two lines must share for their draws to differ in size alone."""

from typing import Any, NamedTuple

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
from recycler.model.lines.line_facts import MAGNET, class_of, piece_mass_kg, pieces_of, shown_type

_NOTHING_TOLD = (None, False, None, None, (), (), None)


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
    usual = FeedState.MAGNETS if line.category == MAGNET else FeedState.WHOLE
    told = line.magnet is not None or line.assay is not None
    return Signature(
        line.category,
        line.subtype,
        plant,
        line.mass_kg is not None,
        line.year,
        collected_year,
        line.state or usual,
        line.origin,
        piece_mass_kg(line),
        line.rated_power_kw,
        *(_told(line) if told else _NOTHING_TOLD),
    )


def _told(line: LineItem) -> tuple[Any, ...]:
    """The last fields of a signature: what the sender says of the magnets."""
    magnet = line.magnet or DeclaredMagnet()
    samples = line.assay.samples if line.assay else ()
    shown = shown_type(line) if magnet.type is None else None
    return (
        magnet.type or shown,
        shown is not None,
        magnet.mass_g,
        class_of(magnet),
        tuple(sorted(magnet.composition.items())),
        tuple(sorted((_in_order(sample) for sample in samples), key=_figures_of)),
        pieces_of(line) if samples else None,
    )


def _in_order(sample: Analysis) -> tuple[tuple[str, Reading], ...]:
    return tuple(sorted(sample.items()))


def _figures_of(sample: tuple[tuple[str, Reading], ...]) -> list[tuple[str, float, bool]]:
    return [(element, r.fraction, r.below_detection) for element, r in sample]


def units(line: LineItem) -> float:
    """Size of a line: its mass in kg, or its count of pieces."""
    return line.mass_kg if line.mass_kg is not None else float(line.count or 0)

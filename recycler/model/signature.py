"""What two lines must share for their draws to differ in size alone."""

from typing import NamedTuple

from recycler.batch import (
    CoercivityClass,
    DeclaredMagnet,
    FeedState,
    LineItem,
    MagnetType,
    Origin,
    Reading,
)

_NOTHING_DECLARED = DeclaredMagnet()


class Signature(NamedTuple):
    """A line without its size: the key under which draws are kept.

    `by_mass` tells whether the line's size is a mass in kg or a count of pieces.
    """

    category: str
    subtype: str | None
    by_mass: bool
    year: int | None
    collected_year: int
    state: FeedState
    origin: Origin
    unit_mass_kg: float | None
    rated_power_kw: float | None
    magnet_type: MagnetType | None
    magnet_mass_g: float | None
    coercivity_class: CoercivityClass | None
    composition: tuple[tuple[str, float], ...]
    samples: tuple[tuple[tuple[str, Reading], ...], ...]


def sign(line: LineItem, collected_year: int) -> Signature:
    """The signature of a line in a batch collected in `collected_year`."""
    magnet = line.magnet or _NOTHING_DECLARED
    usual = FeedState.MAGNETS if line.category == "magnet" else FeedState.WHOLE
    samples = line.assay.samples if line.assay else ()
    return Signature(
        category=line.category,
        subtype=line.subtype,
        by_mass=line.mass_kg is not None,
        year=line.year,
        collected_year=collected_year,
        state=line.state or usual,
        origin=line.origin,
        unit_mass_kg=line.unit_mass_kg,
        rated_power_kw=line.rated_power_kw,
        magnet_type=magnet.type,
        magnet_mass_g=magnet.mass_g,
        coercivity_class=magnet.coercivity_class,
        composition=tuple(sorted(magnet.composition.items())),
        samples=tuple(tuple(sorted(sample.items())) for sample in samples),
    )


def units(line: LineItem) -> float:
    """Size of a line: its mass in kg, or its count of pieces."""
    return line.mass_kg if line.mass_kg is not None else float(line.count or 0)

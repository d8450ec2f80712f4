"""What follows from a line's own words alone: its pieces, its magnets' type and grade."""

from collections.abc import Iterator, Mapping

from recycler.batch import CoercivityClass, DeclaredMagnet, LineItem, MagnetType, grade_of

MAGNET = "magnet"
"""Category whose pieces are magnets: their mass is the magnet mass."""

MAIN = 0.05
"""Mass fraction from which a rare earth says what kind of magnet it is in; traces say nothing."""

_LIGHT = ("Nd", "Pr")


def piece_mass_kg(line: LineItem) -> float | None:
    """Gross mass of one piece, as far as the line tells; a magnet weighs what its label says."""
    if line.unit_mass_kg is None and line.category == MAGNET and line.magnet is not None:
        grams = line.magnet.mass_g
        return None if grams is None else grams / 1000
    return line.unit_mass_kg


def pieces_of(line: LineItem) -> float | None:
    """Number of pieces of a line; None where only their mass is known."""
    if line.count is not None:
        return float(line.count)
    mass = piece_mass_kg(line)
    return line.mass_kg / mass if mass and line.mass_kg else None


def class_of(magnet: DeclaredMagnet) -> CoercivityClass | None:
    """Coercivity class of an NdFeB magnet: as declared, else as its grade says."""
    if magnet.type not in (None, MagnetType.NDFEB):
        return None
    if magnet.coercivity_class is not None or magnet.grade is None:
        return magnet.coercivity_class
    return grade_of(magnet.grade).coercivity_class


def shown_types(fractions: Mapping[str, float]) -> MagnetType | None:
    """Type that a composition shows by its main rare earth; None if it shows none."""
    light = sum(fractions.get(element, 0.0) for element in _LIGHT)
    samarium = fractions.get("Sm", 0.0)
    if max(light, samarium) < MAIN:
        return None
    return MagnetType.SMCO if samarium > light else MagnetType.NDFEB


def analyses(line: LineItem) -> Iterator[Mapping[str, float]]:
    """Every composition that the line brings, as mass fractions: declared, then assayed."""
    if line.magnet is not None and line.magnet.composition:
        yield line.magnet.composition
    for sample in line.assay.samples if line.assay else ():
        yield {e: r.fraction for e, r in sample.items() if not r.below_detection}


def shown_type(line: LineItem) -> MagnetType | None:
    """SmCo where a line of loose magnets brings analyses of nothing else; else None.

    Loose magnets are taken for NdFeB unless somebody says otherwise; so does an analysis.
    """
    if line.category != MAGNET or (line.magnet is None and line.assay is None):
        return None
    shown = {shown_types(found) for found in analyses(line)} - {None}
    return MagnetType.SMCO if shown == {MagnetType.SMCO} else None

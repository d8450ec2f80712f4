"""What a line says that cannot be, or that contradicts itself.

The same rules hold for a batch that comes over HTTP, out of a CSV or from Python.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf

from recycler.batch import Analysis, DeclaredMagnet, LineItem, MagnetType, Reading, grade_of
from recycler.elements import CEILING, ELEMENTS, RARE_EARTHS
from recycler.model.lines.line_facts import analyses, piece_mass_kg, pieces_of, shown_types

Path = tuple[str | int, ...]
Fault = tuple[Path, str]
"""Where in the line something is wrong, and what."""

TRACES = 0.005
"""Most of a rare earth that a magnet holds which is made without."""

LANTHANUM_IN_FERRITE = 0.06
"""Most La that ferrite holds: some grades are made with it."""

_ROUNDING = 1e-8  # room for binary fractions, not for the analyst's
_QUANTITIES = ("count", "mass_kg", "unit_mass_kg", "rated_power_kw")
_COMPOSITION: Path = ("magnet", "composition")
_SAMPLES: Path = ("assay", "samples")


def contradictions(line: LineItem) -> list[Fault]:
    """Everything about one line that cannot be, place by place."""
    found = _quantity(line)
    if line.magnet is not None:
        found += _magnet(line, line.magnet)
    if line.assay is not None:
        found += _assay(line)
    if line.magnet is not None or line.assay is not None:
        found += _types(line)
    return found


def _quantity(line: LineItem) -> list[Fault]:
    found: list[Fault] = []
    if line.count is None and line.mass_kg is None:
        found.append(((), "a line item has either count or mass_kg; both are missing"))
    elif line.count is not None and line.mass_kg is not None:
        found.append((("mass_kg",), "mass_kg stands beside count; give one of the two"))
    for name in _QUANTITIES:
        value = getattr(line, name)
        if value is not None and not 0 < value < inf:
            found.append(((name,), f"{name} must be a number above 0, not {value!r}"))
    return found


def _magnet(line: LineItem, magnet: DeclaredMagnet) -> Iterator[Fault]:
    yield from _grade(magnet)
    yield from _magnet_mass(line, magnet)
    if magnet.composition:
        figures = {e: Reading(fraction) for e, fraction in magnet.composition.items()}
        yield from _figures(figures, _COMPOSITION)


def _grade(magnet: DeclaredMagnet) -> Iterator[Fault]:
    if magnet.grade is None:
        return
    grade, shown = grade_of(magnet.grade), ascii(magnet.grade[:64]).replace("'", '"')
    declared, place = magnet.type or MagnetType.NDFEB, ("magnet", "grade")
    if declared is not MagnetType.NDFEB:
        surely = magnet.grade.strip().upper().startswith("N")
        if grade.type not in (None, declared) and (surely or grade.type is not MagnetType.NDFEB):
            yield place, f"{shown} is a grade of {grade.type}, not of {declared}"
    elif grade.type not in (None, declared):
        hint = "" if magnet.type else f"; declare type {grade.type}"
        yield place, f"{shown} is a grade of {grade.type}, not a grade of NdFeB such as N42SH{hint}"
    elif grade.coercivity_class is None:
        form = "an energy product of two digits and a coercivity class M, H, SH, UH, EH, AH or none"
        yield place, f"{shown} is not a grade of NdFeB such as N42SH: {form}"
    elif magnet.coercivity_class not in (None, grade.coercivity_class):
        yield place, f"{shown} is of coercivity class {grade.coercivity_class}"


def _magnet_mass(line: LineItem, magnet: DeclaredMagnet) -> Iterator[Fault]:
    place = ("magnet", "mass_g")
    piece, grams = piece_mass_kg(line), magnet.mass_g
    if grams is None:
        return
    if not grams > 0:
        yield place, f"mass_g must be above 0, not {grams:g}"
    elif piece is not None and grams > 1000 * piece * (1 + _ROUNDING):
        yield place, f"mass_g is more than the {1000 * piece:g} g that one piece weighs"
    elif line.mass_kg is not None and grams > 1000 * line.mass_kg * (1 + _ROUNDING):
        yield place, f"mass_g is more than the {line.mass_kg:g} kg that all pieces weigh"


def _assay(line: LineItem) -> Iterator[Fault]:
    samples = line.assay.samples if line.assay else ()
    if not samples:
        yield _SAMPLES, "an assay has at least one sample"
    pieces = pieces_of(line)
    if pieces is not None and 1.0 <= pieces < len(samples) / (1 + _ROUNDING):
        yield _SAMPLES, f"{len(samples)} samples were taken from {pieces:.6g} pieces"
    for index, sample in enumerate(samples):
        yield from _figures(sample, (*_SAMPLES, index))


def _figures(sample: Analysis, place: Path) -> Iterator[Fault]:
    """What is wrong with one analysis: words, single figures, or their sums."""
    if not sample:
        yield place, "the analysis names no element"
    wrong = False
    percent = rare = 0.0
    for element, reading in sample.items():
        if fault := _wrong_figure(element, reading):
            wrong = True
            yield (*place, element), fault
        elif not reading.below_detection:
            percent += 100 * reading.fraction
            rare += 100 * reading.fraction if ELEMENTS[element].is_rare_earth else 0.0
    if wrong:
        return
    if percent > 100 * (1 + _ROUNDING):
        yield place, f"the elements add up to {percent:.6g} mass %, more than 100"
    elif rare > 100 * CEILING * (1 + _ROUNDING):
        most = f"no magnet holds more than {100 * CEILING:g}"
        yield place, f"the rare earths add up to {rare:.6g} mass %; {most}"


def _wrong_figure(element: str, reading: Reading) -> str | None:
    if element not in ELEMENTS:
        return f"{element!r} is not a carried element"
    least = 1e-12 if reading.below_detection else 0.0
    return (
        None
        if least <= reading.fraction <= 1.0
        else f"{element} must be from 0 to 1, as a mass fraction"
    )


def _types(line: LineItem) -> Iterator[Fault]:
    """Whether what was measured is the type of magnet that was declared, and one type alone."""
    declared = line.magnet.type if line.magnet else None
    places = list(_places(line))
    shown = {kind for found in analyses(line) if (kind := shown_types(found)) is not None}
    if declared in (MagnetType.FERRITE, MagnetType.ALNICO):
        yield from _traces(places, declared)
    elif declared is not None:
        for place, found in places:
            if (kind := shown_types(found)) not in (None, declared):
                yield place, f"{_main(found)}: that is {kind}, not {declared} as declared"
    elif len(shown) > 1:
        yield (
            _SAMPLES,
            "the analyses are of SmCo and of NdFeB magnets: give each type a line of its own",
        )
    elif MagnetType.SMCO in shown and line.category != "magnet":
        place, found = next(p for p in places if shown_types(p[1]) is MagnetType.SMCO)
        yield place, f"{_main(found)}: that is SmCo; declare magnet type SmCo"


def _traces(
    places: Iterable[tuple[Path, Mapping[str, float]]], declared: MagnetType
) -> Iterator[Fault]:
    for place, found in places:
        for element in RARE_EARTHS:
            lanthanum = declared is MagnetType.FERRITE and element == "La"
            most = LANTHANUM_IN_FERRITE if lanthanum else TRACES
            if found.get(element, 0.0) > most:
                percent = 100 * found[element]
                yield (
                    (*place, element),
                    f"{percent:g} mass % {element} is more than the traces that {declared} holds",
                )


def _places(line: LineItem) -> Iterator[tuple[Path, Mapping[str, float]]]:
    """Every analysis of the line with its place in it."""
    declared = bool(line.magnet and line.magnet.composition)
    places: list[Path] = [_COMPOSITION] if declared else []
    count = len(line.assay.samples) if line.assay else 0
    places += [(*_SAMPLES, index) for index in range(count)]
    return zip(places, analyses(line), strict=True)


def _main(found: Mapping[str, float]) -> str:
    element = max(("Nd", "Pr", "Sm"), key=lambda e: found.get(e, 0.0))
    return f"the main rare earth is {element} ({100 * found[element]:g} mass %)"

"""What a line's draws rest on, factor by factor, and what its sender should know."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from recycler.batch import MagnetType, Origin, Reading
from recycler.elements import ELEMENTS
from recycler.estimate import FactorBasis, Note, SourceUse
from recycler.model.factors.fitted import Factors
from recycler.model.factors.lifetime import follows_sales
from recycler.model.factors.observations import MAGNET_MASS, ND_FRACTION, product_level, ratio_term
from recycler.model.lines.line_facts import MAGNET
from recycler.model.lines.signature import Signature
from recycler.model.lines.size import is_unknown, size_of
from recycler.reference import Product

Products = tuple[Product, ...]

NO_RARE_EARTHS = frozenset({MagnetType.ALNICO, MagnetType.FERRITE})
"""Magnet types that hold none."""

_OWN_LOTS = "Lots that this plant has measured, beside what is published."

_PRESENCE = "presence"
_YEAR_OF_SALE = "year_of_sale"
_PRESENCE_YEARS = (1990, 2020)
_NO_SHARE_TAKEN = ("presence_included", "wind_permanent_magnet")


def in_domain(line: Signature, factors: Factors) -> bool:
    """Whether the tables hold a magnet mass for the category, or the sender gives one."""
    if line.category == MAGNET:
        return line.by_mass or line.unit_mass_kg is not None
    known = (MAGNET_MASS, f"category={line.category}") in factors.content.sources_
    return known or line.magnet_mass_g is not None


def basis_of(
    line: Signature, products: Products, elements: tuple[str, ...], factors: Factors
) -> Iterator[FactorBasis]:
    """What presence, magnet mass and each element's mass fraction rest on."""
    yield _presence(line, products, factors)
    yield from _year_of_sale(line, products, factors)
    if line.category == MAGNET or line.magnet_mass_g is not None:
        yield FactorBasis(MAGNET_MASS, "declared")
    else:
        yield _published(MAGNET_MASS, line, products, factors)
    for element in elements:
        yield _fraction(element, line, products, factors)


def notes_of(line: Signature, products: Products, factors: Factors) -> Iterator[Note]:
    """What is assumed about a line, and where it lies outside the tables."""
    for code, assumption in _assumptions(line, products, factors):
        yield Note(code, None, factors.statement(assumption))
    if line.magnet_type in NO_RARE_EARTHS:
        but = " but what was measured" if line.composition or line.samples else ""
        yield Note("no_rare_earths", None, f"{line.magnet_type} magnets hold no rare earths{but}.")
    if line.type_is_shown:
        message = "No magnet type is declared, but the analyses show SmCo: so it is taken."
        yield Note("type_from_analysis", None, message)
    yield from _heavier_than_product(line, products)
    if not in_domain(line, factors):
        message = "The tables hold no magnet mass for this: the estimate borrows from all others."
        yield Note("out_of_domain", None, message)
    if _year_outside(line, products):
        first, last = _PRESENCE_YEARS
        message = f"NdFeB shares are published for {first}-{last}; the nearest year stands in."
        yield Note("year_outside_tables", None, message)


def _heavier_than_product(line: Signature, products: Products) -> Iterator[Note]:
    """The published mass is an average, so more magnet than that is odd, but may be."""
    if line.category == MAGNET or line.magnet_mass_g is None or line.unit_mass_kg is not None:
        return
    heaviest = max((p.piece_mass_kg or p.product_mass_kg for p in products), default=0.0)
    if line.magnet_mass_g > 1000 * heaviest:
        message = f"The declared magnet is heavier than a published {line.category} as a whole."
        yield Note("magnet_heavier_than_product", None, f"{message[:-1]} ({heaviest:g} kg).")


def _presence(line: Signature, products: Products, factors: Factors) -> FactorBasis:
    if line.category == MAGNET or line.magnet_type is not None:
        return FactorBasis(_PRESENCE, "declared")
    if all(product.presence_averaged for product in products):
        statement = "The content figures are averages over all pieces."
        return FactorBasis(_PRESENCE, "published", (), statement)
    sources = factors.presence.sources_
    curves = {product.presence_of for product in products if product.presence_of}
    if curves:
        return FactorBasis(_PRESENCE, "published", _uses(_added(sources[c] for c in curves)))
    for assumption in _NO_SHARE_TAKEN:
        if any(assumption in product.assumptions for product in products):
            return FactorBasis(_PRESENCE, "assumed", (), factors.statement(assumption))
    return FactorBasis(_PRESENCE, "pooled", (), "Pooled over all products.")


def _year_of_sale(line: Signature, products: Products, factors: Factors) -> Iterator[FactorBasis]:
    """Where the share with NdFeB follows the year of sale: told, or led back by lifetimes."""
    by_year = [product for product in products if follows_sales(product)]
    if not by_year or line.category == MAGNET or line.magnet_type is not None:
        return
    if line.year is not None:
        yield FactorBasis(_YEAR_OF_SALE, "declared")
        return
    known = [product.source_id for product in by_year if product.lifetime_scale_years is not None]
    statements = [factors.statement("constant_sales")]
    if len(known) < len(by_year):
        statements.append(factors.statement("lifetime_unknown"))
    uses = _uses(Counter(source_id for source_id in known if source_id is not None))
    yield FactorBasis(_YEAR_OF_SALE, "assumed", uses, " ".join(statements))


def _fraction(element: str, line: Signature, products: Products, factors: Factors) -> FactorBasis:
    term = _term_of(element, line)
    readings = [r for sample in line.samples for assayed, r in sample if assayed == element]
    if readings:
        return FactorBasis(term, "assayed", (), _assayed(readings, factors))
    if any(element == declared for declared, _ in line.composition):
        return FactorBasis(term, "declared", (), factors.statement("declared_composition"))
    if line.magnet_type is MagnetType.SMCO:
        return FactorBasis(term, "published", _uses(factors.samarium.sources_.get(element, {})))
    if line.magnet_type in NO_RARE_EARTHS:
        return FactorBasis(term, "declared")
    if element in ("Dy", "Tb") and line.grade_tells:
        statement = factors.statement(f"coercivity_{line.coercivity_class}")
        return FactorBasis(term, "assumed", (), statement)
    return _published(term, line, products, factors)


def _term_of(element: str, line: Signature) -> str:
    """Name of the factor behind an element's mass fraction."""
    if line.magnet_type is MagnetType.SMCO or not ELEMENTS[element].is_rare_earth:
        return f"{element}_fraction"
    return ND_FRACTION if element == "Nd" else ratio_term(element)


def _assayed(readings: Sequence[Reading], factors: Factors) -> str:
    """How many readings there are, and what is assumed to make something of them."""
    below = sum(reading.below_detection for reading in readings)
    zeros = sum(not reading.fraction for reading in readings)
    count = f"{len(readings)} {'reading' if len(readings) == 1 else 'readings'}"
    told = [f"{count}, {below} below detection." if below else f"{count}."]
    told += [factors.statement("printed_zero")] if zeros else []
    return " ".join((*told, factors.statement("assay_laboratory")))


def _published(term: str, line: Signature, products: Products, factors: Factors) -> FactorBasis:
    """Sources of the nearest level that has any: the products, their category, or all."""
    if any(factors.content.learned(term, p.category, p.subtype, line.plant) for p in products):
        own = sum(_lots(term, product, line, factors) for product in products)
        return FactorBasis(term, "measured", (SourceUse(line.plant or "", own),), _OWN_LOTS)
    sources = factors.content.sources_
    found = _added(sources.get((term, f"subtype={p.subtype}"), {}) for p in products)
    found = found or sources.get((term, f"category={line.category}"), {})
    if found:
        return FactorBasis(term, "published", _uses(found))
    everywhere = sources.get((term, "all"), {})
    statement = f"Pooled over {len(everywhere)} sources on other categories."
    return FactorBasis(term, "pooled", (), statement)


def _lots(term: str, product: Product, line: Signature, factors: Factors) -> int:
    """How many lots of the line's own plant tell a factor of a product."""
    level = f"subtype={product_level(product.category, product.subtype)}"
    return factors.content.sources_.get((term, level), {}).get(line.plant or "", 0)


def _assumptions(
    line: Signature, products: Products, factors: Factors
) -> Iterator[tuple[str, str]]:
    """Codes of notes and the assumptions they name."""
    if line.subtype is None and len(products) > 1:
        yield "subtype_unknown", "subtype_mixture"
    if line.magnet_mass_g is None:
        open_yet = [p for p in products if not _is_size_in_own_masses(p, line, factors)]
        sizes = [size_of(product, line, factors.assumptions) for product in open_yet]
        for assumption in dict.fromkeys(size.assumption for size in sizes if size.assumption):
            yield "size_assumed", assumption
    if line.grade_tells:
        yield "grade_assumed", f"coercivity_{line.coercivity_class}"
    if line.origin is Origin.SWARF:
        yield "swarf", "swarf_oxidised"


def _is_size_in_own_masses(product: Product, line: Signature, factors: Factors) -> bool:
    """Whether nobody tells the size of pieces, as nobody did of the plant's own lots."""
    unsized = factors.content.is_unsized(line.plant, product.category, product.subtype)
    return unsized and is_unknown(product, line)


def _year_outside(line: Signature, products: Products) -> bool:
    first, last = _PRESENCE_YEARS
    by_year = any(p.presence_of and not p.presence_averaged for p in products)
    told = line.year is not None and not first <= line.year <= last
    return told and by_year and line.magnet_type is None


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Rows by source, added up."""
    total: Counter[str] = Counter()
    for rows in counts:
        total.update(rows)
    return dict(total)


def _uses(sources: Mapping[str, int]) -> tuple[SourceUse, ...]:
    return tuple(SourceUse(source, rows) for source, rows in sorted(sources.items()))

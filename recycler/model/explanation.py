"""What a line's draws rest on, factor by factor, and what its sender should know."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import log

import numpy as np
from numpy.typing import NDArray

from recycler.batch import MagnetType, Origin
from recycler.elements import RARE_EARTHS
from recycler.estimate import FactorBasis, Note, SourceUse
from recycler.model.factors import MAGNET, Factors
from recycler.model.observations import MAGNET_MASS, ND_FRACTION, ratio_term
from recycler.model.signature import Signature
from recycler.model.size import size_of
from recycler.reference import Product

Array = NDArray[np.float64]
Products = tuple[Product, ...]

NO_RARE_EARTHS = frozenset({MagnetType.ALNICO, MagnetType.FERRITE})
"""Magnet types that hold none."""

_PRESENCE = "presence"
_PRESENCE_YEARS = (1990, 2020)
_NO_SHARE_TAKEN = ("presence_included", "wind_permanent_magnet")
_FAR = 5.0  # sd of the log fraction beyond which an assay is another thing than its category


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
        yield Note("no_rare_earths", None, f"{line.magnet_type} magnets hold no rare earths.")
    if not in_domain(line, factors):
        message = "The tables hold no magnet mass for this: the estimate borrows from all others."
        yield Note("out_of_domain", None, message)
    if _year_outside(line, products):
        first, last = _PRESENCE_YEARS
        message = f"NdFeB shares are published for {first}-{last}; the nearest year stands in."
        yield Note("year_outside_tables", None, message)


def far_assays(line: Signature, expected_logs: Mapping[str, Array]) -> Iterator[Note]:
    """An assay far outside what its category holds points to a mix-up.

    `expected_logs` are draws of the log mass fractions that the tables expect.
    """
    for element, log_fraction in _assayed_means(line):
        logs = expected_logs.get(element)
        if logs is not None and abs(log_fraction - logs.mean()) > _FAR * logs.std():
            message = f"The assay's {element} lies far outside what {line.category} magnets hold."
            yield Note("assay_far_from_category", None, message)


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


def _fraction(element: str, line: Signature, products: Products, factors: Factors) -> FactorBasis:
    term = ND_FRACTION if element == "Nd" else ratio_term(element)
    if any(element == assayed for sample in line.samples for assayed, _ in sample):
        return FactorBasis(term, "assayed")
    if any(element == declared for declared, _ in line.composition):
        return FactorBasis(term, "declared")
    if line.magnet_type is MagnetType.SMCO:
        return FactorBasis(f"{element}_fraction", "published", _uses(factors.samarium.sources_))
    if element in ("Dy", "Tb") and line.coercivity_class is not None:
        statement = factors.statement(f"coercivity_{line.coercivity_class}")
        return FactorBasis(term, "assumed", (), statement)
    return _published(term, line, products, factors)


def _published(term: str, line: Signature, products: Products, factors: Factors) -> FactorBasis:
    """Sources of the nearest level that has any: the products, their category, or all."""
    sources = factors.content.sources_
    found = _added(sources.get((term, f"subtype={p.subtype}"), {}) for p in products)
    found = found or sources.get((term, f"category={line.category}"), {})
    if found:
        return FactorBasis(term, "published", _uses(found))
    everywhere = sources.get((term, "all"), {})
    statement = f"Pooled over {len(everywhere)} sources on other categories."
    return FactorBasis(term, "pooled", (), statement)


def _assumptions(
    line: Signature, products: Products, factors: Factors
) -> Iterator[tuple[str, str]]:
    """Codes of notes and the assumptions they name."""
    if line.subtype is None and len(products) > 1:
        yield "subtype_unknown", "subtype_mixture"
    if line.magnet_mass_g is None:
        sizes = [size_of(product, line, factors.assumptions) for product in products]
        for assumption in dict.fromkeys(size.assumption for size in sizes if size.assumption):
            yield "size_assumed", assumption
    if line.coercivity_class is not None:
        yield "grade_assumed", f"coercivity_{line.coercivity_class}"
    if line.origin is Origin.SWARF:
        yield "swarf", "swarf_oxidised"


def _year_outside(line: Signature, products: Products) -> bool:
    first, last = _PRESENCE_YEARS
    by_year = any(p.presence_of and not p.presence_averaged for p in products)
    told = line.year is not None and not first <= line.year <= last
    return told and by_year and line.magnet_type is None


def _assayed_means(line: Signature) -> Iterator[tuple[str, float]]:
    values: dict[str, list[float]] = {}
    for sample in line.samples:
        for element, reading in sample:
            if element in RARE_EARTHS and not reading.below_detection and reading.fraction > 0:
                values.setdefault(element, []).append(reading.fraction)
    for element, found in values.items():
        yield element, log(sum(found) / len(found))


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Rows by source, added up."""
    total: Counter[str] = Counter()
    for rows in counts:
        total.update(rows)
    return dict(total)


def _uses(sources: Mapping[str, int]) -> tuple[SourceUse, ...]:
    return tuple(SourceUse(source, rows) for source, rows in sorted(sources.items()))

"""Rows of the tables as observations of sums on the log scale.

What a piece contains is a product of factors, so on the log scale every published figure is a sum
of the factors' terms: a magnet mass is one term, a mass fraction of Dy two (Nd fraction and the
ratio Dy/Nd), the Dy content of a motor three (with the magnet mass). All tables can therefore be
read by one linear model, each informing the factors it touches.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log
from statistics import fmean

from recycler.model.factors.unit_scatter import (
    UnitScatter,
    learn_scatter,
    scatter_in_mean,
    spread_of_range,
)
from recycler.reference import Basis, Bound, CompositionRow, ContentRow, MassRow, Product, Tables

MAGNET_MASS = "magnet_mass"
ND_FRACTION = "nd_fraction"
ELEMENT_CONTENT = "element_content"
TOTAL_REE = "total_ree"

RATIO_ELEMENTS = ("Pr", "Dy", "Tb", "Gd", "Ce", "La", "Sm")
"""Rare earths modelled by their ratio to Nd, in the order answers list them."""

_CONTENT_ELEMENTS = ("Nd", "Pr", "Dy", "Tb")
# Ce, La, Gd, Sm and Y of whole vehicles sit in catalysts, batteries and phosphors, not in magnets.

_TOTAL_ONLY_KINDS = frozenset({"nominal", "vendor", "review"})
# Formulas and data sheets write Nd for Nd + Pr: their sum is kept, their split is not.


@dataclass(frozen=True, slots=True)
class Observation:
    """One published figure: `value` is the log of kg per reference piece or of a mass fraction.

    `terms` are the factors that add up to it; `side` is +1 for a lower bound, -1 for an upper one.
    `variance` is what the source itself leaves open: the scatter of the few pieces that it
    measured, or the range that it prints. `lots` is how many measured lots it is the mean of, 0
    for a published figure.
    """

    row_id: str
    factor: str
    element: str
    terms: tuple[str, ...]
    value: float
    category: str
    subtype: str
    log_product_mass: float
    source: str
    source_id: str
    primaries: frozenset[str]
    sample: str
    side: int = 0
    variance: float = 0.0
    lots: int = 0


def product_level(category: str, subtype: str) -> str:
    """Name of a product's own effects: where it has no subtype, those of its category's unnamed."""
    return subtype or f"{category}/*"


def ratio_term(element: str) -> str:
    """Name of the factor that holds the ratio of an element to Nd."""
    return f"ratio:{element}"


def element_terms(element: str) -> tuple[str, ...]:
    """Factors whose logs add up to the log mass fraction of an element in the magnet."""
    return (ND_FRACTION,) if element in ("Nd", TOTAL_REE) else (ND_FRACTION, ratio_term(element))


def observe(tables: Tables) -> tuple[Observation, ...]:
    """All usable figures on NdFeB magnets and the products that hold them."""
    products = {product.subtype: product for product in tables.products}
    typical = _typical_products(tables.products)
    scatter = learn_scatter(tables)
    found = [
        *_observe_masses(tables.magnet_masses, products, typical, scatter),
        *_observe_contents(tables.contents, products, typical, scatter),
        *_observe_compositions(tables.compositions, scatter, _printed_zero(tables)),
    ]
    return tuple(_merge_repeats(found))


def _typical_products(products: Iterable[Product]) -> dict[str, Product]:
    """First product of each category: stands in for subtypes that are no products themselves."""
    found: dict[str, Product] = {}
    for product in products:
        found.setdefault(product.category, product)
    return found


def _observe_masses(
    rows: Iterable[MassRow],
    products: Mapping[str, Product],
    typical: Mapping[str, Product],
    scatter: UnitScatter,
) -> Iterator[Observation]:
    for row in rows:
        product = products.get(row.subtype) or typical[row.category]
        scale = _per_reference_piece(row.basis, product, row.product_mass_kg)
        if row.excluded or product.presence_averaged or scale is None:
            continue  # a mass "where NdFeB is present" is another quantity than an average over all
        blank = _observation(row, product, MAGNET_MASS, MAGNET_MASS, (MAGNET_MASS,), row.row_id)
        open_yet = scatter_in_mean(scatter, blank.terms, row.n) + spread_of_range(row)
        yield _valued(blank, row.magnet_mass_g / 1000 * scale, row.bound, open_yet)


def _observe_contents(
    rows: Iterable[ContentRow],
    products: Mapping[str, Product],
    typical: Mapping[str, Product],
    scatter: UnitScatter,
) -> Iterator[Observation]:
    rows = [r for r in rows if not r.excluded and r.element in (*_CONTENT_ELEMENTS, TOTAL_REE)]
    flows = [row for row in rows if row.basis is Basis.FLOW]
    for row in rows:
        product = products.get(row.subtype) or typical[row.category]
        scale = _per_reference_piece(row.basis, product, None)
        if scale is not None:
            terms = (MAGNET_MASS, *element_terms(row.element))
            blank = _observation(row, product, ELEMENT_CONTENT, row.element, terms, row.sample)
            open_yet = scatter_in_mean(scatter, terms, row.n) + spread_of_range(row)
            yield _valued(blank, row.content_g / 1000 * scale, row.bound, open_yet)
    yield from _observe_flows(flows, typical)


def _observe_flows(rows: list[ContentRow], typical: Mapping[str, Product]) -> Iterator[Observation]:
    """Flows (g per year) have no piece to refer to: only their ratios to Nd are figures."""
    neodymium = {row.sample: row.content_g for row in rows if row.element == "Nd"}
    for row in rows:
        if row.element != "Nd" and row.sample in neodymium:
            term = ratio_term(row.element)
            product = typical[row.category]
            blank = _observation(row, product, term, row.element, (term,), row.sample)
            yield _valued(blank, row.content_g / neodymium[row.sample], row.bound)


def _printed_zero(tables: Tables) -> float:
    """Mass fraction that a printed 0 is read as less than."""
    limit = tables.assumptions["printed_zero"].value
    if not limit:
        msg = "assumption printed_zero needs a value"
        raise ValueError(msg)
    return limit


def _observe_compositions(
    rows: Iterable[CompositionRow], scatter: UnitScatter, zero: float
) -> Iterator[Observation]:
    for row in rows:
        if row.excluded or row.magnet_type == "smco":
            continue
        for element, fraction, bound in composition_figures(row, zero):
            factor = ND_FRACTION if element in ("Nd", TOTAL_REE) else ratio_term(element)
            blank = _observation(row, None, factor, element, element_terms(element), row.sample)
            open_yet = scatter_in_mean(scatter, blank.terms, row.n)
            yield _valued(blank, fraction, bound, open_yet)


def composition_figures(row: CompositionRow, zero: float) -> Iterator[tuple[str, float, Bound]]:
    """(element or total_ree, mass fraction, bound) of one analysis.

    An element that is not reported gives none; one below detection is at most its limit; a
    printed 0 is at most `zero`.
    """
    readings = {e: r for e, r in row.readings.items() if e in ("Nd", *RATIO_ELEMENTS)}
    printed_total = row.total_ree.fraction if row.total_ree else 0.0
    if row.kind in _TOTAL_ONLY_KINDS or "Nd" not in readings:
        total = max(printed_total, sum(reading.fraction for reading in readings.values()))
        if total > 0:
            yield TOTAL_REE, total, Bound.EXACT
        return
    for element, reading in readings.items():
        bounded = reading.below_detection or reading.fraction == 0
        yield element, reading.fraction or zero, Bound.UPPER if bounded else Bound.EXACT


def _per_reference_piece(basis: Basis, product: Product, row_mass_kg: float | None) -> float | None:
    """Factor from a figure's basis to one reference piece; None where no piece is known."""
    if basis is Basis.FLOW:
        return None
    if basis is Basis.PER_KG:
        return row_mass_kg or product.product_mass_kg
    if basis is Basis.PER_KW:
        return product.reference_power_kw
    return None if product.reference_power_kw and product.scaling == "power" else 1.0


def _observation(
    row: MassRow | ContentRow | CompositionRow,
    product: Product | None,
    factor: str,
    element: str,
    terms: tuple[str, ...],
    sample: str,
) -> Observation:
    return Observation(
        row_id=row.row_id,
        factor=factor,
        element=element,
        terms=terms,
        value=0.0,
        category=row.category,
        subtype=row.subtype,
        log_product_mass=log(product.product_mass_kg) if product else 0.0,
        source="+".join(sorted(row.primaries)),
        source_id=row.source_id,
        primaries=row.primaries,
        sample=sample or row.row_id,
    )


def _valued(blank: Observation, amount: float, bound: Bound, variance: float = 0.0) -> Observation:
    side = {Bound.EXACT: 0, Bound.LOWER: 1, Bound.UPPER: -1}[bound]
    return replace(blank, value=log(amount), side=side, variance=variance)


def _merge_repeats(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Repeats of one sample (same source, sample, factor and element) become their mean log."""
    repeats: dict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for found in observations:
        key = (
            found.source,
            found.sample,
            found.subtype,
            found.factor,
            found.element,
            str(found.side),
        )
        repeats[key].append(found)
    for group in repeats.values():
        yield replace(group[0], value=fmean(found.value for found in group))

"""From a line's signature to its draws: the factors looked up, conditioned and multiplied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from recycler.batch import MagnetType, Origin
from recycler.elements import RARE_EARTHS
from recycler.estimate import FactorBasis, Note, SourceUse
from recycler.model.common_numbers import CommonNumbers
from recycler.model.composition import (
    Fractions,
    SamariumCobaltModel,
    UnitScatter,
    close,
    with_assay,
    with_declared,
    with_grade,
)
from recycler.model.content import ContentModel
from recycler.model.lifetime import years_of_sale
from recycler.model.observations import MAGNET_MASS, ND_FRACTION, ratio_term
from recycler.model.presence import PresenceModel
from recycler.model.product import Member, ProductDraws, mix
from recycler.model.route import RouteYields
from recycler.model.signature import Signature
from recycler.model.size import Size, size_of
from recycler.model.stage_yield import StageYieldModel
from recycler.reference import Assumption, Product, RouteStage, Scaling

Array = NDArray[np.float64]

MAGNET = "magnet"
OTHER = "other"

_NO_RARE_EARTHS = frozenset({MagnetType.ALNICO, MagnetType.FERRITE})
_PRESENCE_YEARS = (1990, 2020)
_FAR = 5.0  # sd of the log fraction beyond which an assay is another thing than its category


@dataclass(frozen=True, slots=True)
class Factors:
    """The fitted factors and what they need to be applied."""

    content: ContentModel
    samarium: SamariumCobaltModel
    presence: PresenceModel
    yields: StageYieldModel
    categories: Mapping[str, tuple[Product, ...]]
    routes: Mapping[str, tuple[RouteStage, ...]]
    assumptions: Mapping[str, Assumption]


class LineDrawer:
    """Draws lines of one model; the same line gets the same draws, whoever asks."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self._factors = factors
        self._seed = seed
        self._draws = draws
        self._numbers = CommonNumbers(seed, draws)
        self._effects = factors.content.effect_numbers(self._numbers)
        self._routes = RouteYields(
            factors.routes, factors.yields, factors.assumptions, self._numbers
        )
        self._scatter = UnitScatter(
            magnet_mass=self._spread("unit_scatter_magnet_mass"),
            nd_fraction=self._spread("unit_scatter_nd_fraction"),
            ratio=self._spread("unit_scatter_ratio"),
        )

    def draw(self, line: Signature, route: str) -> ProductDraws:
        """Draws of one unit of a line on a route."""
        products = self._products(line)
        name = f"{line.category}/{line.subtype or '*'}"
        members = [self._member(product, line) for product in products]
        member, variance = mix(members, self._scatter, self._numbers, name)
        elements = tuple(member.fractions)
        holding = member.presence * member.magnet_kg
        contained = holding * np.stack([member.fractions[e] for e in elements])
        stages = self._routes.stages(route, line.state, elements)
        passed = np.cumprod([np.broadcast_to(s.yields, contained.shape) for s in stages], axis=0)
        arriving = np.concatenate([np.ones((1, *contained.shape)), passed[:-1]])
        return ProductDraws(
            elements=elements,
            contained_kg=contained,
            magnet_kg=holding,
            presence=member.presence,
            yields=passed[-1],
            stage_losses_kg=((arriving - passed) * contained).mean(axis=2),
            pieces_per_unit=member.pieces_per_unit,
            piece_variance=variance,
            scatter=self._scatter,
            seed=self._seed,
            name=name,
            in_domain=self._in_domain(line),
            basis=(*self._basis(line, products, elements), *(stage.basis for stage in stages)),
            notes=tuple(self._notes(line, products)),
        )

    def _products(self, line: Signature) -> tuple[Product, ...]:
        known = self._factors.categories.get(line.category, ())
        if line.subtype is not None:
            return tuple(product for product in known if product.subtype == line.subtype)
        if line.category == MAGNET:
            return (_unknown_product(MAGNET, 1.0, known[0].assumptions),)
        return known or (_unknown_product(line.category, line.unit_mass_kg or 1.0, ()),)

    def _member(self, product: Product, line: Signature) -> Member:
        size = size_of(product, line, self._factors.assumptions)
        magnet = self._magnet_kg(product, line, size)
        return Member(
            presence=self._presence(product, line),
            magnet_kg=magnet,
            fractions=self._fractions(product, line),
            pieces_per_unit=size.pieces,
        )

    def _magnet_kg(self, product: Product, line: Signature, size: Size) -> Array:
        """Magnet mass of one unit whose pieces all hold magnets, in kg."""
        factor = self._mean_one(f"size:{product.category}:{size.assumption}", size.error)
        if line.category == MAGNET:
            return size.references * factor
        if line.magnet_mass_g is not None:
            error = self._mean_one("declared:magnet_mass", self._spread("declared_magnet_mass"))
            return size.pieces * line.magnet_mass_g / 1000 * error
        drawn = self._content(MAGNET_MASS, product)
        return np.asarray(size.references * factor * np.exp(drawn))

    def _presence(self, product: Product, line: Signature) -> Array:
        """Share of pieces that hold the magnet whose mass and composition are drawn."""
        always = line.category == MAGNET or line.magnet_type is not None
        if always or product.presence_averaged or (product.subtype and not product.presence_of):
            return np.ones(self._draws)
        years, weights = self._years(product, line)
        curve = product.presence_of or None
        return self._factors.presence.draw(product.category, curve, years, weights, self._numbers)

    def _years(self, product: Product, line: Signature) -> tuple[Array, Array]:
        if line.year is not None:
            return np.array([float(line.year)]), np.ones(1)
        unknown = self._factors.assumptions["lifetime_unknown"]
        scale = product.lifetime_scale_years or unknown.value or 15.0
        return years_of_sale(
            line.collected_year, scale, product.lifetime_shape or unknown.spread or 2.5
        )

    def _fractions(self, product: Product, line: Signature) -> Fractions:
        """Composition of the magnets, from the least to the most certain word on it."""
        if line.magnet_type in _NO_RARE_EARTHS:
            return {"Nd": np.zeros(self._draws)}
        if line.magnet_type is MagnetType.SMCO:
            fractions = self._factors.samarium.draw(self._numbers)
        else:
            fractions = self._published_fractions(product, line)
        if line.composition:
            spread = self._spread("declared_composition")
            fractions = with_declared(fractions, dict(line.composition), spread, self._numbers)
        if line.samples:
            lot = self._spread("assay_lot")
            fractions = with_assay(fractions, line.samples, self._scatter, lot, self._numbers)
        return close(fractions)

    def _published_fractions(self, product: Product, line: Signature) -> Fractions:
        neodymium = self._content(ND_FRACTION, product)
        elements = self._factors.content.elements(product.category)
        ratios = {e: self._content(ratio_term(e), product) for e in elements[1:]}
        fractions = close({e: np.exp(neodymium + ratios.get(e, 0.0)) for e in elements})
        if line.coercivity_class is None:
            return fractions
        prior = self._factors.assumptions[f"coercivity_{line.coercivity_class}"]
        return with_grade(fractions, prior, line.coercivity_class, self._numbers)

    def _content(self, term: str, product: Product) -> Array:
        content = self._factors.content
        law = content.law(term, product.category, product.subtype, log(product.product_mass_kg))
        return content.sample(law, self._numbers, self._effects)

    def _mean_one(self, name: str, error: float) -> Array:
        """Log-normal factor of mean 1, so that an unknown size does not move the mean."""
        return np.asarray(np.exp(error * self._numbers.normal(name) - error**2 / 2))

    def _spread(self, name: str) -> float:
        return self._factors.assumptions[name].spread or 0.0

    def _in_domain(self, line: Signature) -> bool:
        """Whether the tables hold a magnet mass for the category, or the sender gives one."""
        if line.category == MAGNET:
            return line.by_mass or line.unit_mass_kg is not None
        known = (MAGNET_MASS, f"category={line.category}") in self._factors.content.sources_
        return known or line.magnet_mass_g is not None

    def _basis(
        self, line: Signature, products: tuple[Product, ...], elements: tuple[str, ...]
    ) -> Iterator[FactorBasis]:
        yield self._presence_basis(line, products)
        yield self._magnet_mass_basis(line, products)
        said = {e for e, _ in line.composition}
        assayed = {e for sample in line.samples for e, _ in sample}
        for element in elements:
            term = ND_FRACTION if element == "Nd" else ratio_term(element)
            if element in assayed:
                yield FactorBasis(term, "assayed")
            elif element in said:
                yield FactorBasis(term, "declared")
            elif element in ("Dy", "Tb") and line.coercivity_class is not None:
                statement = self._statement(f"coercivity_{line.coercivity_class}")
                yield FactorBasis(term, "assumed", (), statement)
            elif line.magnet_type is MagnetType.SMCO:
                yield FactorBasis(
                    f"{element}_fraction", "published", _uses(self._factors.samarium.sources_)
                )
            else:
                yield self._term_basis(term, line, products)

    def _presence_basis(self, line: Signature, products: tuple[Product, ...]) -> FactorBasis:
        if line.category == MAGNET or line.magnet_type is not None:
            return FactorBasis("presence", "declared")
        if all(product.presence_averaged for product in products):
            return FactorBasis(
                "presence", "published", (), "The content figures are averages over all pieces."
            )
        for product in products:
            for name in ("presence_included", "wind_permanent_magnet"):
                if name in product.assumptions:
                    return FactorBasis("presence", "assumed", (), self._statement(name))
        curves = [product.presence_of for product in products if product.presence_of]
        statement = None if curves else "Pooled over all products."
        uses = tuple(
            SourceUse("vannielen2020", len(self._factors.presence.curves_[c][0])) for c in curves
        )
        return FactorBasis("presence", "published" if curves else "pooled", uses, statement)

    def _magnet_mass_basis(self, line: Signature, products: tuple[Product, ...]) -> FactorBasis:
        if line.category == MAGNET or line.magnet_mass_g is not None:
            return FactorBasis(MAGNET_MASS, "declared")
        return self._term_basis(MAGNET_MASS, line, products)

    def _term_basis(self, term: str, line: Signature, products: tuple[Product, ...]) -> FactorBasis:
        """Sources of the nearest level that has any: the products, their category, or all."""
        sources = self._factors.content.sources_
        found: dict[str, int] = {}
        for product in products:
            for source, rows in sources.get((term, f"subtype={product.subtype}"), {}).items():
                found[source] = found.get(source, 0) + rows
        found = found or sources.get((term, f"category={line.category}"), {})
        if found:
            return FactorBasis(term, "published", _uses(found))
        everywhere = sources.get((term, "all"), {})
        statement = f"Pooled over {len(everywhere)} sources on other categories."
        return FactorBasis(term, "pooled", (), statement)

    def _notes(self, line: Signature, products: tuple[Product, ...]) -> Iterator[Note]:
        if line.subtype is None and len(products) > 1:
            yield self._assumption_note("subtype_unknown", "subtype_mixture")
        for name in dict.fromkeys(
            size_of(p, line, self._factors.assumptions).assumption for p in products
        ):
            if name is not None and line.magnet_mass_g is None:
                yield self._assumption_note("size_assumed", name)
        if line.coercivity_class is not None:
            yield self._assumption_note("grade_assumed", f"coercivity_{line.coercivity_class}")
        if line.origin is Origin.SWARF:
            yield self._assumption_note("swarf", "swarf_oxidised")
        if line.magnet_type in _NO_RARE_EARTHS:
            yield Note("no_rare_earths", None, f"{line.magnet_type} magnets hold no rare earths.")
        if not self._in_domain(line):
            message = (
                "The tables hold no magnet mass for this: the estimate borrows from all others."
            )
            yield Note("out_of_domain", None, message)
        yield from self._year_note(line, products)
        yield from self._assay_notes(line, products)

    def _year_note(self, line: Signature, products: tuple[Product, ...]) -> Iterator[Note]:
        first, last = _PRESENCE_YEARS
        if line.year is None or first <= line.year <= last:
            return
        if (
            any(p.presence_of and not p.presence_averaged for p in products)
            and not line.magnet_type
        ):
            message = f"NdFeB shares are published for {first}-{last}; the nearest year stands in."
            yield Note("year_outside_tables", None, message)

    def _assay_notes(self, line: Signature, products: tuple[Product, ...]) -> Iterator[Note]:
        """An assay far outside what its category holds points to a mix-up."""
        if not line.samples or line.magnet_type is MagnetType.SMCO:
            return
        expected = self._published_fractions(products[0], line._replace(samples=()))
        for element, log_fraction in _assayed_means(line):
            if element in expected:
                logs = np.log(expected[element])
                if abs(log_fraction - logs.mean()) > _FAR * logs.std():
                    message = (
                        f"The assay's {element} lies far outside what {line.category} magnets hold."
                    )
                    yield Note("assay_far_from_category", None, message)

    def _assumption_note(self, code: str, name: str) -> Note:
        return Note(code, None, self._statement(name))

    def _statement(self, name: str) -> str:
        return self._factors.assumptions[name].statement


def _assayed_means(line: Signature) -> Iterator[tuple[str, float]]:
    values: dict[str, list[float]] = {}
    for sample in line.samples:
        for element, reading in sample:
            if element in RARE_EARTHS and not reading.below_detection and reading.fraction > 0:
                values.setdefault(element, []).append(reading.fraction)
    for element, found in values.items():
        yield element, log(sum(found) / len(found))


def _uses(sources: Mapping[str, int]) -> tuple[SourceUse, ...]:
    return tuple(SourceUse(source, rows) for source, rows in sorted(sources.items()))


def _unknown_product(category: str, mass_kg: float, assumptions: tuple[str, ...]) -> Product:
    """Stands for a product that the tables do not know: the parent level of its category."""
    return Product(
        category=category,
        subtype="",
        label="",
        unu_key=None,
        product_mass_kg=mass_kg,
        piece_mass_kg=None,
        scaling=Scaling.MASS if category == MAGNET else Scaling.PIECE,
        reference_power_kw=None,
        presence_of=None,
        presence_averaged=False,
        lifetime_scale_years=None,
        lifetime_shape=None,
        source_id=None,
        assumptions=assumptions,
        note="",
    )

"""From a line's signature to its draws: the factors looked up, conditioned and multiplied."""

from dataclasses import replace
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from recycler.batch import MagnetType
from recycler.model.estimation.explanation import NO_RARE_EARTHS, basis_of, in_domain, notes_of
from recycler.model.estimation.product import Member, ProductDraws, mix, product_name
from recycler.model.estimation.route import RouteYields, passed_through
from recycler.model.factors.composition import Fractions, close, with_grade
from recycler.model.factors.fitted import Factors
from recycler.model.factors.lifetime import years_of_sale
from recycler.model.factors.observations import MAGNET_MASS, ND_FRACTION, product_level, ratio_term
from recycler.model.lines.assay import Rules
from recycler.model.lines.line_facts import MAGNET
from recycler.model.lines.lot_composition import Beliefs, assayed_presence, lot_composition
from recycler.model.lines.signature import Signature
from recycler.model.lines.size import Size, is_unknown, size_of, without_size
from recycler.model.statistics.common_numbers import CommonNumbers
from recycler.reference import Product, Scaling

Array = NDArray[np.float64]

_TERMS_KEPT = 512  # drawn factors of products in memory, 16 kB each
_SHARES_KEPT = 512  # drawn shares of products in memory, 16 kB each


class LineDrawer:
    """Draws lines of one model; the same line gets the same draws, whoever asks."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self._factors = factors
        self._draws = draws
        self._numbers = CommonNumbers(seed, draws)
        self._effects = factors.content.effect_numbers(self._numbers)
        self._log_term = lru_cache(_TERMS_KEPT)(self._draw_term)
        self._share = lru_cache(_SHARES_KEPT)(self._draw_share)
        self._routes = RouteYields(
            factors.routes,
            factors.yields,
            factors.assumptions,
            self._numbers,
            factors.own_yields,
        )
        self.stages = self._routes.stages
        self._scatter = factors.scatter
        self._beliefs = Beliefs(
            scatter=factors.scatter,
            rules=Rules(self._spread("assay_laboratory"), self._value("printed_zero")),
            declared=self._spread("declared_composition"),
            unlisted=self._spread("unlisted_element"),
        )

    def draw(self, line: Signature, route: str) -> ProductDraws:
        """Draws of one unit of a line on a route."""
        products = self._products(line)
        name = product_name(line.category, line.subtype)
        members = [self._member(product, line) for product in products]
        member, variance = mix(members, self._mass_scatter(line), self._numbers, name)
        if line.category == MAGNET and line.by_mass:
            variance = 0.0  # the scale has told the mass of all pieces together
        presence, sure = assayed_presence(member.presence, line)
        level = product_level(line.category, line.subtype or "")
        scatter = self._factors.scatter_at(line.plant, level)
        beliefs = replace(self._beliefs, scatter=scatter)
        lot = lot_composition(member.fractions, line, presence, beliefs, self._numbers)
        elements = tuple(lot.fractions)
        holding = presence * member.magnet_kg
        contained = holding * np.stack([lot.fractions[e] for e in elements])
        stages = self.stages(route, line.state, elements, line.plant)
        yields, losses_kg = passed_through(stages, contained)
        return ProductDraws(
            elements=elements,
            contained_kg=contained,
            magnet_kg=holding,
            presence=presence,
            yields=yields,
            stage_losses_kg=losses_kg,
            pieces_per_unit=member.pieces_per_unit,
            piece_variance=variance,
            spreads=np.array([lot.spreads[e] for e in elements]),
            sure_share=sure,
            numbers=self._numbers,
            category=line.category,
            subtype=line.subtype,
            in_domain=in_domain(line, self._factors),
            basis=(
                *basis_of(line, products, elements, self._factors),
                *self._routes.basis_at(line.plant, route),
                *(stage.basis for stage in stages),
            ),
            notes=(*notes_of(line, products, self._factors), *lot.notes),
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
        factor = self._size_factor(product, line, size)
        told = line.magnet_mass_g is not None
        if line.category == MAGNET and (line.by_mass or not told):
            return size.references * factor
        if line.magnet_mass_g is not None:  # of all magnets in one piece, or of one loose magnet
            error = self._mean_one("declared:magnet_mass", self._spread("declared_magnet_mass"))
            return size.pieces * line.magnet_mass_g / 1000 * error
        drawn = self._content(MAGNET_MASS, product, line.plant)
        return np.asarray(size.references * factor * np.exp(drawn))

    def _size_factor(self, product: Product, line: Signature, size: Size) -> Array:
        """What pieces may be larger than assumed, shape (draws,) or a single number.

        A plant that never told sizes, and does not now, has them in its magnet masses already:
        about its typical size they scatter as its lots do. Where it tells one now, its typical size
        is what nobody knows.
        """
        named = f"size:{product.category}"
        drawn = self._mean_one(f"{named}:{size.assumption}", size.error)
        content = self._factors.content
        if not content.is_unsized(line.plant, product.category, product.subtype):
            return drawn
        if is_unknown(product, line):
            return np.full(1, exp(-(size.error**2) / 2))
        typical = size_of(product, without_size(line), self._factors.assumptions).error
        return np.asarray(drawn * np.exp(typical * self._numbers.normal(f"{named}:typical")))

    def _mass_scatter(self, line: Signature) -> float:
        """Log-sd of the magnet mass of single pieces of one product; a label is of each piece."""
        if line.magnet_mass_g is not None:
            return self._spread("declared_magnet_mass")
        return self._scatter.magnet_mass

    def _presence(self, product: Product, line: Signature) -> Array:
        """Share of pieces that hold the magnet whose mass and composition are drawn."""
        always = line.category == MAGNET or line.magnet_type is not None
        if always or product.presence_averaged or (product.subtype and not product.presence_of):
            return np.ones(self._draws)
        year = line.year if line.year is not None else line.collected_year
        return self._share(product, year, line.year is not None)

    def _draw_share(self, product: Product, year: int, sold: bool) -> Array:
        """Share of pieces sold in `year`, or else collected then, that hold NdFeB."""
        years, weights = np.array([float(year)]), np.ones(1)
        if not sold:
            unknown = self._factors.assumptions["lifetime_unknown"]
            scale = product.lifetime_scale_years or unknown.value or 15.0
            shape = product.lifetime_shape or unknown.spread or 2.5
            years, weights = years_of_sale(year, scale, shape)
        curve = product.presence_of or None
        return self._factors.presence.draw(product.category, curve, years, weights, self._numbers)

    def _fractions(self, product: Product, line: Signature) -> Fractions:
        """Composition of the magnets as the tables and the grade have it."""
        if line.magnet_type in NO_RARE_EARTHS:
            return {"Nd": np.zeros(self._draws)}
        if line.magnet_type is MagnetType.SMCO:
            return self._factors.samarium.draw(self._numbers)
        return self._published_fractions(product, line)

    def _published_fractions(self, product: Product, line: Signature) -> Fractions:
        neodymium = self._content(ND_FRACTION, product, line.plant)
        elements = self._factors.content.elements(product.category)
        ratios = {e: self._content(ratio_term(e), product, line.plant) for e in elements[1:]}
        fractions = close({e: np.exp(neodymium + ratios.get(e, 0.0)) for e in elements})
        if line.coercivity_class is None or not line.grade_tells:
            return fractions
        prior = self._factors.assumptions[f"coercivity_{line.coercivity_class}"]
        return with_grade(fractions, prior, line.coercivity_class, self._numbers)

    def _content(self, term: str, product: Product, plant: str | None) -> Array:
        mass = log(product.product_mass_kg)
        return self._log_term(term, product.category, product.subtype, mass, plant)

    def _draw_term(
        self, term: str, category: str, subtype: str, log_mass: float, plant: str | None
    ) -> Array:
        content = self._factors.content
        law = content.law(term, category, subtype, log_mass, plant)
        return content.sample(law, self._numbers, self._effects)

    def _mean_one(self, name: str, error: float) -> Array:
        """Log-normal factor of mean 1, so that an unknown size does not move the mean."""
        return np.asarray(np.exp(error * self._numbers.normal(name) - error**2 / 2))

    def _spread(self, name: str) -> float:
        return self._factors.assumptions[name].spread or 0.0

    def _value(self, name: str) -> float:
        return self._factors.assumptions[name].value or 0.0


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

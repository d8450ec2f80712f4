"""Which lots a model may learn from, and why not from the others.

A lot that is set aside is not deleted: its reason is told, and the next training judges it anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, hypot

import numpy as np

from recycler.batch import Assay
from recycler.lot import MeasuredLot
from recycler.model.factors.content import ContentModel
from recycler.model.factors.lot_figures import LotFigure, is_yield, prior_scatter
from recycler.model.factors.observations import MAGNET_MASS, ND_FRACTION
from recycler.model.lines.contradictions import contradictions
from recycler.model.lots.figures import Reader, against
from recycler.model.lots.recoveries import Recoveries

ENOUGH = 5
"""Lots of one plant and product from which on each is judged by the others."""

_NORMAL_MAD = 1.4826  # standard deviation over median absolute deviation, of a normal law
_TELLING = 3  # readings from which on two lots that agree in all of them are one


@dataclass(frozen=True, slots=True)
class Screening:
    """Keys of the lots to learn from, in the order given, and the others with their reasons."""

    used: tuple[str, ...]
    set_aside: Mapping[str, str]


def screen(
    lots: Mapping[str, MeasuredLot], reader: Reader, published: ContentModel, limit: float
) -> Screening:
    """Set aside what is impossible, double, or farther out than a robust limit.

    Args:
        lots: Key (an assay's id) -> lot.
        reader: Reads the lots.
        published: A model of published figures alone: what anybody would expect.
        limit: Standard deviations beyond which a figure is taken for an error.
    """
    set_aside = _impossible(lots, reader)
    set_aside |= _repeated({key: lot for key, lot in lots.items() if key not in set_aside})
    recoveries = Recoveries(reader, published)
    figures = {
        key: [*reader.figures([lot]), *recoveries.figures(lot)]
        for key, lot in lots.items()
        if key not in set_aside
    }
    set_aside |= _outlying(figures, published, limit)
    return Screening(tuple(key for key in lots if key not in set_aside), set_aside)


def _impossible(lots: Mapping[str, MeasuredLot], reader: Reader) -> dict[str, str]:
    found = {key: _against(lot, reader) for key, lot in lots.items()}
    return {key: reason for key, reason in found.items() if reason is not None}


def _against(lot: MeasuredLot, reader: Reader) -> str | None:
    measured = replace(lot.line, assay=Assay(lot.samples)) if lot.samples else lot.line
    wrong = [f"It contradicts itself: {message}." for _, message in contradictions(measured)]
    return wrong[0] if wrong else _too_much(lot) or against(lot, reader.tables)


def _too_much(lot: MeasuredLot) -> str | None:
    """More metal than there was of anything."""
    recovered, mass = sum(lot.recovered_kg.values()), lot.line.mass_kg
    if mass is not None and recovered > mass:
        return f"{recovered:g} kg are said to be recovered from {mass:g} kg."
    return None


def _repeated(lots: Mapping[str, MeasuredLot]) -> dict[str, str]:
    """Lots that agree with an earlier one in all that was measured, down to the last digit."""
    first: dict[str, str] = {}
    repeats = {}
    for key, lot in lots.items():
        if sum(map(len, lot.samples)) < _TELLING:
            continue
        told = repr((lot.plant, lot.line, lot.samples, lot.magnet_mass_g, dict(lot.recovered_kg)))
        if told in first:
            repeats[key] = f"Every figure is that of lot {first[told]!r}: it counts once."
        else:
            first[told] = lot.lot_id
    return repeats


def _outlying(
    figures: Mapping[str, Sequence[LotFigure]], published: ContentModel, limit: float
) -> dict[str, str]:
    """Lots with a figure far from the other lots, or from anything that was thought possible."""
    groups: dict[tuple[str, str, str], list[LotFigure]] = defaultdict(list)
    for found in figures.values():
        for figure in found:
            if not figure.below:
                groups[figure.group].append(figure)
    reasons = {}
    for key, found in figures.items():
        told = [
            reason
            for figure in found
            if not figure.below
            for reason in _distances(figure, groups[figure.group], published, limit)
        ]
        if told:
            reasons[key] = told[0]
    return reasons


def _distances(
    figure: LotFigure, alike: Sequence[LotFigure], published: ContentModel, limit: float
) -> Iterator[str]:
    if is_yield(figure.term):
        yield from _beyond_contents(figure, limit)
    if len(alike) >= ENOUGH:
        yield from _from_others(figure, alike, limit)
    if not is_yield(figure.term):
        yield from _from_published(figure, published, limit)


def _from_others(figure: LotFigure, alike: Sequence[LotFigure], limit: float) -> Iterator[str]:
    values = np.array([other.value for other in alike])
    middle = float(np.median(values))
    spread = _NORMAL_MAD * float(np.median(np.abs(values - middle)))
    robust = max(spread, prior_scatter(figure.term) / 2)
    away = abs(figure.value - middle) / hypot(robust, figure.variance**0.5)
    if away > limit:
        yield (
            f"{_shown(figure)} lies {away:.1f} robust standard deviations from the middle "
            f"({exp(middle):.3g}) of {len(alike)} lots of the plant."
        )


def _beyond_contents(figure: LotFigure, limit: float) -> Iterator[str]:
    if figure.value > limit * hypot(prior_scatter(figure.term), figure.variance**0.5):
        yield (
            f"{exp(figure.value):.3g} times as much {_element(figure)} is said to be recovered as "
            "such a lot can hold."
        )


def _from_published(figure: LotFigure, published: ContentModel, limit: float) -> Iterator[str]:
    law = published.law(figure.term, figure.category, figure.subtype, figure.log_product_mass)
    mean, spread = published.mean_and_spread(law)
    parts = [part.scale for part in law.parts]
    scatter = prior_scatter(figure.term)
    away = abs(figure.value - mean) / hypot(spread, scatter, figure.variance**0.5, *parts)
    if away > limit:
        yield (
            f"{_shown(figure)} lies {away:.1f} standard deviations from what is published of such "
            f"products (about {exp(mean):.3g}). Is it in the right unit?"
        )


def _shown(figure: LotFigure) -> str:
    """A figure with its name, in the unit of its factor."""
    if figure.term == MAGNET_MASS:
        return f"A magnet mass of {exp(figure.value):.3g} kg per piece"
    if figure.term == ND_FRACTION:
        return f"A mass fraction of Nd of {exp(figure.value):.3g}"
    if is_yield(figure.term):
        return f"A share of {exp(figure.value):.3g} of all {_element(figure)} that such a lot holds"
    return f"A ratio {_element(figure)}/Nd of {exp(figure.value):.3g}"


def _element(figure: LotFigure) -> str:
    return figure.term.partition(":")[2]

"""The composition of a lot's magnets, given what its sender declares and what was assayed.

An assay tells of this lot. It moves and narrows the composition of the line that brings it, and no
other: lines of the same category keep what was believed of them, also where part of their error is
shared, because nobody says that they are of the same make. How far the line's remaining error goes
along with that of other lines is kept by the draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from math import exp, hypot, log

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from recycler.batch import Reading
from recycler.elements import ELEMENTS
from recycler.estimate import Note
from recycler.model.factors.composition import Fractions, close
from recycler.model.factors.unit_scatter import UnitScatter
from recycler.model.lines.assay import Findings, Rules, by_element, read
from recycler.model.lines.conditioning import Evidence, condition
from recycler.model.lines.signature import Signature
from recycler.model.statistics.common_numbers import CommonNumbers

Array = NDArray[np.float64]

FAR = 5.0
"""Standard deviations beyond which a measurement is of another thing than expected."""

_TAIL = 4.0  # degrees of freedom of a declaration's error
_MAIN_COMPONENT = 0.1  # companions from this mass fraction on scatter like the main rare earth


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is assumed of declarations, assays and elements that the tables do not list."""

    scatter: UnitScatter
    rules: Rules
    declared: float
    unlisted: float


@dataclass(frozen=True, slots=True)
class LotComposition:
    """Mass fractions in a lot's magnets, and the scatter of those that nobody has analysed.

    Attributes:
        fractions: Element -> draws of its mass fraction in the lot; rare earths first.
        spreads: Element -> log-sd that single magnets add: for n of them, over the root of n.
        notes: Where a measurement does not go with what was expected.
    """

    fractions: Fractions
    spreads: dict[str, float]
    notes: tuple[Note, ...]


def lot_composition(
    prior: Fractions,
    line: Signature,
    holding: Array,
    beliefs: Beliefs,
    numbers: CommonNumbers,
) -> LotComposition:
    """Condition a composition on what a line declares and on its assay.

    Args:
        prior: Draws of the mass fractions that the tables expect.
        line: The line.
        holding: Draws of the share of its pieces that hold a magnet.
        beliefs: What is assumed where nothing is measured.
        numbers: The common random numbers.
    """
    if not line.composition and not line.samples:
        return LotComposition(prior, {e: beliefs.scatter.of(e) for e in prior}, ())
    update = _Update(prior, line, beliefs, numbers)
    logs = update.posterior()
    fractions = prior | {e: np.exp(drawn) for e, drawn in logs.items()}
    spreads = {e: update.scatter(e) for e in fractions}
    for element, found in update.findings.items():
        assayed = _share(found, line, holding)
        pieces = found.mean_of_pieces(logs[element], update.numbers(f"{element}:laboratory"))
        fractions[element] = assayed * pieces + (1.0 - assayed) * fractions[element]
        spreads[element] = found.spread * float(np.sqrt(np.mean(1.0 - assayed)))
    closed = close(fractions, update.measured)
    return LotComposition(closed, {e: spreads[e] for e in closed}, tuple(update.notes()))


class _Update:
    """One line's measurements, brought to the draws of its composition."""

    def __init__(
        self, prior: Fractions, line: Signature, beliefs: Beliefs, numbers: CommonNumbers
    ) -> None:
        self._line, self._beliefs, self._numbers = line, beliefs, numbers
        told = (line.category, line.subtype, line.composition, line.samples, line.pieces)
        self._name = f"lot:{sha256(repr(told).encode()).hexdigest()}"
        self._declared = dict(line.composition)
        self._known = {e: np.log(drawn) for e, drawn in prior.items() if drawn.all()}
        self.findings = {
            element: read(readings, self.scatter(element, readings), beliefs.rules)
            for element, readings in by_element(dict(s) for s in line.samples).items()
        }

    def posterior(self) -> dict[str, Array]:
        """Draws of the logs of all mass fractions, given everything that was measured."""
        logs = dict(self._known)
        for element in ELEMENTS:
            evidence = list(self._evidence(element))
            if evidence:
                logs.setdefault(element, self._unlisted(element, evidence))
                logs = condition(logs, element, evidence, self._error(element))
        return logs

    @property
    def measured(self) -> frozenset[str]:
        """Elements of which the line says something."""
        return frozenset((*self._declared, *self.findings))

    def scatter(self, element: str, readings: list[Reading] | None = None) -> float:
        """Assumed log-sd of single magnets."""
        companion = not ELEMENTS[element].is_rare_earth
        if companion and self._typical(element, readings) >= _MAIN_COMPONENT:
            return self._beliefs.scatter.nd_fraction
        return self._beliefs.scatter.of(element)

    def numbers(self, name: str) -> Array:
        """Standard normal numbers of this lot alone; not kept, as lots are many."""
        return np.asarray(ndtri(self._numbers.uniform(f"{self._name}:{name}")))

    def notes(self) -> Iterator[Note]:
        """Measurements that lie far from what the tables expect, or from one another."""
        for element, found in self.findings.items():
            known = self._known.get(element)
            if known is not None and found.distance(known) > FAR:
                yield _far("assay", element, exp(found.evidence().centre), known)
        for element, fraction in self._declared.items():
            yield from self._declared_notes(element, fraction)

    def _declared_notes(self, element: str, fraction: float) -> Iterator[Note]:
        known, found = self._known.get(element), self.findings.get(element)
        at = log(fraction or self._beliefs.rules.zero)
        if known is not None:
            above = max(at - known.mean(), 0.0 if not fraction else known.mean() - at)
            if above > FAR * hypot(float(known.std()), self._beliefs.declared):
                yield _far("declared", element, fraction, known)
        if found and found.distance(at + self._beliefs.declared * self.numbers("declared")) > FAR:
            message = f"The assay's {element} lies far from what is declared of the magnets."
            yield Note("assay_contradicts_declared", None, message)

    def _evidence(self, element: str) -> Iterator[Evidence]:
        if element in self._declared:
            yield _stated(self._declared[element], self._beliefs)
        if element in self.findings:
            yield self.findings[element].evidence()

    def _error(self, element: str) -> Array:
        """Error of all that was measured of an element: the laboratory's share is its own.

        The same laboratory error stands behind the magnets that were analysed and those that were
        not.
        """
        error = self.numbers(element)
        found = self.findings.get(element)
        if found is None:
            return error
        share = min(found.laboratory / found.variance**0.5, 1.0)
        own = self.numbers(f"{element}:laboratory")
        return np.asarray(np.sqrt(1.0 - share**2) * error + share * own)

    def _unlisted(self, element: str, evidence: list[Evidence]) -> Array:
        """Prior draws of an element that the tables do not list for such magnets."""
        return evidence[-1].centre + self._beliefs.unlisted * self.numbers(f"{element}:unlisted")

    def _typical(self, element: str, readings: list[Reading] | None) -> float:
        """About how much of an element there is."""
        if readings:
            return sum(r.fraction for r in readings) / len(readings)
        known = self._known.get(element)
        return self._declared.get(element, 0.0 if known is None else float(np.exp(known.mean())))


def _stated(fraction: float, beliefs: Beliefs) -> Evidence:
    """What a declared mass fraction says of the log of the true one.

    Student's t: a label holds within a few percent, or it is wrong. A declared 0 says no more than
    a printed one.
    """
    if fraction == 0.0:
        limit = log(beliefs.rules.zero)
        return Evidence(partial(_below, limit, beliefs.declared), limit, beliefs.declared)
    centre = log(fraction)
    return Evidence(partial(_student, centre, beliefs.declared), centre, beliefs.declared)


def _student(centre: float, scale: float, logs: Array) -> Array:
    squares = ((logs - centre) / scale) ** 2
    return np.asarray(-0.5 * (_TAIL + 1.0) * np.log1p(squares / _TAIL))


def _below(limit: float, scale: float, logs: Array) -> Array:
    return np.asarray(log_ndtr((limit - logs) / scale))


def _share(found: Findings, line: Signature, holding: Array) -> Array:
    """Share of the lot's magnets that were analysed; none where nobody knows how many it has."""
    if line.pieces is None:
        return np.zeros(1)
    return np.asarray(np.minimum(found.pieces / (line.pieces * holding), 1.0))


def _far(what: str, element: str, fraction: float, known: Array) -> Note:
    """A note on a figure far outside what the tables expect, which is told beside it."""
    told = "The assay's" if what == "assay" else "The declared"
    low, high = 100 * np.exp(np.quantile(known, (0.05, 0.95)))
    message = (
        f"{told} {element} ({100 * fraction:.3g} mass %) lies far outside what such magnets are "
        f"known to hold ({low:.2g} to {high:.2g} mass %). Is it in mass %, and of such a magnet?"
    )
    return Note(f"{what}_far_from_category", None, message)


def assayed_presence(presence: Array, line: Signature) -> tuple[Array, float]:
    """Share of pieces with a magnet, where some of them are known to have had one.

    Returns:
        Draws of the share, and the part of all pieces that is sure.
    """
    if line.pieces is None:
        return presence, 0.0
    sure = min(len(line.samples) / line.pieces, 1.0)
    return sure + (1.0 - sure) * presence, sure

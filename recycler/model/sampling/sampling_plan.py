"""Which pieces to assay next: the fewest that bring the interval of an element down to a target.

Lines are considered one by one, as an assay tells of its own lot only. Pieces are taken in the
order of what they take off the variance of the batch's mass (greedily), and the widths that are
told come from playing the plan through (see `forecast`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import accumulate
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from recycler.batch import Batch, FieldError
from recycler.estimate import Note, VarianceShares
from recycler.model.estimation.engine import Engine
from recycler.model.estimation.variance import total_shares
from recycler.model.sampling.forecast import Forecast, relative_half_widths
from recycler.model.sampling.lots import Lot
from recycler.model.sampling.planned_lines import HoldingLine, holding_lines, lot_of
from recycler.model.sampling.sampling_order import assay_order, fewest
from recycler.plan import (
    MOST_PIECES,
    InvalidPlanRequestError,
    PlannedLine,
    SamplingStrategy,
    Weighing,
)
from recycler.reference import Assumption

Array = NDArray[np.float64]

MOST_LINES = 40
"""Lines that a plan may assay: those of which an assay could tell most."""

FLOOR = 1.05
"""A plan goes no further than where all pieces left would narrow the interval by less than 5 %."""

_NO_WIDER = 1.01  # lines that may all be left out without the interval getting wider than this
_WORTH_WEIGHING = 0.05  # share of the variance below which the masses of magnets do not matter
_MOST_OF_IT = 0.8  # share of what the masses bring for which it is worth weighing
_NEARLY_ALL = 0.9  # share of pieces holding a magnet from which on opening the others is no matter


class Planner:
    """Plans for one batch and one element.

    Args:
        engine: The model's engine.
        assumptions: Assumptions by name.
        batch: The batch; its words are known.
        element: The element whose contained mass is to be known better.

    Raises:
        InvalidPlanRequestError: No line of the batch is estimated to hold the element.
    """

    def __init__(
        self, engine: Engine, assumptions: Mapping[str, Assumption], batch: Batch, element: str
    ) -> None:
        self._engine, self._batch = engine, batch
        self._lines = {line.item: line for line in holding_lines(engine, batch, element)}
        if not self._lines:
            message = f"no line of this batch is estimated to hold {element}"
            raise InvalidPlanRequestError([FieldError("/element", message)])
        laboratory, self._scale = (
            assumptions[name].spread or 0.0 for name in ("assay_laboratory", "declared_magnet_mass")
        )
        self._lots = {
            item: lot_of(line, engine, batch, element, laboratory)
            for item, line in self._lines.items()
        }
        # Not a method: a cache of one would hold this planner, and all its draws, in a circle.
        together = partial(_together, engine, batch.route, self._lines, self._lots)
        self._forecast = Forecast(self._lots, together, batch.level)

    def plan(self, target: float) -> SamplingStrategy:
        """The fewest pieces that bring the relative half-width down to the target, or near it."""
        total = self._forecast.total
        before = float(relative_half_widths(total[np.newaxis], self._batch.level)[0])
        lots = self._worth_assaying()
        order = assay_order(lots, total)
        floor = min(before, FLOOR * self._forecast.width(Counter(order)))
        limit = max(target, floor)
        count = fewest(order, self._forecast.width, limit) if before > limit else 0
        pieces = Counter(order[:count])
        lines = tuple(self._steps(pieces))
        shares = total_shares(
            line.part(self._lots[item], pieces[item]) for item, line in self._lines.items()
        )
        return SamplingStrategy(
            before=_printed(before),
            after=lines[-1].after if lines else _printed(before),
            floor=_printed(floor),
            reachable=limit <= target,
            lines=lines,
            shares=shares,
            weighing=self._weighing(pieces, shares),
            notes=tuple(self._notes(pieces)),
        )

    def _worth_assaying(self) -> list[Lot]:
        """Lots of which pieces are left, but for those that could tell next to nothing."""
        left = [item for item, lot in self._lots.items() if lot.available]
        ranked = sorted(left, key=lambda item: _told(self._lots[item]))[-MOST_LINES:]
        pieces = {item: self._lots[item].available for item in ranked}
        enough = _NO_WIDER * self._forecast.width(pieces)
        for item in ranked:
            others = {i: count for i, count in pieces.items() if i != item}
            if self._forecast.width(others) <= enough:
                pieces = others
        return [self._lots[item] for item in sorted(pieces)]

    def _steps(self, pieces: Counter[int]) -> Iterator[PlannedLine]:
        """One step per line, in the order in which their first pieces were taken."""
        done: Counter[int] = Counter()
        for item, count in pieces.items():
            done[item] = count
            line, lot = self._lines[item].line, self._lots[item]
            yield PlannedLine(
                item=item,
                line_id=line.line_id,
                category=line.category,
                subtype=line.subtype,
                pieces_available=lot.available,
                pieces_to_assay=count,
                after=_printed(self._forecast.width(done)),
            )

    def _weighing(self, pieces: Counter[int], shares: VarianceShares | None) -> Weighing | None:
        """Lines that hold most of what weighing could tell, and the width with their masses."""
        if shares is None or shares.magnet_mass < _WORTH_WEIGHING:
            return None
        items = self._heaviest_doubts()
        if not items:
            return None
        masses = {item: self._weighed(self._lines[item]) for item in items}
        return Weighing(tuple(sorted(items)), _printed(self._forecast.width(pieces, masses)))

    def _heaviest_doubts(self) -> list[int]:
        total = self._forecast.total - self._forecast.total.mean()
        doubts = {
            item: float((line.factors.logs[1] * total).mean()) * self._lots[item].kg.mean()
            for item, line in self._lines.items()
            if line.weighable
        }
        ranked = sorted((item for item in doubts if doubts[item] > 0), key=lambda i: -doubts[i])
        enough = _MOST_OF_IT * sum(doubts[item] for item in ranked)
        reached = accumulate(doubts[item] for item in ranked)
        return [
            item for item, sum_ in zip(ranked, reached, strict=True) if sum_ - doubts[item] < enough
        ]

    def _weighed(self, line: HoldingLine) -> Array:
        """Factor by which a declared magnet mass of what was expected changes each draw."""
        error = self._scale * line.product.numbers.normal("declared:magnet_mass")
        return np.asarray(np.exp(error - line.factors.logs[1]))

    def _notes(self, pieces: Counter[int]) -> Iterator[Note]:
        """What is assumed of the planned lines, and where the plan is cut off."""
        if sum(lot.available > 0 for lot in self._lots.values()) > MOST_LINES:
            message = f"A plan is made of {MOST_LINES} lines at most, those that could tell most."
            yield Note("most_lines", None, message)
        for item in pieces:
            line = self._lines[item]
            if line.holding < _NEARLY_ALL:
                opened = f"{1 / line.holding:.2g}"
                message = f"About one piece in {opened} holds such a magnet: open as many for each."
                yield Note("pieces_to_open", item, message)
            if line.known_pieces == inf:
                message = "How many pieces the line has is estimated from its mass."
                yield Note("pieces_estimated", item, message)
            if pieces[item] == MOST_PIECES:
                message = f"A plan asks for {MOST_PIECES} pieces of a line at most."
                yield Note("most_pieces", item, message)


def _together(
    engine: Engine,
    route: str,
    lines: Mapping[int, HoldingLine],
    lots: Mapping[int, Lot],
    without: frozenset[int],
) -> Array:
    """Draws of the sum of all lines but some; lines alike count as one, as in an estimate."""
    alike: dict[tuple[object, int], tuple[HoldingLine, float]] = {}
    for line in lines.values():
        if line.item not in without:
            key = (line.signature, line.place)
            _, size = alike.get(key, (line, 0.0))
            alike[key] = (line, size + line.size)
    total = np.zeros_like(next(iter(lots.values())).kg)
    for line, size in alike.values():
        total += engine.rows(line.product, line.signature, route, size)[line.place]
    return total


def _told(lot: Lot) -> float:
    """Variance of the batch's mass, in kg^2, that assaying all of a lot would take off."""
    return float(lot.kg.mean() ** 2) * lot.variance * lot.gain(lot.available)


def _printed(width: float) -> float | None:
    """A width to four decimals; None for one that is not finite."""
    return round(width, 4) if isfinite(width) else None

"""Which lots are judged, what the document holds, and the figures that must not be missing."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from types import SimpleNamespace
from typing import Any

import pytest
from intake_samples import TODAY, counts_of
from outcome_samples import history, outcome

from recycler.assays import AssayStore, IntakeStore, StoredLot
from recycler.batch import LineItem
from recycler.lot import MeasuredLot, Outcome
from recycler.monitoring import Asked, Rules, Watch, judged, monitor
from recycler.monitoring.verdict import LotCounts

MADE = datetime(2026, 11, 1, tzinfo=UTC)
RULES = Rules(recent_days=30, enough_lots=30)
ALL = Asked(None, None, TODAY)


class OneFigureEach:
    """A model that predicts one figure of every lot but those of robots, and hits its median."""

    version = "v1"

    def __init__(self, **rows: int) -> None:
        self.manifest = SimpleNamespace(rows=rows)

    def outcomes(self, lots: list[MeasuredLot]) -> tuple[Outcome, ...]:
        """One figure of each lot."""
        known = [lot for lot in lots if lot.line.category != "robot"]
        return tuple(
            outcome(lot.lot_id, 0.0, measured_on=lot.measured_on, plant=lot.plant) for lot in known
        )


def a_lot(number: int, plant: str = "own", category: str = "phone") -> MeasuredLot:
    day = date(2026, 1, 1) + timedelta(days=number)
    return MeasuredLot(f"lot-{number}", plant, day, "ICP-OES", LineItem(category, count=1))


def stored(number: int, *, quarantined: str | None = None, **said: str) -> StoredLot:
    return StoredLot(f"id-{number}", 1, a_lot(number, **said), MADE, MADE, quarantined)


def watched(lots: list[StoredLot], seen: Any = (), asked: Asked = ALL) -> LotCounts:
    return monitor(OneFigureEach(), lots, frozenset(seen), None, asked, RULES).lots


def test_lots_that_the_model_has_learned_from_are_not_judged():
    lots = watched([stored(n) for n in range(5)], seen={"id-1", "id-3"})

    assert (lots.stored, lots.unseen, lots.judged) == (5, 3, 3)


def test_lots_set_aside_are_not_judged():
    lots = watched([stored(0), stored(1, quarantined="mistyped")])

    assert (lots.stored, lots.quarantined, lots.unseen, lots.judged) == (2, 1, 1, 1)


def test_lots_of_which_nothing_is_predicted_count_as_new_but_not_as_judged():
    lots = watched([stored(0), stored(1, category="robot")])

    assert (lots.unseen, lots.judged) == (2, 1)


def test_a_day_narrows_what_is_judged_but_not_what_is_new():
    lots = watched([stored(n) for n in range(5)], asked=Asked(None, date(2026, 1, 4), TODAY))

    assert (lots.unseen, lots.judged) == (5, 2)


def test_a_plant_narrows_everything():
    both = [*(stored(n) for n in range(3)), stored(7, plant="Lyon")]
    lots = watched(both, asked=Asked("Lyon", None, TODAY))

    assert (lots.stored, lots.unseen, lots.judged) == (1, 1, 1)


def test_lots_learned_from_count_among_what_was_learned():
    lots = [stored(n, category="tablet") for n in range(9)]
    seen = frozenset(lot.assay_id for lot in lots)
    recent = {"tablet": 1.0}

    def thin(known: frozenset[str]) -> tuple[str, ...]:
        counts = counts_of(10, recent=recent)
        found = monitor(OneFigureEach(), lots, known, counts, ALL, RULES)
        return tuple(category.category for category in found.intake.thin)

    assert thin(frozenset()) == ("tablet",)
    assert thin(seen) == ()


@pytest.mark.parametrize("categories", [("phone",), ("phone", "motor", "hdd")])
@pytest.mark.parametrize("lots", [0, 1, 2, 3, 30])
def test_no_figure_is_missing_or_endless(lots, categories):
    outcomes = history(lots, 3, categories=categories)
    counts = LotCounts(lots, 0, lots, lots, 30)
    found = judged("v1", outcomes, counts, None, ALL)

    assert all(isfinite(number) for number in numbers(found))


@pytest.mark.parametrize("off", [0.0, 40.0, -40.0])
def test_lots_that_all_fare_alike_leave_no_figure_missing_or_endless(off):
    outcomes = [outcome(f"lot-{n}", off) for n in range(30)]
    counts = LotCounts(30, 0, 30, 30, 30)
    found = judged("v1", outcomes, counts, None, ALL)

    assert all(isfinite(number) for number in numbers(found))


def numbers(value: Any) -> list[float]:
    """Every number in a dataclass, however deep."""
    if isinstance(value, float | int):
        return [float(value)]
    if isinstance(value, tuple):
        return [number for each in value for number in numbers(each)]
    if is_dataclass(value):
        return [number for f in fields(value) for number in numbers(getattr(value, f.name))]
    return []


class Records:
    """A models folder that holds a record of assays and nothing else."""

    def __init__(self, record: str | None) -> None:
        self.record = record

    def assays(self, _version: str) -> str | None:
        """The record."""
        return self.record


def test_a_watch_reads_lots_and_intake_and_the_record_of_what_was_learned_from(tmp_path):
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    store, intake = AssayStore(url, timeout_s=5), IntakeStore(url, timeout_s=5)
    made = [store.add(a_lot(n))[0].assay_id for n in range(4)]
    intake.add(counts_of(40))
    header = "assay_id,version,sha256,plant,lot_id,used,reason"
    record = f"{header}\n{made[0]},1,ab,own,lot-0,yes,\n{made[1]},1,cd,own,lot-1,no,mistyped\n"
    watch = Watch(lambda: store, intake, RULES)

    found = watch.look(OneFigureEach(assays=1), Records(record), ALL)
    untaught = watch.look(OneFigureEach(), Records(None), ALL)

    assert (found.lots.unseen, untaught.lots.unseen) == (3, 4)
    assert (found.intake.recent_lines, found.intake.earlier_lines) == (900, 300)
    store.close()
    intake.close()

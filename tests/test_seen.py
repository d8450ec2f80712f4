"""What a training run sees: its digest and record name exactly that."""

import csv
from datetime import date
from io import StringIO

import pytest

from recycler.assays import digest
from recycler.batch import LineItem, Reading
from recycler.lot import MeasuredLot
from recycler.model.evaluation import lot_folds
from recycler.model.factors.observations import observe
from recycler.reference import load_tables
from recycler.seen import COLUMNS, Assayed, Seen, look

LIMIT = 6.0


def assayed(number: int, neodymium: float = 0.24, **told) -> Assayed:
    lot = MeasuredLot(
        lot_id=f"L-{number}",
        plant="own",
        measured_on=date(2026, 3, 1 + number),
        method="ICP",
        line=LineItem("motor", "ev_traction_motor", count=40),
        samples=({"Nd": Reading(neodymium + number / 1000), "Dy": Reading(0.02)},),
        **told,
    )
    return Assayed(f"id-{number}", 1, digest(lot), lot)


@pytest.fixture(scope="module")
def seen():
    """Seven lots, of which one holds a tenth of the neodymium of the others."""
    return look(load_tables(), [*map(assayed, range(6)), assayed(6, 0.02)], LIMIT)


def test_without_assays_the_digest_is_that_of_the_tables():
    nothing = look(load_tables(), (), LIMIT)
    assert nothing.digest == load_tables().digest
    assert "assays" not in nothing.rows


def test_the_digest_is_that_of_the_lots_learned_from_in_any_order(seen):
    turned = look(load_tables(), seen.assays[::-1], LIMIT)
    without = look(load_tables(), seen.assays[:6], LIMIT)
    assert turned.digest == seen.digest == without.digest != load_tables().digest
    assert turned.lots == seen.lots


def test_any_change_of_a_lot_changes_the_digest():
    changed = look(load_tables(), [assayed(0, weighed=3, magnet_mass_g=900.0)], LIMIT)
    same = look(load_tables(), [assayed(0)], LIMIT)
    assert changed.digest != same.digest


def test_the_record_names_every_assay_and_why_one_was_not_used(seen):
    rows = list(csv.DictReader(StringIO(seen.record)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["assay_id"] for row in rows] == [f"id-{i}" for i in range(7)]
    assert [row["used"] for row in rows] == ["yes"] * 6 + ["no"]
    assert "standard deviations" in rows[6]["reason"]
    assert seen.set_aside == {"id-6": rows[6]["reason"]}
    assert (seen.rows["assays"], seen.rows["assays_set_aside"]) == (6, 1)


def test_the_record_holds_no_measurement_but_what_a_reason_names(seen):
    used = [row for row in csv.DictReader(StringIO(seen.record)) if row["used"] == "yes"]
    assert not [cell for row in used for cell in row.values() if cell.startswith("0.")]


def test_every_fifth_lot_of_a_plant_is_left_out_once(seen):
    made = lot_folds(observe(seen.tables), seen.figures)
    held = [target.row_id for fold in made for target in fold.held_out]
    assert len(made) == 5
    assert sorted(set(held)) == [f"L-{i}" for i in range(6)]
    assert len(held) == 12  # Nd and Dy/Nd of each
    for fold in made:
        kept = {row.lot for row in fold.training if hasattr(row, "lot")}
        assert not kept & {target.row_id for target in fold.held_out}


def test_lots_that_come_later_leave_it_as_it_was_which_are_left_out_together():
    """The gate compares what two versions predicted of the same lots, from all others."""
    earlier = left_out_together([*map(assayed, range(10))])
    later = left_out_together([*map(assayed, range(13))])
    assert len(earlier) == 5
    assert all(any(lots <= more for more in later) for lots in earlier)


def left_out_together(assays: list[Assayed]) -> list[set[str]]:
    """The lots of each fold."""
    found = look(load_tables(), assays, LIMIT)
    made = lot_folds(observe(found.tables), found.figures)
    return [{target.row_id for target in fold.held_out} for fold in made]


def test_a_plant_with_one_lot_leaves_nothing_out():
    alone = look(load_tables(), [assayed(0)], LIMIT)
    assert lot_folds(observe(alone.tables), alone.figures) == []


def test_no_lots_are_like_the_tables_alone():
    assert Seen(load_tables(), (), {}).figures == ()

"""Lines that wait in a table are the sequence of values that they stand for."""

from dataclasses import replace

import numpy as np
import pytest

from recycler.estimate import (
    DrawnLine,
    DrawnLines,
    FactorBasis,
    LineWords,
    Note,
    Quantity,
    quantities_of,
    words_of,
)

ELEMENTS = ("Nd", "Fe")  # a rare earth, which has an oxide, and a companion, which has none

PHONE = LineWords(
    category="phone",
    subtype=None,
    elements=ELEMENTS,
    basis=(FactorBasis("presence", "declared"),),
    in_domain=True,
    notes=(Note("size_assumed", None, "100 % assumed."),),
)


def lines(count=2):
    """So many lines; line by line, figures count from 1 on."""
    drawn = [DrawnLine(f"line {i}", PHONE, None) for i in range(count)]
    return DrawnLines(drawn, np.arange(1.0, 1.0 + 4 * 10 * count).reshape(-1, 4))


def test_a_table_has_the_quantities_that_an_answer_says():
    assert quantities_of(ELEMENTS) == 10  # 2 + 1 of Nd, 2 of Fe, 2 + 2 of the sums, the magnet


def test_rows_are_read_in_the_order_of_an_answer():
    first = lines()[0]

    assert [one.element for one in first.elements] == ["Nd", "Fe"]
    assert first.elements[0].contained_kg == Quantity(1.0, 2.0, 3.0, 4.0)
    assert first.elements[0].recoverable_kg.mean == 5.0
    assert first.elements[0].recoverable_oxide_kg.mean == 9.0
    assert first.elements[0].oxide == "Nd2O3"
    assert first.elements[1].recoverable_kg.mean == 17.0
    assert first.elements[1].recoverable_oxide_kg is None
    assert first.total_ree.contained_kg.mean == 21.0
    assert first.treo.recoverable_kg.mean == 33.0
    assert first.magnet_mass_kg.upper == 40.0


def test_words_are_told_without_making_a_value_and_of_values_they_are_the_values():
    waiting = lines()

    assert words_of(waiting) == [PHONE, PHONE]
    assert words_of(tuple(waiting)) == tuple(waiting)


def test_every_line_has_its_own_place_name_and_figures():
    first, second = lines()

    assert (first.item, first.line_id) == (0, "line 0")
    assert (second.item, second.line_id) == (1, "line 1")
    assert second.elements[0].contained_kg.mean == 41.0
    assert [note.item for note in (*first.notes, *second.notes)] == [0, 1]


def test_lines_are_had_by_place_from_the_end_and_in_slices():
    three = lines(3)

    assert len(three) == 3
    assert three[-1] == three[2]
    assert three[1:] == (three[1], three[2])
    with pytest.raises(IndexError):
        three[3]


def test_lines_are_equal_to_any_sequence_that_says_the_same():
    assert lines() == lines()
    assert lines() == tuple(lines())
    assert hash(lines()) == hash(tuple(lines()))
    assert lines() != lines(1)
    assert lines() != [replace(line, line_id="another") for line in lines()]
    assert lines() != "two lines"

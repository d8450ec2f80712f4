"""What is kept of lines that come in: kinds, and nothing that a sender can name freely."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from recycler.batch import Assay, Batch, DeclaredMagnet, FeedState, LineItem, MagnetType, Reading
from recycler.intake import IntakeKind, kinds_of, years_of

TODAY = date(2026, 11, 27)


def kind_of(line: LineItem, *, in_domain: bool = True, codes: Sequence[str] = ()) -> IntakeKind:
    """The kind of a line that was estimated with such notes."""
    notes = tuple(SimpleNamespace(code=code) for code in codes)
    item: Any = SimpleNamespace(in_domain=in_domain, notes=notes)
    estimate: Any = SimpleNamespace(items=(item,))
    ((kind, _),) = kinds_of(Batch((line,)), estimate, TODAY)
    return kind


def test_a_line_that_says_nothing_has_empty_words():
    assert kind_of(LineItem("phone", count=3)) == IntakeKind(
        TODAY, "phone", "", "", "", "", "", in_domain=True, unexpected=False
    )


def test_everything_that_is_said_of_magnets_is_told_in_one_order():
    magnet = DeclaredMagnet(MagnetType.NDFEB, 20.0, "N42SH", composition={"Nd": 0.2})
    assay = Assay(({"Nd": Reading(0.2)},))
    line = LineItem(
        "motor", "small_motor", count=3, state=FeedState.DISMANTLED, magnet=magnet, assay=assay
    )

    kind = kind_of(line)

    assert kind.declared == "assay+composition+grade+mass"
    assert (kind.subtype, kind.state, kind.magnet_type) == ("small_motor", "dismantled", "NdFeB")


def test_what_a_sender_names_freely_is_in_no_kind():
    named = LineItem(
        "phone", count=3, line_id="secret-line", magnet=DeclaredMagnet(grade="secret-grade")
    )

    assert "secret" not in repr(kind_of(named))


@pytest.mark.parametrize("code", ["declared_far_from_category", "magnet_heavier_than_product"])
def test_declared_figures_far_from_predicted_are_unexpected(code):
    assert kind_of(LineItem("phone", count=1), codes=("other", code)).unexpected
    assert not kind_of(LineItem("phone", count=1), codes=("other",)).unexpected


@pytest.mark.parametrize(
    ("year", "years"),
    [(2015, "2015-2019"), (2019, "2015-2019"), (2020, "2020-2024"), (None, "")],
)
def test_years_are_told_in_fives(year, years):
    assert years_of(year) == years


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        (LineItem("phone", count=7), 7),
        (LineItem("phone", mass_kg=3.0), 0),
        (LineItem("phone", count=10**15), 10**9),
    ],
)
def test_pieces_are_those_counted_and_never_too_many_to_add_up(line, pieces):
    item = SimpleNamespace(in_domain=True, notes=())
    estimate: Any = SimpleNamespace(items=(item,))

    assert [count for _, count in kinds_of(Batch((line,)), estimate, TODAY)] == [pieces]

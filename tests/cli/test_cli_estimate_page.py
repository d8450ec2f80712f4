"""The estimate as a table: what it says, and that it fits."""

import io
import re
from dataclasses import replace

import pytest
from cli_samples import BATCH, CONTAINED_KG, make_estimate
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from recycler.batch import Batch, LineItem
from recycler.cli.estimate_basis import explanation
from recycler.cli.estimate_page import MOST_LINES, page
from recycler.estimate import ElementLoss
from recycler.reference import load_tables

INTERVAL = re.compile(r"([\d.,]+)  +([\d.,]+) \N{EN DASH} ([\d.,]+)")

THOUSAND_TONNES = 1e6 / sum(CONTAINED_KG.values())
"""Scale of the sample beyond which columns may stand below each other at 80."""


def printed(renderable: object, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


def row(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.split()[:1] == [label])


def intervals(line: str) -> list[tuple[float, ...]]:
    return [tuple(float(n.replace(",", "")) for n in found) for found in INTERVAL.findall(line)]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("element", CONTAINED_KG)
def test_every_element_has_contained_recoverable_and_oxide_in_one_unit(element, width):
    scale = {"kg": 1.0, "g": 1e-3}
    line = row(printed(page(BATCH, make_estimate()), width), element)
    unit = scale[next(word for word in line.split() if word in scale)]
    contained, recoverable, oxide = intervals(line)
    truth = CONTAINED_KG[element]
    assert contained[0] * unit == pytest.approx(truth, rel=0.05)
    assert recoverable[0] * unit == pytest.approx(0.7 * truth, rel=0.05)
    assert oxide[0] > recoverable[0]


@pytest.mark.parametrize("width", [80, 120])
def test_every_interval_holds_its_median(width):
    found = intervals(printed(page(BATCH, make_estimate()), width))
    assert len(found) >= 3 * (len(CONTAINED_KG) + 1)
    assert all(lower <= median <= upper for median, lower, upper in found)


@settings(max_examples=30, deadline=None)
@given(st.floats(-6, 7).map(lambda power: 10**power), st.integers(80, 130))
def test_the_page_fits_the_terminal_without_cutting_anything(scale, width):
    text = printed(page(BATCH, make_estimate(scale=scale)), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    assert len(intervals(row(text, "Nd"))) == 3 or scale > THOUSAND_TONNES


@pytest.mark.parametrize("width", [40, 50, 60, 70])
def test_a_narrow_terminal_gets_the_columns_below_each_other(width):
    text = printed(page(BATCH, make_estimate(scale=123.0)), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert text.count("\n Nd ") in (1, 3)
    for kind in ("contained", "recoverable", "as oxide"):
        assert kind in text


def test_totals_come_before_lines_before_losses_before_notes():
    text = printed(page(BATCH, make_estimate()))
    order = ["intake-0042", "contained", "REE", "Lines", "Losses", "Notes", "Model 2026.11-1"]
    assert sorted(order, key=text.index) == order


def test_level_route_and_model_are_named():
    text = printed(page(BATCH, replace(make_estimate(), level=0.8, route="shredding")))
    assert "80 % intervals" in text
    assert "shredding" in text
    assert "sha256 abababababab" in text


def test_a_single_line_needs_no_table_of_lines():
    batch = Batch(items=BATCH.items[:1])
    text = printed(page(batch, make_estimate(batch)))
    assert "· smartphone, 1,200 pcs ·" in text
    assert "Lines" not in text


def test_lines_outside_the_domain_are_marked_and_their_note_names_them():
    text = printed(page(BATCH, make_estimate()))
    assert row(text, "crate-7").split()[1] == "!"
    assert "line crate-7: The tables hold no magnet mass for this." in text
    assert "!" not in row(text, "1")


def test_a_note_of_all_lines_is_said_once_and_names_none():
    batch = Batch(items=(LineItem("magnet", mass_kg=1.0), LineItem("magnet", mass_kg=2.0)))
    text = printed(page(batch, make_estimate(batch)))
    assert text.count("The tables hold no magnet mass") == 1
    assert "lines 1" not in text


def test_of_many_lines_those_with_most_to_recover_are_shown():
    batch = Batch(items=tuple(LineItem("phone", count=n + 1) for n in range(MOST_LINES + 60)))
    estimate = make_estimate(batch)
    rich = replace(estimate.items[-1], total_ree=estimate.totals.total_ree)
    text = printed(page(batch, replace(estimate, items=(*estimate.items[:-1], rich))))
    assert f"{MOST_LINES} of {len(batch.items)} lines" in text
    assert row(text, str(len(batch.items)))


def test_names_from_outside_are_text_not_markup():
    line = LineItem("magnet", mass_kg=1.0, line_id="[red]x[/red]")
    batch = Batch(items=(line, BATCH.items[0]), batch_id="[bold]b[/]")
    text = printed(page(batch, make_estimate(batch)))
    assert "[red]x[/red]" in text
    assert "[bold]b[/]" in text


def test_long_names_are_cut_not_the_figures():
    line = LineItem("magnet", mass_kg=1.0, line_id="x" * 128)
    batch = Batch(items=(line, BATCH.items[0]), batch_id="y" * 128)
    text = printed(page(batch, make_estimate(batch)))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert len(intervals(next(part for part in text.splitlines() if "xxx…" in part))) == 2


def test_losses_list_stages_in_order_with_yields_and_basis():
    text = printed(page(BATCH, make_estimate()))
    stages = ["liberation", "leaching", "hidden loss"]
    assert sorted(stages, key=text.index) == stages
    assert row(text, "leaching").split() == [
        *("leaching", "3.33", "kg", "90.0", "%", "90.0", "%", "90.0", "%", "90.0", "%*"),
        "published",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_yields_assumed_for_their_element_alone_are_marked_and_the_title_says_so(width):
    """Gadolinium's in leaching; where the stage is assumed for all, its row says that."""
    text = printed(page(BATCH, make_estimate()), width)
    assert "(means, * assumed)" in text
    assert row(text, "leaching").count("%*") == 1
    assert "%*" not in row(text, "liberation")


def test_iron_does_not_drown_the_rare_earths_in_the_table_of_losses():
    """An assay may give companions too: their loss is not what a stage takes of rare earths."""
    estimate = make_estimate()
    with_iron = [
        replace(stage, elements=(*stage.elements, ElementLoss("Fe", 5000.0, 0.1, "assumed")))
        for stage in estimate.losses
    ]
    text = printed(page(BATCH, replace(estimate, losses=tuple(with_iron))))
    assert row(text, "leaching") == row(printed(page(BATCH, estimate)), "leaching")


def test_nothing_is_marked_where_every_element_has_figures_of_its_own():
    estimate = make_estimate()
    published = [
        replace(stage, elements=tuple(replace(e, basis=stage.basis) for e in stage.elements))
        for stage in estimate.losses
    ]
    text = printed(page(BATCH, replace(estimate, losses=tuple(published))))
    assert "*" not in text


def test_the_explanation_gives_sources_rows_and_assumptions():
    sources = load_tables().sources
    text = printed(explanation(make_estimate(), sources), 500)
    assert "ueberschaar2015 (3)" in text
    assert "Dismantling is assumed to free 90 %." in text
    assert f"ueberschaar2015: {sources['ueberschaar2015'].citation}" in text

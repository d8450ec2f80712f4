"""Measured lots in the card: how the next one is predicted; nothing, where there are none."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from score_samples import lot_scores

from recycler.card import Facts, LotCount, make_card
from recycler.card.lots import COUNTED, TITLE, WITH_LOTS, WITHOUT_LOTS, lot_tables, weak_lots
from recycler.card.words import signed, times
from recycler.model.evaluation import PUBLISHED, Score, from_csv, summarise_lots
from recycler.registry import Registry

MODELS = Path(__file__).parents[2] / "models"
PLANTS = {"own": LotCount(12, 1), "a|b <i>": LotCount(1, 0)}


def with_lots(facts: Facts, scores: list[Score]) -> Facts:
    """The same version, trained on lots as well."""
    rows = {**facts.rows, "assays": 13, "assays_set_aside": 1}
    told = {**facts.scores, "lots": summarise_lots(scores)}
    return replace(facts, rows=rows, scores=told, plants=PLANTS)


@pytest.fixture(scope="module")
def on_lots(facts):
    return with_lots(facts, lot_scores())


@pytest.fixture(scope="module")
def shipped():
    """What the shipped version keeps, and the folder that it keeps it in."""
    registry = Registry(MODELS)
    manifest, held_out = registry.manifest(), registry.held_out()
    digest, scores = manifest.data_digest, manifest.scores
    facts = Facts(
        manifest.version, manifest.seed, manifest.rows, digest, scores, from_csv(held_out)
    )
    return facts, MODELS / manifest.version


def test_the_shipped_card_follows_from_what_the_shipped_version_keeps(shipped):
    """All but the drawings, whose lines are of figures with more digits than are kept."""
    facts, folder = shipped
    card = make_card(facts)
    assert card.markdown == (folder / "card.md").read_text()
    assert undrawn(card.page) == undrawn((folder / "card.html").read_text())


def undrawn(page: str) -> str:
    return re.sub(r"<svg .*?</svg>", "", page, flags=re.DOTALL)


def test_without_lots_the_card_says_nothing_of_them(facts, card):
    assert lot_tables(facts) == []
    for told in (card.markdown, card.page):
        assert TITLE not in told
        assert "lots.csv" not in told


@pytest.mark.parametrize("form", ["markdown", "page"])
def test_with_lots_it_has_their_tables(on_lots, form):
    told = getattr(make_card(on_lots), form)
    for words in (TITLE, WITH_LOTS, WITHOUT_LOTS, COUNTED, "lots.csv", "assays.csv"):
        assert words in html.unescape(told)
    for table in lot_tables(on_lots):
        for cell in (cell for row in table.rows for cell in row if "|" not in cell):
            assert cell in told


def test_the_tables_are_the_scores_rounded_with_and_without_the_other_lots(on_lots):
    scores = on_lots.scores["lots"]
    with_others, without = lot_tables(on_lots)[:2]
    assert [row[0] for row in with_others.rows] == ["Nd fraction", "Dy / Nd", "pooled"]
    summaries = [*scores["factors"].values(), scores["pooled"]]
    for row, beside, summary in zip(with_others.rows, without.rows, summaries, strict=True):
        assert row[1:3] == [str(summary["figures"]), str(summary["lots"])]
        for index, level in enumerate(("0.5", "0.8", "0.9")):
            found, error = summary["coverage"][level], summary["coverage_error"][level]
            assert row[3 + index] == f"{found * 100:.0f} % ± {error * 100:.0f}"
            alone = summary[PUBLISHED]["coverage"][level]
            assert beside[1 + index] == f"{alone * 100:.0f} %"
        assert row[6:] == told(summary)
        assert beside[4:] == told(summary[PUBLISHED])


def told(summary) -> list[str]:
    return [f"{summary['crps']:.3f}", signed(summary["bias"]), times(summary["width"])]


def test_lots_are_counted_by_plant_and_are_no_published_rows(on_lots, facts):
    counted = lot_tables(on_lots)[-1]
    assert counted.rows == [["own", "12", "1"], ["a|b <i>", "1", "0"], ["all plants", "13", "1"]]
    assert on_lots.published_rows == facts.published_rows == 1200
    said = "1,200 rows of published figures and 13 measured lots of 2 plants (data digest"
    card = make_card(on_lots)
    assert said in card.markdown
    assert "assays 13" not in card.page


def test_a_plants_name_breaks_neither_the_table_nor_the_page(on_lots):
    card = make_card(on_lots)
    assert r"| a\|b \<i> | 1 | 0 |" in card.markdown
    assert "a|b &lt;i&gt;" in card.page


def test_lots_without_a_second_one_are_counted_all_the_same(facts):
    """No lot of a plant that has only one is left out, so there are no scores."""
    alone = replace(facts, plants={"own": LotCount(1, 0)})
    assert [table.title for table in lot_tables(alone)] == [COUNTED]
    assert list(weak_lots(alone)) == []


def test_the_card_names_where_intervals_for_the_next_lot_are_too_narrow(facts):
    far_off = [
        replace(score, below=1.0, upto=1.0) if score.factor == "ratio:Dy" else score
        for score in lot_scores()
    ]
    [said] = weak_lots(with_lots(facts, far_off))
    assert said.startswith("90 % intervals are too narrow for Dy / Nd of a plant's next lot: ")
    assert said.endswith("they hold 0 % of the figures of 12 lots.")

"""The card: the numbers of the manifest, a page that needs nothing else, honest weak spots."""

import html
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from score_samples import FACTORS, facts_of, some_scores

from recycler.card import make_card
from recycler.card.content import tables, weak_spots
from recycler.card.figures.style import spread_apart, ticks
from recycler.card.palette import DARK, LIGHT
from recycler.card.svg import in_page
from recycler.card.words import factor_name, signed, times
from recycler.elements import ELEMENTS
from recycler.model.factors.observations import ND_FRACTION, ratio_term
from recycler.reference import load_tables

PICTURES = ("calibration", "skill", "predicted", "residuals", "width")


class Page(HTMLParser):
    """Tags with their attributes, and the texts of the cells of tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.cells: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        """Note a tag."""
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        """Leave it."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        """Note the text of a cell."""
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def page(card):
    return Page(card.page)


def test_page_and_markdown_show_exactly_the_numbers_of_the_scores(card, page, facts):
    told = [
        [*table.header, *(cell for row in table.rows for cell in row)] for table in tables(facts)
    ]
    for cells in told:
        assert set(cells) <= set(page.cells)
        assert all(cell in card.markdown for cell in cells)
    assert len(page.cells) == sum(map(len, told))


def test_the_table_by_factor_is_the_scores_rounded(facts):
    by_factor = tables(facts)[0]
    assert [row[0] for row in by_factor.rows] == [*map(factor_name, FACTORS), "pooled"]
    for row, scores in zip(by_factor.rows, facts.scores["factors"].values(), strict=False):
        assert row[1:4] == [str(scores[name]) for name in ("n", "figures", "sources")]
        found, error = scores["coverage"]["0.9"], scores["coverage_error"]["0.9"]
        assert row[6] == f"{found * 100:.0f} % ± {error * 100:.0f}"
        assert row[7] == f"{scores['crps']:.3f}"
        assert row[9] == times(scores["width"])


def test_the_table_by_figure_counts_every_figure(facts):
    told = next(table for table in tables(facts) if table.title == "By figure instead of by vote")
    for row, scores in zip(told.rows, facts.scores["factors"].values(), strict=False):
        assert row[1] == str(scores["figures"])
        assert row[3] == f"{scores['by_figure']['crps']:.3f}"


def test_the_card_tells_which_priors_were_tried_and_chosen(facts):
    told = next(table for table in tables(facts) if table.title == "Priors")
    assert told.rows == [["parent spread", "0.7 (0.600), 1.4 (0.500)", "1.4", "2 of 3"]]


@pytest.mark.parametrize("category", load_tables().categories)
def test_a_category_is_called_by_its_own_words(category):
    assert factor_name(category) == category.replace("_", " ")


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_is_called_by_its_symbol(element):
    assert factor_name(element) == element
    assert factor_name(ratio_term(element)) == f"{element} / Nd"


def test_the_fraction_of_neodymium_is_called_by_its_symbol():
    assert factor_name(ND_FRACTION) == "Nd fraction"


def test_the_page_refers_to_nothing_outside_itself(card, page):
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "base", "form")
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "@import" not in card.page
    assert "://" not in card.page
    assert not re.search(r"url\((?!#)", card.page)


def test_every_identifier_of_the_page_is_its_own_and_every_reference_leads_somewhere(card, page):
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names)) > 10
    references = re.findall(r'(?:href="#|url\(#)([^")]+)', card.page)
    assert set(references) <= set(names)


def test_the_page_is_for_light_and_dark_phones_and_printers(card):
    for feature in ("prefers-color-scheme: dark", "width=device-width", "@media print"):
        assert feature in card.page
    drawings = "".join(re.findall(r"<svg .*?</svg>", card.page, re.DOTALL))
    assert set(re.findall(r"var\(--([a-z-]+)\)", drawings)) <= {
        role.replace("_", "-") for role in DARK
    }
    assert not re.search(r"(?:fill|stroke): ?#", drawings)  # no colour that dark mode would miss


def test_light_and_dark_have_the_same_roles_and_no_two_roles_share_a_colour():
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


@pytest.mark.parametrize("role", [role for role in LIGHT if role not in ("paper", "line", "band")])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_can_be_told_from_their_background(theme, role):
    """WCAG 2.2, 1.4.11: at least 3:1 for what carries meaning in a picture."""
    brighter, darker = sorted((luminance(theme["paper"]), luminance(theme[role])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_names_are_escaped(card):
    assert "v1<&>" not in card.page
    assert html.escape("v1<&>") in card.page


def test_pictures_are_small_valid_and_linked_from_the_markdown(card):
    assert set(card.figures) == {f"{name}.svg" for name in PICTURES}
    for name, data in card.figures.items():
        assert ET.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # our own
        assert len(data) < 400_000
        assert f"](figures/{name})" in card.markdown


def test_the_same_scores_give_the_same_card(card, facts):
    assert make_card(facts) == card


def test_a_drawing_says_what_it_shows_to_those_who_cannot_see_it():
    drawn = in_page("a", '<svg viewBox="0 0 1 1"><g id="x"/></svg>', 'Say "width"')
    assert 'role="img"' in drawn
    assert 'aria-label="Say &#34;width&#34;"' in drawn
    assert 'id="a-x"' in drawn


def test_without_matplotlib_there_are_no_pictures_and_the_card_says_so():
    """In a process that cannot import it, as in the image."""
    script = """
import sys
sys.modules["matplotlib"] = None
sys.path.insert(0, "tests")
from score_samples import facts_of, some_scores
from recycler.card import make_card
card = make_card(facts_of(some_scores()))
assert not card.figures
assert "<svg" not in card.page
for told in (card.page, card.markdown):
    assert "matplotlib was not installed" in told
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_card_names_where_intervals_are_too_narrow_and_who_predicts_better():
    def worse(score):
        if score.method != "model" or score.factor != "nd_fraction":
            return score
        return replace(score, below=1.0, upto=1.0, crps=9.0)

    told = weak_spots(facts_of([worse(score) for score in some_scores()]))
    assert any("too narrow for Nd fraction: they hold 0 % of 12 votes" in line for line in told)
    assert any("predicts Nd fraction better" in line for line in told)
    assert not any("magnet mass better" in line for line in told)


def test_labels_are_moved_apart_and_keep_their_order():
    moved = spread_apart([0.5, 0.1, 0.52, 0.9], 0.1)
    assert moved == pytest.approx([0.5, 0.1, 0.6, 0.9])


@pytest.mark.parametrize(
    ("factor", "low", "high", "labels"),
    [
        ("magnet_mass", -12.0, 8.0, ["1 g", "1 kg", "1 t"]),
        ("nd_fraction", -1.9, -1.1, ["15 %", "20 %", "25 %", "30 %"]),
        ("presence", -6.0, 6.0, ["1 %", "50 %", "99 %"]),
        ("ratio:Dy", -4.0, -1.0, ["0.03", "0.1", "0.3"]),
        ("ratio:Tb", -12.0, -2.0, ["0.00001", "0.001", "0.1"]),
    ],
)
def test_ticks_are_round_in_the_units_of_the_factor(factor, low, high, labels):
    places, found = ticks(factor, low, high)
    assert found == labels
    assert places == sorted(places)
    assert all(low <= place <= high for place in places)


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(1.0, "1"), (2.5, "×2.5"), (0.1, "÷10"), (33217.8, "×33,218"), (123, "×123")],
)
def test_factors_read_as_people_write_them(ratio, shown):
    assert times(ratio) == shown


def test_a_minus_is_as_long_as_a_plus():
    assert (signed(-0.166), signed(0.12), signed(-21.3, 0)) == ("−0.17", "+0.12", "−21")

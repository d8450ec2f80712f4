"""Lines written from their table are, byte for byte, their values written one by one."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycler.estimate import (
    DrawnLine,
    DrawnLines,
    FactorBasis,
    LineWords,
    Note,
    VarianceShares,
    quantities_of,
)
from recycler.web.answers.line_documents import write_lines

SHARES = VarianceShares(0.1, 0.5, 0.2, 0.15, 0.05)

TEXTS = st.text() | st.sampled_from(["%", "%b", "100 % of", "\0", '"', "\\", "null"])
FIGURES = st.floats(0, 1e15)


@st.composite
def drawn_lines(draw):
    """Lines of up to three kinds, with texts of any kind and figures of any size."""
    kinds = [
        LineWords(
            category=draw(TEXTS),
            subtype=draw(st.none() | TEXTS),
            elements=draw(st.sampled_from([("Nd",), ("Nd", "Dy", "Fe"), ("Sm", "Co")])),
            basis=(FactorBasis("presence", "assumed", (), draw(TEXTS), ("Tb",)),),
            in_domain=draw(st.booleans()),
            notes=tuple(Note("note", None, draw(TEXTS)) for _ in range(draw(st.integers(0, 2)))),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    line = st.builds(
        DrawnLine, st.none() | TEXTS, st.sampled_from(kinds), st.sampled_from([None, SHARES])
    )
    drawn = draw(st.lists(line, min_size=1, max_size=5))
    rows = sum(quantities_of(one.words.elements) for one in drawn)
    figures = draw(st.lists(FIGURES, min_size=4 * rows, max_size=4 * rows))
    return DrawnLines(drawn, np.array(figures).reshape(rows, 4))


@given(drawn_lines())
def test_the_bytes_are_those_of_the_values(lines):
    assert write_lines(lines) == orjson.dumps(tuple(lines))


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf])
def test_a_line_with_a_figure_that_is_not_finite_is_refused(nothing):
    words = LineWords("phone", None, ("Nd",), (), True, ())
    table = np.ones((quantities_of(("Nd",)), 4))
    table[-1, -1] = nothing

    with pytest.raises(ValueError, match="not finite"):
        write_lines(DrawnLines([DrawnLine(None, words, None)], table))

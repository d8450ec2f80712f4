"""Which publications a figure goes back to, so that no number votes twice.

Compilations print means of figures that others published. The primaries of a row are the
publications behind it: those that its `cites` cell names, else its own source.
"""

import re
import unicodedata
from collections.abc import Mapping

from recycler.reference.cells import refuse
from recycler.reference.rows import Source

# A surname or project, co-authors, and a year in brackets; "Peck" in "ProSUM D2.4 Peck et al.".
_CITATION = re.compile(
    r"(?:\S+ [A-Z]\d\S* )?"
    r"(?P<name>[^\W\d_][^\s()&;]*)"
    r"(?: et al\.| & [^\W\d_]\S*| in [^\W\d_]\S*)?"
    r"(?: \((?P<date>[\d-]+)\)(?: [\w ]+)?(?: \(row \d+\))?)?"
)
_REMARK = re.compile(r"\(row \d+ .+")  # the compiler's own words, no publication


def primaries_of(cites: str, source_id: str, sources: Mapping[str, Source]) -> frozenset[str]:
    """Ids of the primary publications behind a row.

    Args:
        cites: Printed citations with "; " between them, or nothing.
        source_id: The row's own source.
        sources: All sources by id.

    Returns:
        Ids such as {"seo2014", "sekine2017"}: first surname in lower-case letters and the year,
        or the id of the source that is `cited_as` the citation says; without citations, the row's
        own source, or the one that it is the same work as.

    Raises:
        CellError: `cites` holds something that is not a citation.
    """
    known = {source.cited_as: source.source_id for source in sources.values() if source.cited_as}
    cited = [part for part in cites.split("; ") if part and not _REMARK.fullmatch(part)]
    if not cited:
        return frozenset({sources[source_id].same_work_as or source_id})
    return frozenset(known.get(part) or cited_id(part) for part in cited)


def cited_id(citation: str) -> str:
    """Normalised id of one printed citation: "Seo & Morimoto (2014)" -> "seo2014".

    A date that is not a year dates a personal communication, which counts by its giver alone.

    Raises:
        CellError: The text is not a citation.
    """
    found = _CITATION.fullmatch(citation)
    if not found:
        raise refuse(citation, "is not a citation", "a text such as 'Sekine et al. (2017)'")
    date = found["date"] or ""
    return _letters(found["name"]) + (date if re.fullmatch(r"\d{4}", date) else "")


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())

"""NdFeB grades: from a maker's designation such as N42SH to its coercivity class."""

import re
from typing import Final

from recycler.batch import CoercivityClass

_DESIGNATION: Final = re.compile(r"N?-?(?P<energy>[2-6][0-9])(?P<suffix>M|H|SH|UH|EH|AH)?")


def coercivity_class(grade: str) -> CoercivityClass | None:
    """Coercivity class of an NdFeB grade; None if it is not one.

    A grade is an energy product of 20 to 69 MGOe, with or without N before it, and a suffix from
    M to AH or none: N42SH, 42SH, N52, n38uh.
    """
    match = _DESIGNATION.fullmatch(grade.strip().upper())
    if match is None:
        return None
    return CoercivityClass(match["suffix"] or CoercivityClass.NONE)

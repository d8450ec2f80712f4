"""Words for errors in requests: what was said, in short, and what may have been meant."""

import difflib
import json
from collections.abc import Iterable
from typing import Any, Final

Messages = dict[Any, Any]
"""Sentences by field or index, nested as the document is."""

MOST_WRONG: Final = 20
"""An object or array is read no further after so many wrong entries: hostile input stays cheap."""

_LONGEST: Final = 64


def shown(value: object) -> str:
    """Say in short what a value of a request is, with its kind where that is the point."""
    if isinstance(value, str):
        return f"{quoted(value)} (a string)"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"a number of {len(text)} digits"


def quoted(text: str) -> str:
    """Quote a text of a request, shortened and with everything beyond ASCII escaped."""
    return json.dumps(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")


def not_a_word(word: str, kind: str, choices: Iterable[str]) -> str:
    """Say that a word is not in a list, which word may have been meant, and what the list is."""
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(word[:_LONGEST].casefold(), folded, n=1)
    meant = f"; did you mean {folded[near[0]]}?" if near else "."
    return f"{quoted(word)} is not a {kind}{meant} Known: {', '.join(choices) or 'none'}"

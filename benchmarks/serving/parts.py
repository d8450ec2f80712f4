"""What the estimate of ten lines is made of: functions of the engine, timed while it works.

Each is wrapped for as long as is measured; what a function takes contains what it calls.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

from recycler.estimate import identity
from recycler.model.estimation import engine
from recycler.model.recovery import RecoveryModel
from recycler.registry import Registry
from recycler.settings import Settings
from recycler.web.input.schemas import parse_batch

from .batches import batch, filled, template
from .services import ROOT

LINES: Final = 10
WARM_UP: Final = 200

PARTS: Final[dict[str, tuple[Any, str]]] = {
    "check that words are known and nothing contradicts itself": (RecoveryModel, "_check"),
    "tell the kinds apart": (engine.Engine, "_groups"),
    "add up the draws of all kinds": (engine.Engine, "_sums"),
    "sort and cut the draws of the totals": (engine, "figures"),
    "say what the width of the totals is owed to": (engine, "total_shares"),
    "look up and print the figures of lines and totals": (engine.Engine, "_in_tables"),
    "losses by stage": (engine, "stage_losses"),
    "the id of the answer": (identity, "identify"),
}
"""Words for the table -> where the function stands, and its name there."""

ALL: Final = "all of it"


def measure(rounds: int) -> dict[str, Any]:
    """Median µs by part, in rounds that differ in their counts."""
    settings, model = Settings(), Registry(ROOT / "models").load()
    numbers, text = Random(5), template(batch(LINES))  # noqa: S311  (no secret)
    asked = [parse_batch(filled(text, numbers), settings) for _ in range(WARM_UP + rounds)]
    for one in asked[:WARM_UP]:
        model.estimate(one)
    spent: dict[str, list[float]] = defaultdict(list)
    with timed(spent):
        for one in asked[WARM_UP:]:
            begun = perf_counter()
            model.estimate(one)
            spent[ALL].append(perf_counter() - begun)
    return {"lines": LINES, "us": {name: 1e6 * median(spent[name]) for name in (*PARTS, ALL)}}


@contextmanager
def timed(spent: dict[str, list[float]]) -> Iterator[None]:
    """Note how long every call of each part takes, s."""
    with ExitStack() as patches:
        for words, (place, name) in PARTS.items():
            work = timing(getattr(place, name), spent[words])
            patches.enter_context(patch.object(place, name, work))
        yield


def timing(work: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """The same function, which notes how long it takes."""

    def timed_work(*args: Any, **kwargs: Any) -> Any:
        begun = perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            spent.append(perf_counter() - begun)

    return timed_work

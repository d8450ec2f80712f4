"""Which pictures a card has, and what each of them shows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from recycler.card.svg import drawn
from recycler.model.evaluation import Score

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its name, the SVG, and a sentence on what it shows."""

    name: str
    title: str
    caption: str
    svg: str


def pictures(scores: Sequence[Score]) -> list[Picture]:
    """All pictures of these scores; none where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        return []
    return [
        Picture(name, title, caption, drawn(name, partial(draw, scores)))
        for name, title, caption, draw in _plans()
    ]


def _plans() -> Iterator[tuple[str, str, str, Callable[[Sequence[Score]], "Figure"]]]:
    from recycler.card.figures.calibration import calibration
    from recycler.card.figures.predicted import predicted
    from recycler.card.figures.residuals import residuals
    from recycler.card.figures.skill import skill
    from recycler.card.figures.width import width

    yield (
        "calibration",
        "Do intervals hold what they promise?",
        (
            "Left: share of the votes inside their central interval, against the "
            "interval's level. On the diagonal, intervals hold exactly what they promise; below "
            "it they are too narrow. The band is where 95 of 100 perfectly honest models would "
            "lie if votes were independent. Right: the same for 90 % intervals by factor; bars "
            "are two binomial standard errors."
        ),
        calibration,
    )
    yield (
        "skill",
        "How much closer than simpler predictions?",
        (
            "CRPS of each method in the same folds, as a share of that of the category mean (100 "
            "%); further left is better. The tick is the noise floor: what a predictor would "
            "reach that knew how sources scatter about each product, estimated on the products "
            "that several sources print and scaled by the model's own CRPS there."
        ),
        skill,
    )
    yield (
        "predicted",
        "Predicted against measured",
        (
            "Every left-out figure: what its source printed, across, and the predicted median "
            "with its 90 % interval, upwards. Figures outside their interval are red."
        ),
        predicted,
    )
    yield (
        "residuals",
        "Which sources are off?",
        (
            "Measured over predicted median for every figure of the sources with three figures or "
            "more, presence and yields aside. Figures of one source lean the same way: that is "
            "the source effect, and why intervals do not narrow below it."
        ),
        residuals,
    )
    yield (
        "width",
        "How wide, for what?",
        (
            "Upper over lower bound of the 90 % interval by category, presence and yields aside: "
            "a dot for each left-out figure, the bar at their median, the ring at the median of "
            "the category mean's intervals; what is wider than 100,000 stands at the right edge."
        ),
        width,
    )
